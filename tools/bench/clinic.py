"""What endpoints of files, notes, calls, providers and appointments need for a request that succeeds."""

import base64
import itertools
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from shared.users.documents import Role
from tools.bench.call import PNG, Call
from tools.bench.world import PASSWORD, Account
from tools.demo.providers import hours, profile

if TYPE_CHECKING:
    from tools.bench.requests import Requests

Maker = Callable[["Requests", Call], None]
_NUMBERS = itertools.count()
#: Days ahead in which slots are looked for: Monday to Friday are worked.
_FIRST_DAY, _DAYS = 4, 150
_PATIENCE_SECONDS = 20.0


class PrepareError(Exception):
    """What a request needs could not be made."""


def ask(self: "Requests", who: Account, method: str, path: str, body: Any = None) -> dict[str, Any]:
    """Ask the API as somebody; its answer. Raises `PrepareError`."""
    answer = self.http.request(method, path, json=body, headers={"Authorization": f"Bearer {who.token}"})
    if answer.status_code >= 400:
        raise PrepareError(f"{method} {path}: {answer.status_code} {answer.text[:300]}")
    found = answer.json() if answer.content else {}
    return found if isinstance(found, dict) else {"rows": found}


def _by(call: Call, who: Account) -> None:
    call.headers["Authorization"] = f"Bearer {who.token}"


def _at(path: str, prepare: Callable[["Requests", Call], str]) -> Maker:
    """The call goes to `path` with the id that `prepare` makes for `{id}`."""

    def made(self: "Requests", call: Call) -> None:
        call.path = path.replace("{id}", prepare(self, call))

    return made


# Files


def _file(self: "Requests", call: Call) -> str:
    del call
    body = {"base64Data": base64.b64encode(PNG).decode(), "fileName": "picture.png"}
    return str(ask(self, self.world.doctor, "POST", "/files/upload/chat-files", body)["id"])


def _scanned(self: "Requests", call: Call) -> str:
    """A file that the scanner has been through: a worker, so not at once."""
    file_id = _file(self, call)
    ends = time.monotonic() + _PATIENCE_SECONDS
    while ask(self, self.world.doctor, "GET", f"/files/{file_id}").get("scanState") == "pending":
        if time.monotonic() > ends:
            raise PrepareError("a file was not scanned")
        time.sleep(0.05)
    return file_id


def _upload(self: "Requests", call: Call) -> None:
    call.path = "/files/upload/chat-files"
    call.json = {"base64Data": base64.b64encode(PNG).decode(), "fileName": f"picture{next(_NUMBERS)}.png"}
    _by(call, self.world.doctor)


def _uploaded(self: "Requests", call: Call) -> str:
    del call
    about = {"fileName": "picture.png", "mimeType": "image/png", "size": len(PNG)}
    made = ask(self, self.world.doctor, "POST", "/files/uploads", about)
    self.http.put(made["uploadUrl"], content=PNG, headers={"Content-Type": "image/png"})
    return str(made["uploadId"])


# Notes


def _note(self: "Requests", call: Call) -> dict[str, Any]:
    body = {
        "patientId": self.world.patient_id,
        "templateType": "soap",
        "sections": {
            "subjective": "Takes the tablets every morning.",
            "objective": "BP 138/84 mmHg.",
            "assessment": "Blood pressure improved.",
            "plan": "Continue the current dose.",
        },
    }
    _by(call, self.world.doctor)
    return ask(self, self.world.doctor, "POST", "/clinical-notes", body)


def _sign(self: "Requests", call: Call) -> tuple[str, str]:
    """A signed note, and the code on its copies."""
    note = _note(self, call)
    known = {"password": PASSWORD, "version": note["version"]}
    made = ask(self, self.world.doctor, "POST", f"/clinical-notes/{note['id']}/sign", known)
    return str(note["id"]), str(made["verificationCode"])


def _draft(self: "Requests", call: Call) -> str:
    return str(_note(self, call)["id"])


def _signed(self: "Requests", call: Call) -> str:
    return _sign(self, call)[0]


def _create_note(self: "Requests", call: Call) -> None:
    call.json = {"patientId": self.world.patient_id, "templateType": "soap", "sections": {"plan": "Recheck in May."}}


def _update_note(self: "Requests", call: Call) -> None:
    note = _note(self, call)
    call.path = f"/clinical-notes/{note['id']}"
    call.json = {"sections": {"plan": "Recheck in three months."}, "version": note["version"]}


def _sign_note(self: "Requests", call: Call) -> None:
    note = _note(self, call)
    call.path = f"/clinical-notes/{note['id']}/sign"
    call.json = {"password": PASSWORD, "version": note["version"]}


