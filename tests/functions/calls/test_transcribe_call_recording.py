"""POST /calls/{callId}/transcribe."""

import io

import av
import pytest

from localcloud.gemini.voice import silence
from shared.calls.documents import Recording
from shared.store import new_id
from tests.client import refused
from tests.configured import configured
from tests.conftest import eventually
from tests.functions.calls.conftest import SAID
from tests.functions.chats.voices import control, failing


def test_what_was_said(api, callers) -> None:
    call = callers.talk(consent=True)
    callers.recorded(call)
    answer = callers.post(callers.doctor, call, "transcribe")
    assert (answer["callId"], answer["state"], answer["duration"]) == (call, "done", length(callers, call))
    for speaker, words in SAID:
        assert f"{speaker.capitalize()}: {words}" in answer["transcription"]
    assert answer["durationSeconds"] > 1
    # Who wants that has a draft of a note of it.
    path = f"/patients/{callers.patient.patient_id}/clinical-notes"
    eventually(lambda: [n for n in api.as_(callers.doctor).get(path)["data"] if n["callId"] == call], "a draft")
    # From then on it is there; for the care team too.
    again = callers.post(callers.nurse, call, "transcribe", headers={"Prefer": "respond-async"})
    assert again["transcription"] == answer["transcription"]


def length(callers, call) -> str:
    return f"0m {callers.stored(call).duration_seconds}s"


def test_silence_is_no_consultation(callers) -> None:
    call = callers.talk(consent=True)
    callers.recorded(call, silence(1.5))
    answer = callers.post(callers.doctor, call, "transcribe")
    assert (answer["state"], answer["transcription"]) == ("silent", "")


def test_a_recording_whose_time_is_over(api, callers, cloud) -> None:
    call = callers.talk(consent=True)
    unit = cloud.unit()
    gone = unit.create(Recording(
        id=new_id(), call_id=call, state="stored", room_id="room", object_name="recordings/none", file_id=new_id(),
        started_by=callers.doctor.id, started_at=unit.now, updated_at=unit.now,
    ))  # fmt: skip
    unit.commit()
    callers.rewind(call, recording_ids=[gone.id])
    refused(api.as_(callers.doctor).post(f"/calls/{call}/transcribe"), 422, "RECORDING_MISSING")
    callers.rewind(call, recording_ids=[])


def test_refusals(api, callers) -> None:
    call = callers.talk(consent=True)
    path = f"/calls/{call}/transcribe"
    refused(api.as_(callers.doctor).post(path), 422, "RECORDING_MISSING")
    refused(api.as_(callers.patient).post(path), 403, "NOT_CALL_HOST")
    refused(api.as_(callers.stranger).post(path), 404, "NOT_FOUND")
    callers.post(callers.patient, call, "consent", {"scribe": False})
    refused(api.as_(callers.doctor).post(path), 422, "CONSENT_REQUIRED")
    callers.rewind(call, provider="meet")
    refused(api.as_(callers.doctor).post(path), 409, "CALL_BY_MEET")


@pytest.mark.parametrize(("mode", "status", "reason"), [
    ("503", 503, "AI_UNAVAILABLE"), ("blocked", 502, "AI_REFUSED"), ("schema", 502, "AI_ANSWER_UNUSABLE"),
])  # fmt: skip
def test_the_model_fails_and_recovers(api, callers, mode, status, reason) -> None:
    call = callers.talk(consent=True)
    with configured(AI_JOB_ATTEMPTS="1"):
        failing(mode, 100)
        callers.recorded(call)
        refused(api.as_(callers.doctor).post(f"/calls/{call}/transcribe"), status, reason)
    control("reset", {})
    answer = callers.post(callers.doctor, call, "transcribe")
    assert SAID[1][1] in answer["transcription"]


def test_a_recording_without_sound(api, callers) -> None:
    call = callers.talk(consent=True)
    callers.recorded(call, picture())
    refused(api.as_(callers.doctor).post(f"/calls/{call}/transcribe"), 422, "AUDIO_UNREADABLE")


def picture() -> bytes:
    """A second of video and nothing to hear."""
    sink = io.BytesIO()
    with av.open(sink, "w", format="mp4") as container:
        stream = container.add_stream("mpeg4", rate=5)
        stream.width, stream.height, stream.pix_fmt = 64, 64, "yuv420p"
        for _ in range(5):
            for packet in stream.encode(av.VideoFrame(64, 64, "yuv420p")):
                container.mux(packet)
        for packet in stream.encode(None):
            container.mux(packet)
    return sink.getvalue()
