"""Seeded health data must not appear anywhere but in the answers to those who may see it.

Everything is looked at as it is stored or sent: every document of the database, every log line, every task, every
e-mail, every push notification and text message, every link to a file, every error body.
"""

import json
import logging
import sqlite3
from urllib.parse import unquote

import pytest

from localcloud.gemini.voice import speak
from shared import clients
from shared.config import settings
from shared.context import Context, Trail
from shared.events import NotificationType
from shared.files import FileRecord, signed_link
from shared.logs import ALLOWED, JsonFormatter
from tests.client import refused
from tests.conftest import eventually
from tests.functions.appointments.conftest import open_practice
from tests.functions.files.samples import pdf
from tests.functions.notes.conftest import SOAP
from tests.functions.notifications.notices import asked, deliver, with_device, with_phone
from tests.realtime.conftest import SETTINGS
from tests.realtime.sockets import Ws, signed_in
from tests.world import PASSWORD

CANARY = "Zyxqvarnish"
#: Field values no other test uses; each holds the canary or is one.
NAME = f"{CANARY} Quillfeather"
BORN = "1931-02-27"
PHONE = "+15550198273"
EMAIL = f"{CANARY.lower()}@example.org"
SECRETS = (CANARY, CANARY.lower(), BORN, PHONE, PHONE[1:], "73.25", "Quillfeather")


@pytest.fixture(scope="module")
def lines(cloud):
    """Every log line written while this module's tests run, as it is written."""
    found: list[str] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            found.append(JsonFormatter().format(record))

    handler = Keep()
    logging.getLogger().addHandler(handler)
    before = logging.getLogger("consentmd").level
    logging.getLogger("consentmd").setLevel(logging.DEBUG)
    yield found
    logging.getLogger("consentmd").setLevel(before)
    logging.getLogger().removeHandler(handler)


@pytest.fixture(scope="module")
def visit(api, cloud, world, lines):
    """A patient, a chart and refusals, with the canary in every field that takes text. Returns the error bodies."""
    doctor = world.doctor()
    as_doctor = api.as_(doctor)
    patient = world.register(
        "Patient", name=NAME, email=EMAIL, dateOfBirth=BORN, phoneNumber=PHONE, address=f"1 {CANARY} Way"
    )
    at = f"/patients/{patient.patient_id}"
    world.join_care_team(patient.patient_id, doctor, by=patient)
    as_doctor.post(f"{at}/diagnoses", {"diagnosis": f"{CANARY} syndrome"})
    as_doctor.post(f"{at}/medications", {"name": f"{CANARY}ine", "dosage": f"{CANARY} mg", "frequency": CANARY})
    as_doctor.post(f"{at}/allergies", {"allergy": f"{CANARY} nuts", "reactionDescription": CANARY})
    as_doctor.post(f"{at}/vitals", {"weight": 73.25, "notes": CANARY}, headers={"Idempotency-Key": f"{CANARY}-key"})
    as_doctor.put(at, {"address": f"2 {CANARY} Way", "emergencyContact": CANARY, "emergencyContactPhone": PHONE})
    as_doctor.post(f"{at}/family-grants", {"userId": world.family().id, "scopes": ["health_record"]})
    said = as_doctor.post("/messages", {"receiverId": patient.id, "message": f"{CANARY} said"})
    as_doctor.put(f"/messages/{said['id']}", {"content": f"{CANARY} meant", "clientMessageId": CANARY})
    as_doctor.put(f"/messages/{said['id']}", {"content": f"{CANARY} meant"})
    team = {
        "type": "Care Team",
        "name": f"Team {CANARY}",
        "patientId": patient.patient_id,
        "participantIds": [patient.id],
    }
    chat = as_doctor.post("/chats", team)["id"]
    as_doctor.post(f"/chats/{chat}/messages", {"content": f"{CANARY} again"})
    api.as_(patient).get(f"/chats/{chat}/messages?search={CANARY}")
    as_doctor.get(at)
    as_doctor.get(f"/patients?search={CANARY}")
    as_doctor.post("/patients/search", {"query": CANARY})
    bodies = [
        as_doctor.post(f"{at}/vitals", {"notes": CANARY, "systolicBp": CANARY}),
        as_doctor.post(f"{at}/allergies", {"allergy": CANARY, "severity": CANARY}),
        as_doctor.post("/patients", {"name": CANARY, "bloodType": CANARY}),
        as_doctor.post("/patients", {"dateOfBirth": CANARY, "phoneNumber": CANARY}),
        as_doctor.get(f"/patients/{CANARY}"),
        as_doctor.get(f"/patients?limit={CANARY}"),
        api.post("/auth/login", {"email": EMAIL, "password": CANARY}),
        api.post("/auth/register", {"email": EMAIL, "password": CANARY, "role": CANARY}),
        api.get("/users/me", token=CANARY),
        api.get(f"/no/such/{CANARY}?q={CANARY}"),
    ]
    told(api, cloud, world, doctor, patient)
    bodies += recorded(api, cloud, world, doctor, patient, chat)
    live(cloud, patient, doctor, chat)
    stranger = world.doctor()
    bodies.append(refused(api.as_(stranger).get(at), 404, "NOT_FOUND"))
    # What runs behind the requests has ended once the confirmation and welcome mails are there.
    cloud.wait_for_mail(EMAIL)
    return bodies


