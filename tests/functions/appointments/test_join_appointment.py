"""POST /appointments/{appointmentId}/join."""

from datetime import timedelta

from shared.scheduling.booking.documents import Appointment
from tests.client import refused
from tests.configured import configured
from tests.conftest import eventually
from tests.functions.appointments.conftest import begins_in, rewind


def test_from_a_quarter_of_an_hour_before(api, world, practice, patient) -> None:
    made = practice.booked(patient, type="telehealth")
    path = f"/appointments/{made['id']}/join"
    refused(api.as_(patient).post(path), 422, "VISIT_NOT_OPEN")
    begins_in(world, made, timedelta(minutes=14))
    for who in (patient, practice.doctor):
        answer = api.as_(who).post(path)
        assert (answer.status, answer["joinUrl"], answer["videoLink"]) == (200, made["videoLink"], made["videoLink"])
    # The patient waits until the doctor lets them in.
    call = answer["callId"]
    assert (answer["waiting"], bool(answer["token"]), answer["provider"]) == (False, True, "100ms")
    waiting = api.as_(patient).post(path)
    assert (waiting["callId"], waiting["waiting"], waiting["token"]) == (call, True, None)
    assert api.as_(practice.doctor).post(f"/calls/{call}/admit", {"userId": patient.id}).status == 200
    assert api.as_(patient).post(path)["token"]
    begins_in(world, made, -timedelta(minutes=91))
    refused(api.as_(patient).post(path), 422, "VISIT_NOT_OPEN")
    begins_in(world, made, timedelta(minutes=5))
    rewind(world, made["id"], status="pending")
    refused(api.as_(patient).post(path), 422, "VISIT_NOT_OPEN")


def test_a_visit_in_person_has_none(api, world, practice, patient) -> None:
    made = practice.booked(patient)
    begins_in(world, made, timedelta(minutes=5))
    refused(api.as_(patient).post(f"/appointments/{made['id']}/join"), 422, "VISIT_NOT_OPEN")


def test_for_who_is_part_of_it(api, world, practice, patient, stranger) -> None:
    made = practice.booked(patient, type="telehealth")
    path, nurse = f"/appointments/{made['id']}/join", world.nurse()
    world.join_care_team(patient.patient_id, nurse, by=patient)
    refused(api.as_(nurse).post(path), 403, "SCOPE_NOT_GRANTED")
    refused(api.as_(stranger).post(path), 404, "NOT_FOUND")


def test_ended_and_joined_again_it_is_another_call(api, world, practice, patient, cloud) -> None:
    made = practice.booked(patient, type="telehealth")
    begins_in(world, made, timedelta(minutes=5))
    path = f"/appointments/{made['id']}/join"
    first = api.as_(practice.doctor).post(path)["callId"]
    assert api.as_(practice.doctor).post(f"/calls/{first}/admit", {"userId": patient.id}).status == 200
    assert api.as_(patient).post(path)["callId"] == first
    assert api.as_(patient).post(f"/calls/{first}/end").status == 200
    checked_out = lambda: cloud.unit().get(Appointment, made["id"]).check_out_time  # noqa: E731
    assert eventually(checked_out, "the check-out")
    assert cloud.unit().get(Appointment, made["id"]).status != "completed"
    second = api.as_(practice.doctor).post(path)["callId"]
    assert second != first


def test_while_it_is_recorded_one_agrees_first(api, world, practice, patient, cloud) -> None:
    made = practice.booked(patient, type="telehealth")
    begins_in(world, made, timedelta(minutes=5))
    path = f"/appointments/{made['id']}/join"
    call = api.as_(practice.doctor).post(path)["callId"]
    assert api.as_(practice.doctor).post(f"/calls/{call}/consent", {"recording": True}).status == 200
    assert api.as_(practice.doctor).post(f"/calls/{call}/record", {"action": "start"}).status == 200
    refused(api.as_(patient).post(path), 422, "CONSENT_REQUIRED")
    assert api.as_(practice.doctor).post(f"/calls/{call}/end").status == 200


def test_the_vendor_is_down(api, world, practice, patient, cloud) -> None:
    made = practice.booked(patient, type="telehealth")
    begins_in(world, made, timedelta(minutes=5))
    cloud.vendor("/hundredms/_answers", {"for": "rooms", "answer": "500", "times": 1})
    refused(api.as_(patient).post(f"/appointments/{made['id']}/join"), 503, "CALLS_UNAVAILABLE")


def test_by_google_meet(api, world, practice, patient, cloud) -> None:
    made = practice.booked(patient, type="telehealth")
    begins_in(world, made, timedelta(minutes=5))
    path = f"/appointments/{made['id']}/join"
    with configured(VIDEO_PROVIDER="meet"):
        cloud.vendor("/calendar/_answers", {"for": "*", "answer": "503", "times": 1})
        refused(api.as_(practice.doctor).post(path), 503, "CALLS_UNAVAILABLE")
        answer = api.as_(practice.doctor).post(path)
        assert (answer["provider"], answer["token"]) == ("meet", None)
        assert answer["videoLink"].startswith("https://meet.google.com/")
        assert api.as_(practice.doctor).post(path)["videoLink"] == answer["videoLink"]
        # Meet lets people in itself, and says nothing of who is there.
        own = api.as_(patient).post(path)
        assert (own["waiting"], own["token"], own["videoLink"]) == (False, None, answer["videoLink"])
        call = api.as_(patient).get(f"/calls/{answer['callId']}")
        assert (call["state"], call["waitingRoom"], call["roomUrl"]) == ("active", False, answer["videoLink"])
        assert {p["present"] for p in call["participants"]} == {None}
