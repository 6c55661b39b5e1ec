"""What a note may be linked to: a chat, a visit, a call of the same patient.

Their documents are looked up when a link is made, by name, so that a function that makes none imports none of them.
"""

from collections.abc import Mapping
from importlib import import_module
from typing import Any, Final

from pydantic.alias_generators import to_camel

from shared.context import Context
from shared.errors import Detail, ValidationFailed
from shared.store.document import Document

#: Where the document of each link is: module and class. Each has `patient_id`.
LINKED: Final[Mapping[str, tuple[str, str]]] = {
    "chat_id": ("shared.chats.documents", "Chat"),
    "appointment_id": ("shared.scheduling.booking.documents", "Appointment"),
    "call_id": ("shared.calls.documents", "Call"),
}


def patient_of_visit(ctx: Context, appointment_id: str) -> str:
    """The patient a visit is of; the visit's id where there is none, so that the refusal is the same."""
    found = ctx.unit.get(document_of("appointment_id"), appointment_id)
    return str(getattr(found, "patient_id", None) or appointment_id)


def want_links(ctx: Context, links: Mapping[str, str | None]) -> None:
    """Read what is linked with the next batch."""
    for name, link in links.items():
        if link:
            ctx.unit.want(document_of(name), link)


def check_links(ctx: Context, patient_id: str, links: Mapping[str, str | None]) -> None:
    """Raise `ValidationFailed` for a link to something that is not there, or not of this patient: nobody is told which.

    Asked only once it is sure that the caller may write about the patient.
    """
    foreign = [name for name, link in links.items() if link and _patient(ctx, name, link) != patient_id]
    if foreign:
        raise ValidationFailed(details=[Detail(to_camel(name), "is not of this patient") for name in foreign])


def document_of(name: str) -> type[Document]:
    """The class of what a link leads to."""
    module, cls = LINKED[name]
    found: type[Document] = getattr(import_module(module), cls)
    return found


def _patient(ctx: Context, name: str, link: str) -> Any:
    return getattr(ctx.unit.get(document_of(name), link), "patient_id", None)
