"""A visit from the search for a provider to its end, by the paths and bodies of each source.

Each as an app written against that source alone would go about it: seed 001 (DocPortal), 002 (MediMeet), 004 (the
patient portal). What a source leaves open (a body, a field's name) is as the API documents it.
"""

from datetime import datetime, timedelta

import icalendar
import pytest

from shared.scheduling.booking.documents import Appointment
from tests.client import Api, refused
from tests.conftest import eventually
from tests.functions.appointments.conftest import begins_in
from tests.functions.providers.conftest import hours, npi, refresh, workday
from tests.world import unique

REASON = "Annual physical examination"


@pytest.fixture(scope="module")
def setting(world) -> tuple[str, str]:
    """A town and an insurance of this module's own, by which its provider is found."""
    return unique("Town").replace("-", ""), unique("Plan").replace("-", "")


def listed(rows: list[dict], **same: object) -> list[str]:
    """Ids of the rows that are like this."""
    return [row["id"] for row in rows if all(row[name] == value for name, value in same.items())]


def test_patient_portal(api: Api, world, cloud, setting) -> None:
    """Seed 004: search, slots, book, look, move, cancel; errors in its shape."""
    town, plan = setting
    doctor, patient, other = world.doctor(name="Sarah Johnson"), world.patient(), world.patient()
    number = npi()
    profile = {
        "title": "MD", "specialty": "family_medicine", "specialties": ["family_medicine", "Preventive Medicine"],
        "npi": number, "languages": ["English", "Spanish"], "yearsOfExperience": 15, "insuranceAccepted": [plan],
        "locations": [{"address": "123 Main St", "city": town, "state": "MA", "zipCode": "02101"}],
        "phone": "+16175550123",
    }  # fmt: skip
    assert api.as_(doctor).put("/api/providers/me", profile).status == 200
    assert api.as_(doctor).put(f"/api/providers/{doctor.id}/availability", hours(end="17:00")).status == 200
    refresh(api, cloud, doctor)
    me, day = api.as_(patient), workday(2)

    wanted = {"specialty": "family_medicine", "location": town, "date": day.isoformat(), "insuranceAccepted": plan}
    found = me.post("/api/appointments/search-providers", wanted)
    assert (found.status, found["total"]) == (200, 1), found
    (provider,) = found["data"]
    assert (provider["firstName"], provider["lastName"], provider["title"]) == ("Sarah", "Johnson", "MD")
    assert (provider["specialty"], provider["npi"]) == ("Family Medicine", number)
    assert provider["specialties"] == ["Family Medicine", "Preventive Medicine"]
    assert provider["location"]["city"] == town
    assert provider["nextAvailableDate"] <= day.isoformat()
    again = me.post("/api/appointments/search-providers", wanted, headers={"If-None-Match": found.headers["ETag"]})
    assert again.status == 304
    assert me.post("/api/appointments/search-providers", wanted | {"specialty": "urology"})["data"] == []

    path = f"/api/providers/{provider['id']}/available-slots"
    slots = me.get(path, params={"date": day.isoformat(), "duration": 30})
    assert (slots["date"], slots["providerId"], slots["slots"][0]) == (day.isoformat(), doctor.id, "09:00 AM")
    assert "10:00 AM" in slots["slots"]
    refused(me.get(path, params={"date": "15/01/2027"}), 400, "VALIDATION_ERROR")

    body = {
        "providerId": doctor.id, "date": day.isoformat(), "time": "10:00 AM", "type": "routine_checkup",
        "reason": REASON, "notes": "Fasting since midnight", "isVirtual": False,
    }  # fmt: skip
    made = me.post("/api/appointments", body)
    assert made.status == 201, made
    assert {name: made[name] for name in body} == body
    assert (made["status"], made["virtualMeetingUrl"], made["duration"]) == ("scheduled", None, 30)
    assert town in made["location"]
    late = refused(api.as_(other).post("/api/appointments", body), 409, "SLOT_NOT_AVAILABLE")
    assert late.error["path"] == "/api/appointments"
    refused(me.post("/api/appointments", body | {"reason": "short"}), 400, "VALIDATION_ERROR")
    assert "10:00 AM" not in me.get(path, params={"date": day.isoformat()})["slots"]

    page = me.get("/api/appointments", params={"status": "scheduled", "startDate": day.isoformat(),
                                               "endDate": day.isoformat(), "providerId": doctor.id,
                                               "page": 1, "limit": 20})  # fmt: skip
    assert listed(page["data"], status="scheduled", time="10:00 AM") == [made["id"]]
    assert {name: page["pagination"][name] for name in ("page", "limit", "total", "totalPages")} == {
        "page": 1, "limit": 20, "total": 1, "totalPages": 1,
    }  # fmt: skip
    one = me.get(f"/api/appointments/{made['id']}")
    assert (one["provider"]["phone"], one["provider"]["npi"]) == ("+16175550123", number)
    refused(api.as_(other).get(f"/api/appointments/{made['id']}"), 404, "NOT_FOUND")

    later = workday(3)
    moved = me.put(f"/api/appointments/{made['id']}/reschedule",
                   {"date": later.isoformat(), "time": "02:00 PM", "reason": "A meeting came up"})  # fmt: skip
    assert (moved["date"], moved["time"], moved["status"]) == (later.isoformat(), "02:00 PM", "scheduled")
    assert "10:00 AM" in me.get(path, params={"date": day.isoformat()})["slots"]
    assert "02:00 PM" not in me.get(path, params={"date": later.isoformat()})["slots"]

    gone = me.call("DELETE", f"/api/appointments/{made['id']}/cancel", json={"reason": "Feeling better by now"})
    assert (gone["message"], gone["status"], gone["cancellationReason"]) == (
        "Appointment cancelled successfully", "cancelled", "Feeling better by now",
    )  # fmt: skip
    twice = me.call("DELETE", f"/api/appointments/{made['id']}/cancel", json={"reason": "Feeling better by now"})
    refused(twice, 422, "APPOINTMENT_CLOSED")
    assert listed(me.get("/api/appointments", params={"status": "cancelled"})["data"]) == [made["id"]]
    assert "02:00 PM" in me.get(path, params={"date": later.isoformat()})["slots"]


