"""Notes that are ready when a call is over, for clinicians who have that switched on (`autoScribe`)."""

from shared import jobs
from shared.context import Context
from shared.jobs import Job
from shared.reference.templates import DEFAULT_TEMPLATE
from shared.scribe.documents import Generation, automatic_id
from shared.users.preference_documents import Preferences


def draft_after_call(
    ctx: Context,
    *,
    call_id: str,
    patient_id: str,
    clinician_id: str,
    appointment_id: str | None = None,
    chat_id: str | None = None,
) -> str | None:
    """Queue a draft from a call's finished transcript, once for a clinician; the generation's id, or None.

    Calls ask for it when a transcript is done. Consent to scribing, the preference and the relationship are checked
    again when it is written.
    """
    generation_id = automatic_id(call_id, clinician_id)
    ctx.unit.want(Preferences, clinician_id)
    ctx.unit.want(Job, generation_id)
    if ctx.unit.get(Generation, generation_id) is not None:
        return None
    preferences = ctx.unit.get(Preferences, clinician_id) or Preferences(id=clinician_id)
    if not preferences.auto_scribe:
        return None
    ctx.unit.create(
        Generation(
            id=generation_id,
            kind="note",
            automatic=True,
            requested_by=clinician_id,
            patient_id=patient_id,
            call_id=call_id,
            appointment_id=appointment_id,
            chat_id=chat_id,
            template_type=preferences.default_template or DEFAULT_TEMPLATE,
            created_at=ctx.now,
        )
    )
    jobs.start(
        ctx,
        "draft_note_after_call",
        generation_id,
        owner_id=clinician_id,
        job_id=generation_id,
        patient_id=patient_id,
    )
    return generation_id
