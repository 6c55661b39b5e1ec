"""POST /calls/{callId}/transcribe."""

import httpx

from tests.client import refused
from tests.configured import configured
from tests.functions.calls.conftest import SAID


def gemini(cloud, **order) -> None:
    answer = httpx.post(f"http://127.0.0.1:{cloud.ports.vendors}/gemini/control/fail", json=order)
    assert answer.status_code == 200, answer.text


def test_what_was_said(api, callers) -> None:
    call = callers.talk(consent=True)
    callers.recorded(call)
    answer = callers.post(callers.doctor, call, "transcribe")
    assert (answer["callId"], answer["state"], answer["duration"]) == (call, "done", callers_duration(callers, call))
    for speaker, words in SAID:
        assert f"{speaker.capitalize()}: {words}" in answer["transcription"]
    assert answer["durationSeconds"] > 1
    # From then on it is there; for the care team too.
    again = callers.post(callers.nurse, call, "transcribe", headers={"Prefer": "respond-async"})
    assert again["transcription"] == answer["transcription"]


def callers_duration(callers, call) -> str:
    return f"0m {callers.stored(call).duration_seconds}s"


def test_silence_is_no_consultation(callers) -> None:
    call = callers.talk(consent=True)
    from localcloud.gemini.voice import silence

    callers.recorded(call, silence(1.5))
    answer = callers.post(callers.doctor, call, "transcribe")
    assert (answer["state"], answer["transcription"]) == ("silent", "")


def test_refusals(api, callers) -> None:
    call = callers.talk(consent=True)
    path = f"/calls/{call}/transcribe"
    refused(api.as_(callers.doctor).post(path), 422, "RECORDING_MISSING")
    refused(api.as_(callers.patient).post(path), 403, "NOT_CALL_HOST")
    refused(api.as_(callers.stranger).post(path), 404, "NOT_FOUND")
    callers.post(callers.patient, call, "consent", {"scribe": False})
    refused(api.as_(callers.doctor).post(path), 422, "CONSENT_REQUIRED")


def test_the_model_fails_and_recovers(api, callers, cloud) -> None:
    call = callers.talk(consent=True)
    with configured(AI_JOB_ATTEMPTS="1"):
        gemini(cloud, mode="503", times=100)
        callers.recorded(call)
        answer = api.as_(callers.doctor).post(f"/calls/{call}/transcribe")
        refused(answer, 503, "AI_UNAVAILABLE")
    gemini(cloud, mode="503", times=0)
    httpx.post(f"http://127.0.0.1:{cloud.ports.vendors}/gemini/control/reset")
    answer = callers.post(callers.doctor, call, "transcribe")
    assert SAID[1][1] in answer["transcription"]


def test_what_cannot_be_played(api, callers, cloud) -> None:
    call = callers.talk(consent=True)
    recording = callers.recorded(call)
    unit = cloud.unit()
    from shared.calls.documents import Recording

    unit.update(unit.get(Recording, recording.id), file_id="00000000-0000-4000-8000-000000000000")
    unit.commit()
    # No content left: nothing to hear.
    assert callers.post(callers.doctor, call, "transcribe").status == 200
