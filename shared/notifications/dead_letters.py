"""Dead letters, before administrators: seen, and sent again."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from shared import emails
from shared.context import Context, reads_by_path
from shared.errors import NotFound, NotRetryable
from shared.i18n import supported
from shared.messaging import sms
from shared.messaging.documents import SmsMessage
from shared.notifications import outcomes, push
from shared.notifications.dead_letter_models import DeadLetterOut
from shared.notifications.documents import Notification
from shared.notifications.outcomes import DEAD_LETTERS, DeadLetter
from shared.notifications.push import Push
from shared.store.document import Document
from shared.store.query import Page
from shared.users.documents import User
from shared.users.preference_documents import Preferences

if TYPE_CHECKING:
    from shared.notifications.dead_letter_models import DeadLetterPaging


def _first_batch(letter_id: str, _user_id: str) -> Iterable[tuple[type[Document], str]]:
    return ((DeadLetter, letter_id),)


reads_by_path("deadLetterId", _first_batch)


def listed(ctx: Context, query: "DeadLetterPaging") -> Page[DeadLetterOut]:
    """Deliveries that were given up, newest first."""
    ctx.about("deadLetters", None)
    page = ctx.unit.page(DEAD_LETTERS, query, state=query.state, channel=query.channel)
    return page.map([DeadLetterOut.model_validate(letter) for letter in page.data])


def retry(ctx: Context, letter_id: str) -> DeadLetterOut:
    """Send once more what was given up. Raises `NotRetryable` when there is nothing any more that could be sent."""
    ctx.about("deadLetters", letter_id)
    letter = ctx.unit.get(DeadLetter, letter_id)
    if letter is None:
        raise ctx.refuse(NotFound())
    if letter.state != "open" or not letter.retryable:
        raise NotRetryable
    ctx.unit.want(SmsMessage, letter.ref)
    ctx.unit.want(Push, letter.ref)
    if letter.user_id is not None:
        ctx.unit.want(User, letter.user_id)
        ctx.unit.want(Preferences, letter.user_id)
    if letter.notification_id is not None:
        ctx.unit.want(Notification, letter.notification_id)
    if not _again(ctx, letter):
        raise NotRetryable
    changed = ctx.unit.update(letter, state="retried", retried_at=ctx.now, retried_by=ctx.caller.id)
    return DeadLetterOut.model_validate(changed)


def _again(ctx: Context, letter: DeadLetter) -> bool:
    if letter.channel == "sms":
        message = ctx.unit.get(SmsMessage, letter.ref)
        if message is None or message.state not in {"failed", "undelivered"} or not message.text:
            return False
        sms.again(ctx, message)
    elif letter.channel == "push":
        if not push.again(ctx, letter.ref):
            return False
    elif not _mail_again(ctx, letter):
        return False
    if letter.notification_id is not None:
        outcomes.record(ctx, letter.notification_id, letter.channel, "queued")
    return True


def _mail_again(ctx: Context, letter: DeadLetter) -> bool:
    """A message that has failed is erased; that of a notification is made anew."""
    made = ctx.unit.get(Notification, letter.notification_id or "-")
    user = ctx.unit.get(User, letter.user_id or "-")
    if made is None or user is None or not user.is_active:
        return False
    preferences = ctx.unit.get(Preferences, user.id)
    locale = supported(preferences.language if preferences else "")
    emails.send_notification(ctx, user, made.type, notification_id=made.id, locale=locale)
    return True
