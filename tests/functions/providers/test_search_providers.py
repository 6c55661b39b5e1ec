"""POST /appointments/search-providers (seed 004 §1.2)."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.client import refused
from tests.functions.providers.conftest import hours, refresh, slots, workday
from tests.world import unique

PATH = "/appointments/search-providers"


def ids(answer) -> list[str]:
    assert answer.status == 200, answer
    assert answer["total"] == answer["pagination"]["total"]
    return [row["id"] for row in answer["data"]]


def test_what_a_result_shows(api, practice) -> None:
    answer = api.as_(practice.patient).post(PATH, {"name": "sarah johns", "specialty": "family_medicine"})
    found = next(row for row in answer["data"] if row["id"] == practice.doctor.id)
    assert (answer.trips, answer.headers["Cache-Control"]) == (2, "public, max-age=300")
    assert answer.headers["X-Total-Count"] == str(answer["total"])
    assert found | {"npi": "", "location": {"id": ""}} == {
        "id": practice.doctor.id, "firstName": "Sarah", "lastName": "Johnson", "name": "Sarah Johnson", "title": "MD",
        "specialty": "Family Medicine", "specialties": ["Family Medicine", "Preventive Medicine"], "npi": "",
        "photoUrl": None, "bio": "Fifteen years in family medicine.", "languages": ["English", "Spanish"],
        "yearsOfExperience": 15, "education": "Harvard Medical School",
        "certifications": ["Board Certified in Family Medicine"], "insuranceAccepted": ["Aetna", "Blue Cross"],
        "acceptingNewPatients": True, "rating": 0.0, "reviewCount": 0, "nextAvailableDate": found["nextAvailableDate"],
        "location": {"id": ""}, "phone": "+16175550123", "email": "practice@example.org",
    }  # fmt: skip
    assert found["nextAvailableDate"] is not None
    assert found["location"]["city"] == "Boston"
    # The other path is the same endpoint.
    assert practice.doctor.id in ids(api.as_(practice.nurse).post("/providers/search", {"name": "Sarah"}))


@pytest.mark.parametrize(
    ("wanted", "fits"),
    [
        ({"specialty": "family_medicine"}, True),
        ({"specialty": "Family Medicine"}, True),
        ({"specialty": "preventive_medicine"}, True),
        ({"specialty": "Primary Care"}, True),
        ({"specialty": "cardiology"}, False),
        ({"specialty": "sports_medicine"}, False),
        ({"location": "Boston, MA"}, True),
        ({"location": "massachusetts 02101"}, True),
        ({"location": "Boston, NY"}, False),
        ({"location": "?!"}, False),
        ({"insuranceAccepted": "AETNA"}, True),
        ({"insuranceAccepted": "blue cross"}, True),
        ({"insuranceAccepted": "Cigna"}, False),
        ({"language": "es"}, True),
        ({"language": "Spanish"}, True),
        ({"language": "fr"}, False),
        ({"name": "joh sar"}, True),
        ({"name": "ohnson"}, False),
        ({"acceptingNewPatients": True}, True),
        ({"date": workday().isoformat()}, True),
        ({"date": (workday() + timedelta(days=5)).isoformat()}, False),
        ({"date": workday(25).isoformat()}, True),
        ({"date": (workday(25) + timedelta(days=5)).isoformat()}, False),
        ({"date": "2020-01-06"}, False),
        ({"specialty": "family_medicine", "location": "boston", "insuranceAccepted": "aetna", "language": "en",
          "name": "sarah", "date": workday().isoformat(), "acceptingNewPatients": True}, True),
        ({"specialty": "family_medicine", "location": "boston", "insuranceAccepted": "cigna"}, False),
    ],
)  # fmt: skip
def test_every_filter_alone_and_together(api, practice, wanted, fits) -> None:
    # Besides its name, so that it is on the page whoever else is in the directory.
    found = ids(api.as_(practice.patient).post(PATH, {"name": "sarah johnson", "limit": 100} | wanted))
    assert (practice.doctor.id in found) == fits


def test_pages_follow_a_cursor_soonest_free_first(api, world, cloud, practice) -> None:
    place = unique("town")
    made = []
    for n in range(3):
        doctor = world.doctor(name=f"Row {n}")
        where = {"address": "1 Row", "city": place, "state": "VT", "zipCode": "05001"}
        profile = {"locations": [where], "acceptingNewPatients": n != 1}
        assert api.as_(doctor).put("/providers/me", profile).status == 200
        # The later of the two who take new patients, last of all who takes none.
        first = (datetime.now(UTC) + timedelta(days=3 + (n == 0))).strftime("%A").lower()
        answer = api.as_(doctor).put(f"/providers/{doctor.id}/availability", hours(days=(first,)))
        assert answer.status == 200, answer
        refresh(api, cloud, doctor)
        made.append(doctor.id)
    me, seen, cursor = api.as_(practice.patient), [], {}
    while cursor is not None:
        answer = me.post(PATH, {"location": place, "limit": 1} | cursor)
        assert (answer["total"], answer.trips) == (3, 2)
        # Session and account, the rows of the page and one more, and the count: nothing of the other providers.
        assert answer.reads <= 2 + 2 + 1
        seen += ids(answer)
        following = answer["pagination"]["nextCursor"]
        cursor = {"cursor": following} if following else None
    assert seen == [made[2], made[0], made[1]]


def test_an_unchanged_answer_is_not_sent_again(api, practice) -> None:
    me = api.as_(practice.patient)
    first = me.post(PATH, {"name": "Sarah Johnson"})
    again = me.post(PATH, {"name": "Sarah Johnson"}, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status, again.response.content) == (304, b"")
    assert again.headers["ETag"] == first.headers["ETag"]
    other = me.post(PATH, {"name": "Omar Other"}, headers={"If-None-Match": first.headers["ETag"]})
    assert other.status == 200


def test_who_is_found(api, world, cloud, practice) -> None:
    """From verification to closing: an entry is there exactly while the provider practises."""
    name = unique("Zed")
    doctor = world.clinician(approved=False, name=f"Doc {name}")
    me, admin = api.as_(practice.patient), api.as_(world.admin)

    def found() -> list[str]:
        refresh(api, cloud, doctor)
        return ids(me.post(PATH, {"name": name}))

    assert found() == []
    admin.post(f"/admin/users/{doctor.id}/verify", {"decision": "approve"})
    assert found() == [doctor.id]
    renamed = unique("Quill")
    assert api.as_(doctor).put("/users/me", {"name": f"Doc {renamed}"}).status == 200
    assert found() == []
    assert ids(me.post(PATH, {"name": renamed})) == [doctor.id]
    name = renamed
    assert admin.post(f"/admin/users/{doctor.id}/deactivate").status == 200
    assert found() == []
    assert admin.post(f"/admin/users/{doctor.id}/activate").status == 200
    assert found() == [doctor.id]
    assert admin.delete(f"/users/{doctor.id}").status in {200, 204}
    assert found() == []


def test_the_change_of_hours_reaches_the_entry_by_itself(api, cloud, doctor) -> None:
    """Through outbox, queue and worker, as it does in production."""
    from tests.conftest import eventually

    day = workday()
    me = api.as_(doctor)
    assert slots(api, doctor, doctor, day)
    eventually(
        lambda: doctor.id in ids(me.post(PATH, {"date": day.isoformat(), "name": "dora own", "limit": 100})),
        "an entry",
        40,
    )


def test_refusals(api, practice) -> None:
    refused(api.post(PATH, {}), 401, "TOKEN_MISSING")
    me = api.as_(practice.patient)
    refused(me.post(PATH, {"specialty": "astrology"}), 400, "VALIDATION_ERROR")
    refused(me.post(PATH, {"specialty": "x" * 101}), 400, "VALIDATION_ERROR")
    refused(me.post(PATH, {"date": "01/15/2027"}), 400, "VALIDATION_ERROR")
    refused(me.post(PATH, {"location": "x" * 201}), 400, "VALIDATION_ERROR")
    refused(me.post(PATH, {"insuranceAccepted": "x" * 101}), 400, "VALIDATION_ERROR")
    refused(me.post(PATH, {"city": "Boston"}), 400, "VALIDATION_ERROR")
    refused(api.as_(practice.pending).post(PATH, {}), 403, "CREDENTIALS_NOT_VERIFIED")
