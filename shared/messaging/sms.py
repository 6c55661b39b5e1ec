"""Sending text messages: queued in the commit, handed to Twilio by a worker.

Twilio's Messages API has no idempotency key. What keeps a message from going out twice:

- a worker claims it (a lease, committed) before it calls, so two never call at the same time;
- its status callback names our id, so a message whose worker died behind the call is known as sent when the first
  callback comes, which is within seconds;
- a second try first looks through Twilio's list for a message to this number with this text, made since the first
  try, that no other of ours claims, and adopts it.

What is left: a worker that dies behind the call, no callback within the lease (2 min), and a list that does not show
the message yet. Then it is sent twice. It is never lost: what is queued is tried until it ends in a state.
"""

import logging
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from shared import metrics
from shared.context import Context
from shared.errors import SmsUnavailable
from shared.messaging import threads, vendor
from shared.messaging.documents import RANK, SMS_BY_SID, OptOut, SmsMessage, SmsState
from shared.notifications import outcomes
from shared.store.document import new_id
from shared.store.outbox import JOBS

log = logging.getLogger("consentmd.sms")

LEASE = timedelta(minutes=2)
#: Waits before the second and the third try.
WAITS = (timedelta(minutes=1), timedelta(minutes=10))
#: How long codes and notifications stay in the log, without their text.
KEPT = timedelta(days=30)


def send(
    ctx: Context,
    number: str,
    text: str,
    *,
    message_id: str | None = None,
    at: datetime | None = None,
    purpose: str = "message",
    **about: Any,
) -> SmsMessage:
    """Queue a text message with the commit, under `message_id` or a new one. `about` are fields of `SmsMessage`."""
    made = ctx.unit.create(
        SmsMessage.model_validate(
            {
                "id": message_id or new_id(),
                "direction": "outbound",
                "number": number,
                "text": text,
                "purpose": purpose,
                "state": "queued",
                "created_at": ctx.now,
                "expires_at": None if purpose == "message" else ctx.now + KEPT,
                **about,
            }
        )
    )
    ctx.enqueue("deliver_sms", made.id, at=at, dedupe_key=made.id)
    return made


def has_opted_out(ctx: Context, number: str) -> bool:
    """Whether a number has sent STOP and no START since."""
    said = ctx.unit.get(OptOut, opt_out_id(ctx, number))
    return said is not None and said.opted_out


def opt_out_id(ctx: Context, number: str) -> str:
    """Document id of what a number said."""
    return ctx.unit.sealer.blind("phone", number)


def deliver(ctx: Context, sms_id: str) -> None:
    """Hand a queued message to Twilio; safe to repeat. Raises `SmsUnavailable` while another worker has it."""
    message = ctx.unit.get(SmsMessage, sms_id)
    if message is None or message.state != "queued":
        return
    if message.lease_until is not None and message.lease_until > ctx.now:
        raise SmsUnavailable
    ctx.unit.want(OptOut, opt_out_id(ctx, message.number))
    filing = message.sender_id is not None and message.chat_id is None
    patient_id = threads.patient_of(ctx, message.number, message.sender_id) if filing else None
    if message.notification_id is not None and not outcomes.still_due(ctx, message.notification_id, "sms"):
        _end(ctx, message, "superseded")
        return
    if has_opted_out(ctx, message.number):
        _end(ctx, message, "blocked", reason="OPTED_OUT")
        return
    if filing:
        message = ctx.unit.update(message, **threads.file(ctx, message, patient_id))
    claimed = ctx.unit.update(
        message, attempts=message.attempts + 1, lease_until=ctx.now + LEASE, tried_at=message.tried_at or ctx.now
    )
    ctx.commit(known=True)
    try:
        sid = (_adopted(ctx, claimed) if claimed.attempts > 1 else None) or vendor.hand_over(
            ctx.settings, claimed.number, claimed.text or "", _callback(ctx, sms_id)
        )
    except vendor.Refused as refused:
        log.warning("SMS not taken", extra={"entryId": sms_id, "reason": refused.code})
        ctx.settle(partial(_refused, ctx, sms_id, refused))
        return
    log.info("SMS accepted", extra={"entryId": sms_id})
    ctx.settle(lambda: _accepted(ctx, sms_id, sid))


