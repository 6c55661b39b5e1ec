"""From what `ctx.notify` asked for to a notification per user and its deliveries.

Idempotent: a notification's id derives from what asked for it and its user, so that doing it twice makes one.
"""

import uuid
from datetime import datetime, timedelta

from shared import emails
from shared.context import Context
from shared.emails import EmailMessage
from shared.events import NotificationRequest, NotificationType, notification_id
from shared.i18n import supported
from shared.messaging import sms
from shared.notifications import push, visits
from shared.notifications.documents import Channel, ChannelState, Inbox, Notification, NotificationPreferences
from shared.notifications.preferences import REMINDER_OVERRIDES, URGENT, quiet_until, wants
from shared.notifications.vocabulary import sms as sms_text
from shared.store.unit import chunks
from shared.users.documents import User
from shared.users.preference_documents import Preferences


class _Person:
    """A recipient, with all that decides how they are reached."""

    def __init__(
        self, user: User, general: Preferences | None, wanted: NotificationPreferences | None, inbox: Inbox | None
    ) -> None:
        self.user = user
        self.general = general or Preferences(id=user.id)
        self.wanted = wanted or NotificationPreferences(id=user.id)
        self.has_devices = inbox is not None and inbox.has_devices

    @property
    def locale(self) -> str:
        return supported(self.general.language)

    def wants(self, kind: NotificationType, channel: Channel) -> bool:
        return wants(self.general, self.wanted, kind, channel)


def deliver(ctx: Context, request_id: str) -> None:
    """Make the notifications that a request asks for; safe to repeat, also after half of it was done."""
    request = ctx.unit.get(NotificationRequest, request_id)
    if request is None or request.done:
        return
    for number, user_ids in enumerate(chunks(request.user_ids, ctx.settings.notification_batch_size)):
        if number:
            ctx.commit()
        _deliver_to(ctx, request, user_ids)
    ctx.unit.update(request, done=True)


def _deliver_to(ctx: Context, request: NotificationRequest, user_ids: list[str]) -> None:
    visits.want(ctx, request)
    ids = [notification_id(request.dedupe_key, user_id) for user_id in user_ids]
    for user_id in user_ids:
        for document in (User, Preferences, NotificationPreferences, Inbox):
            ctx.unit.want(document, user_id)
        ctx.unit.want(EmailMessage, _mail_id(ctx, request, user_id))
    made = ctx.unit.get_all(Notification, ids)
    urgent = request.type in URGENT or visits.within(ctx, request, REMINDER_OVERRIDES)
    for own_id, existing, user in zip(ids, made, ctx.unit.get_all(User, user_ids), strict=True):
        if existing is not None or user is None or not user.is_active:
            continue
        person = _Person(
            user,
            ctx.unit.get(Preferences, user.id),
            ctx.unit.get(NotificationPreferences, user.id),
            ctx.unit.get(Inbox, user.id),
        )
        _notify(ctx, request, own_id, person, urgent=urgent)


def _notify(ctx: Context, request: NotificationRequest, own_id: str, person: _Person, *, urgent: bool) -> None:
    held_until = None if urgent else quiet_until(person.wanted.quiet_hours, person.general.timezone, ctx.now)
    in_app = person.wants(request.type, Channel.IN_APP)
    states: dict[str, ChannelState] = {Channel.IN_APP.value: "accepted" if in_app else "off"}
    for channel, start in ((Channel.PUSH, _push), (Channel.EMAIL, _email), (Channel.SMS, _sms)):
        state: ChannelState = "off"
        if person.wants(request.type, channel):
            state = start(ctx, request, own_id, person, held_until)
        states[channel.value] = "held" if state == "queued" and held_until is not None else state
    user_id = person.user.id
    ctx.unit.create(
        Notification(
            id=own_id,
            user_id=user_id,
            type=request.type,
            ref_kind=request.ref_kind,
            ref_id=request.ref_id,
            # Who does not want these in the app finds them in the list, but is not told of them there.
            is_read=not in_app,
            created_at=ctx.now,
            channels=states,
            expires_at=ctx.now + timedelta(days=ctx.settings.notification_retention_days),
        )
    )
    if in_app:
        ctx.emit([user_id], "notification:new", {"notificationId": own_id})


def _push(
    ctx: Context, _request: NotificationRequest, own_id: str, person: _Person, at: datetime | None
) -> ChannelState:
    if not person.has_devices:
        return "unreachable"
    push.queue(ctx, own_id, person.user.id, at)
    return "queued"


def _email(
    ctx: Context, request: NotificationRequest, own_id: str, person: _Person, at: datetime | None
) -> ChannelState:
    mail_id = _mail_id(ctx, request, person.user.id)
    if ctx.unit.get(EmailMessage, mail_id) is not None:
        return "superseded"
    about = request.ref_id if request.ref_kind in visits.REF_KINDS else None
    emails.send_notification(
        ctx, person.user, request.type, notification_id=own_id, appointment_id=about, locale=person.locale,
        message_id=mail_id, at=at, ref_kind=request.ref_kind,
    )  # fmt: skip
    return "queued"


def _sms(ctx: Context, request: NotificationRequest, own_id: str, person: _Person, at: datetime | None) -> ChannelState:
    user = person.user
    if not (user.phone_verified and user.phone_number and ctx.settings.twilio_account_sid):
        return "unreachable"
    sms.send(
        ctx,
        user.phone_number,
        sms_text(request.type, person.locale, request.ref_kind),
        message_id=own_id,
        at=at,
        purpose="notification",
        notification_id=own_id,
    )
    return "queued"


def _mail_id(ctx: Context, request: NotificationRequest, user_id: str) -> str:
    """Id of the e-mail a user gets: one for each notification, but one for all messages within a while.

    A conversation is not a series of letters.
    """
    about = request.dedupe_key
    minutes = ctx.settings.message_email_minutes
    if request.type is NotificationType.MESSAGE and minutes:
        about = f"message:{int(request.created_at.timestamp() // (60 * minutes))}"
    return mail_id(about, user_id)


def mail_id(about: str, user_id: str) -> str:
    """Id of the e-mail that tells a user of what `about` names: made twice, it is one."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"consentmd:mail:{about}:{user_id}"))
