"""POST /messages/{messageId}/transcribe."""

import pytest

from localcloud.gemini.voice import silence, speak
from tests.client import refused
from tests.configured import configured
from tests.conftest import eventually
from tests.functions.chats.conftest import HIDDEN, NOWHERE
from tests.functions.chats.voices import LONG, SHORT, control, failing, voice_message
from tests.functions.files.samples import sound


@pytest.fixture(autouse=True)
def well():
    control("reset", {})
    # Nothing is transcribed that nobody asked for, but where a test is about that.
    with configured(TRANSCRIBE_VOICE="false", RATE_LIMIT_UPLOADS_PER_MINUTE="1000"):
        yield
    control("reset", {})


def ask(api, who, message_id, **headers):
    return api.as_(who).call("POST", f"/messages/{message_id}/transcribe", headers=headers)


def test_a_short_one_is_its_words(api, talkers) -> None:
    message = voice_message(api, talkers.patient, talkers.care_team())
    answer = ask(api, talkers.doctor, message["id"])
    assert (answer.status, answer.trips) == (200, 3), answer
    assert answer["messageId"] == message["id"]
    assert answer["transcription"] == SHORT[0][1]
    assert (answer["transcriptionSummary"], answer["transcriptState"]) == (None, "done")
    assert answer["duration"] == f"{message['durationSeconds']:.1f}s"
    assert message["durationSeconds"] > 1


def test_a_long_one_has_a_summary_and_everybody_has_both(api, talkers) -> None:
    chat = talkers.care_team()
    message = voice_message(api, talkers.patient, chat, speak(LONG))
    answer = ask(api, talkers.patient, message["id"])
    assert "ibuprofen 400 mg twice a day" in answer["transcription"]
    assert answer["transcriptionSummary"]
    found = api.as_(talkers.nurse).get(f"/chats/{chat}/messages")
    seen = next(m for m in found["data"] if m["id"] == message["id"])
    assert (seen["transcription"], seen["transcriptState"]) == (answer["transcription"], "done")
    assert seen["transcriptionSummary"] == answer["transcriptionSummary"]


def test_what_was_spoken_is_found(api, talkers) -> None:
    chat = talkers.care_team()
    message = voice_message(api, talkers.patient, chat, content="for the nurse")
    with configured(MESSAGE_SEARCH="true"):
        assert ask(api, talkers.doctor, message["id"]).status == 200

        def found(words: str) -> list[str]:
            page = api.as_(talkers.nurse).get(f"/chats/{chat}/messages", params={"search": words})
            return [m["id"] for m in page["data"]]

        assert found("better today") == found("nurse better") == [message["id"]]
        # What was written with it changes; what was spoken does not.
        assert api.as_(talkers.patient).put(f"/messages/{message['id']}", {"content": "for everybody"}).status == 200
        assert found("everybody better") == [message["id"]]
        assert found("nurse") == []
        api.as_(talkers.patient).delete(f"/messages/{message['id']}")
        assert found("better") == []


def test_asking_again_asks_nobody(api, talkers) -> None:
    message = voice_message(api, talkers.patient, talkers.care_team())
    first = ask(api, talkers.doctor, message["id"])
    before = len(control("calls")["calls"])
    again = ask(api, talkers.nurse, message["id"])
    assert again.json == first.json
    assert len(control("calls")["calls"]) == before


def test_silence_never_reaches_the_model(api, talkers) -> None:
    message = voice_message(api, talkers.patient, talkers.care_team(), silence(2))
    answer = ask(api, talkers.doctor, message["id"])
    assert (answer.status, answer["transcription"], answer["transcriptState"]) == (200, "", "silent")
    assert control("calls")["calls"] == []


def test_what_phones_record(api, talkers) -> None:
    message = voice_message(api, talkers.patient, talkers.care_team(), sound("ipod", "aac"))
    answer = ask(api, talkers.doctor, message["id"])
    assert (answer.status, answer["transcription"]) == (200, "[inaudible]"), answer


