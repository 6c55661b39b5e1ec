"""The worker that transcribes voice messages: what happens when it does not go well."""

from datetime import timedelta

import pytest

from shared import jobs
from shared.ai.transcripts import Transcript, transcript_id
from shared.chats.documents import Message
from shared.context import Context, Trail
from shared.files import FileRecord
from shared.jobs import Job
from tests.client import refused
from tests.configured import configured
from tests.functions.chats.conftest import make_talkers
from tests.functions.chats.voices import SHORT, control, failing, voice_message


@pytest.fixture(autouse=True)
def well():
    control("reset", {})
    # Nothing is transcribed that nobody asked for, but where a test is about that.
    with configured(TRANSCRIBE_VOICE="false"):
        yield
    control("reset", {})


@pytest.fixture(scope="module")
def talkers(api, world):
    return make_talkers(api, world)


@pytest.fixture
def message(api, talkers):
    return voice_message(api, talkers.patient, talkers.team)


@pytest.fixture
def run(api, cloud):
    def run(job_id):
        return cloud.machine(api, "task", "transcribe_message").post("/tasks/transcribe_message", {"id": job_id})

    return run


@pytest.fixture
def job(cloud, talkers, message):
    """A job that no queue knows of."""
    unit = cloud.unit()
    now = unit.now
    made = unit.create(
        Job(
            id=message["id"].replace("-", "")[::-1],
            kind="transcribe_message",
            owner_id=talkers.doctor.id,
            ref=message["id"],
            created_at=now,
            updated_at=now,
        )
    )
    unit.commit()
    return made


def stored(cloud, job):
    return cloud.unit().get(Job, job.id)


def audio(cloud, message):
    return cloud.unit().get(Message, message["id"]).audio


def test_it_is_done_once(cloud, run, job, message) -> None:
    assert run(job.id).status == 204
    assert (stored(cloud, job).status, audio(cloud, message).transcript_state) == ("done", "done")
    transcript = cloud.unit().get(Transcript, transcript_id("messages", message["id"]))
    assert (transcript.state, transcript.segments[0].text) == ("done", SHORT[0][1])
    assert stored(cloud, job).result_ref == transcript.id == audio(cloud, message).transcript_id
    assert SHORT[0][1] not in repr(cloud.firestore.collection("transcripts").document(transcript.id).get().to_dict())
    before = len(control("calls")["calls"])
    assert run(job.id).status == 204
    assert len(control("calls")["calls"]) == before


def test_somebody_elses_commit_does_not_have_it_heard_twice(cloud, run, job, message, monkeypatch) -> None:
    from shared.chats import voice

    def between(ctx, chat_id):
        monkeypatch.undo()
        unit = cloud.unit()
        unit.update(unit.get(Message, message["id"]), told=1)
        unit.commit()
        voice.refresh_soon(ctx, chat_id)

    monkeypatch.setattr(voice, "refresh_soon", between)
    assert run(job.id).status == 204
    assert (stored(cloud, job).status, audio(cloud, message).transcript_state) == ("done", "done")
    assert cloud.unit().get(Message, message["id"]).told == 1
    assert len(control("calls")["calls"]) == 1


def test_it_waits_for_the_scan(cloud, run, job, message) -> None:
    def scan(state):
        unit = cloud.unit()
        unit.update(unit.get(FileRecord, message["fileId"]), scan_state=state)
        unit.commit()

    for state in ("pending", "failed"):
        scan(state)
        refused(run(job.id), 409, "FILE_NOT_SCANNED")
    assert stored(cloud, job).status == "queued"
    scan("infected")
    assert run(job.id).status == 204
    assert (stored(cloud, job).error_reason, audio(cloud, message).transcript_state) == ("FILE_INFECTED", "failed")
    assert control("calls")["calls"] == []


def test_a_model_that_is_down_is_asked_again_and_given_up_in_the_end(cloud, run, job, message) -> None:
    with configured(AI_JOB_ATTEMPTS="3"):
        failing("503", 100)
        for attempt in range(1, 4):
            refused(run(job.id), 503, "AI_UNAVAILABLE")
            assert (stored(cloud, job).attempts, audio(cloud, message).transcript_state) == (
                attempt,
                "queued" if attempt < 3 else "failed",
            )
    assert (stored(cloud, job).status, stored(cloud, job).error_reason) == ("failed", "AI_UNAVAILABLE")
    assert run(job.id).status == 204


def test_a_store_that_is_down_is_tried_again(cloud, run, job) -> None:
    with configured(STORAGE_EMULATOR_HOST="http://127.0.0.1:9", STORAGE_TIMEOUT_SECONDS="0.5"):
        refused(run(job.id), 503, "STORAGE_UNAVAILABLE")
    assert stored(cloud, job).status == "queued"
    assert run(job.id).status == 204


def test_a_worker_that_died_is_followed_by_another(cloud, run, job) -> None:
    from shared.config import settings

    unit = cloud.unit()
    jobs.claim(Context(unit=unit, settings=settings(), trail=Trail("TEST"), request_id="x"), job.id)
    refused(run(job.id), 503, "WORK_IN_PROGRESS")
    unit = cloud.unit()
    unit.update(unit.get(Job, job.id), lease_until=unit.now - timedelta(seconds=1))
    unit.commit()
    assert run(job.id).status == 204
    assert stored(cloud, job).status == "done"


def test_a_message_that_was_deleted_is_not_transcribed(api, cloud, talkers, run, job, message) -> None:
    assert api.as_(talkers.patient).delete(f"/messages/{message['id']}").status < 300
    assert run(job.id).status == 204
    assert stored(cloud, job).error_reason == "NOT_FOUND"
    assert control("calls")["calls"] == []


def test_a_long_recording_goes_on_where_it_broke_off(cloud, run, job, message, monkeypatch) -> None:
    from localcloud.gemini.voice import speak
    from shared import files
    from shared.ai import speech
    from shared.chats import voice

    whole = speak([("patient", f"This is sentence number {n} of a long message.") for n in range(1, 7)], pause=0.5)
    monkeypatch.setattr(voice, "PIECE_SECONDS", 0)
    monkeypatch.setattr(voice, "pieces", lambda content, skip: speech.pieces(content, seconds=6, skip=skip))
    monkeypatch.setattr(files, "open_file", lambda *_: whole)
    said = voice.listen
    failed = iter([False, True])

    def listen(*args, **options):
        if next(failed, False):
            raise voice.AiUnavailable
        return said(*args, **options)

    monkeypatch.setattr(voice, "listen", listen)
    refused(run(job.id), 503, "AI_UNAVAILABLE")
    begun = cloud.unit().get(Transcript, transcript_id("messages", message["id"]))
    assert (begun.state, begun.pieces_done) == ("partial", 1)
    asked = len(control("calls")["calls"])
    assert run(job.id).status == 204
    done = cloud.unit().get(Transcript, begun.id)
    assert done.pieces_done > 1
    assert [s.text.split()[4] for s in done.segments] == ["1", "2", "3", "4", "5", "6"]
    summaries = 1
    assert len(control("calls")["calls"]) - asked == done.pieces_done - begun.pieces_done + summaries
