"""GET /providers."""

from tests.client import refused


def test_the_same_search_by_query(api, practice) -> None:
    me = api.as_(practice.patient)
    answer = me.get("/providers", params={"name": "Sarah Johnson", "acceptingNewPatients": "true", "limit": 5})
    assert (answer.status, answer.trips, answer.headers["Cache-Control"]) == (200, 2, "public, max-age=300")
    posted = me.post(
        "/appointments/search-providers", {"name": "Sarah Johnson", "limit": 5, "acceptingNewPatients": True}
    )
    assert answer["data"] == posted["data"]
    assert practice.doctor.id in [row["id"] for row in answer["data"]]
    again = me.get("/providers", params={"name": "Sarah Johnson", "acceptingNewPatients": "true", "limit": 5},
                   headers={"If-None-Match": answer.headers["ETag"]})  # fmt: skip
    assert again.status == 304


def test_refusals(api, practice) -> None:
    refused(api.get("/providers"), 401, "TOKEN_MISSING")
    refused(api.as_(practice.patient).get("/providers?specialty=astrology"), 400, "VALIDATION_ERROR")
