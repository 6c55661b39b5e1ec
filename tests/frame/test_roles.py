"""Every endpoint × every role: a role that may never do it is refused before anything of the request is looked at."""

import pytest

from shared.users.documents import Role
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
CLOSED = [p for p in PRIVATE if any(expected(p.values[0], person) for person in KINDS)]


@pytest.mark.parametrize(("spec", "route"), CLOSED)
def test_each_role_is_refused_before_the_body_is_read(api, people, spec, route) -> None:
    for person in KINDS:
        if reason := expected(spec, person):
            junk = {"content": b"{junk", "headers": {"Content-Type": "application/json"}}
            answer = api.as_(people[person]).call(route.method, filled(route.path), **junk)
            assert (answer.status, answer.reason) == (403, reason), (person, answer)


def test_each_closed_endpoint_is_closed_to_somebody(people) -> None:
    """The table above would be empty if every access let everybody in."""
    closed = {p.values[0].name for p in CLOSED}
    assert {"list_users", "create_patient", "add_diagnosis", "delete_patient", "list_audit_logs"} <= closed
