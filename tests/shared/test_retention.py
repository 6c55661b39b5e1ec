"""The walk of retention: in small commits, gone on with after a kill, and never past a hold."""

from datetime import UTC, datetime, timedelta

import pytest

from shared import retention
from shared.config import settings
from shared.context import Context, Trail
from shared.messaging.documents import SMS_BY_AGE, SmsMessage
from shared.retention import LegalHold, erase_by_age, hold_id
from shared.store import new_id

# Older than what any other test leaves behind.
THEN = datetime(2001, 1, 1, tzinfo=UTC)


@pytest.fixture
def two_a_commit(monkeypatch):
    monkeypatch.setattr(retention, "_PER_COMMIT", 2)
    monkeypatch.setattr(retention, "_PAGE", 3)


def texts(cloud, count: int, patient_id: str | None) -> list[str]:
    """Text messages, the oldest first."""
    unit = cloud.unit()
    made = [
        unit.create(
            SmsMessage(
                id=new_id(), direction="inbound", number="+12025550147", text="Quagga", state="received",
                patient_id=patient_id, created_at=THEN + timedelta(minutes=n),
            )
        ).id
        for n in range(count)
    ]  # fmt: skip
    unit.commit()
    return made


def left(cloud, ids: list[str]) -> list[bool]:
    return [not message.expired for message in cloud.unit().get_all(SmsMessage, ids)]


def walk(cloud, during=lambda _: None) -> Context:
    """Erase what is older than this test's records; `during` is called before each."""
    ctx = Context(unit=cloud.unit(), settings=settings(), trail=Trail("EXPIRE"), request_id=new_id())

    def erase(ctx: Context, message: SmsMessage) -> None:
        during(message.id)
        ctx.unit.update(message, number="", text=None, expired=True)

    erase_by_age(ctx, SMS_BY_AGE, THEN + timedelta(hours=1), erase=erase)
    return ctx


def test_a_run_that_is_killed_is_gone_on_with(cloud, two_a_commit) -> None:
    ids = texts(cloud, 7, None)

    def die(message_id: str) -> None:
        if message_id == ids[5]:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        walk(cloud, die)
    # A commit is two of a page of three.
    assert left(cloud, ids) == [False] * 5 + [True] * 2
    assert walk(cloud).trail.details == {"smsMessagesErased": 2, "smsMessagesHeld": 0}
    assert left(cloud, ids) == [False] * 7
    assert walk(cloud).trail.details == {}


def test_a_hold_counts_from_when_it_is_placed(cloud, two_a_commit) -> None:
    patient_id = new_id()
    ids = texts(cloud, 5, patient_id)
    hold = LegalHold(
        id=hold_id("patients", patient_id), subject_kind="patients", subject_id=patient_id, reason="Subpoena",
        placed_by=new_id(), placed_at=THEN,
    )  # fmt: skip

    def place(message_id: str) -> None:
        if message_id == ids[1]:
            unit = cloud.unit()
            unit.create(hold)
            unit.commit()

    assert walk(cloud, place).trail.details == {"smsMessagesErased": 2, "smsMessagesHeld": 3}
    assert left(cloud, ids) == [False] * 2 + [True] * 3
    unit = cloud.unit()
    unit.remove(LegalHold, hold.id)
    unit.commit()
    walk(cloud)
    assert left(cloud, ids) == [False] * 5
