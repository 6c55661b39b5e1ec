"""POST /messages/{messageId}/transcribe."""

import pytest

from localcloud.gemini.voice import silence, speak
from tests.client import refused
from tests.conftest import eventually
from tests.functions.chats.conftest import HIDDEN, NOWHERE
from tests.functions.chats.voices import LONG, SHORT, control, failing, voice_message
from tests.functions.files.samples import sound


@pytest.fixture(autouse=True)
def well():
    control("reset", {})
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
        from google.cloud.firestore_v1.base_query import FieldFilter

        about = FieldFilter("refId", "==", message["id"])
        rows = [n.to_dict() for n in cloud.firestore.collection("notifications").where(filter=about).get()]
        return [row for row in rows if row["userId"] == talkers.doctor.id]

    # One of the message itself, one of its transcript.
    eventually(lambda: len(told()) == 2, "a notification")


def test_a_model_that_will_not_answer(api, talkers) -> None:
    chat = talkers.care_team()
    message = voice_message(api, talkers.patient, chat)
    failing("safety", 4)
    refused(ask(api, talkers.doctor, message["id"]), 502, "AI_REFUSED")
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
