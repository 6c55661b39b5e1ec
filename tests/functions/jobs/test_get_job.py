"""GET /jobs/{jobId}."""

from shared.patients.documents import Relationship
from shared.patients.relationships import relationship_id
from tests.client import refused
from tests.functions.scribe.conftest import NOWHERE, VISIT, gemini, practice  # noqa: F401 - fixtures

ASYNC = {"Prefer": "respond-async"}


def test_a_job_and_its_result(practice) -> None:  # noqa: F811
    chat = practice.chat(*VISIT)
    asked = practice.ask(chat, headers=ASYNC)
    job = practice.ended(asked["jobId"])
    assert (job["jobId"], job["status"], job["kind"], job["error"]) == (asked["jobId"], "done", "generate_note", None)
    assert set(job["result"]) == {"id", "generationId", "sections", "sentences", "suggestions", "model"}
    assert practice.job(asked["jobId"]).trips == 4


def test_a_job_that_failed_says_why(practice, gemini) -> None:  # noqa: F811
    # Twice: a call of the job that another test cancelled may still be under way, and take one.
    gemini.fail("safety", 2)
    job = practice.ended(practice.ask(practice.chat(*VISIT), headers=ASYNC)["jobId"])
    assert (job["status"], job["result"]) == ("failed", None)
    assert (job["error"]["code"], job["error"]["reason"]) == ("EXTERNAL_SERVICE_ERROR", "AI_REFUSED")


def test_somebody_elses_job_is_not_there(practice) -> None:  # noqa: F811
    asked = practice.ask(practice.chat(*VISIT), headers=ASYNC)
    practice.ended(asked["jobId"])
    refused(practice.job(asked["jobId"], by=practice.nurse), 404, "NOT_FOUND")
    refused(practice.job(NOWHERE), 404, "NOT_FOUND")


def test_the_result_is_out_of_reach_with_the_patient(api, practice, world) -> None:  # noqa: F811
    nurse = world.nurse()
    record = practice.patient.patient_id
    world.join_care_team(record, nurse, by=practice.doctor)
    body = {"type": "Care Team", "name": "Ward", "patientId": record, "participantIds": [practice.doctor.id]}
    chat = api.as_(nurse).post("/chats", body)["id"]
    for _, text in VISIT:
        api.as_(nurse).post(f"/chats/{chat}/messages", {"content": text})
    asked = practice.ask(chat, by=nurse, headers=ASYNC)
    assert asked.status == 202, asked
    from tests.conftest import eventually

    eventually(lambda: practice.job(asked["jobId"], by=nurse)["status"] == "done", "the end of the job")
    removed = api.as_(practice.doctor).delete(f"/patients/{record}/care-team/{nurse.id}")
    assert removed.status == 204, removed
    assert not practice.cloud.unit().get(Relationship, relationship_id(record, nurse.id)).active
    refused(practice.job(asked["jobId"], by=nurse), 404, "NOT_FOUND")
