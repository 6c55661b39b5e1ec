"""Many senders at once, with retries: one order, nothing lost, nothing twice."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

#: What each sender does: which of their messages they send again, and how often.
RETRIES = st.lists(st.integers(min_value=1, max_value=3), min_size=2, max_size=5)


def everything(api, who, chat: str, limit: int) -> list[dict]:
    """All messages of a chat, newest first, over its pages."""
    found, params = [], {"limit": limit}
    while True:
        page = api.as_(who).get(f"/chats/{chat}/messages", params=params)
        found += page["data"]
        cursor = page["pagination"]["nextCursor"]
        if cursor is None:
            return found
        params = {"limit": limit, "cursor": cursor}


def check(api, talkers, plans: list[list[int]], workers: int) -> None:
    chat = talkers.care_team()
    senders = [talkers.doctor, talkers.nurse, talkers.patient]

    def send(job: tuple[int, int, int]) -> tuple[str, str]:
        sender, number, _ = job
        body = {"content": f"{sender}:{number}", "clientMessageId": f"c-{number}"}
        answer = api.as_(senders[sender]).post(f"/chats/{chat}/messages", body)
        assert answer.status == 201, answer
        return f"{sender}:{number}", answer["id"]

    def talk(sender: int) -> list[tuple[str, str]]:
        # In order, each as often as its plan says, the repetitions at the same time.
        sent = []
        for number, times in enumerate(plans[sender]):
            with ThreadPoolExecutor(times) as pool:
                sent += list(pool.map(send, [(sender, number, again) for again in range(times)]))
        return sent

    with ThreadPoolExecutor(workers) as pool:
        answers = [answer for sent in pool.map(talk, range(len(plans))) for answer in sent]
    ids = dict(answers)
    assert all(ids[text] == message_id for text, message_id in answers), "a repetition is the same message"
    seen = [everything(api, who, chat, limit) for who, limit in ((talkers.nurse, 3), (talkers.doctor, 100))]
    assert [m["id"] for m in seen[0]] == [m["id"] for m in seen[1]], "one order for everybody, however it is paged"
    texts = [m["content"] for m in seen[0]][::-1]
    assert Counter(texts) == Counter(f"{s}:{n}" for s, plan in enumerate(plans) for n in range(len(plan)))
    for sender in range(len(plans)):
        own = [text for text in texts if text.startswith(f"{sender}:")]
        assert own == sorted(own, key=lambda text: int(text.split(":")[1])), "each sender's in the order they were sent"


@given(plans=st.lists(RETRIES, min_size=2, max_size=3))
@settings(max_examples=3, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_one_order_no_loss_no_duplicate(api, talkers, plans) -> None:
    check(api, talkers, plans, workers=len(plans))


@pytest.mark.soak
@given(plans=st.lists(st.lists(st.integers(1, 4), min_size=5, max_size=20), min_size=3, max_size=3))
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_same_at_length(api, talkers, plans) -> None:
    check(api, talkers, plans, workers=3)


def test_what_a_page_and_a_list_cost_does_not_grow_with_history(api, cloud, talkers) -> None:
    from shared.chats.documents import Message
    from shared.store.document import new_id

    chat = talkers.care_team()

    def cost() -> tuple[int, int, int]:
        talkers.say(talkers.doctor, chat, "latest")
        nurse = api.as_(talkers.nurse)
        page = nurse.get(f"/chats/{chat}/messages", params={"limit": 5})
        anchor = page["data"][-1]["id"]
        older = nurse.get(f"/chats/{chat}/messages", params={"limit": 5, "before": anchor})
        return page.reads, older.reads, nurse.get("/chats", params={"limit": 5}).reads

    for n in range(12):
        talkers.say(talkers.doctor, chat, f"m{n}")
    before = cost()
    unit = cloud.unit()
    for n in range(400):
        unit.create(
            Message(
                id=new_id(), chat_id=chat, sender_id=talkers.doctor.id, kind="text", text=f"h{n}", created_at=unit.now
            )
        )
    unit.commit()
    assert cost() == before


def test_posting_writes_neither_the_chat_nor_anybodys_row(api, cloud, talkers) -> None:
    chat = talkers.care_team()

    def stamps() -> list:
        paths = [("chats", chat), *(("chatMembers", f"{chat}_{u.id}") for u in (talkers.doctor, talkers.nurse))]
        return [cloud.firestore.collection(c).document(i).get().update_time for c, i in paths]

    talkers.say(talkers.doctor, chat, "one")
    talkers.eventually_row(talkers.nurse, chat, lastMessage="one")
    before = cloud.firestore.collection("chats").document(chat).get().update_time
    with ThreadPoolExecutor(4) as pool:
        sent = list(pool.map(lambda n: talkers.say(talkers.doctor, chat, f"n{n}"), range(8)))
    assert {answer.attempts for answer in sent} == {1}, "nobody waits for anybody"
    assert stamps()[0] == before
    talkers.eventually_row(talkers.nurse, chat, unreadCount=9)
