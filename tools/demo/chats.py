"""Conversations of the demo practice: a care team, a family, colleagues, and a patient with their doctor."""

from typing import Any, Protocol


class Person(Protocol):
    """A signed-in demo account (see `tools.seed`)."""

    user: dict[str, Any]

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """Call the API as this person."""


def seed_chats(doctor: Person, doctor2: Person, nurse: Person, patient: Person, family: Person) -> None:
    """Make the conversations that are missing. The family member is let into the patient's messages first."""
    names = {chat["name"] for chat in doctor.call("GET", "/chats?limit=100")["data"]}
    record = patient.user["patientId"]
    _let_in(patient, family, record)

    def chat(name: str, kind: str, others: list[Person], lines: list[tuple[Person, str]], **fields: Any) -> None:
        if name in names:
            return
        body = {"name": name, "type": kind, "participantIds": [p.user["id"] for p in others], **fields}
        made = doctor.call("POST", "/chats", body)["id"]
        for number, (who, text) in enumerate(lines):
            message = {"content": text, "clientMessageId": f"demo-{number}"}
            who.call("POST", f"/chats/{made}/messages", message)

    chat(
        "Care Team - Sam Rivera",
        "Care Team",
        [nurse, patient],
        [
            (nurse, "Good morning Sam. How was your blood pressure this week?"),
            (patient, "Mostly 132 over 84 in the mornings. One evening it was 145 over 90."),
            (doctor, "Thank you. Was that evening after the missed dose you mentioned?"),
            (patient, "Yes, I took the lisinopril at midnight that day instead of at eight."),
            (doctor, "That explains it. Please stay on 10 mg once daily and keep measuring."),
            (nurse, "I have booked a check in two weeks. Bring your list of readings."),
        ],
        patientId=record,
    )
    chat(
        "Family Update - Sam Rivera",
        "Family Update",
        [patient, family],
        [
            (doctor, "Sam's readings are coming down. No change of medication for now."),
            (family, "That is good to hear. Should he avoid anything at meals?"),
            (doctor, "Less salt, and coffee only in the morning."),
        ],
        patientId=record,
    )
    chat(
        "Cardiology handover",
        "Internal Staff",
        [doctor2, nurse],
        [
            (doctor2, "Who covers the clinic on Thursday afternoon?"),
            (doctor, "I do. Robin, please move the two late visits to Friday."),
            (nurse, "Done."),
        ],
    )
    chat(
        "Practice news",
        "Broadcast",
        [patient],
        [(doctor, "The practice is closed on the first Monday of next month.")],
    )
    for sender, receiver, text in (
        (patient, doctor, "May I exercise again after the check?"),
        (doctor, patient, "Walking is fine at once. We talk about running after the check."),
    ):
        # Sent again with the same id it is the same message.
        body = {"receiverId": receiver.user["id"], "message": text, "clientMessageId": f"demo-{len(text)}"}
        sender.call("POST", "/messages", body)


def _let_in(patient: Person, family: Person, record: str) -> None:
    grants = patient.call("GET", f"/patients/{record}/family-grants")["data"]
    for grant in grants:
        if grant["userId"] == family.user["id"] and "messages" not in grant["scopes"]:
            scopes = [*grant["scopes"], "messages"]
            patient.call("PUT", f"/patients/{record}/family-grants/{grant['id']}", {"scopes": scopes})
