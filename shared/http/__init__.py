"""The frame of an endpoint: decorator, pipeline, and what a handler takes and gives."""

from shared.context import Context
from shared.http.access import (
    Access,
    admins,
    clinicians,
    doctors,
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
from shared.http.limits import UPLOADS, UserLimit

__all__ = [
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
