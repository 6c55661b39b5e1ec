"""Every endpoint × every role: a role that may never do it is refused before anything of the request is looked at."""

import pytest

from shared.users.documents import Role
from tests.client import refused
from tests.frame.test_sweeps import PRIVATE, filled


@pytest.fixture(scope="module")
def people(world):
    return {
        "Admin": world.admin,
        "Doctor": world.doctor(),
        "Nurse": world.nurse(),
        "Patient": world.patient(),
        "Family": world.family(),
        "unverified Doctor": world.clinician("Doctor", approved=False),
        "unverified Nurse": world.clinician("Nurse", approved=False),
    }


def expected(spec, person: str) -> str | None:
    role = Role(person.removeprefix("unverified "))
    if role not in spec.access.roles:
        return "ROLE_NOT_ALLOWED"
    if person.startswith("unverified") and not spec.access.limited:
        return "CREDENTIALS_NOT_VERIFIED"
    return None


KINDS = ("Admin", "Doctor", "Nurse", "Patient", "Family", "unverified Doctor", "unverified Nurse")
REFUSED = [
    pytest.param(spec, route, person, id=f"{person}-{route.method} {route.path}")
    for spec, route in (p.values for p in PRIVATE)
    for person in KINDS
    if expected(spec, person)
]


@pytest.mark.parametrize(("spec", "route", "person"), REFUSED)
def test_the_role_is_refused_before_the_body_is_read(api, people, spec, route, person) -> None:
    caller = api.as_(people[person])
    answer = caller.call(
        route.method, filled(route.path), content=b"{junk", headers={"Content-Type": "application/json"}
    )
    refused(answer, 403, expected(spec, person))


def test_each_closed_endpoint_is_closed_to_somebody(people) -> None:
    """The table above would be empty if every access let everybody in."""
    closed = {p.values[0].name for p in REFUSED}
    assert {"list_users", "create_patient", "add_diagnosis", "delete_patient", "list_audit_logs"} <= closed
