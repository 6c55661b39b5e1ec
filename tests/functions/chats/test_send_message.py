"""POST /chats/{chatId}/messages."""

import pytest

from tests.client import refused
from tests.configured import configured
from tests.functions.chats.conftest import HIDDEN
from tests.functions.patients.conftest import sent_to
from tests.functions.users.pictures import PNG


def test_a_message_is_sealed_told_and_costs_two_trips(api, talkers, cloud) -> None:
    said = api.as_(talkers.doctor).post(f"/chats/{talkers.team}/messages", {"content": "Zebrafinch", "type": "text"})
    assert (said.status, said.trips, said["isRead"]) == (201, 2, True)
    assert (said["content"], said["message"], said["type"]) == ("Zebrafinch", "Zebrafinch", "text")
    assert said["sender"] == {"id": talkers.doctor.id, "name": "Dr Talker", "role": "Doctor"}
    assert "Zebrafinch" not in repr(cloud.firestore.collection("messages").document(said["id"]).get().to_dict())
    for who in (talkers.doctor, talkers.nurse, talkers.patient):
        events = [e for e in sent_to(cloud, "events", who) if e.get("ids").get("messageId") == said["id"]]
        assert [e.get("event") for e in events] == ["message:received"]
        notified = [r for r in sent_to(cloud, "notificationRequests", who) if r.get("refId") == said["id"]]
        assert len(notified) == (0 if who is talkers.doctor else 1)
    assert api.as_(talkers.nurse).get(f"/messages/{said['id']}")["isRead"] is False


def test_sent_again_it_is_the_same_message(api, talkers) -> None:
    body = {"content": "once", "clientMessageId": "app-1"}
    path = f"/chats/{talkers.team}/messages"
    first = api.as_(talkers.doctor).post(path, body)
    again = api.as_(talkers.doctor).post(path, body)
    assert (first.trips, again.status, again["id"]) == (2, 201, first["id"])
    assert again["clientMessageId"] == "app-1"
    # Somebody else's app counts for itself, and so does another chat.
    assert api.as_(talkers.nurse).post(path, body)["id"] != first["id"]
    refused(api.as_(talkers.doctor).post(path, body | {"content": "twice"}), 422, "CLIENT_MESSAGE_ID_REUSED")
    key = {"Idempotency-Key": "chat-key-1"}
    one = api.as_(talkers.doctor).post(path, {"content": "keyed"}, headers=key)
    two = api.as_(talkers.doctor).post(path, {"content": "keyed"}, headers=key)
    assert (one.json, two.headers["Idempotency-Replayed"]) == (two.json, "true")
    assert talkers.texts(talkers.doctor, talkers.team)[:3] == ["keyed", "once", "once"]


def test_a_picture_and_a_document(api, talkers) -> None:
    path = f"/chats/{talkers.team}/messages"
    form = {"type": "image", "fileName": "rash.png", "content": "since Monday"}
    sent = api.as_(talkers.patient).post(path, files={"file": ("x.png", PNG, "text/plain")}, data=form)
    assert (sent.status, sent["type"], sent["fileName"]) == (201, "image", "rash.png")
    assert sent.trips <= 3
    assert (sent["mimeType"], sent["content"]) == ("image/png", "since Monday")
    assert sent["fileSize"] > 0
    pdf = api.as_(talkers.patient).post(
        path, files={"file": ("a.pdf", b"%PDF-1.7\n" + bytes(100), "")}, data={"type": "file"}
    )
    assert (pdf.status, pdf["type"], pdf["mimeType"]) == (201, "file", "application/pdf")
    assert pdf["fileId"] in pdf["fileUrl"]


def test_a_voice_message(api, talkers) -> None:
    import io
    import wave

    sound = io.BytesIO()
    with wave.open(sound, "wb") as wav:
        wav.setnchannels(1)
        wav.setsampwidth(2)
        wav.setframerate(8000)
        wav.writeframes(bytes(16000 * 2))
    path = f"/chats/{talkers.team}/messages"
    sent = api.as_(talkers.patient).post(
        path, files={"audio": ("v.wav", sound.getvalue(), "audio/wav")}, data={"type": "voice", "duration": "30s"}
    )
    assert (sent.status, sent["type"]) == (201, "voice")
    # What the recording says counts, not what the app says.
    assert (sent["voiceDuration"], sent["durationSeconds"]) == ("2s", 2.0)
    assert sent.trips <= 3
    # It is written down by itself.
    assert (sent["transcriptState"], sent["isTranscribing"], sent["transcription"]) == ("queued", True, None)


