"""GET /specialties."""

from tests.client import refused


def test_the_taxonomy(api, world) -> None:
    answer = api.as_(world.patient()).get("/specialties")
    assert (answer.status, answer.trips, answer.headers["Cache-Control"]) == (200, 1, "private, max-age=86400")
    middle = [node for branch in answer["data"] for node in branch["children"]]
    assert sorted(node["id"] for node in middle) == [
        "cardiology", "dermatology", "family_medicine", "internal_medicine", "neurology", "obstetrics_gynecology",
        "oncology", "ophthalmology", "orthopedics", "pediatrics", "psychiatry", "radiology", "surgery", "urology",
    ]  # fmt: skip
    narrower = [leaf for node in middle for leaf in node["children"]]
    assert {"id": "preventive_medicine", "name": "Preventive Medicine", "children": []} in narrower


def test_refusals(api) -> None:
    refused(api.get("/specialties"), 401, "TOKEN_MISSING")
