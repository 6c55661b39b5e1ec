"""Patients: records, relationships, clinical data."""

from shared.patients.relationships import access_patient, relate, unrelate

__all__ = ["access_patient", "relate", "unrelate"]
