"""Everything at the same moment on one call: whatever comes first, what is left of it is one story."""

import threading
from concurrent.futures import ThreadPoolExecutor
from random import Random

import pytest

from localcloud.gemini.voice import speak
from shared.ai.transcripts import Transcript, transcript_id
from shared.calls.documents import CallLog, Recording, log_id
from shared.files.documents import AnyFile
from shared.notes.documents import NOTES_OF_CALL
from shared.scribe.documents import GENERATIONS_OF_CALL
from tests.client import Answer
from tests.conftest import eventually
from tests.functions.calls.conftest import SAID, Callers, callers  # noqa: F401 - fixture

#: What may become of a request that others come before. A vendor that is asked twice at once may say no to one.
REFUSED = {"CALL_OVER", "CONTENTION", "CONSENT_REQUIRED", "ALREADY_DONE"}


def at_once(*acts) -> list[Answer]:
    """All of it begun at the same moment; the answers, in the order given."""
    together = threading.Barrier(len(acts))

    def run(act) -> Answer:
        together.wait(30)
        return act()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def does(callers: Callers, who, call: str, what: str, body=None):  # noqa: F811 - fixture
    return lambda: callers.api.as_(who).post(f"/calls/{call}/{what}", body)


def passed(answers: list[Answer]) -> None:
    for answer in answers:
        assert answer.status < 300 or answer.reason in REFUSED, answer


def ended(callers: Callers, call: str) -> list[dict]:  # noqa: F811 - fixture
    """The events that told of its end."""
    of_call = (row.to_dict() for row in callers.cloud.stored("events", "ids.callId", call))
    return [event for event in of_call if event["event"] == "call:ended"]


def one_story(callers: Callers, call: str, chat: str) -> str:  # noqa: F811 - fixture
    """Checks that a call that is over says the same everywhere; how it ended."""
    stored = callers.stored(call)
    assert not stored.live
    assert not stored.recording_on
    assert stored.ended_at is not None
    if stored.answered_at is None:
        assert (stored.state in {"missed", "declined"}, stored.duration_seconds) == (True, 0)
    else:
        length = int((stored.ended_at - stored.answered_at).total_seconds())
        assert (stored.state, stored.duration_seconds) == ("ended", length)
    unit = callers.cloud.unit()
    for part in stored.participants:
        assert part.state in {"left", "missed", "declined"}
        log = unit.get(CallLog, log_id(call, part.user_id))
        assert log.ended_at == stored.ended_at
        assert log.duration_seconds == (stored.duration_seconds if log.status == "answered" else 0)
        assert (log.status == "answered") <= (stored.answered_at is not None)
    (told,) = ended(callers, call)
    assert told["ids"]["durationSeconds"] == str(stored.duration_seconds)

    def messages() -> list[dict]:
        rows = callers.api.as_(callers.doctor).get(f"/chats/{chat}/messages", params={"limit": 100})["data"]
        return [row for row in rows if row["callId"] == call]

    (message,) = eventually(messages, "the message of the call")
    assert message["type"] == "call_log"
    # Its worker repeats without saying it twice.
    assert callers.run("finish_call", call).status == 204
    assert len(messages()) == 1
    return stored.state


@pytest.fixture(scope="module")
def chat(callers) -> str:  # noqa: F811 - fixture
    """The chat of the two, which gets the calls' messages."""
    made = callers.api.as_(callers.doctor).post("/chats", {"type": "Direct", "participantIds": [callers.patient.id]})
    assert made.status in {200, 201}, made
    return made["id"]


@pytest.mark.parametrize("rounds", [3, pytest.param(60, marks=pytest.mark.soak)])
@pytest.mark.timeout(900)
def test_answered_declined_ended_and_missed_at_once(callers, chat, rounds, record_property) -> None:  # noqa: F811
    dice, states = Random(5), list[str]()
    for _ in range(rounds):
        call = callers.ring(callers.doctor, callers.patient)["callId"]
        acts = [
            does(callers, callers.patient, call, "answer"),
            does(callers, callers.patient, call, "decline"),
            does(callers, callers.doctor, call, "end", {"duration": "3s"}),
            does(callers, callers.patient, call, "consent", {"recording": True, "scribe": True}),
            does(callers, callers.patient, call, "consent", {"recording": False}),
            lambda call=call: callers.run("miss_call", call),
        ]
        dice.shuffle(acts)
        passed(at_once(*acts))
        states.append(one_story(callers, call, chat))
    record_property("calls answered, declined, ended and missed at once", rounds)
    record_property("how they ended", ", ".join(f"{states.count(s)} {s}" for s in sorted(set(states))))


