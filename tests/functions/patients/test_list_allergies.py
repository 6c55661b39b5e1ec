"""GET /patients/{patientId}/allergies."""

from tests.functions.patients.conftest import READING, refusals


def test_pages_through_them_newest_first(api, world) -> None:
    doctor = world.doctor()
    path = f"/patients/{world.record(doctor)['id']}/allergies"
    caller = api.as_(doctor)
    made = [
        caller.post(
            path, {"allergy": "Penicillin", "severity": "moderate", "reactionDescription": "Causes rash\nand fever"}
        )["id"]
        for _ in range(3)
    ]
    first = caller.get(path, params={"limit": 2})
    assert [entry["id"] for entry in first["data"]] == made[:0:-1]
    assert first["pagination"]["total"] == 3
    rest = caller.get(path, params={"limit": 2, "cursor": first["pagination"]["nextCursor"]})
    assert [entry["id"] for entry in rest["data"]] == made[:1]
    assert caller.get(path, params={"limit": 2, "page": 2})["data"] == rest["data"]


def test_everybody_with_a_relationship_reads_them(api, circle) -> None:
    api.as_(circle.doctor).post(
        f"{circle.path}/allergies",
        {"allergy": "Penicillin", "severity": "moderate", "reactionDescription": "Causes rash\nand fever"},
    )
    for name in ("patient", "family", "nurse", "visitor", "admin"):
        assert api.as_(getattr(circle, name)).get(f"{circle.path}/allergies")["data"], name


def test_who_may_not(api, circle) -> None:
    refusals(api, circle, "GET", f"{circle.path}/allergies", READING)
