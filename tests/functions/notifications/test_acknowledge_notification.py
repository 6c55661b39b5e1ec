from tests.client import refused
from tests.functions.notifications.notices import again, notified


def test_it_counts_as_delivered(api, cloud, world) -> None:
    account = world.family()
    made = notified(api, cloud, account)
    answer = api.as_(account).post(f"/notifications/{made.id}/acknowledge")
    assert (answer.status, answer.trips) == (204, 2)
    after = again(cloud, made)
    assert (after.channels["inApp"], after.is_read) == ("delivered", False)
    assert after.acknowledged_at is not None
    # A channel it was never sent on does not become a delivered one.
    api.as_(account).post(f"/notifications/{made.id}/acknowledge", {"channel": "push"})
    assert again(cloud, made).channels["push"] == "unreachable"


def test_somebody_elses_is_not_there(api, cloud, world) -> None:
    made = notified(api, cloud, world.family())
    refused(api.as_(world.family()).post(f"/notifications/{made.id}/acknowledge"), 404, "NOT_FOUND")
