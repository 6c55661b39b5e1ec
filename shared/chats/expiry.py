"""Messages whose time is over: their content is erased, a tombstone stays (RESOLUTIONS: Retention)."""

from shared.ai.transcripts import ERASED, Transcript, transcript_id
from shared.chats.documents import MESSAGES_BY_AGE, Message, MessageVersion, version_id
from shared.context import Context
from shared.retention import erase_by_age, kept_since
from shared.store.unit import chunks

#: Earlier texts of one commit.
_PER_COMMIT = 200


def expire(ctx: Context) -> None:
    """Erase the content of messages older than MESSAGE_RETENTION_YEARS, but for those under a legal hold.

    Files follow by their own schedule.
    """
    erase_by_age(
        ctx,
        MESSAGES_BY_AGE,
        kept_since(ctx, ctx.settings.message_retention_years),
        want=_want,
        erase=_erase,
    )


def _want(ctx: Context, message: Message) -> None:
    for key in _versions(message)[:_PER_COMMIT]:
        ctx.unit.want(MessageVersion, key)
    if message.kind == "voice":
        ctx.unit.want(Transcript, transcript_id("messages", message.id))


def _versions(message: Message) -> list[str]:
    return [version_id(message.id, number) for number in range(1, message.version)]


def _erase(ctx: Context, message: Message) -> None:
    for some in chunks(_versions(message), _PER_COMMIT):
        for version in ctx.unit.get_all(MessageVersion, some):
            if version is not None:
                ctx.unit.update(version, text=None)
        if len(some) == _PER_COMMIT:
            # Before the message, so that a run that ends here finds it again.
            ctx.unit.commit()
    if message.kind == "voice":
        transcript = ctx.unit.get(Transcript, transcript_id("messages", message.id))
        if transcript is not None:
            ctx.unit.update(transcript, **ERASED, updated_at=ctx.now)
    ctx.unit.update(
        message,
        text=None,
        attachment=None,
        transcription=None,
        transcription_summary=None,
        sender_name=None,
        words=[],
        expired=True,
    )