def test_docportal(api: Api, world, cloud) -> None:
    """Seed 001: the client of a provider books by video, both see it, it moves, is confirmed, joined, cancelled."""
    doctor, email = world.doctor(name="Petra Portal"), f"{unique('client')}@example.org"
    assert api.as_(doctor).put(f"/api/providers/{doctor.id}/availability", hours(end="17:00")).status == 200
    provider = api.as_(doctor)
    added = provider.post("/api/provider/clients", {"email": email, "name": "Cleo Client"})
    assert added.status == 201, added
    link = next(found for found in cloud.wait_for_mail(email)[0]["links"] if "#token=" in found)
    account = world.register("Patient", email=email, inviteCode=link.partition("#token=")[2])
    client = api.as_(account)
    assert client.get("/api/client/provider")["id"] == doctor.id

    day = workday()
    body = {"providerId": doctor.id, "date": day.isoformat(), "time": "10:00", "type": "telehealth", "duration": 45}
    made = client.post("/api/client/appointments", body)
    assert made.status == 201, made
    assert (made["clientId"], made["providerId"], made["duration"]) == (added["id"], doctor.id, 45)
    assert made["videoLink"]
    upcoming = client.get("/api/client/appointments", params={"status": "upcoming"})
    assert isinstance(upcoming.json, list)
    assert listed(upcoming.json, videoLink=made["videoLink"]) == [made["id"]]
    assert client.get("/api/client/appointments", params={"status": "completed"}).json == []
    on_day = {"date": day.isoformat()}
    assert provider.get("/api/provider/appointments", params=on_day | {"status": "confirmed"}).json == []
    assert listed(provider.get("/api/provider/appointments", params=on_day).json) == [made["id"]]
    path = f"/api/appointments/{made['id']}"
    assert client.get(path)["videoLink"] == made["videoLink"]

    moved = client.call("PATCH", path, json={"date": workday(1).isoformat(), "time": "11:00 AM"})
    assert (moved["date"], moved["time"]) == (workday(1).isoformat(), "11:00 AM")
    assert provider.call("PATCH", path, json={"status": "confirmed"})["status"] == "confirmed"
    confirmed = {"date": workday(1).isoformat(), "status": "confirmed"}
    assert listed(provider.get("/api/provider/appointments", params=confirmed).json) == [made["id"]]
    figures = client.get("/api/client/dashboard")
    assert (figures["upcomingAppointments"], figures["nextAppointment"]["id"]) == (1, made["id"])
    figures = provider.get("/api/provider/dashboard")
    assert (figures["upcomingAppointments"], figures["totalClients"]) == (1, 1)

    refused(client.post(f"{path}/join"), 422, "VISIT_NOT_OPEN")
    begins_in(world, made, timedelta(minutes=10))
    for who in (provider, client):
        assert who.post(f"{path}/join")["videoLink"] == made["videoLink"]
    second = client.post("/api/client/appointments", body | {"time": "15:00"})
    assert client.delete(f"/api/appointments/{second['id']}")["message"] == "Appointment cancelled successfully"
    assert client.get(f"/api/appointments/{second['id']}")["status"] == "cancelled"
    assert client.get("/api/client/dashboard")["cancelledAppointments"] == 1


