"""Idempotency-Key on writes (RESOLUTIONS, DESIGN invariant 6)."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from tests.client import refused


@pytest.fixture(scope="module")
def doctor(world):
    return world.doctor()


@pytest.fixture
def vitals_path(world, doctor):
    return f"/patients/{world.record(by=doctor)['id']}/vitals"


def key() -> dict[str, str]:
    return {"Idempotency-Key": str(uuid.uuid4())}


def count(api, doctor, path) -> int:
    return api.as_(doctor).get(path)["pagination"]["total"]


def test_the_same_request_is_done_once_and_answered_twice(api, doctor, vitals_path) -> None:
    sent = {"headers": key(), "json": {"heartRate": 70}}
    first = api.as_(doctor).call("POST", vitals_path, **sent)
    again = api.as_(doctor).call("POST", vitals_path, **sent)
    assert (first.status, again.status) == (201, 201)
    assert again.json == first.json
    assert again.headers["Idempotency-Replayed"] == "true"
    assert count(api, doctor, vitals_path) == 1


def test_the_key_does_not_cost_a_round_trip(api, doctor, vitals_path) -> None:
    assert api.as_(doctor).post(vitals_path, {"heartRate": 70}, headers=key()).trips == 2


def test_the_same_key_with_another_body_is_refused(api, doctor, vitals_path) -> None:
    headers = key()
    api.as_(doctor).post(vitals_path, {"heartRate": 70}, headers=headers)
    answer = api.as_(doctor).post(vitals_path, {"heartRate": 71}, headers=headers)
    refused(answer, 422, "IDEMPOTENCY_KEY_REUSED")
    assert count(api, doctor, vitals_path) == 1


def test_a_key_is_its_users_own(api, world, doctor, vitals_path) -> None:
    patient_id = vitals_path.split("/")[2]
    nurse = world.nurse()
    world.join_care_team(patient_id, nurse, by=doctor)
    headers = key()
    mine = api.as_(doctor).post(vitals_path, {"heartRate": 70}, headers=headers)
    theirs = api.as_(nurse).post(vitals_path, {"heartRate": 70}, headers=headers)
    assert mine["id"] != theirs["id"]


def test_twins_sent_at_once_make_one(api, doctor, vitals_path) -> None:
    sent = {"headers": key(), "json": {"heartRate": 70}}
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: api.as_(doctor).call("POST", vitals_path, **sent), range(8)))
    assert {answer.status for answer in answers} == {201}
    assert len({answer["id"] for answer in answers}) == 1
    assert count(api, doctor, vitals_path) == 1


def test_a_refusal_is_not_kept(api, doctor, vitals_path) -> None:
    headers = key()
    refused(api.as_(doctor).post(vitals_path, {"heartRate": 9999}, headers=headers), 400, "VALIDATION_ERROR")
    assert api.as_(doctor).post(vitals_path, {"heartRate": 70}, headers=headers).status == 201


def test_access_is_asked_again_before_an_answer_is_repeated(api, world, doctor, vitals_path) -> None:
    patient_id = vitals_path.split("/")[2]
    nurse = world.nurse()
    world.join_care_team(patient_id, nurse, by=doctor)
    sent = {"headers": key(), "json": {"heartRate": 70}}
    assert api.as_(nurse).call("POST", vitals_path, **sent).status == 201
    assert api.as_(doctor).delete(f"/patients/{patient_id}/care-team/{nurse.id}").status == 204
    refused(api.as_(nurse).call("POST", vitals_path, **sent), 404, "NOT_FOUND")


def test_a_key_is_forgotten_after_a_day(api, cloud, doctor, vitals_path) -> None:
    from shared.http.idempotency import IdempotencyRecord, record_id

    headers = key()
    first = api.as_(doctor).post(vitals_path, {"heartRate": 70}, headers=headers)
    unit = cloud.unit()
    record = unit.get(IdempotencyRecord, record_id(doctor.id, "record_vitals", headers["Idempotency-Key"]))
    unit.update(record, expires_at=datetime.now(UTC) - timedelta(seconds=1))
    unit.commit()
    again = api.as_(doctor).post(vitals_path, {"heartRate": 71}, headers=headers)
    assert again.status == 201
    assert again["id"] != first["id"]


def test_stored_answers_are_sealed(api, cloud, doctor, vitals_path) -> None:
    from shared.http.idempotency import record_id

    headers = key()
    api.as_(doctor).post(vitals_path, {"heartRate": 70, "notes": "CANARY-kept-answer"}, headers=headers)
    rid = record_id(doctor.id, "record_vitals", headers["Idempotency-Key"])
    stored = cloud.firestore.collection("idempotency").document(rid).get().to_dict()
    assert isinstance(stored["answer"], bytes)
    assert b"CANARY" not in stored["answer"]


@pytest.mark.parametrize("wrong", ["x" * 256, "tab\there"])
def test_a_key_of_the_wrong_form_is_refused(api, doctor, vitals_path, wrong) -> None:
    answer = api.as_(doctor).post(vitals_path, {"heartRate": 70}, headers={"Idempotency-Key": wrong})
    refused(answer, 400, "VALIDATION_ERROR")


def test_nothing_under_auth_is_kept(api, cloud, world) -> None:
    account = world.patient()
    credentials = {"email": account.email, "password": account.password}
    headers = key()
    first = api.post("/auth/login", credentials, headers=headers)
    again = api.post("/auth/login", credentials, headers=headers)
    assert first["accessToken"] != again["accessToken"]
    assert "Idempotency-Replayed" not in again.headers
