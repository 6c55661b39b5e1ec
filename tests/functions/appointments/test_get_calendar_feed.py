"""GET /calendar/{secret}.ics."""

import icalendar
import pytest

from tests.client import refused


def events(answer):
    assert answer.status == 200, answer
    return icalendar.Calendar.from_ical(answer.response.content).walk("VEVENT")


def test_it_follows_the_appointments(api, world, practice) -> None:
    patient = world.patient()
    url = api.as_(patient).post("/users/me/calendar")["url"].partition("/api/v1")[2]
    assert events(api.get(url)) == []
    made = practice.booked(patient)
    entry = api.as_(patient).get(f"/appointments/{made['id']}")["calendar"]
    assert entry["syncStatus"] == "pending"
    answer = api.get(url)
    assert answer.trips == 3
    assert [str(e["UID"]).split("@")[0] for e in events(answer)] == [made["id"]]
    assert "X-WR-CALNAME:Appointments" in answer.response.text
    assert made["reason"] not in answer.response.text
    assert api.as_(patient).get(f"/appointments/{made['id']}")["calendar"]["syncStatus"] == "synced"
    api.as_(patient).delete(f"/appointments/{made['id']}")
    assert [str(e["STATUS"]) for e in events(api.get(url))] == ["CANCELLED"]
    # Fetching is in the patient's access log, as everything is that reaches the record.
    log = api.as_(patient).get(f"/patients/{patient.patient_id}/access-log?limit=50")
    assert "GET_CALENDAR_FEED" in [e["action"] for e in log["data"]]


def test_a_providers_has_their_visits(api, practice, patient) -> None:
    made = practice.booked(patient)
    url = api.as_(practice.doctor).post("/users/me/calendar")["url"].partition("/api/v1")[2]
    assert made["id"] in api.get(url).response.text


@pytest.mark.parametrize("secret", ["x", "A" * 54, "-" * 20, "A" * 53 + "é"])
def test_what_is_no_address(api, secret) -> None:
    refused(api.get(f"/calendar/{secret}.ics"), 404, "NOT_FOUND")
