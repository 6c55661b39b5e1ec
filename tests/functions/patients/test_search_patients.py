"""POST /patients/search."""

import pytest

from tests.client import refused
from tests.world import unique

PATH = "/patients/search"


@pytest.fixture(scope="module")
def ward(world):
    """A doctor and four patients who share something with each other."""
    doctor = world.doctor()
    people = {
        "ann": {"name": "Ann Twin", "dateOfBirth": "1990-01-02", "phoneNumber": "+15550001111"},
        "bea": {"name": "Bea Twin", "dateOfBirth": "1990-01-02", "phoneNumber": "+15550002222"},
        "carl": {"name": "Carl Other", "dateOfBirth": "1971-12-31", "phoneNumber": "+15550001111"},
        "none": {"name": "No Number", "dateOfBirth": "1971-12-31", "mrn": unique("A/77-")},
    }
    return doctor, {key: world.record(doctor, **fields) for key, fields in people.items()}


ASKED = [
    ({}, {"ann", "bea", "carl", "none"}),
    ({"query": "twin"}, {"ann", "bea"}),
    ({"query": "twin an"}, {"ann"}),
    ({"dateOfBirth": "1990-01-02"}, {"ann", "bea"}),
    ({"dateOfBirth": "1990-01-03"}, set()),
    ({"phoneNumber": "+1 (555) 000-1111"}, {"ann", "carl"}),
    ({"phoneNumber": "0015550001111"}, {"ann", "carl"}),
    ({"phoneNumber": "+15550001111", "dateOfBirth": "1971-12-31"}, {"carl"}),
    ({"phoneNumber": "+15550001111", "query": "twin"}, {"ann"}),
    ({"dateOfBirth": "1971-12-31", "query": "number"}, {"none"}),
    ({"phoneNumber": "+15550009999"}, set()),
]


@pytest.mark.parametrize(("asked", "found"), ASKED)
def test_everything_asked_must_fit(api, ward, asked, found) -> None:
    doctor, made = ward
    answer = api.as_(doctor).post(PATH, asked)
    assert {row["id"] for row in answer["data"]} == {made[key]["id"] for key in found}


@pytest.mark.parametrize(
    ("asked", "found"), [pair for pair in ASKED if pair[0].keys() & {"phoneNumber", "dateOfBirth"}]
)
def test_an_administrator_searches_all_patients(api, world, ward, asked, found) -> None:
    _, made = ward
    answer = api.as_(world.admin).post(PATH, {"limit": 100} | asked)
    ids = {row["id"] for row in answer["data"]}
    assert {key for key, record in made.items() if record["id"] in ids} == found


def test_a_whole_mrn_finds_one(api, ward) -> None:
    doctor, made = ward
    mrn = made["none"]["mrn"]
    assert [r["id"] for r in api.as_(doctor).post(PATH, {"mrn": mrn.lower()})["data"]] == [made["none"]["id"]]
    assert api.as_(doctor).post(PATH, {"mrn": mrn[:-1]})["data"] == []


def test_pages_by_cursor(api, ward) -> None:
    doctor, _ = ward
    caller = api.as_(doctor)
    first = caller.post(PATH, {"query": "twin", "dateOfBirth": "1990-01-02", "limit": 1})
    second = caller.post(
        PATH,
        {"query": "twin", "dateOfBirth": "1990-01-02", "limit": 1, "cursor": first["pagination"]["nextCursor"]},
    )
    assert [r["name"] for r in first["data"] + second["data"]] == ["Bea Twin", "Ann Twin"]
    assert second["pagination"]["nextCursor"] is None


def test_nobody_finds_what_they_may_not_open(api, circle) -> None:
    patient = api.as_(circle.patient).get(circle.path)
    asked = {"mrn": patient["mrn"]}
    for name in ("patient", "doctor", "nurse", "family", "visitor", "admin"):
        assert len(api.as_(getattr(circle, name)).post(PATH, asked)["data"]) == 1, name
    for name in ("payer", "stranger", "other_patient"):
        answer = api.as_(getattr(circle, name)).post(PATH, asked)
        assert answer["data"] == [], name
        assert answer["pagination"]["total"] == 0, name
    refused(api.post(PATH, asked), 401, "TOKEN_MISSING")
    refused(api.as_(circle.unverified).post(PATH, asked), 403, "CREDENTIALS_NOT_VERIFIED")


@pytest.mark.parametrize(
    "wrong",
    [{"query": "!"}, {"dateOfBirth": "yesterday"}, {"phoneNumber": "x"}, {"mrn": "-"}, {"name": "John"}, {"limit": 0}],
)
def test_wrong_bodies_are_refused(api, circle, wrong) -> None:
    refused(api.as_(circle.doctor).post(PATH, wrong), 400, "VALIDATION_ERROR")
