"""GET /chats/{chatId}/messages."""

import pytest

from tests.client import refused
from tests.configured import configured
from tests.functions.chats.conftest import HIDDEN, NOWHERE, took


@pytest.fixture(scope="module")
def long(api, talkers) -> tuple[str, list[str]]:
    """A chat of thirty messages, and their ids from the first."""
    chat = talkers.care_team()
    return chat, [talkers.say(talkers.doctor, chat, f"m{n}")["id"] for n in range(30)]


def walk(api, path: str, cursor: str, way: str, limit: int) -> list[str]:
    """Texts of all pages from a cursor on, in the order they come."""
    found: list[list[str]] = []
    while cursor:
        page = api.get(path, params={"limit": limit, "cursor": cursor})
        found.append([m["content"] for m in page["data"]])
        cursor = page["pagination"][way]
    rows = found if way == "nextCursor" else found[::-1]
    return [text for page in rows for text in page]


def test_both_ways_from_anywhere(api, talkers, long) -> None:
    chat, ids = long
    path, nurse = f"/chats/{chat}/messages", api.as_(talkers.nurse)
    newest = nurse.get(path, params={"limit": 7})
    assert (newest.status, newest.trips) == (200, 3)
    assert [m["content"] for m in newest["data"]] == [f"m{n}" for n in range(29, 22, -1)]
    info = newest["pagination"]
    assert (info["total"], info["limit"], info["previousCursor"]) == (30, 7, None)
    older = walk(nurse, path, info["nextCursor"], "nextCursor", 7)
    assert older == [f"m{n}" for n in range(22, -1, -1)]
    around = nurse.get(path, params={"around": ids[15], "limit": 5})
    assert took(around) == 3
    assert [m["content"] for m in around["data"]] == ["m17", "m16", "m15", "m14", "m13"]
    assert walk(nurse, path, around["pagination"]["previousCursor"], "previousCursor", 4) == [
        f"m{n}" for n in range(29, 17, -1)
    ]
    assert walk(nurse, path, around["pagination"]["nextCursor"], "nextCursor", 4) == [
        f"m{n}" for n in range(12, -1, -1)
    ]
    before = nurse.get(path, params={"before": ids[3], "limit": 100})
    assert [m["content"] for m in before["data"]] == ["m2", "m1", "m0"]
    assert before["pagination"]["nextCursor"] is None
    after = nurse.get(path, params={"after": ids[20], "limit": 3})
    assert [m["content"] for m in after["data"]] == ["m23", "m22", "m21"]
    assert [m["content"] for m in nurse.get(path, params={"offset": 28})["data"]] == ["m1", "m0"]
    assert nurse.get(path, params={"offset": 1000})["data"] == []


def test_a_page_costs_the_page(api, talkers, long) -> None:
    few = talkers.care_team()
    for n in range(12):
        talkers.say(talkers.doctor, few, f"n{n}")
    costs = [api.as_(talkers.nurse).get(f"/chats/{c}/messages", params={"limit": 10}).reads for c in (few, long[0])]
    assert costs[0] == costs[1]


def test_words_are_found_where_messages_are_indexed(api, talkers, cloud) -> None:
    chat = talkers.care_team()
    path = f"/chats/{chat}/messages"
    refused(api.as_(talkers.nurse).get(path, params={"search": "aspirin"}), 422, "SEARCH_NOT_ENABLED")
    with configured(MESSAGE_SEARCH="true"):
        ids = [
            talkers.say(talkers.doctor, chat, text)["id"]
            for text in ("Take the Aspirin daily", "No aspirin, please", "Ibuprofen daily", "Café at noon")
        ]
        search = {"search": "ASPIRIN daily"}
        assert talkers.texts(talkers.nurse, chat, **search) == ["Take the Aspirin daily"]
        assert talkers.texts(talkers.nurse, chat, search="aspirin") == ["No aspirin, please", "Take the Aspirin daily"]
        assert talkers.texts(talkers.nurse, chat, search="cafe") == ["Café at noon"]
        assert talkers.texts(talkers.nurse, chat, search="aspi") == []
        page = api.as_(talkers.nurse).get(path, params={"search": "aspirin", "limit": 1})
        following = {"search": "aspirin", "limit": 1, "cursor": page["pagination"]["nextCursor"]}
        assert talkers.texts(talkers.nurse, chat, **following) == ["Take the Aspirin daily"]
        api.as_(talkers.doctor).put(f"/messages/{ids[0]}", {"content": "Take nothing"})
        api.as_(talkers.doctor).delete(f"/messages/{ids[1]}")
        assert talkers.texts(talkers.nurse, chat, search="aspirin") == []
        refused(api.as_(talkers.nurse).get(path, params={"search": "--"}), 400, "VALIDATION_ERROR")
        other = talkers.care_team()
        again = talkers.say(talkers.doctor, other, "Take nothing")["id"]
    stored = [cloud.firestore.collection("messages").document(i).get().get("words") for i in (ids[0], again)]
    assert len(stored[0]) == len(stored[1]) == 2
    assert not set(stored[0]) & set(stored[1]), "a word has another token in every chat"


@pytest.mark.parametrize(
    "params",
    [
        {"before": NOWHERE}, {"after": NOWHERE}, {"cursor": "older.abc"}, {"cursor": "abc"}, {"limit": 101},
        {"offset": 1001}, {"offset": 0, "before": NOWHERE}, {"search": "a"}, {"search": "ab", "after": NOWHERE},
    ],
)  # fmt: skip
def test_places_that_are_none(api, talkers, params) -> None:
    answer = api.as_(talkers.nurse).get(f"/chats/{talkers.team}/messages", params=params)
    refused(answer, 400, "VALIDATION_ERROR")


def test_a_cursor_is_good_for_its_chat_and_caller_only(api, talkers, long) -> None:
    chat, _ = long
    cursor = api.as_(talkers.nurse).get(f"/chats/{chat}/messages", params={"limit": 2})["pagination"]["nextCursor"]
    for who, where in ((talkers.doctor, chat), (talkers.nurse, talkers.team)):
        answer = api.as_(who).get(f"/chats/{where}/messages", params={"cursor": cursor})
        refused(answer, 400, "VALIDATION_ERROR")


def test_nobody_else(api, talkers) -> None:
    refused(api.as_(talkers.stranger).get(f"/chats/{talkers.team}/messages"), *HIDDEN)
