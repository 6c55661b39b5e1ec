"""GET /patients."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.client import refused
from tests.world import unique


def names(answer) -> list[str]:
    assert answer.status == 200, answer
    return [row["name"] for row in answer["data"]]


@pytest.fixture(scope="module")
def ward(world):
    """A doctor with patients of like names, made in this order."""
    doctor = world.doctor()
    for name in ("Anna Smith", "Annabel Smithers", "Bob Smith", "Zoë O'Brien", "Anna Jones"):
        world.record(doctor, name=name)
    return doctor


def test_lists_what_the_caller_may_open_newest_first(api, ward) -> None:
    answer = api.as_(ward).get("/patients")
    assert names(answer) == ["Anna Jones", "Zoë O'Brien", "Bob Smith", "Annabel Smithers", "Anna Smith"]
    assert answer["pagination"] == {
        "total": 5, "page": 1, "limit": 10, "totalPages": 1, "nextCursor": None, "totalIsMinimum": False,
    }  # fmt: skip
    assert answer.headers["X-Total-Count"] == "5"
    assert answer["data"][0].keys() == {"id", "mrn", "name", "dateOfBirth", "phoneNumber", "createdAt"}


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("smith", ["Bob Smith", "Annabel Smithers", "Anna Smith"]),
        ("SMITHE", ["Annabel Smithers"]),
        ("obrien", ["Zoë O'Brien"]),
        ("zoe", ["Zoë O'Brien"]),
        ("anna smith", ["Annabel Smithers", "Anna Smith"]),
        ("Smith, Bob", ["Bob Smith"]),
        ("anna brien", []),
        ("mith", []),
    ],
)
def test_search_finds_beginnings_of_words_in_any_order(api, ward, search, found) -> None:
    answer = api.as_(ward).get("/patients", params={"search": search})
    assert names(answer) == found
    assert answer["pagination"]["total"] == len(found)
    assert answer["pagination"]["totalIsMinimum"] is False


def test_search_finds_an_mrn(api, world, ward) -> None:
    made = world.record(ward, mrn=unique("MRN-77"), name="Number Only")
    assert names(api.as_(ward).get("/patients", params={"search": made["mrn"]})) == ["Number Only"]
    assert names(api.as_(ward).get("/patients", params={"search": made["mrn"][:8].lower()})) == ["Number Only"]


@pytest.mark.parametrize("search", [None, "cursor", "cursor pat"])
def test_pages_meet_every_row_once_by_number_and_by_cursor(api, world, search) -> None:
    """One word is the index's work, two are compared row by row: both page alike."""
    doctor = world.doctor()
    expected = [world.record(doctor, name=f"Pat Cursor{i}")["id"] for i in range(7)][::-1]
    world.record(doctor, name="Somebody Else") if search else None
    params = {"search": search} if search else {}
    caller = api.as_(doctor)
    by_number = [
        row["id"]
        for page in (1, 2, 3)
        for row in caller.get("/patients", params=params | {"page": page, "limit": 3})["data"]
    ]
    by_cursor, cursor = [], None
    while cursor != "":
        answer = caller.get("/patients", params=params | {"limit": 3} | ({"cursor": cursor} if cursor else {}))
        by_cursor += [row["id"] for row in answer["data"]]
        cursor = answer["pagination"]["nextCursor"] or ""
    assert by_number == expected
    assert by_cursor == expected


def test_a_search_that_opens_too_much_stops_and_goes_on_with_its_cursor(api, world, monkeypatch) -> None:
    """The bound of five hundred rows, made small: forty people called Longname, three of them Zed."""
    from shared.patients import search

    monkeypatch.setattr(search, "MOST_OPENED", 12)
    doctor = world.doctor()
    made = [world.record(doctor, name=f"{'Zed' if n in {3, 18, 36} else 'Abe'} Longname")["id"] for n in range(40)]
    expected = [made[n] for n in (36, 18, 3)]
    found, cursor, answers = [], "", []
    while cursor is not None:
        answer = api.as_(doctor).get(
            "/patients", params={"search": "longname zed"} | ({"cursor": cursor} if cursor else {})
        )
        found += [row["id"] for row in answer["data"]]
        cursor = answer["pagination"]["nextCursor"]
        answers.append(answer)
    assert found == expected
    assert len(answers) == 4
    assert answers[0]["pagination"]["totalIsMinimum"] is True
    assert max(answer.reads for answer in answers) < 12 + 1 + 1 + 4


def test_a_foreign_cursor_is_refused(api, world, circle) -> None:
    doctor = world.doctor()
    world.record(doctor), world.record(doctor)
    cursor = api.as_(doctor).get("/patients", params={"limit": 1})["pagination"]["nextCursor"]
    refused(api.as_(circle.doctor).get("/patients", params={"cursor": cursor}), 400, "VALIDATION_ERROR")


def test_everybody_sees_only_what_they_may_open(api, circle) -> None:
    def sees(account) -> bool:
        rows = api.as_(account).get("/patients")["data"]
        return circle.patient.patient_id in {row["id"] for row in rows}

    assert {
        name: sees(getattr(circle, name)) for name in ("patient", "doctor", "nurse", "family", "visitor")
    } == dict.fromkeys(("patient", "doctor", "nurse", "family", "visitor"), True)
    assert not any(sees(getattr(circle, name)) for name in ("payer", "stranger", "other_patient"))
    mrn = api.as_(circle.patient).get(circle.path)["mrn"]
    found = api.as_(circle.admin).get("/patients", params={"search": mrn})
    assert [row["id"] for row in found["data"]] == [circle.patient.patient_id]


def test_access_that_has_expired_is_left_out_before_its_task_runs(api, world, cloud) -> None:
    from shared.patients.documents import Relationship

    patient, family = world.patient(), world.family()
    world.grant_family(patient.patient_id, family, by=patient)
    assert len(api.as_(family).get("/patients")["data"]) == 1
    unit = cloud.unit()
    relation = unit.get(Relationship, f"{patient.patient_id}_{family.id}")
    past = datetime.now(UTC) - timedelta(seconds=1)
    unit.update(relation, sources=[s.model_copy(update={"expires_at": past}) for s in relation.sources])
    unit.commit()
    assert api.as_(family).get("/patients")["data"] == []


def test_rows_of_a_list_are_in_the_patients_access_log(api, circle) -> None:
    api.as_(circle.nurse).get("/patients")
    log = api.as_(circle.patient).get(f"{circle.path}/access-log", params={"limit": 100})["data"]
    assert any(e["action"] == "LIST_PATIENTS" and e["userId"] == circle.nurse.id for e in log)


@pytest.mark.parametrize(
    "params", [{"limit": 0}, {"limit": 101}, {"page": 0}, {"page": 101}, {"search": "--"}, {"sort": "x"}]
)
def test_wrong_parameters_are_refused(api, circle, params) -> None:
    refused(api.as_(circle.doctor).get("/patients", params=params), 400, "VALIDATION_ERROR")


def test_callers_must_be_signed_in_and_in_good_standing(api, circle) -> None:
    refused(api.get("/patients"), 401, "TOKEN_MISSING")
    refused(api.as_(circle.unverified).get("/patients"), 403, "CREDENTIALS_NOT_VERIFIED")
