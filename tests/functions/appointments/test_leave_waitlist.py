"""DELETE /waitlist/{entryId}."""

from tests.client import refused


def test_who_is_on_it_leaves(api, world, practice, stranger) -> None:
    patient = api.as_(world.patient())
    body = {"from": practice.day(3), "to": practice.day(9)}
    made = patient.post(f"/providers/{practice.doctor.id}/waitlist", body)["entryId"]
    refused(api.as_(stranger).delete(f"/waitlist/{made}"), 404, "NOT_FOUND")
    answer = patient.delete(f"/waitlist/{made}")
    assert (answer.status, answer.trips) == (204, 2)
    assert patient.get("/waitlist")["data"][0]["state"] == "left"
    refused(patient.delete("/waitlist/00000000-0000-4000-8000-00000000dead"), 404, "NOT_FOUND")
