"""Delivering notifications in the app and by e-mail, as each user wants it.

Idempotent: a notification's id derives from what asked for it and its user, so that doing it twice makes one.
"""

from shared import emails
from shared.context import Context
from shared.events import ChannelState, Notification, NotificationRequest, notification_id
from shared.users.documents import Preferences, User

#: Users served in one commit.
_AT_ONCE = 50


def deliver(ctx: Context, request_id: str) -> None:
    """Make the notifications that a request asks for; safe to repeat, also after half of it was done."""
    request = ctx.unit.get(NotificationRequest, request_id)
    if request is None or request.done:
        return
    for first in range(0, len(request.user_ids), _AT_ONCE):
        _deliver_to(ctx, request, request.user_ids[first : first + _AT_ONCE])
        if first + _AT_ONCE < len(request.user_ids):
            ctx.unit.commit()
    ctx.unit.update(request, done=True)


def _deliver_to(ctx: Context, request: NotificationRequest, user_ids: list[str]) -> None:
    ids = [notification_id(request.dedupe_key, user_id) for user_id in user_ids]
    for user_id in user_ids:
        ctx.unit.want(User, user_id)
        ctx.unit.want(Preferences, user_id)
    made = ctx.unit.get_all(Notification, ids)
    users, wishes = ctx.unit.get_all(User, user_ids), ctx.unit.get_all(Preferences, user_ids)
    for own_id, existing, user, wish in zip(ids, made, users, wishes, strict=True):
        if existing is not None or user is None or not user.is_active:
            continue
        wanted = wish or Preferences(id=user.id)
        by_mail = wanted.notifications_enabled and wanted.email_notifications
        state: ChannelState = "queued" if by_mail else "skipped"
        ctx.unit.create(
            Notification(
                id=own_id,
                user_id=user.id,
                type=request.type,
                ref_kind=request.ref_kind,
                ref_id=request.ref_id,
                created_at=ctx.now,
                channels={"email": state},
            )
        )
        ctx.emit([user.id], "notification:new", {"notificationId": own_id})
        if by_mail:
            link = emails.link(ctx.settings, "notifications")
            emails.send(ctx, user.email, "notification", notification_id=own_id, link=link)
