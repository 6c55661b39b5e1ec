"""Notifications as the backend makes them, for those who look at them."""

import itertools
from datetime import UTC, datetime

from shared.events import NotificationRequest, NotificationType, notification_id
from shared.notifications.documents import Notification
from shared.store.document import new_id

_numbers = itertools.count(1)


def phone() -> str:
    """A number no other test uses."""
    return f"+1555{datetime.now(UTC).microsecond:06d}{next(_numbers) % 10}"


def token() -> str:
    """A device token no other test uses."""
    return f"device-{new_id()}"


def asked(cloud, *user_ids, key="", kind=NotificationType.SYSTEM_ALERT, ref=None) -> NotificationRequest:
    """What `ctx.notify` writes."""
    unit = cloud.unit()
    ref_kind, ref_id = ref or ("notes", new_id())
    request = unit.create(
        NotificationRequest(
            id=new_id(), user_ids=sorted(user_ids), type=kind, ref_kind=ref_kind, ref_id=ref_id,
            dedupe_key=key or new_id(), created_at=datetime.now(UTC),
        )
    )  # fmt: skip
    unit.commit()
    return request


def deliver(api, cloud, request):
    """Run the delivery worker."""
    answer = cloud.machine(api, "task", "deliver_notification").post("/tasks/deliver_notification", {"id": request.id})
    assert answer.status == 204, answer
    return answer


def notified(api, cloud, account, **options) -> Notification:
    """A notification of `account`, made."""
    request = asked(cloud, account.id, **options)
    deliver(api, cloud, request)
    return made_for(cloud, request, account)


def made_for(cloud, request, account) -> Notification | None:
    """What a request made for a user."""
    return cloud.unit().get(Notification, notification_id(request.dedupe_key, account.id))


def again(cloud, made) -> Notification:
    """A notification as it is now."""
    return cloud.unit().get(Notification, made.id)


def with_device(api, account) -> str:
    """Register a device for an account; its token."""
    own = token()
    assert api.as_(account).post("/notifications/devices", {"token": own, "platform": "android"}).status == 201
    return own


def with_phone(cloud, account) -> str:
    """Give an account a verified number and switch SMS on; the number."""
    from shared.users.documents import User
    from shared.users.preference_documents import Preferences

    unit, number = cloud.unit(), phone()
    unit.update(unit.get(User, account.id), phone_number=number, phone_verified=True)
    stored = unit.get(Preferences, account.id)
    if stored is None:
        unit.create(Preferences(id=account.id, sms_notifications=True))
    else:
        unit.update(stored, sms_notifications=True)
    unit.commit()
    return number