def advance(ctx: Context, message: SmsMessage, state: SmsState, sid: str, reason: str | None) -> None:
    """Take over what Twilio says about a message. What is no step forward changes nothing."""
    if message.direction == "inbound" or RANK.get(state, -1) <= RANK.get(message.state, 9):
        return
    delivered = {"delivered_at": ctx.now} if state == "delivered" else {}
    _end(ctx, message, state, sid=sid, sent_at=message.sent_at or ctx.now, reason=reason, **delivered)


def again(ctx: Context, message: SmsMessage) -> None:
    """Send a message that was given up once more, with all its tries."""
    ctx.unit.update(message, state="queued", attempts=0, lease_until=None, tried_at=None, sid=None, reason=None)
    ctx.enqueue("deliver_sms", message.id)


def _adopted(ctx: Context, message: SmsMessage) -> str | None:
    found = vendor.candidates(ctx.settings, message.number, message.text or "", message.tried_at or ctx.now)
    for sid in found:
        if not ctx.unit.find(SMS_BY_SID, sid=sid, limit=1):
            log.info("SMS found at the vendor", extra={"entryId": message.id})
            return sid
    return None


def _callback(ctx: Context, sms_id: str) -> str:
    return f"{ctx.settings.public_url.rstrip('/')}/api/v1/messaging/webhook/status?messageId={sms_id}"


def _accepted(ctx: Context, sms_id: str, sid: str) -> None:
    current = ctx.unit.get(SmsMessage, sms_id)
    if current is not None and current.state == "queued":
        _end(ctx, current, "accepted", sid=sid, sent_at=ctx.now)


def _refused(ctx: Context, sms_id: str, refused: vendor.Refused) -> None:
    current = ctx.unit.get(SmsMessage, sms_id)
    if current is None or current.state != "queued":
        return
    if refused.transient and current.attempts < ctx.settings.max_retry_attempts:
        ctx.unit.update(current, lease_until=None)
        wait = WAITS[min(current.attempts, len(WAITS)) - 1]
        ctx.enqueue(
            "deliver_sms", sms_id, at=ctx.now + wait, dedupe_key=f"{sms_id}:{current.tried_at}:{current.attempts}"
        )
    elif refused.code.isdigit() and int(refused.code) in vendor.OPTED_OUT:
        _end(ctx, current, "blocked", reason="OPTED_OUT")
    else:
        _end(ctx, current, "failed", reason=refused.code)


def _end(ctx: Context, message: SmsMessage, state: SmsState, **changes: Any) -> None:
    # A message between people stays readable in the log; a code or a notification has done what it was for.
    if message.purpose != "message" and state != "failed":
        changes["text"] = None
    ended = ctx.unit.update(message, state=state, lease_until=None, **changes)
    if state in {"failed", "undelivered"}:
        metrics.emit(metrics.Metric.DEAD_LETTER, 1, queue=JOBS["deliver_sms"], job="deliver_sms")
        outcomes.give_up(ctx, "sms", ended.id, reason=ended.reason or "FAILED", attempts=ended.attempts,
                         notification_id=ended.notification_id, retryable=ended.purpose != "verification")  # fmt: skip
    if ended.notification_id is not None:
        outcomes.record(ctx, ended.notification_id, "sms", _CHANNEL_STATE[state])


_CHANNEL_STATE: dict[str, Any] = {
    "accepted": "accepted", "sent": "accepted", "delivered": "delivered", "undelivered": "failed", "failed": "failed",
    "blocked": "unreachable", "superseded": "superseded",
}  # fmt: skip
