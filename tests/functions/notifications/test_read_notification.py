from shared.store.document import new_id
from tests.client import refused
from tests.functions.notifications.notices import again, notified


def test_it_is_read_once(api, cloud, world) -> None:
    account = world.family()
    made = notified(api, cloud, account)
    answer = api.as_(account).put(f"/notifications/{made.id}/read")
    assert (answer.status, answer["message"], answer.trips) == (200, "Notification marked as read", 2)
    first = again(cloud, made).read_at
    assert first is not None
    api.as_(account).put(f"/notifications/{made.id}/read")
    assert again(cloud, made).read_at == first


def test_somebody_elses_and_a_missing_one_are_the_same(api, cloud, world) -> None:
    made = notified(api, cloud, world.family())
    stranger = api.as_(world.family())
    refused(stranger.put(f"/notifications/{made.id}/read"), 404, "NOT_FOUND")
    refused(stranger.put(f"/notifications/{new_id()}/read"), 404, "NOT_FOUND")
    assert again(cloud, made).is_read is False
