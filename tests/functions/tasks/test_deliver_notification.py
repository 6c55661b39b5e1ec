from datetime import UTC, datetime, timedelta

import pytest

from shared.events import EVENTS_OF_USER, NotificationRequest, NotificationType, notification_id
from shared.notifications.documents import NOTIFICATIONS_OF_USER
from shared.store.document import new_id
from shared.store.unit import Conflicted
from tests.client import refused
from tests.configured import configured
from tests.conftest import eventually
from tests.functions.appointments.conftest import begins_in, practice
from tests.functions.notifications.notices import (
    again,
    asked,
    deliver,
    made_for,
    notified,
    with_device,
    with_phone,
)

__all__ = ["practice"]

PATH = "/tasks/deliver_notification"
NOTHING = {"push": "unreachable", "sms": "off"}


def quiet(api, account, *, now: bool) -> None:
    """Quiet hours of an account that hold at this time of the day in its zone, or do not."""
    start = datetime.now(UTC) - timedelta(hours=1 if now else 3)
    api.as_(account).put("/users/me/preferences", {"timezone": "UTC"})
    body = {"enabled": True, "start": f"{start:%H:%M}", "end": f"{start + timedelta(hours=2):%H:%M}"}
    assert api.as_(account).put("/users/me/notification-preferences", {"quietHours": body}).status == 200


def test_each_user_gets_one_in_the_app_and_by_mail(api, cloud, world):
    first, second = world.family(), world.doctor()
    request = asked(cloud, first.id, second.id)
    assert deliver(api, cloud, request).trips == 3
    for account in (first, second):
        made = made_for(cloud, request, account)
        assert (made.type, made.ref_id, made.is_read) == ("system_alert", request.ref_id, False)
        mail = cloud.wait_for_mail(account.email, having="something new for you")
        assert request.ref_id not in mail[0]["text"]
        expected = {"inApp": "accepted", "email": "accepted", **NOTHING}
        eventually(lambda to=account, want=expected: made_for(cloud, request, to).channels == want, "it is marked")
    told = cloud.unit().find(EVENTS_OF_USER, userIds=first.id, limit=10)
    assert [event.ids for event in told if event.event == "notification:new"] == [
        {"notificationId": notification_id(request.dedupe_key, first.id)}
    ]


def test_twice_is_the_same_as_once(api, cloud, world):
    account = world.family()
    request = asked(cloud, account.id)
    assert deliver(api, cloud, request).writes > 0
    assert deliver(api, cloud, request).writes == 0
    deliver(api, cloud, asked(cloud, account.id, key=request.dedupe_key))
    cloud.wait_for_mail(account.email, having="something new")
    assert len(cloud.unit().find(NOTIFICATIONS_OF_USER, userId=account.id, limit=10)) == 1


def test_all_four_channels_without_a_word_of_what_it_is_about(api, cloud, world):
    account = world.patient()
    device, number = with_device(api, account), with_phone(cloud, account)
    made = notified(api, cloud, account, kind=NotificationType.PRESCRIPTION_READY)
    push = eventually(lambda: cloud.sent("push", device), "a push notification")[0]
    assert (push["subject"], push["text"]) == ("Something is ready", "Something is ready for you. Sign in to see what.")
    assert push["message"]["data"] == {
        "notificationId": made.id, "type": "prescription_ready", "refKind": "notes", "refId": made.ref_id,
    }  # fmt: skip
    said = cloud.wait_for_sms(number)["text"]
    assert said == "ConsentMD: Something is ready for you. Sign in to see what. Reply STOP to end."
    cloud.wait_for_mail(account.email, having="Something is ready")
    everywhere = {"inApp": "accepted", "push": "accepted", "email": "accepted", "sms": "delivered"}
    eventually(lambda: again(cloud, made).channels == everywhere, "every channel is marked")


def test_in_the_language_of_the_user(api, cloud, world):
    account = world.family()
    device, number = with_device(api, account), with_phone(cloud, account)
    api.as_(account).put("/users/me/preferences", {"language": "es"})
    notified(api, cloud, account, kind=NotificationType.PATIENT_ALERT)
    assert cloud.wait_for_sms(number)["text"].startswith("ConsentMD: Hay una alerta urgente para usted.")
    assert eventually(lambda: cloud.sent("push", device), "a push")[0]["subject"] == "Alerta urgente"
    mail = cloud.wait_for_mail(account.email, having="Alerta urgente")[0]
    assert '<html lang="es"' in mail["html"]


@pytest.mark.parametrize(
    ("switches", "matrix", "expected"),
    [
        ({"emailNotifications": False}, {}, {"inApp": "accepted", "email": "off", **NOTHING}),
        ({"notificationsEnabled": False}, {}, {"inApp": "accepted", "push": "off", "email": "off", "sms": "off"}),
        ({}, {"system_alert": {"email": False}}, {"inApp": "accepted", "email": "off", **NOTHING}),
        ({}, {"system_alert": {"inApp": False, "email": False}}, {"inApp": "off", "email": "off", **NOTHING}),
        ({"smsNotifications": True}, {"system_alert": {"sms": True, "email": False}},
         {"inApp": "accepted", "push": "unreachable", "email": "off", "sms": "unreachable"}),
    ],
)  # fmt: skip
def test_switches_and_matrix_decide(api, cloud, world, switches, matrix, expected):
    account = world.family()
    if switches:
        api.as_(account).put("/users/me/preferences", switches)
    if matrix:
        api.as_(account).put("/users/me/notification-preferences", {"types": matrix})
    assert notified(api, cloud, account).channels == expected
    assert api.as_(account).get("/notifications/unread/count")["count"] == (expected["inApp"] == "accepted")