def _add_addendum(self: "Requests", call: Call) -> None:
    call.path = f"/clinical-notes/{_signed(self, call)}/addenda"
    call.json = {"content": "Laboratory results arrived: HbA1c 6.8 %.", "password": PASSWORD}


def _copied(self: "Requests", call: Call) -> None:
    call.path = f"/verify-note/{_sign(self, call)[1]}"
    call.headers.clear()


# Calls


def _ringing(
    self: "Requests", call: Call, *, answered: bool = False, by_callee: bool = False, consented: bool = False
) -> str:
    """A call of the doctor to a nurse who gets no other."""
    nurse = self.world.account(Role.NURSE)
    body = {"callType": "video", "recipientId": nurse.id}
    made = ask(self, self.world.doctor, "POST", "/calls/initiate", body)
    call_id = str(made.get("callId") or made["id"])
    if answered:
        ask(self, nurse, "POST", f"/calls/{call_id}/answer")
    for who in (nurse, self.world.doctor) if consented else ():
        ask(self, who, "POST", f"/calls/{call_id}/consent", {"recording": True, "scribe": True})
    _by(call, nurse if by_callee else self.world.doctor)
    return call_id


def _to_me(self: "Requests", call: Call) -> str:
    return _ringing(self, call, by_callee=True)


def _under_way(self: "Requests", call: Call) -> str:
    return _ringing(self, call, answered=True)


def _consented(self: "Requests", call: Call) -> str:
    return _ringing(self, call, answered=True, consented=True)


def _initiate(self: "Requests", call: Call) -> None:
    call.json = {"callType": "video", "recipientId": self.world.account(Role.NURSE).id}


def _meeting(self: "Requests", call: Call) -> None:
    call.json = {"participantIds": [self.world.account(Role.NURSE).id]}


def _meeting_status(self: "Requests", call: Call) -> None:
    body = {"participantIds": [self.world.account(Role.NURSE).id]}
    made = ask(self, self.world.doctor, "POST", "/meetings/create", body)
    call.path = f"/meetings/{made.get('callId') or made.get('meetingId') or made['id']}/status"


# Providers and appointments


def _practice(self: "Requests") -> Account:
    """A doctor with a profile and hours, whom nothing else touches."""
    doctor = self.world.account(Role.DOCTOR)
    number = next(_NUMBERS) % 900
    ask(self, doctor, "PUT", "/providers/me", profile(0, "cardiology") | {"npi": profile(number, "cardiology")["npi"]})
    ask(self, doctor, "PUT", f"/providers/{doctor.id}/availability", hours(0))
    return doctor


def _booked_with(self: "Requests") -> Account:
    """The doctor that appointments of this world are made with."""
    if self.world.provider is None:
        self.world.provider = _practice(self)
    return self.world.provider


def _slot(self: "Requests", after: int = _FIRST_DAY) -> dict[str, str]:
    """A free slot."""
    provider = _booked_with(self)
    for days in range(after, after + _DAYS):
        day = (datetime.now(UTC).date() + timedelta(days=days)).isoformat()
        found = ask(self, self.world.patient, "GET", f"/providers/{provider.id}/available-slots?date={day}")["slots"]
        if found:
            return {"providerId": provider.id, "date": day, "time": found[0]}
    raise PrepareError("no slot is free")


def _booking(self: "Requests") -> dict[str, Any]:
    return _slot(self) | {"type": "routine_checkup", "reason": "Annual physical examination"}


def _appointment(self: "Requests", call: Call) -> str:
    """One of the patient's own."""
    _by(call, self.world.patient)
    return str(ask(self, self.world.patient, "POST", "/appointments", _booking(self))["id"])


def _book(self: "Requests", call: Call) -> None:
    _by(call, self.world.patient)
    call.json = _booking(self)


def _moved(path: str) -> Maker:
    def made(self: "Requests", call: Call) -> None:
        call.path = path.replace("{id}", _appointment(self, call))
        to = _slot(self, after=_FIRST_DAY + 14)
        call.json = {"date": to["date"], "time": to["time"]}

    return made


def _status(self: "Requests", call: Call) -> None:
    call.path = f"/appointments/{_appointment(self, call)}"
    _by(call, _booked_with(self))
    call.json = {"status": "confirmed"}


def _visit_note(self: "Requests", call: Call) -> None:
    appointment = _appointment(self, call)
    call.path = f"/provider/clinical-notes/{appointment}"
    provider = _booked_with(self)
    _by(call, provider)
    body = {"patientId": self.world.patient_id, "templateType": "soap", "sections": {"plan": "Recheck."}}
    ask(self, provider, "POST", "/clinical-notes", body | {"appointmentId": appointment})


