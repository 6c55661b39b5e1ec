"""DELETE /jobs/{jobId}."""

from tests.client import refused
from tests.functions.scribe.conftest import NOWHERE, VISIT, gemini, practice  # noqa: F401 - fixtures

ASYNC = {"Prefer": "respond-async"}


def test_a_cancelled_job_writes_nothing(api, practice, gemini) -> None:  # noqa: F811
    """Cancelled while the model is thinking: what it answers is thrown away."""
    notes = f"/patients/{practice.patient.patient_id}/clinical-notes"
    before = api.as_(practice.doctor).get(notes)["pagination"]["total"]
    chat = practice.chat(*VISIT)
    gemini.fail("timeout", 9)
    asked = practice.ask(chat, headers=ASYNC)
    cancelled = api.as_(practice.doctor).delete(f"/jobs/{asked['jobId']}")
    assert (cancelled.status, cancelled["status"]) == (200, "cancelled"), cancelled
    assert practice.ended(asked["jobId"])["status"] == "cancelled"
    gemini.reset()
    refused(api.as_(practice.doctor).delete(f"/jobs/{asked['jobId']}"), 409, "ALREADY_DONE")
    assert api.as_(practice.doctor).get(notes)["pagination"]["total"] == before


def test_a_finished_job_is_not_cancelled(api, practice) -> None:  # noqa: F811
    asked = practice.ask(practice.chat(*VISIT), headers=ASYNC)
    practice.ended(asked["jobId"])
    refused(api.as_(practice.doctor).delete(f"/jobs/{asked['jobId']}"), 409, "ALREADY_DONE")
    refused(api.as_(practice.nurse).delete(f"/jobs/{asked['jobId']}"), 404, "NOT_FOUND")
    refused(api.as_(practice.doctor).delete(f"/jobs/{NOWHERE}"), 404, "NOT_FOUND")