def test_quiet_hours_hold_what_leaves_the_app_until_they_end(api, cloud, world):
    account = world.family()
    device = with_device(api, account)
    quiet(api, account, now=True)
    made = notified(api, cloud, account)
    assert made.channels == {"inApp": "accepted", "push": "held", "email": "held", "sms": "off"}
    found = cloud.stored("outbox", "ref", made.id)
    entries = [snapshot.to_dict() for snapshot in found]
    (due,) = [entry["at"] for entry in entries if entry["job"] == "send_push"]
    ends = due - datetime.now(UTC)
    assert timedelta(minutes=58) <= ends <= timedelta(minutes=61)
    assert cloud.sent("push", device) == []
    # The hours are over: what was read meanwhile is not sent, what was not is.
    unread = notified(api, cloud, account)
    api.as_(account).put(f"/notifications/{made.id}/read")
    for each in (made, unread):
        assert cloud.machine(api, "task", "send_push").post("/tasks/send_push", {"id": each.id}).status == 204
    assert again(cloud, made).channels["push"] == "superseded"
    assert again(cloud, unread).channels["push"] == "accepted"
    assert len(cloud.sent("push", device)) == 1


def test_urgent_types_do_not_wait(api, cloud, world):
    account = world.family()
    quiet(api, account, now=True)
    assert notified(api, cloud, account, kind=NotificationType.PATIENT_ALERT).channels["email"] == "queued"
    assert notified(api, cloud, account, kind=NotificationType.LAB_RESULTS).channels["email"] == "held"
    quiet(api, account, now=False)
    assert notified(api, cloud, account, kind=NotificationType.LAB_RESULTS).channels["email"] == "queued"


def moved(world, visit, delta) -> bool:
    """Let a visit begin so far from now; False when somebody else has just written it."""
    try:
        begins_in(world, visit, delta)
    except Conflicted:
        return False
    return True


def test_a_reminder_waits_unless_the_visit_is_near(api, cloud, world, practice):
    patient = world.patient()
    quiet(api, patient, now=True)
    visit = practice.booked(patient)

    def email_of_a_reminder() -> str:
        about = ("appointments", visit["id"])
        made = notified(api, cloud, patient, kind=NotificationType.APPOINTMENT_REMINDER, ref=about)
        return made.channels["email"]

    assert email_of_a_reminder() == "held"
    for delta, state in ((timedelta(minutes=110), "queued"), (timedelta(minutes=130), "held"),
                         (timedelta(minutes=-5), "held")):  # fmt: skip
        # What booking it has set off writes to the appointment, too.
        eventually(lambda to=delta: moved(world, visit, to), "the visit is moved")
        assert email_of_a_reminder() == state


def test_a_conversation_is_one_letter(api, cloud, world):
    account = world.family()
    first = notified(api, cloud, account, kind=NotificationType.MESSAGE)
    second = notified(api, cloud, account, kind=NotificationType.MESSAGE)
    assert [first.channels["email"], second.channels["email"]] == ["queued", "superseded"]
    with configured(MESSAGE_EMAIL_MINUTES="0"):
        assert notified(api, cloud, account, kind=NotificationType.MESSAGE).channels["email"] == "queued"


def test_who_is_gone_gets_nothing(api, cloud, world):
    gone = world.family()
    api.as_(world.admin).delete(f"/users/{gone.id}")
    request = asked(cloud, gone.id, new_id())
    deliver(api, cloud, request)
    assert made_for(cloud, request, gone) is None


def test_more_than_one_commit_takes(api, cloud, world):
    account = world.family()
    request = asked(cloud, account.id, *(new_id() for _ in range(120)))
    deliver(api, cloud, request)
    assert made_for(cloud, request, account)
    assert cloud.unit().get(NotificationRequest, request.id).done


def test_a_hundred_in_one_commit(api, cloud, world):
    from shared.users.documents import User

    pattern = world.family()
    unit = cloud.unit()
    person = unit.get(User, pattern.id)
    people = [unit.create(person.model_copy(update={"id": new_id(), "email": f"{new_id()}@example.org"}))
              for _ in range(100)]  # fmt: skip
    unit.commit()
    answer = deliver(api, cloud, asked(cloud, *(each.id for each in people)))
    assert answer.trips == 3
    assert len(cloud.unit().find(NOTIFICATIONS_OF_USER, userId=people[0].id, limit=2)) == 1


def test_it_is_for_the_queue(api, world):
    refused(api.post(PATH, {"id": new_id()}), 401, "TOKEN_MISSING")
    refused(api.as_(world.admin).post(PATH, {"id": new_id()}), 401, "TOKEN_INVALID")
