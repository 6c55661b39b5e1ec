"""All that a notification ever says outside of the app: a closed vocabulary.

Push, SMS and e-mail pass servers outside the BAA and light up on locked screens, so a text is chosen by type alone.
There is nothing here that a name, a diagnosis or a message could be put into.
"""

from typing import NamedTuple

from shared.events import NotificationType
from shared.i18n import _

_T = NotificationType


class Words(NamedTuple):
    """What a notification says."""

    title: str
    body: str


#: English texts by type; the catalogues have the others.
TEXTS: dict[NotificationType, Words] = {
    _T.MESSAGE: Words("New message", "You have a new message. Sign in to read it."),
    _T.CALL_INCOMING: Words("Incoming call", "Somebody is calling you in ConsentMD."),
    _T.CALL_MISSED: Words("Missed call", "You missed a call in ConsentMD."),
    _T.PATIENT_ALERT: Words("Urgent alert", "There is an urgent alert for you. Sign in to see it now."),
    _T.APPOINTMENT_REMINDER: Words(
        "Appointment reminder", "You have an appointment soon. Sign in for the details and how to prepare."
    ),
    _T.NOTE_SHARED: Words("New document", "A document was shared with you. Sign in to read it."),
    _T.TEAM_INVITE: Words("Invitation", "You were added to a team. Sign in to see which."),
    _T.SYSTEM_ALERT: Words("Notice", "There is something new for you in ConsentMD. Sign in to see it."),
    _T.PRESCRIPTION_READY: Words("Something is ready", "Something is ready for you. Sign in to see what."),
    _T.LAB_RESULTS: Words("Something new in your record", "There is something new in your record. Sign in to see it."),
}

#: What a type says of a kind of record in particular: news of an appointment is no reminder of it.
TEXTS_ABOUT: dict[tuple[NotificationType, str], Words] = {
    (_T.APPOINTMENT_REMINDER, "bookings"): Words(
        "Your appointment", "There is news about an appointment of yours. Sign in for the details."
    ),
    (_T.APPOINTMENT_REMINDER, "waitlist"): Words(
        "A time is free", "A time that you are waiting for is kept for you for a while. Sign in to take it."
    ),
}

#: Pages of the app by the kind of record.
_PAGES = {
    "chats": "chats", "messages": "messages", "calls": "calls", "appointments": "appointments", "patients": "patients",
    "clinical_notes": "notes", "notes": "notes", "files": "files", "waitlist": "appointments",
    "bookings": "appointments",
}  # fmt: skip


def words(kind: NotificationType, locale: str, ref_kind: str = "") -> Words:
    """What a notification of this type, about this kind of record, says in this language."""
    said = TEXTS_ABOUT.get((kind, ref_kind), TEXTS[kind])
    return Words(_(said.title, locale), _(said.body, locale))


def sms(kind: NotificationType, locale: str, ref_kind: str = "") -> str:
    """The text message of a notification, with whom it is from and how to end them (CTIA Messaging Principles)."""
    return f"ConsentMD: {words(kind, locale, ref_kind).body} {_('Reply STOP to end.', locale)}"


def action(ref_kind: str, ref_id: str) -> str:
    """The app's page about a record; within the app, where ids may appear."""
    page = _PAGES.get(ref_kind)
    return f"/{page}/{ref_id}" if page else "/notifications"
