"""POST /appointments, /client/appointments, /user/book-appointment."""

import threading
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.client import refused
from tests.conftest import eventually
from tests.functions.appointments.conftest import REASON, busy, open_practice, service, stored


def test_a_patient_books(api, world, practice, cloud) -> None:
    patient = world.patient(name="Paula Booker")
    when = practice.slot()
    answer = practice.book(patient, **when, notes="Bring the old ECG")
    assert (answer.status, answer.trips) == (201, 3), answer
    made = answer.json
    assert (made["patientId"], made["clientId"], made["patientUserId"]) == (
        patient.patient_id,
        patient.patient_id,
        patient.id,
    )
    assert (made["date"], made["timeZone"], made["duration"], made["status"]) == (
        when["date"],
        "America/New_York",
        30,
        "scheduled",
    )
    assert (made["reason"], made["notes"], made["patientName"]) == (REASON, "Bring the old ECG", "Paula Booker")
    assert made["provider"]["lastName"] == "Okafor"
    assert (made["provider"]["specialty"], made["provider"]["title"]) == ("Cardiology", "MD")
    assert made["videoLink"] is None
    # The provider may open the record now, and the time is taken.
    assert api.as_(practice.doctor).get(f"/patients/{patient.patient_id}").status == 200
    assert made["id"] in [b.ref_id for b in busy(world, practice.doctor.id, when["date"])]
    refused(practice.book(world.patient(), **when), 409, "SLOT_NOT_AVAILABLE")
    kept = cloud.firestore.collection("appointments").document(made["id"]).get().to_dict()
    assert all(isinstance(kept[name], bytes) for name in ("reason", "notes", "patientName", "provider"))


def test_twice_with_one_key_is_one_booking(api, world, practice) -> None:
    patient, body = world.patient(), practice.body()
    first, second = (
        api.as_(patient).post("/appointments", body, headers={"Idempotency-Key": "once"}) for _ in range(2)
    )
    assert (first.status, second.status, first["id"]) == (201, 201, second["id"])


def test_the_other_sources_paths_and_bodies(api, world, practice) -> None:
    """001: {providerId, date, time, type, duration}; 002 names no fields."""
    patient = api.as_(world.patient())
    body = {"providerId": practice.doctor.id, **practice.slot(), "type": "consultation", "duration": 30}
    made = patient.post("/client/appointments", body)
    assert (made.status, made["type"], made["videoLink"]) == (201, "consultation", None), made
    made = patient.post("/user/book-appointment", {"providerId": practice.doctor.id, **practice.slot()})
    assert (made.status, made["type"], made["reason"]) == (201, "consultation", None), made
    by_video = patient.post("/client/appointments", body | practice.slot() | {"type": "telehealth"})
    assert by_video["videoLink"] == by_video["virtualMeetingUrl"]
    assert by_video["videoLink"].endswith(f"/appointments/{by_video['id']}/join")


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"reason": None}, "reason"),
        ({"reason": "too short"}, "reason"),
        ({"type": None}, "type"),
        ({"type": "haircut"}, "type"),
        ({"time": "25:00"}, "time"),
        ({"time": "0:30 PM"}, "time"),
        ({"date": "2026-13-01"}, "date"),
        ({"date": "yesterday"}, "date"),
        ({"date": "today+190"}, "date"),
        ({"serviceId": "svc-none"}, "serviceId"),
        ({"locationId": "nowhere"}, "locationId"),
        ({"followUpOf": "00000000-0000-4000-8000-00000000dead"}, "followUpOf"),
        ({"holdId": "00000000-0000-4000-8000-00000000dead"}, "holdId"),
        ({"duration": 0}, "duration"),
        ({"clientId": "00000000-0000-4000-8000-00000000dead", "patientId": "own"}, "body"),
    ],
)
def test_what_is_wrong_is_named(practice, patient, wrong, field) -> None:
    body = practice.body(date=practice.day(30), time="10:00") | wrong
    ahead = {"yesterday": -1, "today+190": 190}.get(body["date"])
    body["date"] = practice.day(ahead) if ahead else body["date"]
    body = {k: v for k, v in body.items() if v is not None}
    if body.get("patientId") == "own":
        body["patientId"] = patient.patient_id
    answer = practice.unlimited(patient).post("/appointments", body)
    refused(answer, 400, "VALIDATION_ERROR")
    assert answer.error["details"][0]["field"] == field


