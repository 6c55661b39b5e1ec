"""Who takes part, when several decide at once."""

from concurrent.futures import ThreadPoolExecutor


def test_whoever_is_let_in_at_the_same_time_is_in(api, world, talkers) -> None:
    chat = talkers.chat(talkers.doctor, type="Internal Staff", name="Rush", participantIds=[talkers.nurse.id])
    path = f"/chats/{chat}/participants"
    colleagues = [world.doctor() for _ in range(4)]
    with ThreadPoolExecutor(5) as pool:
        added = list(pool.map(lambda c: api.as_(talkers.doctor).post(path, {"userId": c.id}), colleagues))
        renamed = pool.submit(api.as_(talkers.doctor).put, f"/chats/{chat}", {"name": "Rushed"}).result()
    assert {answer.status for answer in added} == {201}
    assert renamed.status == 200
    listed = api.as_(talkers.nurse).get(path)["data"]
    assert {p["userId"] for p in listed} == {talkers.doctor.id, talkers.nurse.id, *(c.id for c in colleagues)}
    with ThreadPoolExecutor(4) as pool:
        gone = list(pool.map(lambda c: api.as_(c).delete(f"{path}/{c.id}"), colleagues))
    assert {answer.status for answer in gone} == {204}
    assert {p["userId"] for p in api.as_(talkers.nurse).get(path)["data"]} == {talkers.doctor.id, talkers.nurse.id}


def test_one_direct_chat_however_many_begin_it(api, world) -> None:
    one, other = world.doctor(), world.nurse()
    pairs = [(one, other), (other, one)] * 3

    def begin(pair):
        return api.as_(pair[0]).post("/messages", {"receiverId": pair[1].id, "message": "Hello"})

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(begin, pairs))
    assert {answer.status for answer in answers} == {201}
    chats = {answer["chatId"] for answer in answers}
    assert len(chats) == 1
    assert len(api.as_(one).get(f"/chats/{chats.pop()}/messages")["data"]) == 6
