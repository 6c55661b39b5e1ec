"""GET /patients/{patientId}/care-team."""

from tests.functions.patients.conftest import READING, refusals


def test_lists_its_members_who_joined_last_first(api, circle) -> None:
    team = api.as_(circle.patient).get(f"{circle.path}/care-team")
    assert [member["userId"] for member in team["data"]] == [circle.nurse.id, circle.doctor.id]
    nurse, doctor = team["data"]
    assert (doctor["name"], doctor["role"], doctor["addedBy"]) == ("Dora Circle", "Doctor", circle.patient.id)
    assert (nurse["role"], nurse["addedBy"]) == ("Nurse", circle.doctor.id)
    assert team["pagination"]["total"] == 2
    for name in ("family", "doctor", "visitor", "admin"):
        assert api.as_(getattr(circle, name)).get(f"{circle.path}/care-team").json == team.json, name


def test_who_may_not(api, circle) -> None:
    refusals(api, circle, "GET", f"{circle.path}/care-team", READING)
