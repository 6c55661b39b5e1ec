from tests.functions.notifications.notices import notified


def test_everything_up_to_now_is_read_by_one_write(api, cloud, world) -> None:
    account = world.family()
    for _ in range(3):
        notified(api, cloud, account)
    answer = api.as_(account).put("/notifications/read-all")
    assert (answer.status, answer.trips) == (200, 2)
    rows = api.as_(account).get("/notifications")["data"]
    assert all(row["isRead"] and row["readAt"] for row in rows)
    assert api.as_(account).get("/notifications/unread/count")["count"] == 0
    assert api.as_(account).get("/notifications?unread=true")["data"] == []
    notified(api, cloud, account)
    assert api.as_(account).get("/notifications/unread/count")["count"] == 1


def test_what_came_after_the_last_one_seen_stays_unread(api, cloud, world) -> None:
    account = world.family()
    seen, unseen = notified(api, cloud, account), notified(api, cloud, account)
    api.as_(account).put("/notifications/read-all", {"upTo": seen.created_at.isoformat()})
    assert [r["id"] for r in api.as_(account).get("/notifications?unread=true")["data"]] == [unseen.id]
    # An earlier moment takes nothing back.
    api.as_(account).put("/notifications/read-all", {"upTo": "2020-01-01T00:00:00Z"})
    assert api.as_(account).get("/notifications/unread/count")["count"] == 1


def test_nobody_elses(api, cloud, world) -> None:
    account = world.family()
    notified(api, cloud, account)
    api.as_(world.family()).put("/notifications/read-all")
    assert api.as_(account).get("/notifications/unread/count")["count"] == 1
