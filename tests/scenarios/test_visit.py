"""A visit, from the chat before it and the recorded call to the signed note in the patient's hands.

Twice: as it should go, and with the vendor failing once at each step, where nothing is lost, done twice, or half done.
"""

import io
from collections.abc import Iterator

import docx
import pytest
from pypdf import PdfReader

from shared.calls.documents import Call
from tests.client import refused
from tests.conftest import eventually
from tests.functions.calls.conftest import Callers
from tests.functions.scribe.conftest import VISIT, Gemini, gemini  # noqa: F401 - fixture
from tests.world import PASSWORD

SPEAKERS = {"D": "clinician", "P": "patient"}
#: What is said on the call: the visit of the scribe's tests, spoken.
SAID = [(SPEAKERS[who], text) for who, text in VISIT]


@pytest.fixture(scope="module")
def people(api, cloud, world) -> Callers:
    patient, doctor, nurse = world.patient(name="Pat Visit"), world.doctor(name="Dora Visit"), world.nurse()
    for member in (doctor, nurse):
        world.join_care_team(patient.patient_id, member, by=patient)
    # What is generated here is asked for.
    assert api.as_(doctor).put("/users/me/preferences", {"autoScribe": False}).status == 200
    return Callers(api, cloud, patient, doctor, nurse, world.doctor(), world.admin)


@pytest.fixture
def chat(api, people) -> Iterator[str]:
    """The chat of the two, in which the visit is arranged."""
    made = api.as_(people.doctor).post("/chats", {"type": "Direct", "participantIds": [people.patient.id]})
    assert made.status in {200, 201}, made
    for who, text in ((people.patient, "My throat hurts, may we talk?"), (people.doctor, "Of course, I call you.")):
        assert api.as_(who).post(f"/chats/{made['id']}/messages", {"content": text}).status == 201
    return made["id"]


def test_as_it_should_go(api, people, chat, gemini: Gemini) -> None:  # noqa: F811 - fixture
    call = people.talk(consent=True)
    people.recorded(call, SAID)
    transcript = people.post(people.doctor, call, "transcribe")
    assert all(text in transcript["transcription"] for _, text in SAID)
    assert logged(api, people, chat, call)["type"] == "call_log"

    # One sentence comes back wrong, and is kept out.
    gemini.lie("dose")
    note = generated(api, people, call)
    gemini.reset()
    assert note["sentences"]
    for sentence in note["sentences"]:
        assert {c["kind"] for c in sentence["citations"]} == {"transcript"}, sentence
    wrong = next(s for s in note["suggestions"] if s["flags"])
    right = next(s for s in note["suggestions"] if not s["flags"])
    decide = f"/clinical-notes/{note['id']}/accept-suggestion"
    refused(api.as_(people.doctor).post(f"{decide}/{wrong['id']}"), 422, "SUGGESTION_NOT_SUPPORTED")
    accepted = api.as_(people.doctor).post(f"{decide}/{right['id']}")
    assert right["text"] in accepted["updatedContent"]
    read = signed_and_handed_out(api, people, note["id"])
    assert wrong["text"] not in repr(read["sections"])