def _hold(self: "Requests", call: Call) -> None:
    to = _slot(self)
    # One hold of a user and a provider at a time: a new one takes its place.
    _by(call, self.world.patient)
    call.path = f"/providers/{to['providerId']}/holds"
    call.json = {"date": to["date"], "time": to["time"]}


def _held(self: "Requests", call: Call) -> str:
    to = _slot(self)
    _by(call, self.world.patient)
    body = {"date": to["date"], "time": to["time"]}
    return str(ask(self, self.world.patient, "POST", f"/providers/{to['providerId']}/holds", body)["holdId"])


def _wish(self: "Requests") -> tuple[Account, str, dict[str, str]]:
    """A patient of its own: one entry of the waitlist for each patient and provider."""
    today = datetime.now(UTC).date()
    wish = {"from": (today + timedelta(days=3)).isoformat(), "to": (today + timedelta(days=20)).isoformat()}
    who = self.world.newcomer()
    return who, f"/providers/{_booked_with(self).id}/waitlist", wish


def _join_waitlist(self: "Requests", call: Call) -> None:
    who, call.path, call.json = _wish(self)
    _by(call, who)


def _waiting(self: "Requests", call: Call) -> str:
    who, path, wish = _wish(self)
    _by(call, who)
    made = ask(self, who, "POST", path, wish)
    return str(made.get("entryId") or made["id"])


def _feed(self: "Requests", call: Call) -> None:
    who = self.world.newcomer()
    made = ask(self, who, "POST", "/users/me/calendar")
    call.path = "/" + str(made["url"]).split("/", 3)[3].removeprefix("api/v1/").removeprefix("api/")
    call.headers.clear()


def _of_provider(suffix: str) -> Maker:
    def made(self: "Requests", call: Call) -> None:
        call.path = f"/providers/{_booked_with(self).id}{suffix}"

    return made


def _slots_of_a_day(self: "Requests", call: Call) -> None:
    to = _slot(self)
    call.path = f"/providers/{to['providerId']}/available-slots?date={to['date']}"


def _by_itself(path: str, body: Callable[[], Any] | None = None) -> Maker:
    """As a doctor of its own, since it changes when somebody is there."""

    def made(self: "Requests", call: Call) -> None:
        doctor = _practice(self)
        _by(call, doctor)
        call.path = path.replace("{id}", doctor.id)
        if body is not None:
            call.json = body()

    return made


def _away() -> dict[str, str]:
    day = datetime.now(UTC).date() + timedelta(days=30)
    return {"from": day.isoformat(), "to": (day + timedelta(days=7)).isoformat(), "kind": "vacation"}


def _of_exception(suffix: str) -> Maker:
    def made(self: "Requests", call: Call) -> None:
        doctor = _practice(self)
        _by(call, doctor)
        found = ask(self, doctor, "POST", f"/providers/{doctor.id}/exceptions", _away())
        inner = found.get("exception", found)
        call.path = f"/providers/{doctor.id}/exceptions/{inner.get('exceptionId') or inner['id']}{suffix}"
        if call.json is not None:
            call.json = {"appointments": []}

    return made


def _rearrange(self: "Requests", call: Call) -> None:
    _by(call, _practice(self))
    call.json = {name: value for name, value in (call.json or {}).items() if name != "version"}


def _own_profile(self: "Requests", call: Call) -> None:
    doctor = self.world.account(Role.DOCTOR)
    _by(call, doctor)
    call.json = profile(next(_NUMBERS) % 900, "cardiology")


def _pause(self: "Requests", call: Call) -> None:
    _by(call, _practice(self))
    call.json = {"acceptingNewPatients": False}


def _scribe(self: "Requests", call: Call) -> None:
    lines = (
        "I have had a cough for two weeks and a sore throat since Monday.",
        "No fever. The cough is worse at night and I sleep badly.",
        "I take lisinopril 10 mg every morning for my blood pressure, nothing else.",
        "My blood pressure at home was 138/84 yesterday evening.",
    )
    chat = {"type": "Care Team", "name": "Care", "patientId": self.world.patient_id,
            "participantIds": [self.world.patient.id]}  # fmt: skip
    chat_id = ask(self, self.world.doctor, "POST", "/chats", chat)["id"]
    for line in lines:
        ask(self, self.world.patient, "POST", f"/chats/{chat_id}/messages", {"content": line, "type": "text"})
    _by(call, self.world.doctor)
    call.json = {"chatId": chat_id, "templateType": "soap", "consultationType": "initial_consultation"}
    call.headers["Prefer"] = "respond-async"


def _suggest(self: "Requests", call: Call) -> None:
    call.json = {"noteId": _draft(self, call), "section": "plan"}
    call.headers["Prefer"] = "respond-async"