def told(api, cloud, world, doctor, patient) -> None:
    """Every type of notification about the patient, to a device and a telephone; and texts with the canary in them."""
    token, number = with_device(api, doctor), with_phone(cloud, doctor)
    for kind in NotificationType:
        request = asked(cloud, doctor.id, kind=kind, ref=("patients", patient.patient_id))
        deliver(api, cloud, request)
    eventually(lambda: len(cloud.sent("push", token)) == len(NotificationType), "every type is on the device")
    cloud.wait_for_sms(number)
    cloud.wait_for_mail(doctor.email, having="something new in your record")
    cloud.vendor("/twilio/_inbound", {"from": PHONE, "body": f"My {CANARY} is worse"})
    api.as_(doctor).post("/messaging/send-sms", {"recipientPhone": PHONE, "message": "It will pass"})
    cloud.wait_for_sms(PHONE)
    refusal = api.as_(doctor).post("/messaging/send-sms", {"recipientPhone": CANARY, "message": CANARY * 200})
    assert not holds_secret(str(refusal.error["details"]))


def recorded(api, cloud, world, doctor, patient, chat) -> list:
    """A file by a telling name, a voice message and its transcript, a note to its addendum, a visit and its reason."""
    as_doctor = api.as_(doctor)
    at = f"/chats/{chat}/messages"
    named = {"file": (f"{CANARY} letter.pdf", pdf(CANARY), "application/pdf")}
    file = as_doctor.call("POST", at, files=named, data={"content": f"{CANARY} enclosed"})
    assert file["fileName"] == f"{CANARY} letter.pdf", file
    spoken = {"audio": (f"{CANARY}.wav", speak([("patient", f"My {CANARY} hurts")]), "audio/wav")}
    voice = api.as_(patient).call("POST", at, files=spoken, data={"type": "voice"})
    told = eventually(lambda: as_doctor.get(f"/messages/{voice['id']}")["transcription"], "a transcript")
    assert holds_secret(told)
    eventually(lambda: as_doctor.get(f"/files/{file['fileId']}")["scanState"] == "clean", "a scan")
    as_doctor.get(f"/files/{file['fileId']}/download")
    note = as_doctor.post("/clinical-notes", {
        "patientId": patient.patient_id, "templateType": "soap", "sections": dict.fromkeys(SOAP, f"{CANARY} noted"),
        "visitReason": CANARY, "diagnoses": [f"{CANARY} syndrome"], "privateNotes": CANARY,
    })  # fmt: skip
    assert as_doctor.post(f"/clinical-notes/{note['id']}/sign", {"password": PASSWORD}).status == 200
    added = {"content": f"{CANARY} added", "password": PASSWORD}
    assert as_doctor.post(f"/clinical-notes/{note['id']}/addenda", added).status == 201
    practice = open_practice(world, doctor=doctor)
    visit = practice.booked(patient, reason=f"{CANARY} again and again", notes=f"{CANARY} brings the letter")
    gone = api.as_(patient).post(f"/appointments/{visit['id']}/cancel", {"reason": f"{CANARY} is over"})
    assert gone.status == 200, gone
    fake = {"file": (f"{CANARY}.pdf", f"{CANARY} is no PDF".encode(), "application/pdf")}
    wrong = {"patientId": patient.patient_id, "templateType": CANARY, "sections": CANARY}
    return [
        as_doctor.call("POST", at, files=fake),
        as_doctor.post("/clinical-notes", wrong),
        api.as_(patient).post("/appointments", practice.body(reason=CANARY, type=CANARY)),
        api.as_(patient).post(f"/appointments/{visit['id']}/cancel", {"reason": f"{CANARY} is over"}),
        as_doctor.get(f"/files/{CANARY}/download"),
    ]


def live(cloud, patient, doctor, chat) -> None:
    """The same over sockets: what is said, what is refused, and what is no frame at all."""
    gateway = cloud.start_realtime("canary", **SETTINGS)
    with signed_in(gateway, patient) as at_home, signed_in(gateway, doctor) as at_desk:
        assert at_home.ask("message:send", {"chatId": chat, "content": f"{CANARY} live"})["event"] == "ack"
        assert at_desk.until(f"{CANARY} live")
        assert at_home.ask("message:send", {"chatId": CANARY, "content": CANARY})["event"] == "error"
        assert at_home.ask(CANARY, {CANARY: CANARY})["event"] == "error"
        at_home.raw.send(CANARY)
        at_home.next("error")
    with Ws(gateway, token=CANARY) as nobody:
        nobody.closed()
    cloud.kill("canary")


