"""A demo visit by chat and what the scribe made of it: a draft with an open suggestion, waiting for its doctor."""

from typing import Any, Protocol

NAME = "Visit - sore throat"


class Person(Protocol):
    """A signed-in demo account (see `tools.seed`)."""

    user: dict[str, Any]

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """Call the API as this person."""


def seed_scribe(doctor: Person, patient: Person) -> None:
    """Make the visit and the draft if the visit is not there."""
    if any(chat["name"] == NAME for chat in doctor.call("GET", "/chats?limit=100")["data"]):
        return
    record = patient.user["patientId"]
    body = {"name": NAME, "type": "Care Team", "patientId": record, "participantIds": [patient.user["id"]]}
    chat = doctor.call("POST", "/chats", body)["id"]
    said = [
        (doctor, "Good morning Sam, what can I do for you?"),
        (patient, "I've had a sore throat and a fever of 101.5 for three days."),
        (doctor, "Any cough?"),
        (patient, "No. I take lisinopril 10 mg once a day. I'm allergic to penicillin."),
        (doctor, "This is likely strep throat. Let's start azithromycin 500 mg once a day for 3 days."),
        (doctor, "If it does not improve we could consider a throat culture."),
    ]
    for number, (who, text) in enumerate(said):
        who.call("POST", f"/chats/{chat}/messages", {"content": text, "clientMessageId": f"demo-scribe-{number}"})
    wanted = {"chatId": chat, "templateType": "soap", "consultationType": "urgent", "visitReason": "Sore throat"}
    doctor.call("POST", "/scribe/generate-note", wanted)
