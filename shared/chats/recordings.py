"""Recordings of voice messages on their way to becoming text.

A voice message is queued for it in the commit that sends it (TRANSCRIBE_VOICE), and the worker begins when the scan of
its recording has ended. Nothing here loads what listens.
"""

import uuid
from typing import TYPE_CHECKING

from shared import jobs
from shared.chats.documents import Message
from shared.context import Context
from shared.files.documents import OPEN
from shared.jobs import Job

if TYPE_CHECKING:
    from shared.files import FileRecord

WORKER = "transcribe_message"


def job_id_of(file_id: str) -> str:
    """Id of the job that is queued with the first message of a recording, so that its scan finds it."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"consentmd:transcription:{file_id}"))


def planned(ctx: Context, record: "FileRecord") -> str | None:
    """Id of the job to queue with a voice message, or None where nothing is transcribed unasked."""
    return job_id_of(record.id) if ctx.settings.transcribe_voice else None


def queue(ctx: Context, message: Message, record: "FileRecord", job_id: str) -> None:
    """Queue the transcription of a new voice message, for when its recording is clean."""
    job = jobs.start(ctx, WORKER, message.id, job_id=job_id, at_once=False)
    if record.scan_state in OPEN:
        jobs.wake(ctx, job)
    else:
        # A scan that ends at the same time has not seen this job.
        ctx.unit.rest_on(record)


def judged(ctx: Context, record: "FileRecord") -> None:
    """The scan of a recording has ended: let who waits for it go on, also where that is to say it will not be."""
    job = ctx.unit.get(Job, job_id_of(record.id))
    if job is not None and not job.ended:
        jobs.wake(ctx, job)
