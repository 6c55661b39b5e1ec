"""Sending: what a person may put into a message."""

import uuid
from typing import TYPE_CHECKING

from shared import files
from shared.chats import recordings
from shared.chats.documents import Attachment, Audio, Chat, Message, MessageKind
from shared.chats.history import present
from shared.chats.posting import post
from shared.chats.sending_models import MessageForm
from shared.context import Context
from shared.errors import Detail, RecipientOptedOut, ValidationFailed
from shared.files import Ref
from shared.http.answers import Upload
from shared.http.limits import UPLOADS, limit_user
from shared.http.parse import validated
from shared.jobs import Job

if TYPE_CHECKING:
    from shared.chats.models import MessageOut
    from shared.chats.sending_models import NewMessage
    from shared.files import FileRecord

#: What may be sent as what, by the content of the file (seed 000 §8.3, RESOLUTIONS: Files).
ACCEPTED: dict[MessageKind, frozenset[str]] = {
    "image": files.IMAGES,
    "voice": files.AUDIO,
    "file": files.FILES | files.IMAGES,
}


def send(ctx: Context, chat: Chat, body: "NewMessage | None", upload: Upload | None) -> "MessageOut":
    """Send text, an uploaded file by its id, or a file with the request; access has been checked.

    What is written in an SMS chat goes out as a text message, so it is text. Raises `ValidationFailed`, `NotFound` for
    a file that is not the caller's to send, `RecipientOptedOut`, and what storing files raises.
    """
    if chat.type == "SMS" and (body is None or body.content is None or body.file_id is not None):
        raise ValidationFailed(details=[Detail("content", "is required: a text message has no file")])
    if upload is not None:
        return _send_upload(ctx, chat, upload)
    if body is None:
        raise ValidationFailed(details=[Detail("content", "is required")])
    if body.file_id is None:
        message = post(
            ctx, chat, kind="text", text=body.content, sender_id=ctx.caller.id, client_id=body.client_message_id
        )
        if chat.type == "SMS":
            _text(ctx, chat, message)
        return _answer(ctx, chat, message)
    # A recording that is sent again in the chat has its job already.
    job_id = recordings.job_id_of(body.file_id)
    ctx.unit.want(Job, job_id)
    record = files.claim(ctx, body.file_id, Ref("chats", chat.id), patient_id=chat.patient_id)
    planned = recordings.planned(ctx, record) if ctx.unit.get(Job, job_id) is None else None
    return _with_file(ctx, chat, record, body.type, body.content, body.client_message_id, planned)


def _text(ctx: Context, chat: Chat, message: Message) -> None:
    """Send a message of an SMS chat to its number, once; under the message's own id."""
    # Only who writes in such a chat loads what sends text messages.
    from shared.messaging import sms

    if chat.phone_number is None or message not in ctx.unit.pending(Message):
        return
    if sms.has_opted_out(ctx, chat.phone_number):
        raise RecipientOptedOut
    sms.send(
        ctx,
        chat.phone_number,
        message.text or "",
        message_id=sms_id(message.id),
        sender_id=message.sender_id,
        patient_id=chat.patient_id,
        chat_id=chat.id,
        owner_ids=chat.member_ids[:100],
    )


def sms_id(message_id: str) -> str:
    """Id of the text message that a chat's message goes out as."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"consentmd:sms:{message_id}"))


def _send_upload(ctx: Context, chat: Chat, upload: Upload) -> "MessageOut":
    form = validated(MessageForm, upload.fields)
    assert isinstance(form, MessageForm)  # noqa: S101 - tells the type checker what `validated` returns
    limit_user(ctx.unit, ctx.caller.id, UPLOADS, ctx.settings)
    named = Upload(upload.content, form.file_name or upload.file_name, upload.declared_type, upload.fields)
    kinds = ACCEPTED[form.type] if form.type else ACCEPTED["file"]
    record = files.put(
        ctx,
        "chat-files",
        named,
        owner_id=ctx.caller.id,
        ref=Ref("chats", chat.id),
        accept=kinds,
        patient_id=chat.patient_id,
    )
    seconds = float(form.duration.removesuffix("s")) if form.duration else None
    planned = recordings.planned(ctx, record)
    return _with_file(ctx, chat, record, form.type, form.content, form.client_message_id, planned, seconds)


def _with_file(
    ctx: Context,
    chat: Chat,
    record: "FileRecord",
    kind: MessageKind | None,
    text: str | None,
    client_id: str | None,
    job_id: str | None,
    reported_seconds: float | None = None,
) -> "MessageOut":
    if kind is None:
        kind = "image" if record.mime_type in files.IMAGES else "file"
    if record.mime_type not in ACCEPTED[kind]:
        raise ValidationFailed(details=[Detail("type", "does not fit the file")])
    audio = None
    if kind == "voice":
        # What the recording itself says counts; what the app measured stands in until it has been read.
        seconds = record.duration_seconds if record.duration_seconds is not None else reported_seconds
        audio = Audio(
            file_id=record.id,
            duration_seconds=seconds,
            transcript_state="queued" if job_id else "none",
            job_id=job_id,
        )
    message = post(
        ctx,
        chat,
        kind=kind,
        text=text,
        sender_id=ctx.caller.id,
        file_id=record.id,
        attachment=Attachment(file_name=record.file_name, mime_type=record.mime_type, size=record.size),
        audio=audio,
        client_id=client_id,
    )
    if audio is not None and job_id is not None and message in ctx.unit.pending(Message):
        recordings.queue(ctx, message, record, job_id)
    return _answer(ctx, chat, message)


def _answer(ctx: Context, chat: Chat, message: Message) -> "MessageOut":
    return present(ctx, chat, [message], [])[0]
