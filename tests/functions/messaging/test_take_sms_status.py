import itertools

import pytest

from shared.events import NotificationType, notification_id
from shared.messaging.documents import SmsMessage
from tests.client import refused
from tests.functions.messaging.twilio import callback, sid
from tests.functions.notifications.notices import asked, deliver, with_phone
from tests.functions.tasks.test_deliver_sms import queued, stored

PATH = "/messaging/webhook/status"


def tell(api, cloud, made, own_sid, status, **more):
    fields = {"MessageSid": own_sid, "MessageStatus": status, **more}
    return callback(api, cloud, PATH, fields, query=f"messageId={made.id}")


@pytest.mark.parametrize("order", list(itertools.permutations(["queued", "sent", "delivered"])), ids="-".join)
def test_any_order_ends_the_same(api, cloud, order) -> None:
    made, own = queued(cloud, state="queued"), sid()
    for status in (*order, *order):
        assert tell(api, cloud, made, own, status).status == 204
    after = stored(cloud, made)
    assert (after.state, after.sid) == ("delivered", own)
    assert after.delivered_at is not None


def test_a_second_callback_changes_nothing(api, cloud) -> None:
    made, own = queued(cloud), sid()
    assert tell(api, cloud, made, own, "delivered").writes > 0
    again = tell(api, cloud, made, own, "delivered")
    assert (again.status, again.writes) == (204, 0)


def test_it_takes_three_trips_at_most(api, cloud, world) -> None:
    doctor = world.doctor()
    with_phone(cloud, doctor)
    request = asked(cloud, doctor.id, kind=NotificationType.PATIENT_ALERT)
    deliver(api, cloud, request)
    made = cloud.unit().get(SmsMessage, notification_id(request.dedupe_key, doctor.id))
    told = tell(api, cloud, made, sid(), "undelivered", ErrorCode="30003")
    assert told.trips // told.attempts <= 3


def test_it_is_found_by_twilios_id_too(api, cloud) -> None:
    made, own = queued(cloud, state="accepted"), sid()
    unit = cloud.unit()
    unit.update(unit.get(SmsMessage, made.id), sid=own)
    unit.commit()
    callback(api, cloud, PATH, {"MessageSid": own, "MessageStatus": "failed", "ErrorCode": "30008"})
    assert (stored(cloud, made).state, stored(cloud, made).reason) == ("failed", "30008")


def test_one_we_do_not_know_is_no_failure(api, cloud) -> None:
    assert callback(api, cloud, PATH, {"MessageSid": sid(), "MessageStatus": "sent"}).status == 204


def test_what_twilio_did_not_sign_is_refused(api, cloud) -> None:
    made = queued(cloud)
    answer = callback(api, cloud, PATH, {"MessageSid": sid(), "MessageStatus": "delivered"}, token="other")
    refused(answer, 401, "SIGNATURE_INVALID")
    # Signed for one message, sent for another.
    fields = {"MessageSid": sid(), "MessageStatus": "delivered"}
    signed = callback(api, cloud, PATH, fields, query=f"messageId={made.id}").response.request
    swapped = api.post(
        f"/api/v1{PATH}?messageId={queued(cloud).id}",
        content=signed.content,
        headers={"Content-Type": signed.headers["Content-Type"],
                 "X-Twilio-Signature": signed.headers["X-Twilio-Signature"]},
    )  # fmt: skip
    refused(swapped, 401, "SIGNATURE_INVALID")
