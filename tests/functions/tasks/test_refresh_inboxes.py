"""POST /tasks/refresh_inboxes: rows of a chat, worked out anew from its messages."""

from shared.chats.documents import ChatMember, Receipt, member_id
from shared.store.document import new_id
from tests.client import refused

PATH = "/tasks/refresh_inboxes"


def test_whatever_a_row_says_it_is_put_right_and_nothing_twice(api, cloud, talkers) -> None:
    chat = talkers.care_team()
    for text in "abc":
        talkers.say(talkers.doctor, chat, text)
    talkers.eventually_row(talkers.nurse, chat, unreadCount=3)
    unit = cloud.unit()
    row = unit.get(ChatMember, member_id(chat, talkers.nurse.id))
    unit.update(row, unread=77, last_text="wrong", last_at=row.joined_at)
    unit.commit()
    worker = cloud.machine(api, "task", "refresh_inboxes")
    done = worker.post(PATH, {"id": chat})
    assert done.status == 204
    after = cloud.unit().get(ChatMember, row.id)
    assert (after.unread, after.last_text) == (3, "c")
    again = worker.post(PATH, {"id": chat})
    assert (again.status, again.writes) == (204, 0)


def test_unread_is_counted_up_to_a_hundred_and_costs_no_more(api, cloud, talkers) -> None:
    from shared.chats.documents import Message

    chat = talkers.care_team(talkers.nurse)
    for _ in range(26):
        unit = cloud.unit()
        for n in range(5):
            unit.create(Message(id=new_id(), chat_id=chat, sender_id=talkers.doctor.id, kind="text", text=f"n{n}",
                                created_at=unit.now))  # fmt: skip
        unit.commit()
    # The task that the chat itself asked for may come between, and let an attempt read once more.
    runs = [cloud.machine(api, "task", "refresh_inboxes").post(PATH, {"id": chat}) for _ in range(2)]
    assert [run.status for run in runs] == [204, 204]
    assert cloud.unit().get(ChatMember, member_id(chat, talkers.nurse.id)).unread == 100
    # Rows, chat, users and receipts of two, a hundred messages and the newest.
    assert min(run.reads for run in runs) <= 110
    assert api.as_(talkers.nurse).post(f"/chats/{chat}/messages/read-all").status == 200
    api.as_(talkers.doctor).post(f"/chats/{chat}/messages/read-all")
    quiet = cloud.machine(api, "task", "refresh_inboxes").post(PATH, {"id": chat})
    assert quiet.reads <= 15, "where everybody has read everything, history costs nothing"


def test_a_renamed_person_is_called_so(api, cloud, talkers, world) -> None:
    doctor, nurse = world.doctor(name="Before"), world.nurse()
    chat = api.as_(doctor).post("/messages", {"receiverId": nurse.id, "message": "x"})["chatId"]
    assert talkers.eventually_row(nurse, chat, name="Before")
    api.as_(doctor).put("/users/me", {"name": "After"})
    api.as_(doctor).post("/messages", {"receiverId": nurse.id, "message": "y"})
    assert talkers.eventually_row(nurse, chat, name="After", lastMessage="y", unreadCount=2)


def test_a_chat_that_is_gone_is_no_error(api, cloud) -> None:
    assert cloud.machine(api, "task", "refresh_inboxes").post(PATH, {"id": new_id()}).status == 204
    assert cloud.unit().get(Receipt, new_id()) is None


def test_nobody_but_cloud_tasks_may_call(api, world) -> None:
    refused(api.post(PATH, {"id": "x"}), 401, "TOKEN_MISSING")
    refused(api.as_(world.admin).post(PATH, {"id": "x"}), 401, "TOKEN_INVALID")


def test_who_only_writes_is_not_counted_from_the_beginning(api, cloud, talkers) -> None:
    from datetime import timedelta

    from shared.chats.documents import Message

    chat = talkers.care_team(talkers.nurse)
    said = talkers.say(talkers.doctor, chat, "x")["id"]
    talkers.eventually_row(talkers.nurse, chat, unreadCount=1)
    unit = cloud.unit()
    row = unit.get(ChatMember, member_id(chat, talkers.doctor.id))
    assert row.clear_through == unit.get(Message, said).committed_at - timedelta(seconds=30)
    assert cloud.unit().get(ChatMember, member_id(chat, talkers.nurse.id)).clear_through is None
