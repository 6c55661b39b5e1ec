from datetime import UTC, datetime, timedelta

import pytest

from shared.events import NotificationType
from tests.client import refused
from tests.functions.notifications.notices import notified


@pytest.fixture(scope="module")
def reader(api, cloud, world):
    account = world.family()
    for kind in (NotificationType.LAB_RESULTS, NotificationType.MESSAGE, NotificationType.CALL_MISSED):
        notified(api, cloud, account, kind=kind)
    return account


def test_newest_first_in_a_closed_vocabulary(api, reader) -> None:
    answer = api.as_(reader).get("/notifications")
    assert (answer.status, answer.trips) == (200, 2)
    assert [row["type"] for row in answer["data"]] == ["call_missed", "message", "lab_results"]
    newest = answer["data"][0]
    assert (newest["title"], newest["isRead"], newest["userId"]) == ("Missed call", False, reader.id)
    assert newest["data"]["refKind"] == "notes"
    assert newest["action"].startswith("/notes/")
    assert answer["pagination"]["limit"] == 20


def test_in_the_readers_language(api, reader) -> None:
    spanish = api.as_(reader).get("/notifications?limit=1", headers={"Accept-Language": "es-MX, en;q=0.5"})
    assert spanish["data"][0]["title"] == "Llamada perdida"
    api.as_(reader).put("/users/me/preferences", {"language": "es"})
    assert api.as_(reader).get("/notifications?limit=1")["data"][0]["title"] == "Llamada perdida"
    api.as_(reader).put("/users/me/preferences", {"language": "en"})


def test_only_unread_ones(api, cloud, reader) -> None:
    rows = api.as_(reader).get("/notifications")["data"]
    api.as_(reader).put(f"/notifications/{rows[0]['id']}/read")
    left = api.as_(reader).get("/notifications?unread=true")
    assert [row["id"] for row in left["data"]] == [row["id"] for row in rows[1:]]
    assert left.trips == 2


def test_pages_follow_each_other(api, reader) -> None:
    first = api.as_(reader).get("/notifications?limit=2")
    rest = api.as_(reader).get(f"/notifications?limit=2&cursor={first['pagination']['nextCursor']}")
    assert len({row["id"] for row in first["data"] + rest["data"]}) == 3


def test_what_has_expired_is_not_shown(api, cloud, world) -> None:
    from shared.notifications.documents import Notification

    account = world.family()
    made = notified(api, cloud, account)
    unit = cloud.unit()
    unit.update(unit.get(Notification, made.id), created_at=datetime.now(UTC) - timedelta(days=32))
    unit.commit()
    assert api.as_(account).get("/notifications")["data"] == []
    assert api.as_(account).get("/notifications/unread/count")["count"] == 0


def test_somebody_else_sees_none_of_them(api, world, reader) -> None:
    assert api.as_(world.family()).get("/notifications")["data"] == []
    refused(api.get("/notifications"), 401, "TOKEN_MISSING")
