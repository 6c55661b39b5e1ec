"""What a note may be linked to: a chat, a visit, a call of the same patient.

Of those only whose they are is read, by views that leave every sealed field alone: a function that writes notes needs
neither the keys of chats and calls nor their code.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, Final

from shared.context import Context
from shared.errors import Detail, ValidationFailed
from shared.patients.documents import Patient, Relationship
from shared.patients.relationships import relationship_id
from shared.store.document import Document, to_camel

#: What can be a document's id.
_ID: Final = re.compile(r"[A-Za-z0-9-]{1,40}")


class _Linked(Document):
    patient_id: str | None = None
    deleted: bool = False


class _OfChats:
    collection: ClassVar[str] = "chats"


class _OfAppointments:
    collection: ClassVar[str] = "appointments"


class _OfCalls:
    collection: ClassVar[str] = "calls"


class LinkedChat(_OfChats, _Linked):
    """Whose a chat is."""


class LinkedVisit(_OfAppointments, _Linked):
    """Whose an appointment is."""


class LinkedCall(_OfCalls, _Linked):
    """Whose a call is."""


#: Views by the name of the link.
LINKED: Final[Mapping[str, type[_Linked]]] = {
    "chat_id": LinkedChat,
    "appointment_id": LinkedVisit,
    "call_id": LinkedCall,
}


def named(said: Mapping[str, Any], user_id: str) -> Iterable[tuple[type[Document], str]]:
    """What path or body name of what a note is about: read with the session, whatever the rest is like."""
    for name, view in LINKED.items():
        link = said.get(to_camel(name))
        if isinstance(link, str) and _ID.fullmatch(link):
            yield view, link
    patient_id = said.get("patientId")
    if isinstance(patient_id, str) and _ID.fullmatch(patient_id):
        yield Patient, patient_id
        yield Relationship, relationship_id(patient_id, user_id)


def patient_of_visit(ctx: Context, appointment_id: str) -> str:
    """The patient a visit is of; the visit's id where there is none, so that the refusal is the same."""
    found = ctx.unit.get(LinkedVisit, appointment_id)
    return (found.patient_id if found is not None else None) or appointment_id


def check_links(ctx: Context, patient_id: str, links: Mapping[str, str | None]) -> None:
    """Raise `ValidationFailed` for a link to something that is not there, or not of this patient: nobody is told which.

    Asked only once it is sure that the caller may write about the patient.
    """
    given = {name: link for name, link in links.items() if link}
    for name, link in given.items():
        ctx.unit.want(LINKED[name], link)
    found = {name: ctx.unit.get(LINKED[name], link) for name, link in given.items()}
    foreign = [name for name, linked in found.items() if linked is None or linked.patient_id != patient_id]
    if foreign:
        raise ValidationFailed(details=[Detail(to_camel(name), "is not of this patient") for name in foreign])
