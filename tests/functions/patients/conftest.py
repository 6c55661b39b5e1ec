"""One patient and everybody around them, for tests that change nobody's access."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.client import Api, refused
from tests.world import Account, World


@dataclass
class Circle:
    """A patient, and one of each kind of relationship to them."""

    patient: Account
    doctor: Account
    nurse: Account
    #: May see the record.
    family: Account
    #: May see bills only.
    payer: Account
    #: Treats the patient through a visit, but is not on the care team.
    visitor: Account
    stranger: Account
    other_patient: Account
    unverified: Account
    admin: Account

    @property
    def path(self) -> str:
        return f"/patients/{self.patient.patient_id}"


def make_circle(world: World) -> Circle:
    patient, doctor, nurse = world.patient(name="Paula Circle"), world.doctor(name="Dora Circle"), world.nurse()
    family, payer, visitor = world.family(name="Fred Circle"), world.family(), world.doctor()
    record = patient.patient_id
    world.join_care_team(record, doctor, by=patient)
    world.join_care_team(record, nurse, by=doctor)
    world.grant_family(record, family, by=patient)
    world.grant_family(record, payer, by=patient, scopes=["billing"])
    relate_by_visit(world, record, visitor)
    return Circle(
        patient, doctor, nurse, family, payer, visitor,
        stranger=world.doctor(), other_patient=world.patient(), unverified=world.clinician(approved=False),
        admin=world.admin,
    )  # fmt: skip


def relate_by_visit(world: World, patient_id: str, user: Account) -> None:
    """What a booked visit does: no endpoint books yet."""
    from shared.config import settings
    from shared.context import Context, Trail
    from shared.patients import relate
    from shared.patients.documents import Patient, Source

    ctx = Context(unit=world.cloud.unit(), settings=settings(), trail=Trail("TEST"), request_id="test")
    patient = ctx.unit.get(Patient, patient_id)
    ends = datetime.now(UTC) + timedelta(days=30)
    relate(
        ctx,
        patient,
        user.id,
        Source(kind="appointment", ref_id="00000000-0000-4000-8000-000000000001", expires_at=ends),
    )
    ctx.unit.commit()


@pytest.fixture(scope="session")
def circle(world: World) -> Circle:
    return make_circle(world)


def sent_to(cloud: Any, collection: str, user: Account) -> list[Any]:
    """Stored events or requests for notifications that name a user."""
    return cloud.stored(collection, "userIds", user.id)


#: Who is refused what: clinicians' endpoints, endpoints of those who decide about a record, and readers' endpoints.
ANONYMOUS = (401, "TOKEN_MISSING")
HIDDEN = (404, "NOT_FOUND")
WRONG_ROLE = (403, "ROLE_NOT_ALLOWED")
NO_SCOPE = (403, "SCOPE_NOT_GRANTED")
UNVERIFIED = (403, "CREDENTIALS_NOT_VERIFIED")

READING = {"payer": NO_SCOPE, "stranger": HIDDEN, "other_patient": HIDDEN, "unverified": UNVERIFIED}
WRITING = {"patient": WRONG_ROLE, "family": WRONG_ROLE, "stranger": HIDDEN, "unverified": UNVERIFIED}
DOCTORS = WRITING | {"nurse": WRONG_ROLE}
DECIDING = {"family": WRONG_ROLE, "visitor": NO_SCOPE, "stranger": HIDDEN, "other_patient": HIDDEN}


def refusals(
    api: Api, circle: Circle, method: str, path: str, expected: dict[str, tuple[int, str]], body: Any = None
) -> None:
    """Assert who is refused, and that nobody is told a record exists: a missing one looks the same."""
    options = {"json": body} if body is not None else {}
    refused(api.call(method, path, **options), *ANONYMOUS)
    missing = path.replace(circle.patient.patient_id, "00000000-0000-4000-8000-00000000dead")
    for name, (status, reason) in expected.items():
        caller = api.as_(getattr(circle, name))
        answer = refused(caller.call(method, path, **options), status, reason)
        if status == 404:
            twin = refused(caller.call(method, missing, **options), status, reason)
            assert twin.error["message"] == answer.error["message"]
            assert twin.trips == answer.trips, "the costs of a refusal must not tell the two apart"
    refused(api.as_(circle.admin).call(method, missing, **options), *HIDDEN)