def test_times_outside_the_hours_are_not_free(practice, patient) -> None:
    for time in ("08:30", "17:00", "10:10"):
        body = practice.body(date=practice.day(31), time=time)
        refused(practice.unlimited(patient).post("/appointments", body), 409, "SLOT_NOT_AVAILABLE")
    past = practice.body(date=practice.day(0), time="00:00")
    refused(practice.unlimited(patient).post("/appointments", past), 400, "VALIDATION_ERROR")


def test_a_time_that_the_clock_skips_is_none(world) -> None:
    """A practice whose next change of clocks forward is within six months."""
    name = "Europe/Berlin" if datetime.now(UTC).month >= 10 or datetime.now(UTC).month < 4 else "Australia/Sydney"
    day = datetime.now(ZoneInfo(name)).replace(hour=12)
    while day.utcoffset() >= (day + timedelta(days=1)).utcoffset():
        day += timedelta(days=1)
        if day - datetime.now(UTC) > timedelta(days=175):
            pytest.skip("clocks are not put forward within the time that can be booked")
    day += timedelta(days=1)
    spring = open_practice(world, name)
    answer = spring.book(world.patient(), date=day.date().isoformat(), time="02:30")
    refused(answer, 400, "VALIDATION_ERROR")
    assert answer.error["details"][0]["field"] == "time"


def test_no_such_provider(api, world, practice, patient) -> None:
    for provider_id in ("00000000-0000-4000-8000-00000000dead", world.nurse().id, patient.id):
        body = practice.body() | {"providerId": provider_id}
        refused(practice.unlimited(patient).post("/appointments", body), 404, "PROVIDER_NOT_FOUND")


def test_who_accepts_no_new_patients_keeps_the_old(api, world) -> None:
    closed = open_practice(world, accepting_new_patients=False)
    patient = world.patient()
    assert refused(closed.book(patient), 422, "PROVIDER_NOT_ACCEPTING").error["number"] == "DOC_002"
    world.join_care_team(patient.patient_id, closed.doctor, by=patient)
    assert closed.book(patient).status == 201


def test_staff_book_for_patients_they_can_open(api, world, practice) -> None:
    patient, nurse = world.patient(), world.nurse()
    body = practice.body(patientId=patient.patient_id)
    refused(api.as_(nurse).post("/appointments", body), 404, "NOT_FOUND")
    refused(api.as_(nurse).post("/appointments", practice.body()), 400, "VALIDATION_ERROR")
    world.join_care_team(patient.patient_id, nurse, by=patient)
    made = api.as_(nurse).post("/appointments", body)
    assert (made.status, made.trips, made["patientId"]) == (201, 3, patient.patient_id), made
    # Nobody books for another patient.
    theirs = practice.body(clientId=patient.patient_id)
    refused(api.as_(world.patient()).post("/client/appointments", theirs), 404, "NOT_FOUND")
    refused(api.as_(world.family()).post("/appointments", body), 403, "ROLE_NOT_ALLOWED")


def test_staff_override_the_rules_but_not_another_visit(api, world, practice) -> None:
    patient = world.patient()
    world.join_care_team(patient.patient_id, practice.doctor, by=patient)
    doctor, day = api.as_(practice.doctor), practice.day(171)
    body = practice.body(date=day, time="19:00", patientId=patient.patient_id)
    refused(doctor.post("/appointments", body), 409, "SLOT_NOT_AVAILABLE")
    override = body | {"overrideReason": "Post-operative check after hours"}
    assert doctor.post("/appointments", override).status == 201
    refused(doctor.post("/appointments", override | {"time": "19:15"}), 409, "SLOT_NOT_AVAILABLE")
    by_patient = {k: v for k, v in override.items() if k != "patientId"} | {"time": "21:00"}
    refused(api.as_(patient).post("/appointments", by_patient), 403, "ROLE_NOT_ALLOWED")


def test_a_service_decides_what_it_takes(world) -> None:
    offered = service(
        buffer_before_minutes=10, buffer_after_minutes=20, equipment=["Treadmill"], treatment_type="stress_test",
        preparation="Do not eat for three hours.", modality="in_person",
    )  # fmt: skip
    clinic = open_practice(world, services=[offered])
    patient = world.patient()
    made = clinic.booked(patient, date=clinic.day(9), time="10:00", type="stress TEST", equipment=["Treadmill", "ECG"])
    assert (made["duration"], made["amount"], made["currency"], made["serviceId"]) == (60, 200.0, "USD", "svc-1")
    assert (made["type"], made["equipment"]) == ("Stress test", ["Treadmill", "ECG"])
    assert (made["treatmentTypes"], made["preparation"]) == (["stress_test"], "Do not eat for three hours.")
    # 09:50 to 11:20 is taken with the buffers.
    for time, free in (("09:30", False), ("11:00", False), ("11:30", True), ("09:00", True)):
        answer = clinic.book(patient, date=clinic.day(9), time=time)
        assert (answer.status == 201) is free, (time, answer)
    wrong = clinic.book(patient, type="Stress test", duration=20)
    assert [d["field"] for d in refused(wrong, 400, "VALIDATION_ERROR").error["details"]] == ["duration"]
    wrong = clinic.book(patient, type="Stress test", isVirtual=True)
    assert [d["field"] for d in refused(wrong, 400, "VALIDATION_ERROR").error["details"]] == ["isVirtual"]