def test_who_does_not_wait_gets_the_job_and_a_notification(api, cloud, talkers) -> None:
    chat = talkers.care_team()
    message = voice_message(api, talkers.patient, chat)
    answer = ask(api, talkers.doctor, message["id"], Prefer="respond-async")
    assert (answer.status, set(answer.json)) == (202, {"jobId", "status"})

    def done():
        found = api.as_(talkers.doctor).get(f"/chats/{chat}/messages")
        return next(m for m in found["data"] if m["id"] == message["id"])["transcriptState"] == "done"

    eventually(done, "the transcript")

    def told():
        rows = [n.to_dict() for n in cloud.stored("notifications", "refId", message["id"])]
        return [row for row in rows if row["userId"] == talkers.doctor.id]

    # One of the message itself, one of its transcript.
    eventually(lambda: len(told()) == 2, "a notification")


def test_a_recording_that_cannot_be_decoded(api, talkers) -> None:
    recording = sound("ipod", "aac")
    start = recording.index(b"mdat")
    size = int.from_bytes(recording[start - 4 : start])
    # Its table of contents is whole, so its length can be told; what it leads to is no sound.
    damaged = recording[: start + 4] + b"\xff" * (size - 8) + recording[start - 4 + size :]
    message = voice_message(api, talkers.patient, talkers.care_team(), damaged)
    refused(ask(api, talkers.doctor, message["id"]), 422, "AUDIO_UNREADABLE")


@pytest.mark.parametrize(("mode", "reason"), [("safety", "AI_REFUSED"), ("schema", "AI_ANSWER_UNUSABLE")])
def test_a_model_that_will_not_answer(api, talkers, mode, reason) -> None:
    chat = talkers.care_team()
    message = voice_message(api, talkers.patient, chat)
    failing(mode, 4)
    refused(ask(api, talkers.doctor, message["id"]), 502, reason)
    found = api.as_(talkers.doctor).get(f"/chats/{chat}/messages")
    assert next(m for m in found["data"] if m["id"] == message["id"])["transcriptState"] == "failed"
    control("reset", {})
    assert ask(api, talkers.doctor, message["id"])["transcription"] == SHORT[0][1]


def test_only_who_reads_the_chat(api, talkers) -> None:
    message = voice_message(api, talkers.patient, talkers.care_team())
    for other in (talkers.stranger, talkers.family, talkers.other_patient):
        refused(ask(api, other, message["id"]), *HIDDEN)
    refused(ask(api, talkers.doctor, NOWHERE), *HIDDEN)


def test_only_voice_messages(api, talkers) -> None:
    said = talkers.say(talkers.doctor, talkers.care_team(), "No recording")
    refused(ask(api, talkers.doctor, said["id"]), 422, "NOT_A_VOICE_MESSAGE")


def test_not_one_that_was_deleted(api, talkers) -> None:
    message = voice_message(api, talkers.patient, talkers.care_team())
    assert api.as_(talkers.patient).delete(f"/messages/{message['id']}").status < 300
    refused(ask(api, talkers.doctor, message["id"]), *HIDDEN)


def test_not_one_that_is_infected(api, cloud, talkers) -> None:
    from shared.files import FileRecord

    message = voice_message(api, talkers.patient, talkers.care_team())
    unit = cloud.unit()
    unit.update(unit.get(FileRecord, message["fileId"]), scan_state="infected")
    unit.commit()
    refused(ask(api, talkers.doctor, message["id"]), 409, "FILE_INFECTED")


def state(api, who, message_id):
    found = api.as_(who).get(f"/messages/{message_id}")
    return found.json if found["transcriptState"] not in {"queued", "running"} else None


