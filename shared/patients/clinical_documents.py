"""Stored documents of a patient's clinical lists and vital signs (seeds 000 §1.3-1.6, 003 §2.2-2.6)."""

from datetime import date, datetime
from typing import Literal

from shared.store.document import Deletable, Sealed, Value
from shared.store.query import Query


class Diagnosis(Deletable):
    """A diagnosis of a patient (000 §1.3)."""

    collection = "diagnoses"
    domain = "patients"

    patient_id: str
    diagnosis: Sealed[str]
    diagnosed_date: Sealed[date | None] = None
    end_date: Sealed[date | None] = None
    is_active: bool = True
    created_by: str
    created_at: datetime
    updated_at: datetime


class Medication(Deletable):
    """A medication of a patient (000 §1.4)."""

    collection = "medications"
    domain = "patients"

    patient_id: str
    name: Sealed[str]
    dosage: Sealed[str | None] = None
    frequency: Sealed[str | None] = None
    start_date: Sealed[date | None] = None
    end_date: Sealed[date | None] = None
    prescribing_doctor_id: str | None = None
    is_active: bool = True
    created_by: str
    created_at: datetime
    updated_at: datetime


Severity = Literal["mild", "moderate", "severe"]


class Allergy(Deletable):
    """An allergy of a patient (000 §1.5)."""

    collection = "allergies"
    domain = "patients"

    patient_id: str
    allergy: Sealed[str]
    severity: Sealed[Severity] = "mild"
    reaction_description: Sealed[str | None] = None
    is_active: bool = True
    created_by: str
    created_at: datetime
    updated_at: datetime


class Measures(Value):
    """What was measured at one time; units are those of `shared.patients.measures`."""

    systolic_bp: int | None = None
    diastolic_bp: int | None = None
    heart_rate: int | None = None
    temperature: float | None = None
    respiration_rate: int | None = None
    oxygen_saturation: float | None = None
    weight: float | None = None
    height: float | None = None


class Vitals(Deletable):
    """One set of vital signs (000 §1.6). Sealed as one value: a chart opens thousands of them."""

    collection = "vitals"
    domain = "patients"

    patient_id: str
    recorded_by: str
    recorded_date: datetime
    measures: Sealed[Measures]
    notes: Sealed[str | None] = None
    created_at: datetime


DIAGNOSES_OF_PATIENT = Query("diagnoses_of_patient", Diagnosis, equal=("patientId",), order=("-createdAt",))
MEDICATIONS_OF_PATIENT = Query("medications_of_patient", Medication, equal=("patientId",), order=("-createdAt",))
ALLERGIES_OF_PATIENT = Query("allergies_of_patient", Allergy, equal=("patientId",), order=("-createdAt",))
VITALS_OF_PATIENT = Query("vitals_of_patient", Vitals, equal=("patientId",), order=("-recordedDate",))
