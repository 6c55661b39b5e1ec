"""POST /tasks/reevaluate_chats: who loses a patient leaves the patient's chats."""

from datetime import UTC, datetime, timedelta

import pytest

from shared.chats.documents import Chat, ChatMember, member_id
from shared.patients.documents import AccessLoss
from shared.store.document import new_id
from tests.client import refused
from tests.conftest import eventually
from tests.functions.chats.conftest import HIDDEN, make_talkers

PATH = "/tasks/reevaluate_chats"


@pytest.fixture(scope="module")
def people(api, world):
    """A circle of its own: here people lose their access."""
    return make_talkers(api, world)


def members(cloud, chat: str) -> list[str]:
    return cloud.unit().get(Chat, chat).member_ids


def test_off_the_care_team_out_of_the_chats_at_once(api, cloud, people) -> None:
    chat, said = people.care_team(), None
    said = people.say(people.nurse, chat, "before")["id"]
    direct = api.as_(people.nurse).post("/messages", {"receiverId": people.patient.id, "message": "x"})["chatId"]
    staff = people.chat(people.nurse, type="Internal Staff", name="Roster", participantIds=[people.doctor.id])
    at = f"/patients/{people.patient.patient_id}/care-team"
    assert api.as_(people.patient).delete(f"{at}/{people.nurse.id}").status == 204
    # At once: nothing waits for a task.
    nurse = api.as_(people.nurse)
    for path in (f"/chats/{chat}", f"/chats/{chat}/messages", f"/messages/{said}", f"/chats/{direct}"):
        refused(nurse.get(path), *HIDDEN)
    refused(nurse.post(f"/chats/{chat}/messages", {"content": "still here?"}), *HIDDEN)
    assert people.row(people.nurse, chat) is None
    # And then they are out of it for everybody to see.
    eventually(lambda: people.nurse.id not in members(cloud, chat), "the nurse out of the chat")
    eventually(lambda: not cloud.unit().get(AccessLoss, people.nurse.id).pending, "the mark cleared")
    assert people.nurse.id not in members(cloud, direct)
    assert people.nurse.id in members(cloud, staff)
    assert people.row(people.nurse, staff)
    # Back on the team they are not back in the chat: somebody lets them in.
    api.as_(people.patient).post(at, {"userId": people.nurse.id})
    refused(nurse.get(f"/chats/{chat}"), *HIDDEN)
    assert api.as_(people.doctor).post(f"/chats/{chat}/participants", {"userId": people.nurse.id}).status == 201
    assert "before" in people.texts(people.nurse, chat)


def test_a_grant_that_loses_its_scope(api, cloud, people) -> None:
    at = f"/patients/{people.patient.patient_id}/family-grants"
    grant = next(g for g in api.as_(people.patient).get(at)["data"] if g["userId"] == people.family.id)
    assert api.as_(people.family).get(f"/chats/{people.update}").status == 200
    changed = api.as_(people.patient).put(f"{at}/{grant['id']}", {"scopes": ["billing"]})
    assert changed.status == 200
    refused(api.as_(people.family).get(f"/chats/{people.update}"), *HIDDEN)
    eventually(lambda: people.family.id not in members(cloud, people.update), "family out of the chat")


def test_what_ends_by_itself(api, world, cloud, people) -> None:
    visitor = world.family()
    soon = datetime.now(UTC) + timedelta(seconds=2)
    world.grant_family(
        people.patient.patient_id, visitor, by=people.patient, scopes=["messages"], expiresAt=soon.isoformat()
    )
    body = {"userId": visitor.id, "shareHistory": True}
    assert api.as_(people.doctor).post(f"/chats/{people.update}/participants", body).status == 201
    row = cloud.unit().get(ChatMember, member_id(people.update, visitor.id))
    assert row.access_until is not None
    eventually(lambda: api.as_(visitor).get(f"/chats/{people.update}").status == 404, "the end of the grant")
    eventually(lambda: visitor.id not in members(cloud, people.update), "the visitor out of the chat")


def test_who_has_another_reason_stays(api, world, cloud, people) -> None:
    from tests.functions.patients.conftest import relate_by_visit

    doctor = world.doctor()
    world.join_care_team(people.patient.patient_id, doctor, by=people.patient)
    relate_by_visit(world, people.patient.patient_id, doctor)
    chat = people.care_team(doctor)
    api.as_(people.patient).delete(f"/patients/{people.patient.patient_id}/care-team/{doctor.id}")
    eventually(lambda: not cloud.unit().get(AccessLoss, doctor.id).pending, "the mark cleared")
    assert api.as_(doctor).get(f"/chats/{chat}").status == 200
    assert cloud.unit().get(ChatMember, member_id(chat, doctor.id)).access_until is not None


def test_a_loss_that_comes_meanwhile_is_not_overlooked(api, cloud, people, monkeypatch) -> None:
    """The mark is cleared only if it is the one that was seen."""
    from shared.chats import following

    user = new_id()

    def mark() -> None:
        unit = cloud.unit()
        unit.put(AccessLoss(id=user))
        unit.commit()

    mark()
    passes = []
    original = following._follow

    def slow(ctx, rows) -> None:
        original(ctx, rows)
        passes.append(len(rows))
        if len(passes) == 1:
            mark()

    monkeypatch.setattr(following, "_follow", slow)
    done = cloud.machine(api, "task", "reevaluate_chats").post(PATH, {"id": user})
    assert (done.status, len(passes)) == (204, 2)
    assert cloud.unit().get(AccessLoss, user).pending is False


def test_nobody_but_cloud_tasks_may_call(api, world) -> None:
    refused(api.post(PATH, {"id": "x"}), 401, "TOKEN_MISSING")
    refused(api.as_(world.admin).post(PATH, {"id": "x"}), 401, "TOKEN_INVALID")