def test_with_the_vendor_failing_at_every_step(api, people, chat, gemini: Gemini) -> None:  # noqa: F811 - fixture
    # No room: nobody's telephone rings.
    people.failing("503")
    calling = {"recipientId": people.patient.id}
    before = people.rooms()
    refused(api.as_(people.doctor).post("/calls/initiate", calling), 503, "CALLS_UNAVAILABLE")
    assert len(people.rooms()) == len(before)
    call = people.talk(consent=True)
    room = people.stored(call).room_id
    people.hear(call, SAID)

    # Recording is not begun at first, its content not had at first; both are tried again by themselves.
    people.failing("500", on=room)
    made = people.post(people.doctor, call, "record", {"action": "start"})["recordingId"]
    people.until(made, "recording")
    people.failing("503", on="media")
    people.failing("429", on=room)
    people.post(people.doctor, call, "record", {"action": "stop"})
    people.until(made, "stored")

    # The room is not closed at first, the model does not hear at first.
    people.failing("503", on=room)
    gemini.fail("503", 4)
    people.post(people.doctor, call, "end")
    (message,) = eventually(lambda: messages(api, people, chat, call), "the message of the call")
    assert message["content"].startswith("Video call")
    eventually(lambda: people.post(people.doctor, call, "transcribe", status=200), "the text of the call")
    assert len(messages(api, people, chat, call)) == 1

    # No note at first, and then one.
    gemini.fail("blocked")
    asked = {"callId": call, "templateType": "soap"}
    refused(api.as_(people.doctor).post("/scribe/generate-note", asked), 502, "AI_REFUSED")
    drafts = api.as_(people.doctor).get(f"/patients/{people.patient.patient_id}/clinical-notes")["data"]
    assert [n for n in drafts if n.get("callId") == call] == []
    note = generated(api, people, call)["id"]

    # No suggestions and no summary at first, and then both, each once.
    wanted = {"noteId": note, "section": "plan"}
    for path, body in (("/scribe/generate-suggestions", wanted), ("/scribe/summarize-call", {"callId": call})):
        gemini.fail("blocked")
        refused(api.as_(people.doctor).post(path, body), 502, "AI_REFUSED")
        made = api.as_(people.doctor).post(path, body)
        assert made.status == 200, made
    assert made["summary"]
    ledger = api.as_(people.doctor).get(f"/clinical-notes/{note}/generations", params={"limit": 20})["data"]
    assert [(g["kind"], g["outcome"]) for g in ledger] == [
        ("suggestions", "done"), ("suggestions", "failed"), ("note", "done"),
    ]  # fmt: skip
    signed_and_handed_out(api, people, note)
    assert stored_state(people, call) == "ended"


def stored_state(people: Callers, call: str) -> str:
    found: Call = people.stored(call)
    return found.state


def generated(api, people: Callers, call: str):
    answer = api.as_(people.doctor).post("/scribe/generate-note", {"callId": call, "templateType": "soap"})
    assert answer.status == 200, answer
    return answer.json


def messages(api, people: Callers, chat: str, call: str) -> list:
    found = api.as_(people.patient).get(f"/chats/{chat}/messages")["data"]
    return [m for m in found if m["callId"] == call]


def logged(api, people: Callers, chat: str, call: str):
    (message,) = eventually(lambda: messages(api, people, chat, call), "the message of the call")
    return message


def signed_and_handed_out(api, people: Callers, note: str):
    """Signed, added to, exported in three forms, and verified; the note as it is read then."""
    path, doctor = f"/clinical-notes/{note}", api.as_(people.doctor)
    for section in ("subjective", "objective", "assessment", "plan"):
        if not doctor.get(path)["sections"].get(section):
            assert doctor.put(path, {"sections": {section: "Not examined on the call."}}).status == 200
    signed = doctor.post(f"{path}/sign", {"password": PASSWORD})
    assert signed.status == 200, signed
    added = doctor.post(f"{path}/addenda", {"content": "The culture was negative.", "password": PASSWORD})
    assert added.status == 201, added
    refused(doctor.put(path, {"sections": {"plan": "Something else."}}), 409, "NOTE_SIGNED")
    read = doctor.get(path)
    for kind, text in (("pdf", pdf_text), ("docx", docx_text), ("txt", bytes.decode)):
        made = doctor.post(f"{path}/export", params={"format": kind})
        assert made.status == 200, made
        assert "culture was negative" in " ".join(text(made.response.content).split())
    assert doctor.get(f"{path}/verify")["valid"] is True
    return read


def pdf_text(content: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)


def docx_text(content: bytes) -> str:
    document = docx.Document(io.BytesIO(content))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join([*cells, *(p.text for p in document.paragraphs)])
