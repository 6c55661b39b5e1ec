"""E-mails handed over to a mail server, as the queue asks for it."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal

from shared import metrics
from shared.context import Context
from shared.emails import EmailMessage, link, log
from shared.errors import MailUnavailable
from shared.notifications import outcomes
from shared.store.outbox import JOBS

if TYPE_CHECKING:
    from shared.config import Settings
    from shared.mail import SmtpServer
    from shared.notifications.documents import ChannelState

#: How long a sender may take before another may try: longer than every exchange with two servers.
LEASE = timedelta(minutes=2)
#: Tries before an e-mail counts as failed: over two hours by the queue's back-off (10 s, doubling up to 30 min).
MOST_ATTEMPTS = 12
#: Waits before the second and the third try of a notification's e-mail (MAX_RETRY_ATTEMPTS).
WAITS = (timedelta(minutes=2), timedelta(minutes=30))


def deliver(ctx: Context, message_id: str) -> None:
    """Send a queued message; safe to repeat. Raises `MailUnavailable` when it should be tried again later.

    Claim (commit) → send → outcome (commit): two workers do not send the same message at the same time, and a worker
    that died is taken over when its lease is up.
    """
    message = ctx.unit.get(EmailMessage, message_id)
    if message is None or message.state != "queued":
        return
    if message.lease_until is not None and message.lease_until > ctx.now:
        raise MailUnavailable
    if message.appointment_id is not None:
        _want_calendar(ctx, message, message.appointment_id)
    if message.notification_id is not None and not outcomes.still_due(ctx, message.notification_id, "email"):
        _end(ctx, message, state="dropped", reason="READ")
        return
    values, to = message.values, message.to
    if message.purpose is not None:
        from shared.auth.links import values_for

        values = values_for(ctx, message)
        if values is None:
            _end(ctx, message, state="dropped", reason="NO_ACCOUNT")
            return
    calendar = _calendar(ctx, message)
    ctx.unit.update(
        message,
        values=values,
        purpose=None,
        attempts=message.attempts + 1,
        lease_until=ctx.now + LEASE,
    )
    ctx.commit(known=True)
    failure = _hand_over(ctx, message, to or "", values or {}, calendar)
    became = ctx.settle(lambda: _conclude(ctx, message_id, failure))
    if became == "given up":
        log.error("e-mail given up", extra={"entryId": message_id, "reason": failure.reason if failure else None})
        metrics.emit(metrics.Metric.DEAD_LETTER, 1, queue=JOBS["send_email"], job="send_email")
    elif became == "later":
        raise MailUnavailable


def _conclude(ctx: Context, message_id: str, failure: "_Failure | None") -> Literal["done", "later", "given up"]:
    current = ctx.unit.get(EmailMessage, message_id)
    if current is None or current.state != "queued":
        return "done"
    if failure is None:
        _end(ctx, current, state="accepted", message_id=message_id, sent_at=ctx.now)
    elif failure.transient and current.notification_id and current.attempts < ctx.settings.max_retry_attempts:
        ctx.unit.update(current, lease_until=None)
        wait = WAITS[min(current.attempts, len(WAITS)) - 1]
        ctx.enqueue("send_email", message_id, at=ctx.now + wait, dedupe_key=f"{message_id}:{current.attempts}")
    elif failure.transient and not current.notification_id and current.attempts < MOST_ATTEMPTS:
        ctx.unit.update(current, lease_until=None)
        return "later"
    else:
        about = current.notification_id
        outcomes.give_up(ctx, "email", message_id, reason=failure.reason, attempts=current.attempts,
                         notification_id=about, retryable=about is not None)  # fmt: skip
        _end(ctx, current, state="failed", reason=failure.reason)
        return "given up"
    return "done"


class _Failure:
    def __init__(self, reason: str, *, transient: bool) -> None:
        self.reason, self.transient = reason, transient


def _want_calendar(ctx: Context, message: EmailMessage, appointment_id: str) -> None:
    """Ask for what `_calendar` reads, in the batch that reads the notification."""
    from shared.notifications.documents import Notification, NotificationPreferences
    from shared.scheduling.booking.documents import Appointment

    ctx.unit.want(Appointment, appointment_id)
    if message.notification_id is not None:
        ctx.unit.want(Notification, message.notification_id)
    if message.user_id is not None:
        ctx.unit.want(NotificationPreferences, message.user_id)


def _calendar(ctx: Context, message: EmailMessage) -> bytes | None:
    """The calendar entry that goes with a message, if one does. It says as little as the message."""
    if message.appointment_id is None:
        return None
    # Scheduling notifies, and so imports what this is part of.
    from shared.notifications.documents import NotificationPreferences
    from shared.scheduling.booking.calendar import ics
    from shared.scheduling.booking.documents import Appointment
    from shared.scheduling.booking.reminders import offsets_of

    appointment = ctx.unit.get(Appointment, message.appointment_id)
    if appointment is None:
        return None
    # The alarms are those of whoever the message is to.
    whose = message.user_id or appointment.patient_user_id or appointment.provider_id
    return ics([appointment], ctx.settings, reminders=offsets_of(ctx.unit.get(NotificationPreferences, whose)))


def _hand_over(
    ctx: Context, message: EmailMessage, to: str, values: dict[str, Any], calendar: bytes | None
) -> _Failure | None:
    # Jinja2 and smtplib are loaded only in the worker that sends.
    from shared.mail import MailError, compose, render
    from shared.mail import send as hand_over

    filled = {name: _read(name, value) for name, value in values.items()}
    preferences = link(ctx.settings, "account/notifications") if message.template == "notification" else ""
    if preferences:
        filled["preferences"] = preferences
    try:
        rendered = render(message.template, message.locale, **filled)
        composed = compose(
            rendered, sender=ctx.settings.email_from, recipient=to, message_id=message.id, date=message.created_at,
            calendar=calendar, preferences=preferences,
        )  # fmt: skip
        server = hand_over(composed, transports(ctx.settings), ctx.settings.smtp_timeout_seconds)
    except MailError as failed:
        reason = "UNREACHABLE" if failed.transient else "REFUSED"
        log.warning("e-mail not taken", extra={"entryId": message.id, "reason": reason})
        return _Failure(reason, transient=failed.transient)
    except ValueError:
        log.exception("e-mail cannot be composed", extra={"entryId": message.id})
        return _Failure("UNUSABLE", transient=False)
    log.info("e-mail accepted", extra={"entryId": message.id, "server": server})
    return None


def transports(settings: "Settings") -> "list[SmtpServer]":
    """The mail servers, the fallback last."""
    from shared.mail import SmtpServer

    first = SmtpServer(
        settings.smtp_host, settings.smtp_port, settings.smtp_security, settings.smtp_user, settings.smtp_password
    )
    second = SmtpServer(
        settings.smtp_fallback_host,
        settings.smtp_fallback_port,
        settings.smtp_fallback_security,
        settings.smtp_fallback_user,
        settings.smtp_fallback_password,
    )
    return [server for server in (first, second) if server.host]


def _end(ctx: Context, message: EmailMessage, **changes: Any) -> None:
    ended = ctx.unit.update(message, to=None, values=None, lease_until=None, **changes)
    if ended.notification_id is not None:
        outcomes.record(ctx, ended.notification_id, "email", _CHANNEL_STATE[ended.state])


_CHANNEL_STATE: dict[str, "ChannelState"] = {"accepted": "accepted", "failed": "failed", "dropped": "superseded"}


def _read(name: str, value: Any) -> Any:
    if name == "valid_for":
        return timedelta(seconds=value)
    return datetime.fromisoformat(value) if name == "when" else value
