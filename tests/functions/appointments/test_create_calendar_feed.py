"""POST /users/me/calendar."""


def test_its_address_is_shown_once_and_kept_as_a_hash(api, world, cloud) -> None:
    patient = world.patient()
    answer = api.as_(patient).post("/users/me/calendar")
    assert (answer.status, answer.trips) == (201, 2)
    assert answer["url"].endswith(".ics")
    assert answer["webcalUrl"].startswith("webcal://")
    secret = answer["url"].rpartition("/")[2]
    assert len(secret) > 50
    assert secret not in str(cloud.firestore.document(f"calendarFeeds/{patient.id}").get().to_dict())
    another = api.as_(patient).post("/users/me/calendar")
    assert api.get(answer["url"].partition("/api/v1")[2]).status == 404
    assert api.get(another["url"].partition("/api/v1")[2]).status == 200