def test_what_is_not_accepted(api, talkers) -> None:
    path, patient = f"/chats/{talkers.team}/messages", api.as_(talkers.patient)
    html = {"file": ("a.pdf", b"<html></html>", "application/pdf")}
    refused(patient.post(path, files=html, data={"type": "file"}), 422, "FILE_NOT_ACCEPTED")
    refused(patient.post(path, files={"file": ("a.png", PNG)}, data={"type": "voice"}), 422, "FILE_NOT_ACCEPTED")
    refused(patient.post(path, files={"file": ("a.png", PNG)}, data={"type": "system"}), 400, "VALIDATION_ERROR")
    refused(patient.post(path, files={"file": ("a.png", PNG)}, data={"nosuch": "1"}), 400, "VALIDATION_ERROR")
    with configured(STORAGE_EMULATOR_HOST="http://127.0.0.1:9", STORAGE_TIMEOUT_SECONDS="0.5"):
        answer = patient.post(path, files={"file": ("a.png", PNG)}, data={"type": "image"})
        refused(answer, 503, "STORAGE_UNAVAILABLE")


def test_uploads_are_limited_and_text_is_not(api, talkers) -> None:
    path, nurse = f"/chats/{talkers.team}/messages", api.as_(talkers.nurse)
    with configured(RATE_LIMIT_UPLOADS_PER_MINUTE="1"):
        assert nurse.post(path, files={"file": ("a.png", PNG)}, data={"type": "image"}).status == 201
        refused(nurse.post(path, files={"file": ("a.png", PNG)}, data={"type": "image"}), 429, "RATE_LIMITED")
        assert nurse.post(path, {"content": "still talking"}).status == 201


def test_a_file_that_was_uploaded_before(api, talkers) -> None:
    uploaded = api.as_(talkers.patient).post("/files/upload/chat-files", files={"file": ("a.png", PNG)})
    path = f"/chats/{talkers.team}/messages"
    body = {"fileId": uploaded["id"], "content": "here"}
    refused(api.as_(talkers.nurse).post(path, body), *HIDDEN)
    sent = api.as_(talkers.patient).post(path, body)
    assert (sent.status, sent["type"], sent["fileId"]) == (201, "image", uploaded["id"])
    refused(api.as_(talkers.patient).post(path, body | {"type": "voice"}), 400, "VALIDATION_ERROR")


@pytest.mark.parametrize(
    "body",
    [{}, {"content": ""}, {"content": "x", "type": "system"}, {"content": "x", "type": "call_log"}, {"type": "image"},
     {"content": "x", "type": "voice"}, {"content": "x" * 10_001}, {"content": "x", "clientMessageId": "a b"}],
)  # fmt: skip
def test_what_is_no_message(api, talkers, body) -> None:
    refused(api.as_(talkers.doctor).post(f"/chats/{talkers.team}/messages", body), 400, "VALIDATION_ERROR")


def test_an_empty_body(api, talkers) -> None:
    refused(api.as_(talkers.doctor).post(f"/chats/{talkers.team}/messages"), 400, "VALIDATION_ERROR")


def test_only_its_administrators_write_in_a_broadcast(api, talkers) -> None:
    chat = talkers.chat(talkers.doctor, type="Broadcast", name="Hours", participantIds=[talkers.patient.id])
    talkers.say(talkers.doctor, chat, "closed on Monday")
    assert talkers.texts(talkers.patient, chat) == ["closed on Monday"]
    refused(api.as_(talkers.patient).post(f"/chats/{chat}/messages", {"content": "ok"}), 403, "POSTING_NOT_ALLOWED")


def test_nobody_is_left(api, talkers) -> None:
    chat = talkers.chat(talkers.doctor, type="Internal Staff", name="Alone")
    refused(api.as_(talkers.doctor).post(f"/chats/{chat}/messages", {"content": "?"}), 409, "CHAT_CLOSED")


def test_what_is_written_in_an_sms_chat_goes_out(api, talkers, cloud) -> None:
    from shared.messaging.documents import OptOut, SmsMessage
    from shared.messaging.sms import opt_out_id

    number = "+13125550188"
    chat = talkers.chat(talkers.doctor, type="SMS", phoneNumber=number, patientId=talkers.patient.patient_id)
    path, body = f"/chats/{chat}/messages", {"content": "Please call us.", "clientMessageId": "sms-1"}
    sent = api.as_(talkers.doctor).post(path, body)
    assert sent.status == 201
    assert api.as_(talkers.doctor).post(path, body)["id"] == sent["id"]
    from shared.chats.sending import sms_id

    queued = cloud.unit().get(SmsMessage, sms_id(sent["id"]))
    assert (queued.number, queued.text, queued.chat_id) == (number, "Please call us.", chat)
    refused(api.as_(talkers.doctor).post(path, files={"file": ("a.png", PNG)}), 400, "VALIDATION_ERROR")
    unit = cloud.unit()
    unit.put(OptOut(id=opt_out_id(_ctx(unit), number), number=number, opted_out=True, keyword="STOP", at=unit.now))
    unit.commit()
    refused(api.as_(talkers.doctor).post(path, {"content": "again"}), 422, "RECIPIENT_OPTED_OUT")


def _ctx(unit):
    from shared.config import settings
    from shared.context import Context, Trail

    return Context(unit=unit, settings=settings(), trail=Trail("TEST"), request_id="test")


def test_nobody_else(api, talkers) -> None:
    for who in ("stranger", "family", "other_patient"):
        answer = api.as_(getattr(talkers, who)).post(f"/chats/{talkers.team}/messages", {"content": "x"})
        refused(answer, *HIDDEN)
