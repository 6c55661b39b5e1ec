"""The worker that transcribes calls."""

from datetime import UTC, datetime, timedelta

import pytest

from localcloud.gemini.voice import speak
from shared.ai import speech
from shared.ai.transcripts import Transcript, transcript_id
from shared.calls import transcribing
from shared.jobs import Job
from tests.client import refused
from tests.configured import configured
from tests.conftest import eventually
from tests.functions.calls.conftest import callers  # noqa: F401 - fixture
from tests.functions.chats.voices import control, failing

WORDS = [("patient", f"This is sentence number {n} of my story about the left knee.") for n in range(6)]


@pytest.fixture
def long_call(callers, cloud, monkeypatch):  # noqa: F811 - fixture
    """A recorded call of several pieces, transcribed by nobody yet, and a job for it."""
    short = speech.pieces
    monkeypatch.setattr(transcribing, "pieces", lambda audio: short(audio, seconds=2))
    control("reset", {})
    failing("503", 1000)
    call = callers.talk(consent=True)
    # The job that begins by itself is given up at once.
    with configured(AI_JOB_ATTEMPTS="1"):
        callers.recorded(call, speak(WORDS))
        own = transcribing.job_id(call, callers.doctor.id)
        eventually(lambda: (j := cloud.unit().get(Job, own)) and j.status == "failed", "the first job's end")
    yield call
    control("reset", {})


class Killed(BaseException):
    """The end of a worker that has no time for anything."""


def transcript(cloud, call) -> Transcript:
    return cloud.unit().get(Transcript, transcript_id("calls", call))


def job(callers, cloud, call) -> Job:  # noqa: F811 - fixture
    """A job that nobody but this test runs."""
    unit = cloud.unit()
    made = unit.create(Job(id=f"test-{call}", kind="transcribe_call", owner_id=callers.doctor.id, ref=call,
                           created_at=unit.now, updated_at=unit.now))  # fmt: skip
    unit.commit()
    return made


def test_it_goes_on_where_the_one_before_broke_off(callers, cloud, long_call) -> None:  # noqa: F811 - fixture
    made = job(callers, cloud, long_call)
    control("reset", {})
    # Two pieces are heard, then the model is gone.
    heard = []

    def dying(audio, mime_type, offset=0.0):
        if len(heard) == 2:
            raise Killed
        heard.append(offset)
        return speech.listen(audio, mime_type, offset=offset)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(transcribing, "listen", dying)
        patch.setattr(transcribing, "_LEASE", timedelta(seconds=-1))
        with pytest.raises(Killed):
            _work_here(cloud, made.id)
    partial = transcript(cloud, long_call)
    assert (partial.state, partial.pieces_done) == ("partial", 2)
    assert "number 0" in partial.text
    # Its lease holds others off, and then does not.
    unit = cloud.unit()
    unit.update(unit.get(Transcript, partial.id), lease_until=datetime.now(UTC) + timedelta(minutes=5))
    unit.commit()
    refused(callers.run("transcribe_call", made.id), 503, "WORK_IN_PROGRESS")
    unit = cloud.unit()
    unit.update(unit.get(Transcript, partial.id), lease_until=None)
    unit.update(unit.get(Job, made.id), lease_until=None, status="queued")
    unit.commit()
    assert callers.run("transcribe_call", made.id).status == 204
    done = transcript(cloud, long_call)
    assert done.state == "done"
    assert [f"number {n}" in done.text for n in range(6)] == [True] * 6
    assert done.text.count("number 0") == 1
    assert callers.run("transcribe_call", made.id).status == 204


def _work_here(cloud, key) -> None:
    """The worker in this process, so that it can be killed."""
    from shared.config import settings
    from shared.context import Context, Trail

    ctx = Context(unit=cloud.unit(), settings=settings(), trail=Trail("TEST"), request_id="killed-worker")
    transcribing.work(ctx, key)


def test_the_model_and_the_store_are_down(callers, cloud, long_call) -> None:  # noqa: F811 - fixture
    made = job(callers, cloud, long_call)
    refused(callers.run("transcribe_call", made.id), 503, "AI_UNAVAILABLE")
    with configured(STORAGE_EMULATOR_HOST="http://127.0.0.1:9", STORAGE_TIMEOUT_SECONDS="0.5"):
        refused(callers.run("transcribe_call", made.id), 503, "STORAGE_UNAVAILABLE")
