from datetime import UTC, datetime

from shared.events import (
    EVENTS_OF_USER,
    NOTIFICATIONS_OF_USER,
    Notification,
    NotificationRequest,
    NotificationType,
    notification_id,
)
from shared.store.document import new_id
from shared.users.documents import Preferences
from tests.client import refused
from tests.conftest import eventually

PATH = "/tasks/deliver_notification"


def asked(cloud, *user_ids, key=""):
    unit = cloud.unit()
    request = unit.create(
        NotificationRequest(
            id=new_id(), user_ids=sorted(user_ids), type=NotificationType.SYSTEM_ALERT, ref_kind="notes",
            ref_id=new_id(), dedupe_key=key or new_id(), created_at=datetime.now(UTC),
        )
    )  # fmt: skip
    unit.commit()
    return request


def deliver(api, cloud, request):
    return cloud.machine(api, "task", "deliver_notification").post(PATH, {"id": request.id})


def made_for(cloud, request, account):
    return cloud.unit().get(Notification, notification_id(request.dedupe_key, account.id))


def test_each_user_gets_one_in_the_app_and_by_mail(api, cloud, world):
    first, second = world.family(), world.doctor()
    request = asked(cloud, first.id, second.id)
    answer = deliver(api, cloud, request)
    assert answer.status == 204, answer
    assert answer.trips == 3
    for account in (first, second):
        made = made_for(cloud, request, account)
        assert (made.type, made.ref_id, made.is_read) == ("system_alert", request.ref_id, False)
        mail = cloud.wait_for_mail(account.email, having="You have a new message")
        assert request.ref_id not in mail[0]["text"]
        eventually(lambda to=account: made_for(cloud, request, to).channels == {"email": "accepted"}, "it is marked")
    told = cloud.unit().find(EVENTS_OF_USER, userIds=first.id, limit=10)
    assert [event.ids for event in told if event.event == "notification:new"] == [
        {"notificationId": notification_id(request.dedupe_key, first.id)}
    ]


def test_twice_is_the_same_as_once(api, cloud, world):
    account = world.family()
    request = asked(cloud, account.id)
    assert deliver(api, cloud, request).writes > 0
    again = deliver(api, cloud, request)
    assert (again.status, again.writes) == (204, 0)
    twin = asked(cloud, account.id, key=request.dedupe_key)
    deliver(api, cloud, twin)
    cloud.wait_for_mail(account.email, having="You have a new message")
    assert len(cloud.unit().find(NOTIFICATIONS_OF_USER, userId=account.id, limit=10)) == 1


def test_who_wants_no_mail_gets_none(api, cloud, world):
    quiet, off = world.family(), world.family()
    api.as_(quiet).put("/users/me/preferences", {"emailNotifications": False})
    api.as_(off).put("/users/me/preferences", {"notificationsEnabled": False})
    request = asked(cloud, quiet.id, off.id)
    deliver(api, cloud, request)
    for account in (quiet, off):
        assert made_for(cloud, request, account).channels == {"email": "skipped"}
    assert cloud.unit().get(Preferences, quiet.id).email_notifications is False


def test_who_is_gone_gets_nothing(api, cloud, world):
    gone = world.family()
    api.as_(world.admin).delete(f"/users/{gone.id}")
    request = asked(cloud, gone.id, new_id())
    assert deliver(api, cloud, request).status == 204
    assert made_for(cloud, request, gone) is None


def test_more_than_one_commit_takes(api, cloud, world):
    account = world.family()
    request = asked(cloud, account.id, *(new_id() for _ in range(120)))
    assert deliver(api, cloud, request).status == 204
    assert made_for(cloud, request, account)
    assert cloud.unit().get(NotificationRequest, request.id).done


def test_it_is_for_the_queue(api, world):
    refused(api.post(PATH, {"id": new_id()}), 401, "TOKEN_MISSING")
    refused(api.as_(world.admin).post(PATH, {"id": new_id()}), 401, "TOKEN_INVALID")
