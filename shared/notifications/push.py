"""Push notifications through Firebase Cloud Messaging.

FCM and the platforms behind it are outside the BAA: a message carries a text of the closed vocabulary and opaque ids.

`pushes/{notificationId}` {userId, state: queued | ended, attempts, leaseUntil, doneDevices}. FCM knows no idempotency
key, so every message carries the notification's id as the platforms' collapse key: one that a crash makes us send
twice takes the place of the first on the device, without a second entry.
"""

import logging
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal

from shared import clients, metrics
from shared.context import Context
from shared.errors import PushUnavailable
from shared.i18n import supported
from shared.notifications import outcomes
from shared.notifications.documents import DEVICES_OF_USER, ChannelState, Device, Inbox, Notification
from shared.notifications.vocabulary import words
from shared.store.document import Document
from shared.store.outbox import JOBS
from shared.users.preference_documents import Preferences

if TYPE_CHECKING:
    from firebase_admin import messaging

log = logging.getLogger("consentmd.push")

LEASE = timedelta(minutes=2)
#: Waits before the second and the third try.
WAITS = (timedelta(seconds=30), timedelta(minutes=5))
#: Apps of one user.
MOST_DEVICES = 20
#: A call that nobody was told of in this time has been missed.
_RINGING = timedelta(seconds=60)


class Push(Document):
    """A push notification on its way to a user's devices."""

    collection = "pushes"
    ttl = "expiresAt"

    user_id: str
    state: Literal["queued", "ended"] = "queued"
    attempts: int = 0
    lease_until: datetime | None = None
    #: Devices that need no further try.
    done_devices: list[str] = []
    created_at: datetime
    expires_at: datetime


def queue(ctx: Context, notification_id: str, user_id: str, at: datetime | None) -> None:
    """Send a notification to its user's devices, at `at` or at once."""
    made = ctx.unit.create(
        Push(
            id=notification_id,
            user_id=user_id,
            created_at=ctx.now,
            expires_at=ctx.now + timedelta(days=ctx.settings.notification_retention_days),
        )
    )
    ctx.enqueue("send_push", made.id, at=at, dedupe_key=made.id)


def deliver(ctx: Context, notification_id: str) -> None:
    """Send to every device that has not been served; safe to repeat. Raises `PushUnavailable` while another does."""
    ctx.unit.want(Notification, notification_id)
    push = ctx.unit.get(Push, notification_id)
    if push is None or push.state != "queued":
        return
    if push.lease_until is not None and push.lease_until > ctx.now:
        raise PushUnavailable
    made = ctx.unit.get(Notification, notification_id)
    if made is None or not outcomes.still_due(ctx, notification_id, "push"):
        _end(ctx, push, "superseded")
        return
    ctx.unit.want(Preferences, push.user_id)
    devices_of_user = ctx.unit.reading(DEVICES_OF_USER, userId=push.user_id, limit=MOST_DEVICES)
    found, _ = ctx.unit.together(devices_of_user, ctx.unit.reading_wanted())
    preferences = ctx.unit.get(Preferences, push.user_id)
    devices = [device for device in found if device.id not in push.done_devices]
    claimed = ctx.unit.update(push, attempts=push.attempts + 1, lease_until=ctx.now + LEASE)
    ctx.commit(known=True)
    results = _send(devices, made, supported(preferences.language if preferences else ""))
    others = len(found) - len(devices)
    if ctx.settle(lambda: _conclude(ctx, claimed, devices, results, others=others)) == "given up":
        metrics.emit(metrics.Metric.DEAD_LETTER, 1, queue=JOBS["send_push"], job="send_push")


def again(ctx: Context, notification_id: str) -> bool:
    """Send once more what was given up, to devices that did not get it; False when it is gone."""
    push = ctx.unit.get(Push, notification_id)
    if push is None:
        return False
    ctx.unit.update(push, state="queued", attempts=0, lease_until=None)
    ctx.enqueue("send_push", notification_id)
    return True


Result = Literal["accepted", "unregistered", "refused", "later"]


