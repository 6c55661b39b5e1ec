import pytest

from tests.client import refused
from tests.world import unique


def names(answer):
    return [row["name"] for row in answer["data"]]


def test_accounts_are_listed_newest_first(api, world):
    made = [world.register("Nurse").id for _ in range(3)]
    answer = api.as_(world.admin).get("/users", params={"role": "nurse", "limit": 3})
    assert answer.status == 200, answer
    assert [row["id"] for row in answer["data"]] == made[::-1]
    assert answer["pagination"]["limit"] == 3
    assert answer.headers["X-Per-Page"] == "3"
    assert answer.trips == 3
    assert "passwordHash" not in answer.response.text


def test_pages_follow_by_number_and_by_cursor(api, world):
    for _ in range(3):
        world.register("Family")
    admin = api.as_(world.admin)
    first = admin.get("/users", params={"role": "Family", "limit": 2})
    second = admin.get("/users", params={"role": "Family", "limit": 2, "page": 2})
    onward = admin.get("/users", params={"role": "Family", "limit": 2, "cursor": first["pagination"]["nextCursor"]})
    assert [r["id"] for r in second["data"]] == [r["id"] for r in onward["data"]]
    assert not {r["id"] for r in first["data"]} & {r["id"] for r in second["data"]}


def test_names_are_found_by_their_beginnings(api, world):
    surname = unique("Quill")
    world.register("Family", name=f"Zoë {surname}")
    world.register("Family", name=f"Adam {surname}")
    admin = api.as_(world.admin)
    assert len(names(admin.get("/users", params={"search": surname[:-1].upper()}))) == 2
    assert names(admin.get("/users", params={"search": f"zoe {surname}"})) == [f"Zoë {surname}"]
    assert names(admin.get("/users", params={"search": f"{surname} ada"})) == [f"Adam {surname}"]
    assert names(admin.get("/users", params={"search": f"eve {surname}"})) == []
    assert names(admin.get("/users", params={"search": "--"})) == []


def test_an_address_is_found_whole(api, world):
    account = world.register("Family")
    admin = api.as_(world.admin)
    found = admin.get("/users", params={"search": account.email.upper()})
    assert [row["id"] for row in found["data"]] == [account.id]
    assert found["pagination"]["total"] == 1
    assert admin.get("/users", params={"search": account.email, "role": "Doctor"})["data"] == []
    assert admin.get("/users", params={"search": f"{unique()}@example.org"})["data"] == []


def test_closed_and_deleted_accounts(api, world):
    closed, deleted = world.register("Family"), world.register("Family")
    admin = api.as_(world.admin)
    admin.post(f"/admin/users/{closed.id}/deactivate")
    admin.delete(f"/users/{deleted.id}")
    ids = [row["id"] for row in admin.get("/users", params={"isActive": False, "role": "Family", "limit": 100})["data"]]
    assert closed.id in ids
    assert deleted.id not in ids


def test_it_counts_as_access_to_the_patients_listed(api, world):
    patient, admin = world.patient(), world.new_admin()
    api.as_(admin).get("/users", params={"search": patient.email})
    found = api.as_(admin).get("/audit-logs", params={"userId": admin.id, "action": "LIST_USERS"})
    assert found["data"][0]["patientIds"] == [patient.patient_id]


@pytest.mark.parametrize("role", ["Doctor", "Patient", "Family"])
def test_it_is_for_administrators(api, world, role):
    refused(api.as_(world.register(role)).get("/users"), 403, "ROLE_NOT_ALLOWED")


def test_it_takes_somebody(api):
    refused(api.get("/users"), 401, "TOKEN_MISSING")


@pytest.mark.parametrize(
    "query", [{"role": "Wizard"}, {"limit": 101}, {"limit": 0}, {"page": 0}, {"isActive": "maybe"}, {"search": "x"},
              {"cursor": "AAAA"}, {"sort": "name"}]
)  # fmt: skip
def test_bad_filters_are_refused(api, world, query):
    refused(api.as_(world.admin).get("/users", params=query), 400, "VALIDATION_ERROR")