@pytest.mark.parametrize("rounds", [2, pytest.param(25, marks=pytest.mark.soak)])
@pytest.mark.timeout(900)
def test_withdrawn_while_everything_else_happens(callers, chat, rounds, record_property) -> None:  # noqa: F811
    dice = Random(7)
    for number in range(rounds):
        call = callers.talk(consent=True)
        callers.hear(call, SAID)
        made = callers.post(callers.doctor, call, "record", {"action": "start"})["recordingId"]
        if number % 2:
            callers.until(made, "recording")
        given = entries(callers, call)
        (entry,) = [e["id"] for e in given if e["kind"] == "recording"]
        acts = [
            does(callers, callers.patient, call, "consent", {"recording": False}),
            # And once more, among the consents.
            lambda entry=entry: callers.api.as_(callers.patient).delete(f"{consents(callers)}/{entry}"),
            does(callers, callers.doctor, call, "record", {"action": ("stop", "start")[number // 2 % 2]}),
            does(callers, callers.doctor, call, "end"),
            does(callers, callers.patient, call, "answer"),
            lambda call=call: callers.run("miss_call", call),
            lambda made=made: callers.run("drive_recording", made),
        ]
        dice.shuffle(acts)
        answers = at_once(*acts)
        passed([a for a in answers if a.status != 503])
        one_story(callers, call, chat)
        nothing_is_left(callers, call)
        assert [e["withdraws"] for e in entries(callers, call) if e["action"] == "withdrawn"] == [entry]
    record_property("recorded calls withdrawn from at the moment of their end", rounds)


@pytest.mark.parametrize("rounds", [1, pytest.param(15, marks=pytest.mark.soak)])
@pytest.mark.timeout(900)
def test_withdrawn_while_it_is_being_written_down(callers, chat, rounds, record_property) -> None:  # noqa: F811
    for number in range(rounds):
        call = callers.talk(consent=True)
        callers.recorded(call, speak(SAID))
        key = transcript_id("calls", call)
        eventually(lambda: (t := callers.cloud.unit().get(Transcript, key)) and t.state == "done", "a transcript")  # noqa: B023
        asked = {"callId": call, "templateType": "soap"}
        later = threading.Event()

        def withdraw(call=call, later=later, number=number) -> Answer:
            later.wait(number * 0.03)
            return callers.api.as_(callers.patient).post(f"/calls/{call}/consent", {"recording": False})

        answers = at_once(
            lambda asked=asked: callers.api.as_(callers.doctor).post("/scribe/generate-note", asked),
            lambda call=call: callers.api.as_(callers.doctor).post("/scribe/summarize-call", {"callId": call}),
            does(callers, callers.doctor, call, "transcribe"),
            withdraw,
        )
        assert answers[-1].status == 200, answers[-1]
        for answer in answers[:-1]:
            gone = {"CONSENT_REQUIRED", "TRANSCRIPT_MISSING", "NOT_FOUND", "RECORDING_MISSING"}
            assert answer.status in {200, 202} or answer.reason in gone, answer
        nothing_is_left(callers, call)
    record_property("consent taken back while notes and summaries were written", rounds)


def consents(callers: Callers) -> str:  # noqa: F811 - fixture
    return f"/patients/{callers.patient.patient_id}/consents"


def entries(callers: Callers, call: str) -> list[dict]:  # noqa: F811 - fixture
    """What the patient agreed to on a call, among their consents."""
    page = callers.api.as_(callers.patient).get(consents(callers), params={"limit": 100})["data"]
    return [entry for entry in page if entry["refId"] == call]


def nothing_is_left(callers: Callers, call: str) -> None:  # noqa: F811 - fixture
    """Recordings stopped and erased, no word of the transcript, of a note, or in the ledger; also a little later."""
    eventually(lambda: clean(callers, call), "the end of what was made of the call")
    assert callers.run("erase_call_material", call).status == 204
    assert clean(callers, call)


def clean(callers: Callers, call: str) -> bool:  # noqa: F811 - fixture
    unit = callers.cloud.unit()
    stored = callers.stored(call)
    recordings = unit.get_all(Recording, stored.recording_ids)
    files = [unit.get(AnyFile, recording.file_id, deleted=True) for recording in recordings]
    transcript = unit.get(Transcript, transcript_id("calls", call))
    notes = unit.find(NOTES_OF_CALL, callId=call, limit=50)
    entries = unit.find(GENERATIONS_OF_CALL, callId=call, limit=50)
    (room,) = [r for r in callers.rooms() if r["id"] == stored.room_id]
    return (
        stored.withdrawn == {}
        and all(r.state in {"erased", "failed"} for r in recordings)
        and all(f is None or f.erased_at is not None for f in files)
        and all(r["status"] in {"completed", "failed"} for r in room["recordings"])
        and (transcript is None or (not transcript.segments and not transcript.text and not transcript.summary))
        and all(note.erased for note in notes)
        and all(not entry.sentences for entry in entries)
    )
