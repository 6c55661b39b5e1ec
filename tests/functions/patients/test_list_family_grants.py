"""GET /patients/{patientId}/family-grants."""

from tests.functions.patients.conftest import DECIDING, refusals


def test_lists_them_newest_first_by_name(api, circle) -> None:
    answer = api.as_(circle.patient).get(f"{circle.path}/family-grants")
    payer, family = answer["data"]
    assert (family["userId"], family["name"], family["scopes"]) == (circle.family.id, "Fred Circle", ["health_record"])
    assert (payer["userId"], payer["scopes"], payer["grantedBy"]) == (circle.payer.id, ["billing"], circle.patient.id)
    for name in ("doctor", "nurse", "admin"):
        assert api.as_(getattr(circle, name)).get(f"{circle.path}/family-grants").json == answer.json, name


def test_pages(api, circle) -> None:
    caller = api.as_(circle.patient)
    first = caller.get(f"{circle.path}/family-grants", params={"limit": 1})
    rest = caller.get(f"{circle.path}/family-grants", params={"limit": 1, "cursor": first["pagination"]["nextCursor"]})
    assert [g["userId"] for g in first["data"] + rest["data"]] == [circle.payer.id, circle.family.id]


def test_who_may_not(api, circle) -> None:
    refusals(api, circle, "GET", f"{circle.path}/family-grants", DECIDING)
