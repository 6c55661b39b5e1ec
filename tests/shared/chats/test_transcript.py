"""A chat's messages as lines of text."""

from shared.chats import access_chat, lines
from shared.config import settings
from shared.context import Caller, Context, Trail
from shared.users.documents import Session, User


def as_(cloud, account) -> Context:
    """What a handler called by `account` has."""
    unit = cloud.unit()
    ctx = Context(unit=unit, settings=settings(), trail=Trail("TEST"), request_id="test")
    user = unit.get(User, account.id)
    session = Session(
        id="s", user_id=user.id, refresh_hash="", created_at=unit.now, last_seen_at=unit.now, expires_at=unit.now,
        idle_at=unit.now,
    )  # fmt: skip
    ctx.identify(Caller(user, session))
    return ctx


def test_what_was_said_in_order(api, cloud, talkers) -> None:
    chat = talkers.care_team()
    talkers.say(talkers.doctor, chat, "How are you?")
    middle = talkers.say(talkers.patient, chat, "My knee hurts.")
    slip = talkers.say(talkers.nurse, chat, "a slip")["id"]
    api.as_(talkers.nurse).delete(f"/messages/{slip}")
    ctx = as_(cloud, talkers.doctor)
    got = lines(ctx, access_chat(ctx, chat, to="read"))
    assert [line.text for line in got] == ["How are you?", "My knee hurts."]
    assert [line.sender_role for line in got] == ["Doctor", "Patient"]
    assert got[1].message_id == middle["id"]
    assert [line.text for line in lines(ctx, access_chat(ctx, chat, to="read"), since=got[1].at)] == ["My knee hurts."]


def test_who_joined_later_gets_what_they_see(api, cloud, talkers) -> None:
    chat = talkers.chat(
        talkers.doctor, type="Family Update", patientId=talkers.patient.patient_id, participantIds=[talkers.patient.id]
    )
    talkers.say(talkers.doctor, chat, "before")
    api.as_(talkers.doctor).post(f"/chats/{chat}/participants", {"userId": talkers.family.id})
    talkers.say(talkers.doctor, chat, "after")
    ctx = as_(cloud, talkers.family)
    assert [line.text for line in lines(ctx, access_chat(ctx, chat, to="read"))] == ["after"]
