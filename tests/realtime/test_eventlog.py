"""The order and completeness of what a gateway gives out, whatever the order in which it sees the log.

The model is Firestore's: a commit takes effect at a time of its own (`effect`), in which it becomes visible to every
read of that time or later; the server timestamp in its documents is earlier, by as long as the commit took. A listener
gives snapshots; in one, documents come in any order and may come again; it may stop without a word at any time. Clients
come and go, and come back with the cursor of the last event they got, to this gateway or another.
"""

import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from realtime.eventlog import EventLog, Logged, replayed
from realtime.position import Position, behind
from shared.events import EVENT_LIFE, EVENT_OVERLAP, Event

SECOND = 10**9
OVERLAP = int(EVENT_OVERLAP.total_seconds()) * SECOND
FAR = datetime(2100, 1, 1, tzinfo=UTC)


def logged(effect: int, order: int = 0, *, stamp: int | None = None, expires: datetime = FAR) -> Logged:
    begun = datetime.fromtimestamp((effect if stamp is None else stamp) / 1e9, UTC)
    event = Event(
        id=str(uuid.uuid4()), user_ids=["u"], event="e", ids={}, shard=0, order=order, created_at=begun,
        committed_at=begun, expires_at=expires,
    )  # fmt: skip
    return Logged(Position(effect, order, event.id), event)


@dataclass
class Database:
    """Commits, by the time they took effect."""

    rows: list[Logged] = field(default_factory=list)
    now: int = 1_000_000 * SECOND

    def commit(self, took: int, events: int) -> None:
        self.now += 1
        self.rows += [logged(self.now, order, stamp=self.now - took) for order in range(events)]

    def since(self, time: int) -> list[Logged]:
        """A strong read by the indexed server timestamp, with overlap."""
        edge = time - OVERLAP
        return [r for r in self.rows if stamp_of(r) >= edge]


def stamp_of(row: Logged) -> int:
    assert row.event.committed_at is not None
    return round(row.event.committed_at.timestamp() * 1e6) * 1000


class Listener:
    """A snapshot listener anchored at a server timestamp."""

    def __init__(self, database: Database, time: int) -> None:
        self.database, self.edge, self.at = database, time - OVERLAP, time
        self.told: set[str] = set()
        self.dead = False

    def snapshot(self, dice: Random) -> tuple[list[Logged], int] | None:
        """Everything up to a time between the last one and now; of what came later, some may have arrived as well."""
        if self.dead:
            return None
        self.at = dice.randint(self.at, self.database.now)
        seen = [r for r in self.database.rows if stamp_of(r) >= self.edge]
        shown = [r for r in seen if r.event.id not in self.told and (r.position.time <= self.at or dice.random() < 0.3)]
        self.told |= {r.event.id for r in shown}
        shown += dice.sample(seen, min(2, len(seen))) if dice.random() < 0.3 else []
        dice.shuffle(shown)
        return [r for r in shown if r.event.id in self.told], self.at


class Client:
    """Knows what it got, and its last cursor."""

    def __init__(self, cursor: Position) -> None:
        self.got: list[Logged] = []
        self.cursor = cursor
        self.first = cursor

    def take(self, event: Logged) -> None:
        self.got.append(event)
        self.cursor = event.position


class GatewayModel:
    """The part of a gateway that decides what is given out: log, listener, replay; as `realtime.gateway` does it."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.log = EventLog(database.now)
        self.listener = Listener(database, self.log.settled)
        self.clients: dict[Client, int] = {}

    def listen(self, dice: Random) -> None:
        found = self.listener.snapshot(dice)
        if found is not None:
            for row in found[0]:
                self.log.add(row)
            self.give(found[1])

    def half_a_snapshot(self, dice: Random) -> None:
        """Documents arrive; the snapshot they belong to does not end."""
        found = self.listener.snapshot(dice)
        if found is not None:
            for row in found[0][: len(found[0]) // 2]:
                self.log.add(row)
            self.listener.dead = True

    def ask(self) -> None:
        """The watchdog's query."""
        for row in self.database.since(self.log.settled):
            self.log.add(row)
        self.give(self.database.now)

    def renew(self) -> None:
        self.listener = Listener(self.database, self.log.settled)

    def give(self, until: int) -> None:
        for row in self.log.settle(until):
            for client, floor in self.clients.items():
                if row.position.time > floor:
                    client.take(row)

    def join(self, client: Client) -> None:
        found = self.database.since(client.cursor.time)
        for row in replayed(found, client.cursor, self.database.now):
            client.take(row)
        self.clients[client] = self.database.now

    def leave(self, client: Client) -> None:
        self.clients.pop(client, None)


STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            ["commit"] * 4 + ["listen"] * 3 + ["die", "half", "ask", "renew", "leave", "join", "restart", "wait"]
        ),
        st.integers(0, 2**16),
    ),
    max_size=60,
)


@settings(max_examples=150)
@given(STEPS, st.randoms(use_true_random=False))
def test_every_event_reaches_every_client_once_and_in_order(steps: list[tuple[str, int]], dice: Random) -> None:
    database = Database()
    gateways = [GatewayModel(database), GatewayModel(database)]
    clients = [Client(behind(database.now)) for _ in range(3)]
    home = {client: gateways[n % 2] for n, client in enumerate(clients)}
    for client, gateway in home.items():
        gateway.join(client)
    for what, number in steps:
        gateway, client = gateways[number % 2], clients[number % 3]
        match what:
            case "commit":
                # Up to just under the overlap: longer than Firestore lets a commit take.
                database.commit(took=number % 89 * SECOND, events=number % 3 + 1)
            case "wait":
                database.now += number * SECOND // 100
            case "listen":
                gateway.listen(dice)
            case "die":
                gateway.listener.dead = True
            case "half":
                gateway.half_a_snapshot(dice)
            case "ask":
                gateway.ask()
            case "renew":
                gateway.renew()
            case "leave":
                home[client].leave(client)
            case "join":
                home[client].leave(client)
                home[client] = gateway
                gateway.join(client)
            case "restart":
                for gone in list(gateway.clients):
                    gateway.leave(gone)
                gateways[number % 2] = GatewayModel(database)
    for client in clients:
        home[client].leave(client)
        gateways[0].join(client)
    for gateway in gateways:
        gateway.ask()
        assert gateway.log.late == 0
    expected = [row.position for row in sorted(database.rows, key=lambda r: r.position)]
    for client in clients:
        assert [row.position for row in client.got] == expected


def test_nothing_is_given_out_before_everything_before_it_is_known() -> None:
    log = EventLog(0)
    second, first = logged(20), logged(10)
    assert log.add(second)
    assert log.settle(15) == []
    assert log.add(first)
    assert log.settle(20) == [first, second]
    assert not log.add(first)
    assert log.settle(30) == []


def test_an_event_that_breaks_the_promise_is_told_late_rather_than_never() -> None:
    log = EventLog(0)
    log.add(logged(20))
    log.settle(25)
    late = logged(15)
    assert log.add(late)
    assert (log.late, log.settle(25)) == (1, [late])


def test_what_was_given_out_is_remembered_for_the_overlap_and_not_for_ever() -> None:
    log = EventLog(0)
    row = logged(SECOND)
    log.add(row)
    log.settle(2 * SECOND)
    log.settle(OVERLAP)
    assert not log.add(row)
    log.settle(10 * OVERLAP)
    assert not log.add(row), "older than any renewal brings again"
    assert (log.waiting, log.late, len(log._given)) == (0, 0, 0)


def test_moments_are_not_replayed_once_they_have_passed() -> None:
    now = datetime(2026, 5, 1, tzinfo=UTC)
    at = int(now.timestamp() * 1e9)
    typing = logged(at - 20 * SECOND, expires=now - timedelta(seconds=5))
    message = logged(at - 30 * SECOND, expires=now + EVENT_LIFE)
    assert replayed([typing, message], Position(0, 0, ""), at) == [message]
