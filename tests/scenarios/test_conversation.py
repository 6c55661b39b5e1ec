"""A conversation about a patient on every channel there is, by the clients that apps would use.

Two clinicians, the patient and a relative: over HTTP, WebSocket and Socket.IO, by SMS, push and e-mail. It is one
story: each step stands on those before it.
"""

import uuid
from typing import Any

import pytest

from localcloud.gemini.voice import speak
from tests.client import refused
from tests.conftest import eventually
from tests.functions.files.samples import pdf
from tests.functions.notifications.notices import phone, with_device
from tests.realtime.conftest import SETTINGS
from tests.realtime.sockets import Ws, signed_in
from tests.scenarios.sio import Sio

#: What no push, e-mail or text notification may say.
SECRETS = ("Tolmerine", "Scenaria", "letter.pdf")
SPOKEN = (("patient", "The Tolmerine makes me dizzy in the morning."),)


@pytest.fixture(scope="module")
def gateway(cloud: Any) -> str:
    return cloud.start_realtime("scenario", **SETTINGS)


def contents(socket: Ws, chat: str, event: str = "message:received") -> list[str]:
    """What a socket has been told was said in a chat, in the order it was told."""
    told = [f["data"] for f in socket.frames if f["event"] == event]
    return [m["content"] for m in told if m["chatId"] == chat and m["type"] == "text"]