def holds_secret(text: str) -> list[str]:
    return [secret for secret in SECRETS if secret in text]


def test_no_stored_document_holds_it(cloud, visit) -> None:
    seen = 0
    for collection in cloud.firestore.collections():
        for snapshot in collection.stream():
            seen += 1
            text = repr((snapshot.id, snapshot.to_dict()))
            assert not holds_secret(text), f"{collection.id} stores it in the clear: {sorted(snapshot.to_dict())}"
    assert seen > 20


def test_no_log_line_holds_it(lines, visit) -> None:
    assert len(lines) > 20
    for line in lines:
        assert not holds_secret(line), line


def test_no_task_holds_it(cloud, visit) -> None:
    files = list((cloud.data_dir / "tasks").rglob("*.sqlite3*"))
    assert files
    raw = b"".join(file.read_bytes() for file in files)
    assert not holds_secret(raw.decode("latin-1"))


def test_no_error_body_holds_it(visit) -> None:
    for answer in visit:
        assert answer.status >= 400
        # The path of a request is repeated to its sender; everything else must be ours.
        error = {**answer.error, "path": ""}
        assert not holds_secret(str(error)), answer


def test_no_e_mail_holds_it_but_in_its_address(cloud, visit) -> None:
    with sqlite3.connect(f"file:{next((cloud.data_dir / 'smtp').rglob('*.sqlite3'))}?mode=ro", uri=True) as box:
        sent = box.execute("SELECT subject, text, html, headers, links FROM messages").fetchall()
        read = "SELECT content FROM attachments"
        entries = eventually(lambda: box.execute(read).fetchall(), "calendar entries with the mails about the visit")
    assert sent
    for *said, headers, links in sent:
        # Whom it is for is in the head, and nowhere else.
        head = {name: value for name, value in json.loads(headers).items() if name != "To"}
        assert not holds_secret(" ".join([*said, repr(head), links]))
    for (entry,) in entries:
        assert not holds_secret(entry)


def test_no_link_to_a_file_holds_it(cloud, visit) -> None:
    """Neither the link nor the name of its object: both are logged on their way to whoever opens them."""
    unit = cloud.unit()
    ctx = Context(unit=unit, settings=settings(), trail=Trail("TEST"), request_id="x")
    stored = [snapshot.id for snapshot in cloud.firestore.collection("files").stream()]
    named = [record for record in unit.get_all(FileRecord, stored) if record and holds_secret(record.file_name)]
    assert {record.mime_type for record in named} == {"application/pdf", "audio/wav"}
    for record in named:
        assert not holds_secret(unquote(signed_link(ctx, record)))
        assert not holds_secret(record.object_name)


def test_no_object_of_the_store_is_called_so(api, world, visit) -> None:
    """Nor where a file is to be sent directly: paths and metadata of a store are logged, and listed by who runs it."""
    opened = api.as_(world.doctor()).post(
        "/files/uploads", {"fileName": f"{CANARY}.pdf", "mimeType": "application/pdf", "size": 1000}
    )
    assert opened.status == 201, opened
    assert not holds_secret(unquote(opened["uploadUrl"]))
    objects = list(clients.storage().bucket(settings().uploads_bucket).list_blobs())
    assert len(objects) >= 2
    for each in objects:
        assert not holds_secret(repr((each.name, each.metadata, each.content_disposition)))


def test_no_service_logs_it(cloud, visit) -> None:
    """The realtime gateway, and everything else that runs beside the functions."""
    written = cloud.log.read_text(errors="replace")
    assert '"logger": "consentmd.realtime"' in written
    for line in written.splitlines():
        assert not holds_secret(line), line


@pytest.mark.parametrize("channel", ["push", "sms"])
def test_nothing_a_vendor_was_sent_holds_it(cloud, visit, channel) -> None:
    """Push and SMS as the vendors have them. A text message knows its number; a reply of staff says what they wrote."""
    sent = cloud.sent(channel, None)
    assert len(sent) >= len({"push": NotificationType, "sms": "1"}[channel])
    for message in sent:
        said = repr({name: value for name, value in message.items() if name not in {"to", "from", "message"}})
        assert not holds_secret(said), message["subject"]
        if channel == "push":
            # All of it: title, body, data, and what is meant for the platforms.
            assert not holds_secret(repr(message["message"]))


def test_a_log_line_cannot_carry_what_is_not_listed() -> None:
    record = logging.LogRecord("consentmd.x", logging.INFO, "f", 1, "said", (), None)
    record.__dict__.update(patientName=NAME, requestId="r")
    line = JsonFormatter().format(record)
    assert "requestId" in line
    assert not holds_secret(line)
    assert not {"name", "email", "body", "path", "query", "token", "phone"} & ALLOWED
