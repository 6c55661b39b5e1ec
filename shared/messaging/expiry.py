"""Text messages whose time is over: number and text are erased, a tombstone stays (RESOLUTIONS: Retention)."""

from shared.context import Context
from shared.messaging.documents import SMS_BY_AGE, SmsMessage
from shared.retention import erase_by_age, kept_since


def expire(ctx: Context) -> None:
    """Erase text messages older than MESSAGE_RETENTION_YEARS, but for those of a patient or chat under a legal hold.

    As long as the messages of their chat are kept.
    """
    erase_by_age(
        ctx,
        SMS_BY_AGE,
        kept_since(ctx, ctx.settings.message_retention_years),
        erase=_erase,
    )


def _erase(ctx: Context, message: SmsMessage) -> None:
    ctx.unit.update(message, number="", text=None, expired=True)
