"""GET /waitlist. Offers are seen in test_join_waitlist."""

from tests.client import refused


def test_ones_own_places(api, world, practice, stranger) -> None:
    patient = api.as_(world.patient())
    body = {"from": practice.day(3), "to": practice.day(9)}
    made = [patient.post(f"/providers/{practice.doctor.id}/waitlist", body)["entryId"] for _ in range(2)]
    answer = patient.get("/waitlist")
    assert (answer.status, answer.trips) == (200, 3)
    assert [row["entryId"] for row in answer["data"]] == made[::-1]
    assert not {row["entryId"] for row in api.as_(stranger).get("/waitlist")["data"]} & set(made)
    refused(api.as_(world.family()).get("/waitlist"), 403, "ROLE_NOT_ALLOWED")
