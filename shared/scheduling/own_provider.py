"""The provider of a patient's own."""

from typing import TYPE_CHECKING

from shared.context import Context
from shared.errors import NotFound
from shared.patients.documents import Patient
from shared.scheduling.providers import show_provider

if TYPE_CHECKING:
    from shared.scheduling.provider_models import ProviderDetail


def client_provider(ctx: Context) -> "ProviderDetail":
    """The provider of the caller's record. Raises `NotFound` while there is none, `ProviderNotFound`."""
    patient = ctx.unit.get(Patient, ctx.caller.user.patient_id or ctx.caller.id)
    if patient is None or patient.provider_id is None:
        raise NotFound("No provider has been assigned to you yet.")
    return show_provider(ctx, patient.provider_id)