def test_a_conversation(api: Any, cloud: Any, world: Any, gateway: str) -> None:
    # A practice: a patient with an account and a telephone, their doctor and nurse, and a relative who may read along.
    number = phone()
    patient = world.patient(name="Pia Scenaria", phoneNumber=number)
    doctor, nurse, family = world.doctor(name="Dora Doctor"), world.nurse(name="Nils Nurse"), world.family()
    for member in (doctor, nurse):
        world.join_care_team(patient.patient_id, member, by=patient)
    world.grant_family(patient.patient_id, family, by=patient, scopes=["messages"])
    device = with_device(api, patient)
    as_doctor, as_nurse, as_patient, as_family = (api.as_(a) for a in (doctor, nurse, patient, family))
    opened = as_doctor.post("/chats", {
        "type": "Family Update", "name": "About Scenaria", "patientId": patient.patient_id,
        "participantIds": [nurse.id, patient.id, family.id],
    })  # fmt: skip
    assert opened.status == 201, opened
    chat = opened["id"]
    at = f"/chats/{chat}/messages"

    with (
        signed_in(gateway, doctor) as at_desk,
        Sio(gateway, nurse.token) as at_ward,
        signed_in(gateway, patient) as at_home,
        signed_in(gateway, family) as far_away,
    ):
        # Text, by HTTP, WebSocket and Socket.IO; everybody hears everything, whatever they speak.
        assert as_doctor.post(at, {"content": "Has the Tolmerine helped?"}).status == 201
        assert at_home.ask("message:send", {"chatId": chat, "content": "A little"})["event"] == "ack"
        assert at_ward.call("send-message", {"chatId": chat, "content": "Take it with water", "type": "text"})
        said = {"Has the Tolmerine helped?", "A little", "Take it with water"}
        for socket in (at_desk, at_home, far_away):
            eventually_told(socket, chat, said)
        for text in said:
            at_ward.next("message-received", lambda m, text=text: m["content"] == text)

        # A voice message: its transcript comes by itself, once the recording is clean.
        audio = {"audio": ("voice.wav", speak(SPOKEN), "audio/wav")}
        voice = as_patient.call("POST", at, files=audio, data={"type": "voice"})
        assert (voice.status, voice["transcriptState"]) == (201, "queued"), voice
        heard = at_desk.next(lambda f: f["event"] == "message:updated" and f["data"]["id"] == voice["id"])["data"]
        assert (heard["transcriptState"], heard["transcription"]) == ("done", SPOKEN[0][1])
        assert at_ward.next("message-updated", lambda m: m["id"] == voice["id"])["transcription"] == SPOKEN[0][1]

        # A file: closed until it was scanned; then anybody in the chat gets the part they ask for.
        letter = pdf("Scenaria, Pia")
        sent = as_nurse.call("POST", at, files={"file": ("letter.pdf", letter, "application/pdf")})
        assert (sent.status, sent["type"], sent["fileName"]) == (201, "file", "letter.pdf"), sent
        file = f"/files/{sent['fileId']}"
        eventually(lambda: as_family.get(file)["scanState"] == "clean", "the scan of the letter")
        part = as_family.get(f"{file}/download", headers={"Range": "bytes=0-7"})
        assert (part.status, part.response.content) == (206, letter[:8])
        assert part.headers["Content-Range"] == f"bytes 0-7/{len(letter)}"
        assert as_patient.get(f"{file}/download").response.content == letter

        # The patient's connection breaks while the others go on.
        at_home.ask("ping")
        place, known = at_home.cursor, {f["id"] for f in at_home.frames if "id" in f}
        at_home.raw.close()
        missed = [f"While you were away {n} {uuid.uuid4().hex[:6]}" for n in range(4)]
        for author, text in zip((as_doctor, as_nurse, as_doctor, as_nurse), missed, strict=True):
            assert author.post(at, {"content": text}).status == 201
        eventually_told(far_away, chat, set(missed))

        # The relative is taken out: thread, file and live events end at once, also what was theirs to see before.
        earlier = far_away.cursor
        assert as_doctor.delete(f"/chats/{chat}/participants/{family.id}").status == 204
        private = f"Not for the family {uuid.uuid4().hex[:6]}"
        assert as_doctor.post(at, {"content": private}).status == 201
        eventually_told(at_desk, chat, {private})
        assert far_away.next("chat:left")["data"] == {"chatId": chat, "userId": family.id}
        for path in (f"/chats/{chat}", at, f"/messages/{sent['id']}", file, f"{file}/download"):
            refused(as_family.get(path), 404, "NOT_FOUND")
        assert chat not in [row["id"] for row in as_family.get("/chats")["data"]]
        refused(as_family.post(at, {"content": "May I?"}), 404, "NOT_FOUND")
        assert far_away.ask("message:send", {"chatId": chat, "content": "May I?"})["data"]["code"] == "NOT_FOUND"
        assert private not in str(far_away.frames)
        with signed_in(gateway, family, since=earlier) as back:
            back.next("replayed")
            assert chat not in [f["data"]["chatId"] for f in back.frames if f["event"] == "message:received"]

        # The patient comes back with the place they had: what they missed, once, in order, and nothing they had.
        with signed_in(gateway, patient, since=place) as back:
            back.next("replayed")
            assert contents(back, chat) == [*missed, private]
            assert not known & {f["id"] for f in back.frames if "id" in f}
            assert len({f["id"] for f in back.frames if "id" in f}) == sum("id" in f for f in back.frames)
            # And goes on live from there.
            assert as_doctor.post(at, {"content": "Welcome back"}).status == 201
            eventually_told(back, chat, {"Welcome back"})
            assert contents(back, chat) == [*missed, private, "Welcome back"]

        # SMS: what the patient texts opens the chat of their number, live; what is answered there goes out to it.
        cloud.vendor("/twilio/_inbound", {"from": number, "body": "No signal, but Tolmerine is fine"})
        came = at_desk.next(lambda f: f["event"] == "message:received" and f["data"]["chatId"] != chat)["data"]
        assert came["content"] == "No signal, but Tolmerine is fine"
        texts = came["chatId"]
        assert came["senderId"] is None
        refused(as_patient.get(f"/chats/{texts}"), 404, "NOT_FOUND")
        answer = as_nurse.post(f"/chats/{texts}/messages", {"content": "Good to hear"})
        assert answer.status == 201, answer
        assert cloud.wait_for_sms(number, "Good to hear")["to"] == [number]

        def log() -> list[tuple[str, str, str]]:
            rows = as_doctor.get("/messaging/sms-logs", params={"phone": number})["data"]
            return [(row["direction"], row["message"], row["status"]) for row in rows]

        wanted = [
            ("outbound", "Good to hear", "delivered"),
            ("inbound", "No signal, but Tolmerine is fine", "received"),
        ]
        eventually(lambda: log() == wanted, "both texts in the log, one delivered")

    # Beside all this, each was told by push and e-mail that there was something; never what.
    pushed = eventually(lambda: cloud.sent("push", device), "a push notification")
    assert {p["title"] for p in map(wording, pushed)} == {"New message"}
    mails = cloud.wait_for_mail(doctor.email, having="new message")
    for told in (*pushed, *mails):
        assert not [secret for secret in SECRETS if secret in str(told)]


def wording(push: dict[str, Any]) -> dict[str, str]:
    """Title and body of a push notification as FCM had it."""
    return push["message"]["notification"]


def eventually_told(socket: Ws, chat: str, texts: set[str]) -> None:
    """Wait until a socket has been told of these messages of a chat."""
    while not texts <= set(contents(socket, chat)):
        socket.receive()