def test_medimeet(api: Api, world, cloud) -> None:
    """Seed 002: rules make slots, a hold keeps one, it is booked, moved, attended; another is refunded on leaving."""
    doctor, patient, other = world.doctor(name="Mara Meet"), world.patient(), world.patient()
    she, me, day = api.as_(doctor), api.as_(patient), workday()
    days = ["monday", "tuesday", "wednesday", "thursday", "friday"]
    rules = {
        "timeZone": "America/New_York", "slotMinutes": 30, "bufferMinutes": 15,
        "recurring": [{"daysOfWeek": days, "startTime": "09:00", "endTime": "16:00",
                       "breaks": [{"startTime": "12:00", "endTime": "13:00"}]}],
        "holidays": [{"date": workday(4).isoformat(), "name": "Founders' day"}],
        "specialHours": [{"date": workday(3).isoformat(), "startTime": "18:00", "endTime": "20:00"}],
    }  # fmt: skip
    assert she.put("/api/doctor/slot-management", rules).status == 200
    service = {"name": "Stress test", "priceCents": 20_000, "durationMinutes": 60}
    assert she.put("/api/providers/me", {"services": [service]}).status == 200
    assert she.put("/api/doctor/availability", {"isAvailable": True})["status"] == "available"
    assert she.get("/api/doctor/profile")["services"][0]["name"] == "Stress test"
    path = f"/api/providers/{doctor.id}/available-slots"
    free = me.get(path, params={"date": day.isoformat()})["slots"]
    assert (free[0], "12:00 PM" in free, "01:00 PM" in free) == ("09:00 AM", False, True)
    assert me.get(path, params={"date": workday(4).isoformat()})["slots"] == []
    assert me.get(path, params={"date": workday(3).isoformat()})["slots"][0] == "06:00 PM"

    kept = me.post(f"/api/providers/{doctor.id}/holds", {"date": day.isoformat(), "time": "10:00"})
    body = {"providerId": doctor.id, "date": day.isoformat(), "time": "10:00"}
    refused(api.as_(other).post("/api/user/book-appointment", body), 409, "SLOT_NOT_AVAILABLE")
    made = me.post("/api/user/book-appointment", body | {"holdId": kept["holdId"], "reason": REASON})
    assert made.status == 201, made
    taken = refused(api.as_(other).post("/api/user/book-appointment", body), 409, "SLOT_NOT_AVAILABLE")
    assert taken.error["number"] == "APPT_002"
    # Buffer: a quarter of an hour stays free behind it.
    assert "10:30 AM" not in me.get(path, params={"date": day.isoformat()})["slots"]
    assert listed(me.get("/api/user/my-appointments").json, providerId=doctor.id) == [made["id"]]
    ranged = {"startDate": day.isoformat(), "endDate": day.isoformat(), "providerId": doctor.id, "status": "scheduled"}
    assert listed(me.get("/api/user/my-appointments", params=ranged).json) == [made["id"]]
    assert listed(she.get("/api/doctor/appointments").json) == [made["id"]]

    path = f"/api/appointments/{made['id']}"
    moved = me.post(f"{path}/reschedule", {"date": workday(1).isoformat(), "time": "14:00"})
    assert (moved.status, moved["time"]) == (200, "02:00 PM")
    (event,) = icalendar.Calendar.from_ical(me.get(f"{path}/calendar.ics").response.content).walk("VEVENT")
    assert event["DTSTART"].dt == datetime.fromisoformat(moved["startsAt"])
    assert event["SEQUENCE"] == 1
    assert set(moved["calendar"]) >= {"google", "outlook", "ics", "syncStatus"}
    mails = eventually(lambda: cloud.wait_for_mail(patient.email, having="Your appointment")[1:], "both are told of")
    assert all(a["name"] == "appointment.ics" for mail in mails for a in mail["attachments"])

    begins_in(world, made, -timedelta(minutes=5))
    assert she.put(path, {"status": "checked_in"})["attendance"] == "late"
    assert she.put(path, {"status": "completed"})["status"] == "completed"
    refused(me.delete(path), 422, "APPOINTMENT_CLOSED")
    follow_up = {"followUpOf": made["id"], "type": "Stress test", "date": workday(2).isoformat(), "time": "09:00"}
    second = she.post("/api/appointments", body | follow_up | {"patientId": patient.patient_id, "reason": REASON})
    assert (second.status, second["followUpOf"], second["amount"]) == (201, made["id"], 200.0)

    # Paid for, and cancelled in time: all of it goes back.
    from shared.scheduling.booking.documents import ChargeRequest, charge_id
    from tests.functions.appointments.conftest import rewind

    rewind(world, second["id"], paid_at=cloud.unit().get(Appointment, second["id"]).created_at)
    preview = me.get(f"/api/appointments/{second['id']}/cancellation-preview")
    gone = me.delete(f"/api/appointments/{second['id']}")
    assert (preview["refund"], gone["refund"], gone["fee"]) == (200.0, 200.0, 0.0)
    charge = cloud.unit().get(ChargeRequest, charge_id(second["id"], "cancellation"))
    assert (charge.refund_cents, charge.fee_cents) == (20_000, 0)
    eventually(lambda: len(cloud.wait_for_mail(doctor.email, having="Your appointment")) >= 1, "the doctor is told")
