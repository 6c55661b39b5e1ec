from concurrent.futures import ThreadPoolExecutor

from tests.functions.notifications.notices import asked, deliver, notified


def test_it_counts_what_is_unread_at_the_cost_of_one_read(api, cloud, world) -> None:
    account = world.family()
    assert api.as_(account).get("/notifications/unread/count")["count"] == 0
    made = [notified(api, cloud, account) for _ in range(3)]
    answer = api.as_(account).get("/notifications/unread/count")
    assert (answer["count"], answer["countIsMinimum"], answer.trips) == (3, False, 2)
    reads = answer.reads
    api.as_(account).put(f"/notifications/{made[0].id}/read")
    after = api.as_(account).get("/notifications/unread/count")
    assert (after["count"], after.reads) == (2, reads)


def test_many_at_once_are_all_counted(api, cloud, world) -> None:
    account = world.family()
    requests = [asked(cloud, account.id) for _ in range(8)]
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda request: deliver(api, cloud, request), requests))
    # They share no document, so none has to wait for another.
    assert [answer.attempts for answer in answers] == [1] * 8
    assert api.as_(account).get("/notifications/unread/count")["count"] == 8
