"""DELETE /users/me/calendar."""

from tests.client import refused


def test_the_address_stops_working(api, world) -> None:
    patient = api.as_(world.patient())
    url = patient.post("/users/me/calendar")["url"].partition("/api/v1")[2]
    assert api.get(url).status == 200
    assert patient.delete("/users/me/calendar").status == 204
    refused(api.get(url), 404, "NOT_FOUND")
    assert patient.delete("/users/me/calendar").status == 204
    assert patient.get("/users/me/calendar")["active"] is False
