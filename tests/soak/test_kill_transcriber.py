"""kill -9 of the process that transcribes a long visit, in the middle of it, as often as it has pieces to lose."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self

import httpx
import pytest

from localcloud.environment import Ports
from localcloud.gemini.voice import speak
from localcloud.ports import choose
from localcloud.stack import end, serve, wait_until_it_listens
from shared.ai.transcripts import Transcript, transcript_id
from shared.calls import transcribing
from shared.jobs import Job
from tests.configured import configured
from tests.conftest import eventually
from tests.functions.calls.conftest import callers  # noqa: F401 - fixture
from tests.functions.chats.voices import control, failing

#: What is said, each with four minutes of silence around it: some seventeen minutes, four pieces, the last one silent.
SAID = [("patient", f"This is sentence number {n} of my story about the left knee.") for n in range(3)]
PAUSE = 250.0
NOWHERE = Ports(api=0, console=0, firestore=0, tasks=0, storage=0, smtp=0)


class Transcriber:
    """The worker as a function of its own, as it is deployed."""

    def __init__(self, cloud, log: Path) -> None:
        self.cloud, self.log = cloud, log
        self.port = choose(NOWHERE, {}).functions

    def __enter__(self) -> Self:
        self.process = serve("transcribe_call", self.port, self.cloud.child_environment(), self.log)
        wait_until_it_listens(self.process, self.port, self.log)
        return self

    def __exit__(self, *_: object) -> None:
        end(self.process, at_once=True)

    def work(self, job: str, seconds: float = 300) -> int:
        """Give it a job as Cloud Tasks does; the status of its answer, 0 when the connection was lost."""
        bearer = {"Authorization": f"Bearer {self.cloud.machine_token('task', 'transcribe_call')}"}
        url = f"http://127.0.0.1:{self.port}/tasks/transcribe_call"
        try:
            return httpx.post(url, json={"id": job}, headers=bearer, timeout=seconds).status_code
        except httpx.TransportError:
            return 0


def begun(callers, cloud) -> tuple[str, str]:  # noqa: F811 - fixture
    """A recorded call, and a job for it that is in no queue."""
    control("reset", {})
    failing("503", 1000)
    call = callers.talk(consent=True)
    # The job that begins by itself is given up at once.
    with configured(AI_JOB_ATTEMPTS="1"):
        callers.recorded(call, speak(SAID, pause=PAUSE))
        own = transcribing.job_id(call, callers.doctor.id)
        eventually(lambda: (j := cloud.unit().get(Job, own)) and j.status == "failed", "the first job's end", 120)
    control("reset", {})
    unit = cloud.unit()
    made = unit.create(Job(id=f"test-{call}", kind="transcribe_call", owner_id=callers.doctor.id, ref=call,
                           created_at=unit.now, updated_at=unit.now))  # fmt: skip
    unit.commit()
    return call, made.id


def transcript(cloud, call: str) -> Transcript:
    return cloud.unit().get(Transcript, transcript_id("calls", call))


def ten_minutes_later(cloud, call: str, job: str) -> None:
    """The leases of a worker that is gone have ended."""
    unit, past = cloud.unit(), datetime.now(UTC) - timedelta(seconds=1)
    unit.update(unit.get(Transcript, transcript_id("calls", call)), lease_until=past)
    unit.update(unit.get(Job, job), lease_until=past)
    unit.commit()


@pytest.mark.soak
@pytest.mark.timeout(900)
def test_what_was_heard_stays_and_nothing_is_heard_twice(callers, cloud, tmp_path, record_property) -> None:  # noqa: F811
    call, job = begun(callers, cloud)
    kills = 0
    with ThreadPoolExecutor(1) as pool:
        for done in (1, 2):
            with Transcriber(cloud, tmp_path / "transcriber.log") as worker:
                answer = pool.submit(worker.work, job)
                eventually(lambda done=done: transcript(cloud, call).pieces_done >= done, f"{done} pieces", 120)
                # The model takes its time with the next piece, and that is when it ends.
                failing("timeout", 1)
                asked = len(control("calls")["calls"])
                eventually(lambda asked=asked: len(control("calls")["calls"]) > asked, "the next piece's question", 60)
                end(worker.process, at_once=True)
                kills += 1
                assert answer.result(60) == 0
            partial = transcript(cloud, call)
            assert (partial.state, partial.pieces_done, len(partial.segments)) == ("partial", done, done)
            assert partial.usable
            # The dead worker's lease holds others off until it ends.
            with Transcriber(cloud, tmp_path / "transcriber.log") as another:
                assert another.work(job) == 503
            assert transcript(cloud, call).pieces_done == done
            ten_minutes_later(cloud, call, job)
        with Transcriber(cloud, tmp_path / "transcriber.log") as worker:
            assert worker.work(job) == 204
            assert worker.work(job) == 204
    finished = transcript(cloud, call)
    assert (finished.state, finished.lease_until) == ("done", None)
    assert [s.text for s in finished.segments] == [text for _, text in SAID]
    assert [round(s.start / PAUSE) for s in finished.segments] == [1, 2, 3]
    assert cloud.unit().get(Job, job).status == "done"
    # Each piece was heard once, but for those that a worker died over.
    heard = [c for c in control("calls")["calls"] if c["audioBytes"] and c["failed"] is None]
    assert len(heard) == len(SAID)
    control("reset", {})
    record_property("kill -9 of the transcriber in the middle of a piece", kills)
    record_property("seconds of recording", round(max(s.end for s in finished.segments)))
