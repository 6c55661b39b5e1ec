"""PUT /providers/me."""

import pytest

from tests.client import refused
from tests.functions.providers.conftest import npi


def test_what_is_left_out_stays_and_null_clears(api, doctor, practice) -> None:
    me = api.as_(doctor)
    first = me.put("/providers/me", {"npi": npi(), "languages": ["Polish"], "education": "Kraków", "skills": ["Echo"]})
    assert (first.status, first.trips) == (200, 2)
    then = me.put("/doctor/profile", {"education": None, "languages": None, "bio": "Short."})
    assert (then["education"], then["languages"], then["bio"]) == (None, [], "Short.")
    assert (then["npi"], then["skills"], then["version"]) == (first["npi"], ["Echo"], first["version"] + 1)
    # What is the account's own is changed there as well, and found at once.
    assert me.get("/users/me")["bio"] == "Short."
    found = api.as_(practice.patient).post("/appointments/search-providers", {"name": "dora own", "limit": 100})
    assert doctor.id in [row["id"] for row in found["data"]]


def test_entries_keep_their_ids(api, doctor) -> None:
    me = api.as_(doctor)
    place = {"address": "1 A St", "city": "Salem", "state": "ma", "zipCode": "01970"}
    made = me.put("/providers/me", {"locations": [place, place | {"isPrimary": True}], "services": [{"name": "Talk"}]})
    one, two = made["locations"]
    assert (one["isPrimary"], two["isPrimary"], one["state"], made["location"]["id"]) == (False, True, "MA", two["id"])
    kept = me.put("/providers/me", {"locations": [place | {"id": two["id"]}, place]})
    assert kept["locations"][0]["id"] == two["id"]
    assert kept["locations"][1]["id"] not in {one["id"], two["id"]}
    service = made["services"][0] | {"isActive": False}
    for shown in ("price",):
        service.pop(shown)
    assert me.put("/providers/me", {"services": [service]})["services"][0]["isActive"] is False
    assert me.get(f"/providers/{doctor.id}")["services"] == []
    refused(me.put("/providers/me", {"locations": [place | {"id": one["id"]}]}), 400, "VALIDATION_ERROR")


def test_an_npi_is_nobody_elses(api, world, doctor) -> None:
    other, number = world.doctor(), npi()
    assert api.as_(doctor).put("/providers/me", {"npi": number}).status == 200
    refused(api.as_(other).put("/providers/me", {"npi": number}), 409, "NPI_TAKEN")
    assert api.as_(doctor).put("/providers/me", {"npi": number, "bio": "Same"}).status == 200
    assert api.as_(doctor).put("/providers/me", {"npi": None}).status == 200
    assert api.as_(other).put("/providers/me", {"npi": number}).status == 200


def test_a_stale_version(api, doctor) -> None:
    me = api.as_(doctor)
    version = me.get("/providers/me")["version"]
    assert me.put("/providers/me", {"bio": "One", "version": version})["version"] == version + 1
    refused(me.put("/providers/me", {"bio": "Two", "version": version}), 409, "STALE_RECORD")


@pytest.mark.parametrize(
    "body",
    [
        {"npi": "1234567890"}, {"npi": "123"}, {"specialty": "astrology"}, {"specialties": ["primary_care"]},
        {"acceptingNewPatients": None}, {"services": [{"name": "X", "prepaid": True}]},
        {"services": [{"name": "X", "durationMinutes": 4}]}, {"services": [{"name": "X", "currency": "dollar"}]},
        {"professionalHistory": [{"position": "A", "organization": "B", "fromYear": 2020, "untilYear": 2019}]},
        {"locations": [{"address": "1", "city": "A", "state": "Mass", "zipCode": "02101"}]}, {"rating": 5},
    ],
)  # fmt: skip
def test_what_is_not_valid(api, practice, body) -> None:
    refused(api.as_(practice.other).put("/providers/me", body), 400, "VALIDATION_ERROR")


def test_only_doctors(api, practice) -> None:
    for who in (practice.patient, practice.nurse, practice.admin):
        refused(api.as_(who).put("/providers/me", {}), 403, "ROLE_NOT_ALLOWED")
