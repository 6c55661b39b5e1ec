"""GET /patients/{patientId}/consents."""

from tests.functions.patients.conftest import READING, refusals


def test_lists_every_entry_newest_first(api, world) -> None:
    patient = world.patient()
    path = f"/patients/{patient.patient_id}/consents"
    caller = api.as_(patient)
    given = [caller.post(path, {"kind": kind}).json for kind in ("treatment", "data_sharing")]
    withdrawn = caller.delete(f"{path}/{given[0]['id']}").json
    answer = caller.get(path)
    assert answer["data"] == [withdrawn, given[1], given[0]]
    first = caller.get(path, params={"limit": 2})
    rest = caller.get(path, params={"limit": 2, "cursor": first["pagination"]["nextCursor"]})
    assert first["data"] + rest["data"] == answer["data"]


def test_who_may_and_who_may_not(api, circle) -> None:
    for name in ("patient", "family", "nurse", "visitor", "admin"):
        assert api.as_(getattr(circle, name)).get(f"{circle.path}/consents").status == 200, name
    refusals(api, circle, "GET", f"{circle.path}/consents", READING)
