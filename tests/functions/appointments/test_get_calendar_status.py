"""GET /users/me/calendar."""


def test_none_then_one_then_fetched(api, world) -> None:
    patient = api.as_(world.patient())
    assert patient.get("/users/me/calendar").json == {"active": False, "createdAt": None, "lastFetchedAt": None}
    url = patient.post("/users/me/calendar")["url"].partition("/api/v1")[2]
    before = patient.get("/users/me/calendar")
    assert (before.trips, before["active"], before["lastFetchedAt"]) == (1, True, None)
    api.get(url)
    assert patient.get("/users/me/calendar")["lastFetchedAt"] is not None