def _summarize(self: "Requests", call: Call) -> None:
    del self
    said = ["Patient: I have had a cough for two weeks.", "Doctor: Any fever?", "Patient: No fever, worse at night.",
            "Doctor: Please take 10 ml of the syrup three times a day and come back in a week."]  # fmt: skip
    call.json = {"transcription": "\n".join(said * 3)}
    call.headers["Prefer"] = "respond-async"


def _told(self: "Requests", call: Call) -> str:
    """Something the caller was notified of: being taken into a care team."""
    nurse = self.world.account(Role.NURSE)
    ask(self, self.world.doctor, "POST", f"/patients/{self.world.patient_id}/care-team", {"userId": nurse.id})
    _by(call, nurse)
    ends = time.monotonic() + _PATIENCE_SECONDS
    while not (found := ask(self, nurse, "GET", "/notifications")["data"]):
        if time.monotonic() > ends:
            raise PrepareError("nobody was notified")
        time.sleep(0.05)
    return str(found[0]["id"])


def _job(self: "Requests", call: Call) -> str:
    _summarize(self, call)
    headers = {"Authorization": f"Bearer {self.world.doctor.token}", "Prefer": "respond-async"}
    made = self.http.post("/scribe/summarize-call", json=call.json, headers=headers).json()
    call.json = None
    _by(call, self.world.doctor)
    return str(made.get("jobId", ""))


MAKERS: dict[str, Maker] = {
    "upload_file": _upload,
    "get_file": _at("/files/{id}", _file),
    "download_file": _at("/files/{id}/download", _scanned),
    "get_thumbnail": _at("/files/{id}/thumbnail", _scanned),
    "delete_file": _at("/files/{id}", _file),
    "complete_upload": _at("/files/uploads/{id}/complete", _uploaded),
    "create_note": _create_note,
    "get_note": _at("/clinical-notes/{id}", _draft),
    "update_note": _update_note,
    "delete_note": _at("/clinical-notes/{id}", _draft),
    "sign_note": _sign_note,
    "verify_note_copy": _copied,
    "add_addendum": _add_addendum,
    "export_note": _at("/clinical-notes/{id}/export", _signed),
    "verify_note": _at("/clinical-notes/{id}/verify", _signed),
    "list_note_versions": _at("/clinical-notes/{id}/versions", _signed),
    "list_note_generations": _at("/clinical-notes/{id}/generations", _draft),
    "get_appointment_note": _visit_note,
    "initiate_call": _initiate,
    "create_meeting": _meeting,
    "update_meeting_status": _meeting_status,
    "answer_call": _at("/calls/{id}/answer", _to_me),
    "decline_call": _at("/calls/{id}/decline", _to_me),
    "get_call": _at("/calls/{id}", _under_way),
    "join_call": _at("/calls/{id}/join", _under_way),
    "consent_to_call": _at("/calls/{id}/consent", _under_way),
    "report_call_quality": _at("/calls/{id}/quality", _under_way),
    "record_call": _at("/calls/{id}/record", _consented),
    "end_call": _at("/calls/{id}/end", _under_way),
    "get_provider": _of_provider(""),
    "get_availability": _of_provider("/availability"),
    "get_available_slots": _slots_of_a_day,
    "list_exceptions": _by_itself("/providers/{id}/exceptions"),
    "add_exception": _by_itself("/providers/{id}/exceptions", _away),
    "get_exception": _of_exception(""),
    "remove_exception": _of_exception(""),
    "update_availability": _by_itself("/providers/{id}/availability", lambda: hours(1)),
    "set_doctor_status": _pause,
    "manage_slots": _rearrange,
    "update_own_provider": _own_profile,
    "book_appointment": _book,
    "get_appointment": _at("/appointments/{id}", _appointment),
    "get_appointment_ics": _at("/appointments/{id}/calendar.ics", _appointment),
    "preview_cancellation": _at("/appointments/{id}/cancellation-preview", _appointment),
    "cancel_appointment": _at("/appointments/{id}/cancel", _appointment),
    "delete_appointment": _at("/appointments/{id}", _appointment),
    "reschedule_appointment": _moved("/appointments/{id}/reschedule"),
    "update_appointment": _moved("/appointments/{id}"),
    "set_appointment_status": _status,
    "hold_slot": _hold,
    "release_hold": _at("/holds/{id}", _held),
    "join_waitlist": _join_waitlist,
    "leave_waitlist": _at("/waitlist/{id}", _waiting),
    "get_calendar_feed": _feed,
    "read_notification": _at("/notifications/{id}/read", _told),
    "acknowledge_notification": _at("/notifications/{id}/acknowledge", _told),
    "request_note": _scribe,
    "request_suggestions": _suggest,
    "request_call_summary": _summarize,
    "get_job": _at("/jobs/{id}", _job),
    "cancel_job": _at("/jobs/{id}", _job),
}
