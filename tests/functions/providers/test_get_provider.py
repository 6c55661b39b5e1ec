"""GET /providers/{providerId}."""

import uuid

from tests.client import refused


def test_a_provider_whole(api, practice) -> None:
    answer = api.as_(practice.patient).get(practice.path)
    assert (answer.status, answer.trips) == (200, 1)
    shown = answer.json
    assert shown["specialtySlugs"] == ["family_medicine", "preventive_medicine"]
    assert (shown["timeZone"], shown["acceptingNewPatients"]) == ("America/New_York", True)
    (service,) = shown["services"]
    assert (service["price"], service["priceCents"], service["currency"]) == (180.0, 18_000, "USD")
    assert (service["durationMinutes"], service["bufferAfterMinutes"], service["prepaid"]) == (60, 15, True)
    assert shown["locations"] == [shown["location"]]
    assert 80 < shown["completenessScore"] < 100


def test_one_who_has_said_nothing_yet(api, world, practice) -> None:
    doctor = world.doctor(name="Nova New", specialty="cardiology")
    answer = api.as_(practice.patient).get(f"/providers/{doctor.id}")
    assert (answer["name"], answer["specialty"], answer["nextAvailableDate"]) == ("Nova New", "Cardiology", None)
    assert answer["services"] == []


def test_nobody_who_does_not_practise(api, practice) -> None:
    me = api.as_(practice.patient)
    refused(api.get(practice.path), 401, "TOKEN_MISSING")
    for who in (practice.patient.id, practice.nurse.id, practice.pending.id, str(uuid.uuid4())):
        answer = refused(me.get(f"/providers/{who}"), 404, "PROVIDER_NOT_FOUND")
        assert answer.error["number"] == "DOC_001"