def test_several_people_and_a_room_are_booked_all_or_none(api, world) -> None:
    helper = open_practice(world, "Europe/London")
    offered = service(co_provider_ids=[helper.doctor.id], room_id="theatre-1")
    surgeon = open_practice(world, services=[offered])
    patient, day = world.patient(), surgeon.day(10)
    # 10:00 in New York is 14:00 or 15:00 in London: both work. At 13:00 the helper has gone home.
    refused(surgeon.book(patient, date=day, time="13:00", serviceId="svc-1"), 409, "SLOT_NOT_AVAILABLE")
    assert busy(world, surgeon.doctor.id, day) == []
    answer = surgeon.book(patient, date=day, time="10:00", serviceId="svc-1")
    assert (answer.status, answer.trips) == (201, 3), answer
    assert (answer["staffIds"], answer["rooms"]) == ([helper.doctor.id], ["theatre-1"])
    assert len(busy(world, helper.doctor.id, day)) == 1
    assert api.as_(helper.doctor).get(f"/patients/{patient.patient_id}").status == 200
    assert [a["id"] for a in api.as_(helper.doctor).get("/provider/appointments").json] == [answer["id"]]
    # The helper is taken, and another surgeon finds the room taken.
    half_past = datetime.fromisoformat(f"{day}T10:30").replace(tzinfo=ZoneInfo(surgeon.time_zone))
    there = half_past.astimezone(ZoneInfo(helper.time_zone)).strftime("%H:%M")
    refused(helper.book(world.patient(), date=day, time=there), 409, "SLOT_NOT_AVAILABLE")
    other = open_practice(world, services=[service(room_id="Theatre-1")])
    refused(other.book(world.patient(), date=day, time="10:30", serviceId="svc-1"), 409, "SLOT_NOT_AVAILABLE")
    assert other.book(world.patient(), date=day, time="11:00", serviceId="svc-1").status == 201
    assert api.as_(patient).delete(f"/appointments/{answer['id']}").status == 200
    assert busy(world, helper.doctor.id, day) == busy(world, surgeon.doctor.id, day) == []


def test_staff_add_colleagues(api, world, practice) -> None:
    patient, nurse = world.patient(), world.nurse()
    world.join_care_team(patient.patient_id, practice.doctor, by=patient)
    doctor, body = api.as_(practice.doctor), practice.body(patientId=patient.patient_id)
    made = doctor.post("/appointments", body | {"staffIds": [nurse.id], "rooms": ["Room 3"]})
    assert (made.status, made["staffIds"], made["rooms"]) == (201, [nurse.id], ["Room 3"])
    assert stored(world, made["id"]).people == [practice.doctor.id, nurse.id]
    for wrong in ([practice.doctor.id], [nurse.id, nurse.id], [patient.id], [world.clinician(approved=False).id]):
        answer = doctor.post("/appointments", body | practice.slot() | {"staffIds": wrong})
        assert refused(answer, 400, "VALIDATION_ERROR").error["details"][0]["field"] == "staffIds"
    by_patient = practice.body(staffIds=[nurse.id])
    refused(api.as_(patient).post("/appointments", by_patient), 403, "ROLE_NOT_ALLOWED")


def test_a_prepaid_service_waits_for_the_money(world) -> None:
    from shared.scheduling.booking.documents import ChargeRequest

    clinic = open_practice(world, services=[service(prepaid=True)])
    made = clinic.booked(world.patient(), type="Stress test")
    assert made["status"] == "pending"
    until = datetime.fromisoformat(made["expiresAt"]) - datetime.fromisoformat(made["createdAt"])
    assert until == timedelta(minutes=30)
    asked = world.cloud.unit().get(ChargeRequest, f"{made['id']}_prepayment")
    assert (asked.amount_cents, asked.currency, asked.state) == (20_000, "USD", "open")


