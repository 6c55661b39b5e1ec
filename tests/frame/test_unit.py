"""The unit of work, on the real client: exactness under concurrency and under lost answers."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import ClassVar

import pytest
from google.api_core import exceptions as gone

from shared.errors import DatabaseUnavailable, MrnTaken
from shared.store import Conflicted, Document, Sealed, Unit, new_id
from shared.store.document import FromTheFuture, decode, encode


class Counter(Document):
    """A number many add to."""

    collection = "testCounters"

    value: int = 0
    secret: Sealed[str | None] = None


class CounterV2(Document):
    """The same, a release later."""

    collection = "testCounters"
    schema_version: ClassVar[int] = 2
    upgrades = {1: lambda stored: {**stored, "total": stored["value"]}}

    total: int = 0
    secret: Sealed[str | None] = None


def stored(cloud, **fields) -> Counter:
    unit = cloud.unit()
    made = unit.create(Counter(id=new_id(), **fields))
    unit.commit()
    return made


def test_documents_asked_for_together_come_in_one_trip(cloud) -> None:
    first, second = stored(cloud), stored(cloud)
    unit = cloud.unit()
    unit.want(Counter, first.id)
    unit.want(Counter, second.id)
    assert unit.get(Counter, first.id) == first
    assert unit.get(Counter, second.id) == second
    assert (unit.trips, unit.reads) == (1, 2)


def test_a_document_changed_meanwhile_makes_the_commit_fail_whole(cloud) -> None:
    made = stored(cloud)
    slow, fast = cloud.unit(), cloud.unit()
    fast.update(fast.get(Counter, made.id), value=1)
    slow.update(slow.get(Counter, made.id), value=2)
    other = slow.create(Counter(id=new_id()))
    fast.commit()
    with pytest.raises(Conflicted):
        slow.commit()
    check = cloud.unit()
    assert check.get(Counter, made.id).value == 1
    assert check.get(Counter, other.id) is None


def test_what_a_commit_updated_is_known_to_whoever_goes_on(cloud) -> None:
    made = stored(cloud)
    unit = cloud.unit()
    claimed = unit.update(unit.get(Counter, made.id), value=1)
    unit.commit(known=True)
    assert unit.get(Counter, made.id) == claimed
    unit.update(claimed, secret="done")
    unit.commit()
    assert unit.trips == 3
    after = cloud.unit().get(Counter, made.id)
    assert (after.value, after.secret) == (1, "done")


def test_what_is_known_of_a_commit_ends_with_somebody_elses(cloud) -> None:
    made = stored(cloud)
    unit, other = cloud.unit(), cloud.unit()
    claimed = unit.update(unit.get(Counter, made.id), value=1)
    unit.commit(known=True)
    other.update(other.get(Counter, made.id), value=2)
    other.commit()
    unit.update(claimed, secret="late")
    with pytest.raises(Conflicted):
        unit.commit()
    unit.reset()
    assert unit.get(Counter, made.id).value == 2


@pytest.mark.parametrize("transactional", [False, True])
def test_no_update_is_lost_among_many(cloud, transactional) -> None:
    made = stored(cloud)

    def add_one(_: int) -> None:
        while True:
            unit: Unit = cloud.unit(transactional=transactional)
            try:
                counter = unit.get(Counter, made.id)
                unit.update(counter, value=counter.value + 1)
                unit.commit()
            except Conflicted:
                unit.rollback()
            else:
                return

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(add_one, range(40)))
    assert cloud.unit().get(Counter, made.id).value == 40


def test_a_transaction_fails_when_something_only_read_has_changed(cloud) -> None:
    rule, target = stored(cloud), stored(cloud)
    unit = cloud.unit(transactional=True)
    assert unit.get(Counter, rule.id).value == 0
    unit.update(unit.get(Counter, target.id), value=1)
    other = cloud.unit()
    other.update(other.get(Counter, rule.id), value=9)
    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(other.commit)
        try:
            writing.result(timeout=2)
            overtaken = True
        except TimeoutError:
            # A database that locks what a transaction has read lets the other write wait.
            overtaken = False
        if overtaken:
            with pytest.raises(Conflicted):
                unit.commit()
            unit.rollback()
        else:
            unit.commit()
        writing.result(timeout=60)
    check = cloud.unit()
    assert check.get(Counter, rule.id).value == 9
    assert check.get(Counter, target.id).value == (0 if overtaken else 1)


class _Lossy:
    """A client whose next commits end as told, before or after they reached the database."""

    def __init__(self, client, *, reached: bool, error: Exception, times: int = 1) -> None:
        self._client, self._reached, self._error, self.left = client, reached, error, times

    def __getattr__(self, name):
        return getattr(self._client, name)

    @property
    def _firestore_api(self):
        return _LossyCalls(self._client._firestore_api, self)

    def commit(self, commit, **options):
        if not self.left:
            return commit(**options)
        self.left -= 1
        if self._reached:
            commit(**options)
        raise self._error


class _LossyCalls:
    def __init__(self, calls, lossy: _Lossy) -> None:
        self._calls, self._lossy = calls, lossy

    def __getattr__(self, name):
        return getattr(self._calls, name)

    def commit(self, **options):
        return self._lossy.commit(self._calls.commit, **options)


@pytest.mark.parametrize("reached", [True, False])
@pytest.mark.parametrize("error", [gone.ServiceUnavailable("lost"), gone.DeadlineExceeded("lost")])
def test_a_commit_whose_answer_is_lost_happens_exactly_once(cloud, reached, error) -> None:
    """The network, not our code, is what is made to fail here: the answer of a real commit is dropped."""
    client = _Lossy(cloud.firestore, reached=reached, error=error)
    made = stored(cloud)
    unit = Unit(connect=lambda: client, unlock=cloud.unit().unlock, timeout=20)
    unit.update(unit.get(Counter, made.id), value=5)
    fresh = unit.create(Counter(id=new_id(), value=7))
    unit.commit()
    assert client.left == 0
    check = cloud.unit()
    assert check.get(Counter, made.id).value == 5
    assert check.get(Counter, fresh.id).value == 7


def test_a_database_that_stays_away_is_unavailable(cloud) -> None:
    client = _Lossy(cloud.firestore, reached=False, error=gone.ServiceUnavailable("lost"), times=99)
    unit = Unit(connect=lambda: client, unlock=cloud.unit().unlock, timeout=20)
    made = unit.create(Counter(id=new_id()))
    with pytest.raises(DatabaseUnavailable):
        unit.commit()
    assert cloud.unit().get(Counter, made.id) is None


def test_a_reserved_value_has_one_owner_among_many(cloud) -> None:
    value = new_id()

    def take(_: int) -> bool:
        unit = cloud.unit()
        made = unit.create(Counter(id=new_id()))
        unit.reserve("mrn", value, made.id, MrnTaken)
        try:
            unit.commit()
        except MrnTaken:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(take, range(8))) == 1


def test_a_released_value_can_be_taken_again(cloud) -> None:
    value = new_id()
    for _ in range(2):
        unit = cloud.unit()
        unit.reserve("mrn", value, new_id(), MrnTaken)
        unit.commit()
        unit = cloud.unit()
        unit.release("mrn", value)
        unit.commit()


def test_a_sealed_field_moved_to_another_document_does_not_open(cloud) -> None:
    mine, yours = stored(cloud, secret="mine"), stored(cloud, secret="yours")
    refs = [cloud.firestore.collection("testCounters").document(d.id) for d in (mine, yours)]
    refs[1].update({"secret": refs[0].get().to_dict()["secret"]})
    from shared.store.crypto import SealError

    with pytest.raises(SealError):
        cloud.unit().get(Counter, yours.id)


def test_a_reader_takes_the_version_before(cloud) -> None:
    old = stored(cloud, value=12, secret="kept")
    upgraded = cloud.unit().get(CounterV2, old.id)
    assert (upgraded.total, upgraded.secret) == (12, "kept")


def test_an_update_writes_an_older_document_whole(cloud) -> None:
    old = stored(cloud, value=12, secret="kept")
    unit = cloud.unit()
    unit.update(unit.get(CounterV2, old.id), secret="new")
    unit.commit()
    now = cloud.unit().get(CounterV2, old.id)
    assert (now.total, now.secret) == (12, "new")
    assert cloud.firestore.collection("testCounters").document(old.id).get().to_dict()["schema"] == 2


def test_a_document_of_a_later_release_is_not_guessed_at(cloud) -> None:
    unit = cloud.unit()
    future = encode(CounterV2(id="x"), unit.sealer)
    with pytest.raises(FromTheFuture):
        decode(Counter, "x", future, unit.sealer)


def test_writes_that_outlive_a_refusal_are_all_that_is_left_of_it(cloud) -> None:
    unit = cloud.unit()
    dropped = unit.create(Counter(id=new_id()))
    kept = unit.create(Counter(id=new_id(), value=1), keep=True)
    unit.refuse()
    unit.commit()
    check = cloud.unit()
    assert check.get(Counter, dropped.id) is None
    assert check.get(Counter, kept.id).value == 1


def test_time_is_utc_and_the_same_throughout_an_attempt(cloud) -> None:
    unit = cloud.unit()
    assert unit.now == unit.now
    assert unit.now.tzinfo is UTC
    assert abs((datetime.now(UTC) - unit.now).total_seconds()) < 60
