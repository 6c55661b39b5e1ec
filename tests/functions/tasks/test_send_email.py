from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from shared.email_delivery import LEASE, MOST_ATTEMPTS
from shared.emails import EmailMessage
from shared.store.document import new_id
from tests.client import refused
from tests.configured import configured
from tests.world import unique

PATH = "/tasks/send_email"


def queued(cloud, **fields):
    unit = cloud.unit()
    message = unit.create(
        EmailMessage(
            **{
                "id": new_id(),
                "to": f"{unique('to')}@example.org",
                "template": "notification",
                "values": {"link": "https://app.example.org/notifications", "kind": "message"},
                "created_at": datetime.now(UTC),
            }
            | fields
        )
    )
    unit.commit()
    return message


def send(api, cloud, message):
    return cloud.machine(api, "task", "send_email").post(PATH, {"id": message.id})


def stored(cloud, message):
    return cloud.unit().get(EmailMessage, message.id)


def test_it_is_sent_once_and_forgotten(api, cloud):
    message = queued(cloud)
    answer = send(api, cloud, message)
    assert answer.status == 204, answer
    assert answer.trips == 3
    after = stored(cloud, message)
    assert (after.state, after.to, after.values, after.attempts) == ("accepted", None, None, 1)
    again = send(api, cloud, message)
    assert (again.status, again.writes) == (204, 0)
    (mail,) = cloud.mail(message.to)
    assert mail["messageId"].strip("<>").startswith(f"{message.id}@")
    assert mail["copies"] == 1
    page = mail["headers"]["List-Unsubscribe"].strip("<>")
    assert page in mail["links"]
    assert page.endswith("/account/notifications")


def test_contents_are_sealed_while_they_wait(cloud):
    message = queued(cloud)
    raw = cloud.firestore.collection("emails").document(message.id).get().to_dict()
    assert isinstance(raw["to"], bytes)
    assert isinstance(raw["values"], bytes)


def test_workers_at_the_same_time_send_one(api, cloud):
    message = queued(cloud)
    with ThreadPoolExecutor(4) as pool:
        statuses = sorted(pool.map(lambda _: _status(cloud, message), range(4)))
    assert statuses[0] == 204
    assert set(statuses) <= {204, 503}
    assert [mail["copies"] for mail in cloud.mail(message.to)] == [1]


def _status(cloud, message):
    import httpx

    headers = {"Authorization": f"Bearer {cloud.machine_token('task', 'send_email')}"}
    return httpx.post(f"{cloud.url}{PATH}", json={"id": message.id}, headers=headers, timeout=60).status_code


def test_a_worker_that_died_is_taken_over(api, cloud):
    held = queued(cloud, lease_until=datetime.now(UTC) + LEASE)
    refused(send(api, cloud, held), 503, "MAIL_UNAVAILABLE")
    dead = queued(cloud, lease_until=datetime.now(UTC) - timedelta(seconds=1), attempts=1)
    assert send(api, cloud, dead).status == 204
    assert stored(cloud, dead).state == "accepted"


def test_a_server_that_is_down_means_later(api, cloud):
    message = queued(cloud)
    with configured(SMTP_PORT="9"):
        refused(send(api, cloud, message), 503, "MAIL_UNAVAILABLE")
        waiting = stored(cloud, message)
        assert (waiting.state, waiting.attempts, waiting.lease_until, waiting.to) == ("queued", 1, None, message.to)
    assert send(api, cloud, message).status == 204
    assert len(cloud.mail(message.to)) == 1


def test_the_second_server_takes_over(api, cloud):
    message = queued(cloud)
    port = cloud.environ["SMTP_PORT"]
    fallback = {"SMTP_FALLBACK_HOST": "127.0.0.1", "SMTP_FALLBACK_PORT": port, "SMTP_FALLBACK_SECURITY": "none"}
    with configured(SMTP_PORT="9", **fallback):
        assert send(api, cloud, message).status == 204
    assert len(cloud.mail(message.to)) == 1


def test_it_is_given_up_in_the_end(api, cloud):
    message = queued(cloud, attempts=MOST_ATTEMPTS - 1)
    with configured(SMTP_PORT="9"):
        assert send(api, cloud, message).status == 204
    ended = stored(cloud, message)
    assert (ended.state, ended.reason, ended.to) == ("failed", "UNREACHABLE", None)


@pytest.mark.parametrize(
    "fields",
    [
        {"template": "no_such_template"},
        {"values": {}},
        {"to": "not an address"},
        {"values": {"link": "javascript:x", "kind": "message"}},
    ],
)
def test_what_cannot_be_sent_is_not_tried_again(api, cloud, fields):
    message = queued(cloud, **fields)
    assert send(api, cloud, message).status == 204
    assert stored(cloud, message).state == "failed"


def test_a_message_that_is_not_there_is_no_failure(api, cloud):
    assert cloud.machine(api, "task", "send_email").post(PATH, {"id": new_id()}).status == 204


def test_it_is_for_the_queue(api, world):
    refused(api.post(PATH, {"id": new_id()}), 401, "TOKEN_MISSING")
    refused(api.as_(world.admin).post(PATH, {"id": new_id()}), 401, "TOKEN_INVALID")