def test_nobody_needs_to_ask(api, cloud, talkers) -> None:
    """Queued with the message, begun when the scan is over; its sender is told nothing they did not ask for."""
    chat = talkers.care_team()
    with configured(TRANSCRIBE_VOICE="true"):
        sent = voice_message(api, talkers.patient, chat)
        assert (sent["transcriptState"], sent["isTranscribing"]) == ("queued", True)
        done = eventually(lambda: state(api, talkers.nurse, sent["id"]), "the transcript")
        assert (done["transcription"], done["transcriptState"]) == (SHORT[0][1], "done")
        row = talkers.eventually_row(talkers.nurse, chat, lastMessage=SHORT[0][1])
        assert row["lastMessageType"] == "voice"
        about = [n for n in cloud.firestore.collection("notifications").stream() if sent["id"] in repr(n.to_dict())]
        assert talkers.patient.id not in {n.to_dict()["userId"] for n in about}
        # The same recording in the chat once more is not listened to again.
        again = api.as_(talkers.patient).post(
            f"/chats/{chat}/messages", {"fileId": sent["fileId"], "type": "voice", "clientMessageId": "twice"}
        )
        assert (again.status, again["transcriptState"]) == (201, "none"), again


def test_an_upload_that_is_clean_already_is_begun_at_once(api, talkers) -> None:
    from tests.functions.files.helpers import stored

    with configured(TRANSCRIBE_VOICE="true"):
        file = stored(api, talkers.patient, speak(SHORT), name="voice.wav")
        body = {"fileId": file["id"], "type": "voice"}
        sent = api.as_(talkers.patient).post(f"/chats/{talkers.care_team()}/messages", body)
        assert (sent.status, sent["transcriptState"]) == (201, "queued"), sent
        done = eventually(lambda: state(api, talkers.doctor, sent["id"]), "the transcript")
        assert done["transcription"] == SHORT[0][1]


def test_who_asks_for_what_is_queued_joins_those_who_wait(api, cloud, talkers) -> None:
    """The job waits for the scan; who asked may look at it and is notified, and nothing is done twice."""
    with configured(TRANSCRIBE_VOICE="true"):
        cloud.pause("clamd")
        try:
            audio = {"audio": ("voice.wav", speak(SHORT), "audio/wav")}
            at = f"/chats/{talkers.care_team()}/messages"
            sent = api.as_(talkers.patient).call("POST", at, files=audio, data={"type": "voice"})
            asked = ask(api, talkers.doctor, sent["id"], Prefer="respond-async")
            assert (asked.status, asked["status"]) == (202, "queued")
            assert api.as_(talkers.doctor).get(f"/jobs/{asked['jobId']}")["status"] == "queued"
            refused(api.as_(talkers.nurse).get(f"/jobs/{asked['jobId']}"), *HIDDEN)
        finally:
            cloud.resume("clamd")
        eventually(lambda: state(api, talkers.doctor, sent["id"]), "the transcript")
        assert len(control("calls")["calls"]) == 1
        assert api.as_(talkers.doctor).get(f"/jobs/{asked['jobId']}")["status"] == "done"


def test_an_infected_recording_is_said_to_have_no_transcript(api, talkers) -> None:
    from localcloud.clamd.scanner import EICAR

    with configured(TRANSCRIBE_VOICE="true"):
        audio = {"audio": ("voice.wav", silence(1) + EICAR, "audio/wav")}
        at = f"/chats/{talkers.care_team()}/messages"
        sent = api.as_(talkers.patient).call("POST", at, files=audio, data={"type": "voice"})
        ended = eventually(lambda: state(api, talkers.doctor, sent["id"]), "an end of the job")
        assert (ended["transcriptState"], ended["transcription"]) == ("failed", None)
    assert control("calls")["calls"] == []


def test_a_model_that_does_not_answer(api, talkers) -> None:
    message = voice_message(api, talkers.patient, talkers.care_team())
    assert (message["transcriptState"], message["isTranscribing"]) == ("none", False)
    with configured(AI_JOB_ATTEMPTS="1"):
        failing("503", 100)
        refused(ask(api, talkers.doctor, message["id"]), 503, "AI_UNAVAILABLE")