def _conclude(
    ctx: Context, claimed: Push, devices: list[Device], results: list[Result], *, others: int
) -> Literal["done", "given up"]:
    push = ctx.unit.get(Push, claimed.id)
    if push is None or push.state != "queued":
        return "done"
    done = [device.id for device, result in zip(devices, results, strict=True) if result != "later"]
    push = ctx.unit.update(push, done_devices=sorted({*push.done_devices, *done}))
    gone = [device for device, result in zip(devices, results, strict=True) if result == "unregistered"]
    for device in gone:
        ctx.unit.remove(Device, device.id)
    if len(gone) == len(devices) and not others:
        forget_devices(ctx, push.user_id)
    if "later" in results:
        if push.attempts < ctx.settings.max_retry_attempts:
            ctx.unit.update(push, lease_until=None)
            wait = WAITS[min(push.attempts, len(WAITS)) - 1]
            dedupe_key = f"{push.id}:{claimed.lease_until}"
            ctx.enqueue("send_push", push.id, at=ctx.now + wait, dedupe_key=dedupe_key)
            return "done"
        outcomes.give_up(ctx, "push", push.id, reason="UNAVAILABLE", attempts=push.attempts,
                         notification_id=push.id, retryable=True)  # fmt: skip
    _end(ctx, push, _state(results, others))
    return "given up" if "later" in results else "done"


def _state(results: list[Result], others: int) -> ChannelState:
    """Of the channel as a whole: it has reached the user when it has reached one device."""
    if "accepted" in results or others:
        return "accepted"
    if "later" in results or "refused" in results:
        return "failed"
    return "unregistered" if results else "unreachable"


def _end(ctx: Context, push: Push, state: ChannelState) -> None:
    ctx.unit.update(push, state="ended", lease_until=None)
    outcomes.record(ctx, push.id, "push", state)


def forget_devices(ctx: Context, user_id: str) -> None:
    """Note that push has nowhere to go any more."""
    inbox = ctx.unit.get(Inbox, user_id)
    if inbox is not None:
        ctx.unit.update(inbox, has_devices=False)


def _send(devices: list[Device], made: Notification, locale: str) -> list[Result]:
    """Hand the notification to FCM for each device; how each went, in order."""
    if not devices:
        return []
    from firebase_admin import exceptions, messaging

    messages = [_message(device.token, made, locale) for device in devices]
    try:
        answers = messaging.send_each(messages, app=clients.fcm()).responses
    except exceptions.FirebaseError as failed:
        # Of the call as a whole: no credentials to be had.
        log.warning("push not taken", extra={"entryId": made.id, "reason": type(failed).__name__})
        return ["later"] * len(devices)
    results: list[Result] = []
    for answer in answers:
        if answer.success:
            results.append("accepted")
        elif isinstance(answer.exception, messaging.UnregisteredError | messaging.SenderIdMismatchError):
            results.append("unregistered")
        elif isinstance(answer.exception, exceptions.InvalidArgumentError):
            results.append("refused")
        else:
            results.append("later")
            log.warning("push not taken", extra={"entryId": made.id, "reason": type(answer.exception).__name__})
    return results


def _message(token: str, made: Notification, locale: str) -> "messaging.Message":
    from firebase_admin import messaging

    said = words(made.type, locale, made.ref_kind)
    call = made.type == "call_incoming"
    timing: dict[str, Any] = {"ttl": _RINGING} if call else {}
    message = messaging.Message(
        notification=messaging.Notification(title=said.title, body=said.body),
        # Ids only: the app asks for the rest, as whoever is signed in on it.
        data={"notificationId": made.id, "type": made.type.value, "refKind": made.ref_kind, "refId": made.ref_id},
        android=messaging.AndroidConfig(
            collapse_key=made.id,
            priority="high",
            notification=messaging.AndroidNotification(tag=made.id, visibility="private"),
            **timing,
        ),
        apns=messaging.APNSConfig(
            headers={"apns-collapse-id": made.id, "apns-priority": "10"},
            payload=messaging.APNSPayload(aps=messaging.Aps(sound="default", thread_id=made.type.value)),
        ),
        webpush=messaging.WebpushConfig(
            # Seed 003 §20.3.
            notification=messaging.WebpushNotification(icon="/logo.png", tag=made.id),
            data={"link": "/notifications"},
        ),
    )
    # Not by the constructor, which wants installation ids now; registration tokens are what apps have.
    message.token = token
    return message
