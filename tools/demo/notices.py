"""Text messages and devices of the demo practice: a doctor and a patient text, and the patient has the app."""

from typing import Any, Protocol


class Person(Protocol):
    """A signed-in demo account (see `tools.seed`)."""

    user: dict[str, Any]

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """Call the API as this person."""


def seed_notices(doctor: Person, patient: Person, nurse: Person) -> None:
    """Text the patient once, register the apps, and give the nurse quiet nights. Safe to repeat."""
    for person, platform in ((patient, "android"), (nurse, "ios")):
        token = f"demo-device-of-{person.user['id']}"
        person.call("POST", "/notifications/devices", {"token": token, "platform": platform})
    quiet = {"quietHours": {"enabled": True, "start": "22:00", "end": "06:30"}}
    nurse.call("PUT", "/users/me/notification-preferences", quiet)
    number = patient.user["phoneNumber"]
    if number and not doctor.call("GET", f"/messaging/sms-logs?phone=%2B{number.lstrip('+')}&limit=1")["data"]:
        text = "Dr Okafor's practice: please sign in, there is a message for you."
        doctor.call("POST", "/messaging/send-sms", {"recipientPhone": number, "message": text})
