"""GET /verify-note/{code}."""

import pytest

from shared.notes.documents import ClinicalNote
from shared.notes.export.sheet import grouped
from tests.client import refused


def test_a_copy_is_genuine_and_may_be_overtaken(api, notes, circle, cloud) -> None:
    note = notes.signed()
    code = note["verificationCode"]
    answer = api.get(f"/verify-note/{grouped(code)}")
    assert (answer.status, answer.trips) == (200, 3), answer
    assert answer.json == {
        "valid": True, "current": True, "hash": note["hash"], "signedAt": note["signedAt"], "signatures": 1,
        "addenda": 0,
    }  # fmt: skip
    notes.add(note["id"])
    overtaken = api.get(f"/verify-note/{code.lower()}")
    assert (overtaken["valid"], overtaken["current"], overtaken["addenda"]) == (True, False, 0)
    unit = cloud.unit()
    stored = unit.get(ClinicalNote, note["id"])
    later = api.get(f"/verify-note/{stored.chain[-1].code}")
    assert (later["valid"], later["current"], later["addenda"], later["hash"]) == (True, True, 1, stored.chain[1].hash)
    unit.update(stored, sections={"plan": "Changed"})
    unit.commit()
    assert api.get(f"/verify-note/{code}")["valid"] is False


def test_it_is_in_the_patients_access_log(api, notes, circle) -> None:
    api.get(f"/verify-note/{notes.signed()['verificationCode']}")
    log = api.as_(circle.patient).get(f"{circle.path}/access-log", params={"limit": 5})
    assert "VERIFY_NOTE_COPY" in {entry["action"] for entry in log["data"]}


@pytest.mark.parametrize("code", ["0000-0000-0000-0000", "x", "..", "%2e%2e%2fnotes", "é", "a" * 41])
def test_a_code_that_leads_nowhere(api, code) -> None:
    answer = api.get(f"/verify-note/{code}")
    assert answer.status in {400, 404}, answer


def test_an_unknown_code_is_not_found(api) -> None:
    refused(api.get("/verify-note/0123456789ABCDEF"), 404, "NOT_FOUND")
