"""GET /appointments/{appointmentId}/calendar.ics."""

import icalendar

from tests.client import refused


def event(answer):
    return icalendar.Calendar.from_ical(answer.response.content).walk("VEVENT")[0]


def test_the_entry_of_an_appointment(api, practice, patient, stranger, world) -> None:
    made = practice.booked(patient)
    caller, path = api.as_(patient), f"/appointments/{made['id']}/calendar.ics"
    answer = caller.get(path)
    assert (answer.status, answer.headers["Content-Type"]) == (200, "text/calendar; charset=utf-8")
    assert answer.headers["Cache-Control"] == "no-store"
    first = event(answer)
    assert (str(first["SUMMARY"]), first["SEQUENCE"], str(first["STATUS"])) == ("Appointment", 0, "CONFIRMED")
    assert first["DTSTART"].dt.isoformat() == made["startsAt"].replace("Z", "+00:00")
    for secret in (made["reason"], practice.doctor.user["name"], "routine", made["timeZone"]):
        assert secret not in answer.response.text
    assert [a["TRIGGER"].dt.total_seconds() for a in first.walk("VALARM")] == [-86_400, -3_600]
    caller.put("/users/me/notification-preferences", {"reminderMinutes": [30]})
    assert [a["TRIGGER"].dt.total_seconds() for a in event(caller.get(path)).walk("VALARM")] == [-1_800]
    caller.put(f"/appointments/{made['id']}/reschedule", practice.slot())
    moved = event(caller.get(path))
    assert (moved["UID"], moved["SEQUENCE"]) == (first["UID"], 1)
    caller.delete(f"/appointments/{made['id']}")
    off = event(caller.get(path))
    assert (off["UID"], off["SEQUENCE"], str(off["STATUS"]), off.walk("VALARM")) == (first["UID"], 2, "CANCELLED", [])
    refused(api.as_(stranger).get(path), 404, "NOT_FOUND")
    payer = world.family()
    world.grant_family(patient.patient_id, payer, by=patient, scopes=["billing"])
    refused(api.as_(payer).get(path), 403, "SCOPE_NOT_GRANTED")
