"""Who may open a call, for tests of the scribe alone: whoever may open the patient's record."""

import uuid
from types import SimpleNamespace

from shared.errors import NotFound
from shared.patients.relationships import access_patient

_CALLS: dict[str, str] = {}


def new_call(patient_id: str) -> str:
    """A call of a patient; its id."""
    call_id = str(uuid.uuid4())
    _CALLS[call_id] = patient_id
    return call_id


def access_call(ctx, call_id: str, *, to: str):
    if call_id not in _CALLS:
        raise ctx.refuse(NotFound())
    access_patient(ctx, _CALLS[call_id], to="read")
    return SimpleNamespace(id=call_id, patient_id=_CALLS[call_id], appointment_id=None, chat_id=None)
