import pytest

from tests.client import refused
from tests.functions.notifications.notices import with_device
from tests.functions.tasks.test_deliver_sms import queued as sms
from tests.functions.tasks.test_deliver_sms import send as send_sms
from tests.functions.tasks.test_send_push import queued as push
from tests.functions.tasks.test_send_push import send as send_push

PATH = "/admin/dead-letters"


@pytest.fixture(scope="module")
def dead(api, cloud, world):
    """A push notification and a text message that were given up."""
    account = world.family()
    device = with_device(api, account)
    cloud.vendor("/fcm/_answers", {"for": device, "answer": "UNAVAILABLE"})
    pushed = push(cloud, account)
    for _ in range(3):
        send_push(api, cloud, pushed)
    cloud.vendor("/fcm/_answers", {"for": device, "answer": None})
    message = sms(cloud, text="Ask about the canary")
    cloud.vendor("/twilio/_answers", {"for": message.number, "answer": "21614", "times": 1})
    send_sms(api, cloud, message)
    return account, device, pushed, message


def letter(api, world, channel, state="open"):
    """The newest letter of a channel."""
    answer = api.as_(world.admin).get(f"{PATH}?channel={channel}&state={state}")
    assert answer.status == 200, answer
    return answer["data"][0]


def test_administrators_see_what_was_given_up_and_why(api, world, dead) -> None:
    account, device, pushed, message = dead
    seen = letter(api, world, "push")
    assert (seen["reason"], seen["attempts"], seen["userId"]) == ("UNAVAILABLE", 3, account.id)
    assert (seen["notificationId"], seen["retryable"], seen["state"]) == (pushed.id, True, "open")
    assert letter(api, world, "sms")["reason"] == "21614"
    everything = api.as_(world.admin).get(PATH)
    # What they look at is noted, which is a commit.
    assert everything.trips == 3
    # Records and codes, nothing of what was said or to whom.
    assert not any(secret in everything.response.text for secret in (device, message.number, "canary", account.email))


def test_it_is_for_administrators(api, world) -> None:
    refused(api.as_(world.doctor()).get(PATH), 403, "ROLE_NOT_ALLOWED")