def test_a_follow_up_names_the_visit_before(world, practice) -> None:
    patient = world.patient()
    first = practice.booked(patient)
    assert practice.booked(patient, followUpOf=first["id"])["followUpOf"] == first["id"]
    refused(practice.book(world.patient(), followUpOf=first["id"]), 400, "VALIDATION_ERROR")


def test_one_of_many_gets_the_slot(api, world) -> None:
    clinic = open_practice(world)
    takers = [world.patient() for _ in range(8)]
    body = clinic.body(date=clinic.day(20), time="11:00")
    answers: list = []
    together = threading.Barrier(len(takers))

    def take(who) -> None:
        import httpx

        from tests.client import Api

        with httpx.Client(base_url=world.cloud.url, timeout=60) as http:
            caller = Api(http, who.token)
            together.wait()
            answers.append(caller.post("/appointments", body))

    threads = [threading.Thread(target=take, args=(who,)) for who in takers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(a.status for a in answers) == [201] + [409] * (len(takers) - 1)
    assert {a.reason for a in answers if a.status == 409} == {"SLOT_NOT_AVAILABLE"}
    assert len(busy(world, clinic.doctor.id, clinic.day(20))) == 1


def test_the_limit_of_bookings(world, practice) -> None:
    patient = world.patient()
    when = {"date": practice.day(172), "time": "03:00"}
    caller, body = world.api.as_(patient), practice.body(**when)
    for _ in range(10):
        refused(caller.post("/appointments", body), 409, "SLOT_NOT_AVAILABLE")
    assert refused(caller.post("/appointments", body), 429, "RATE_LIMITED").headers["Retry-After"]


def test_a_confirmation_comes_with_a_calendar_entry(world, practice, cloud) -> None:
    import icalendar

    patient = world.patient()
    made = practice.booked(patient)
    mail = cloud.wait_for_mail(patient.email, having="Your appointment")[0]
    assert REASON not in str(mail)
    entry = eventually(lambda: [a for a in mail["attachments"] if a["name"] == "appointment.ics"], "the entry")
    event = icalendar.Calendar.from_ical(entry[0]["text"]).walk("VEVENT")[0]
    assert (event["UID"].split("@")[0], event["SUMMARY"]) == (made["id"], "Appointment")
    assert [alarm["TRIGGER"].dt for alarm in event.walk("VALARM")] == [timedelta(days=-1), timedelta(hours=-1)]


def test_the_calendar_entry_has_the_alarms_of_whoever_gets_it(world, cloud) -> None:
    import icalendar

    clinic, patient = open_practice(world), world.patient()
    for who, offsets in ((patient, [30]), (clinic.doctor, [10])):
        set_ = world.api.as_(who).put("/users/me/notification-preferences", {"reminderMinutes": offsets})
        assert set_.status == 200, set_
    clinic.booked(patient)
    for who, minutes in ((patient, 30), (clinic.doctor, 10)):
        mail = cloud.wait_for_mail(who.email, having="Your appointment")[0]
        (event,) = icalendar.Calendar.from_ical(mail["attachments"][0]["text"]).walk("VEVENT")
        assert [alarm["TRIGGER"].dt for alarm in event.walk("VALARM")] == [timedelta(minutes=-minutes)]


def test_news_of_appointments_can_be_muted_apart_from_system_alerts(world, practice, cloud) -> None:
    from shared.events import NotificationType
    from tests.functions.notifications.notices import notified

    patient, other = world.patient(), world.patient()
    off = {"types": {"appointment_reminder": {"email": False, "inApp": False}}}
    assert practice.unlimited(patient).put("/users/me/notification-preferences", off).status == 200

    def of_booking(who):
        found = world.api.as_(who).get("/notifications")["data"]
        return [n for n in found if n["data"]["refKind"] == "bookings"]

    practice.booked(patient)
    booked = practice.booked(other)
    (told,) = eventually(lambda: of_booking(other), "who has not muted them is told")
    assert (told["type"], told["title"]) == ("appointment_reminder", "Your appointment")
    assert told["action"] == f"/appointments/{booked['id']}"
    (muted,) = eventually(lambda: of_booking(patient), "it is in the list")
    assert (muted["isRead"], muted["channels"]["email"], muted["channels"]["inApp"]) == (True, "off", "off")
    alert = notified(world.api, cloud, patient, kind=NotificationType.SYSTEM_ALERT)
    assert (alert.channels["inApp"], alert.channels["email"]) == ("accepted", "queued")
