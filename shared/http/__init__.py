"""The frame of an endpoint: decorator, pipeline, and what a handler takes and gives."""

from shared.context import Context
from shared.http.access import (
    Access,
    admins,
    clinicians,
    doctors,
    doctors_only,
    own_account,
    patient_admins,
    patients,
    providers,
    public,
    scheduler,
    signed_in,
    workers,
)
from shared.http.answers import Bare, Binary, Form, Model, Out, Upload
from shared.http.endpoint import Cache, endpoint
from shared.http.limits import BOOKINGS, HOLDS, UPLOADS, UserLimit

__all__ = [
    "BOOKINGS",
    "HOLDS",
    "UPLOADS",
    "Access",
    "Bare",
    "Binary",
    "Cache",
    "Context",
    "Form",
    "Model",
    "Out",
    "Upload",
    "UserLimit",
    "admins",
    "clinicians",
    "doctors",
    "doctors_only",
    "endpoint",
    "own_account",
    "patient_admins",
    "patients",
    "providers",
    "public",
    "scheduler",
    "signed_in",
    "workers",
]
