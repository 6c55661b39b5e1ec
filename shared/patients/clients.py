"""Clients of a provider: patients' records as seed 001 (DocPortal) knows them."""

from typing import TYPE_CHECKING

from shared.context import Context
from shared.http.answers import Bare
from shared.patients.chart import join_maker
from shared.patients.client_models import ClientOut
from shared.patients.documents import PATIENTS, PATIENTS_OF_PROVIDER
from shared.patients.invitations import invite
from shared.patients.records import create_record
from shared.store.query import Paging
from shared.users.documents import Role

if TYPE_CHECKING:
    from shared.patients.client_models import NewClient


def clients(ctx: Context, paging: Paging) -> Bare[ClientOut]:
    """A page of the caller's own clients, of everybody for an administrator; audited by row.

    A client's provider is on the care team, so each of these may be opened.
    """
    if ctx.caller.role is Role.ADMIN:
        page = ctx.unit.page(PATIENTS, paging)
    else:
        page = ctx.unit.page(PATIENTS_OF_PROVIDER, paging, providerId=ctx.caller.id)
    ctx.about("patients", None)
    for patient in page.data:
        ctx.touch(patient.id)
    return Bare([ClientOut.of(patient) for patient in page.data], page.pagination)


def add_client(ctx: Context, body: "NewClient") -> ClientOut:
    """A record whose provider is the caller (nobody, if that is an administrator), and an invitation to its patient."""
    own = ctx.caller.role is not Role.ADMIN
    patient = create_record(
        ctx,
        name=body.name,
        date_of_birth=body.date_of_birth,
        email=body.email,
        phone_number=body.phone,
        address=body.address,
        emergency_contact=body.emergency_contact,
        insurance=body.insurance,
        provider_id=ctx.caller.id if own else None,
    )
    join_maker(ctx, patient)
    invite(ctx, patient, body.email)
    ctx.about("patients", patient.id)
    ctx.touch(patient.id)
    return ClientOut.of(patient)
