"""POST /appointments/{appointmentId}/join."""

from datetime import timedelta

from tests.client import refused
from tests.functions.appointments.conftest import begins_in, rewind


def test_from_a_quarter_of_an_hour_before(api, world, practice, patient) -> None:
    made = practice.booked(patient, type="telehealth")
    path = f"/appointments/{made['id']}/join"
    refused(api.as_(patient).post(path), 422, "VISIT_NOT_OPEN")
    begins_in(world, made, timedelta(minutes=14))
    for who in (patient, practice.doctor):
        answer = api.as_(who).post(path)
        assert (answer.status, answer["joinUrl"], answer["videoLink"]) == (200, made["videoLink"], made["videoLink"])
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
