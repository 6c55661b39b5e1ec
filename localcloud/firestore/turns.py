"""Turns on contended documents, so that a transaction that lost once does not lose again and again.

The service's default is pessimistic: a transaction that wants what another holds waits. Here the first attempt is
optimistic; one that is retried after a conflict (`retry_transaction`) waits for its turn on what it lost, and while
it has the turn, other transactions that have read the same thing are refused. The client retries five times at most
and without a pause: unordered, a hundred contenders would use that up.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict, deque
from collections.abc import Hashable
from dataclasses import dataclass, field

WAIT_SECONDS = 20.0
HOLD_SECONDS = 5.0

_REMEMBERED = 10_000


@dataclass(slots=True)
class _Waiter:
    transaction: bytes
    called: threading.Event = field(default_factory=threading.Event)


@dataclass(slots=True)
class _Turn:
    holder: bytes
    since: float
    waiting: deque[_Waiter] = field(default_factory=deque)


class Turns:
    """First come, first served, for each thing contended for (a document's key, or a query's collection)."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._turns: dict[Hashable, _Turn] = {}
        self._held: dict[bytes, Hashable] = {}
        self._lost: OrderedDict[bytes, Hashable] = OrderedDict()

    def lose(self, transaction: bytes, thing: Hashable) -> None:
        """A transaction was aborted over `thing`: its retry will wait for a turn on it."""
        with self._lock:
            self._lost[transaction] = thing
            if len(self._lost) > _REMEMBERED:
                self._lost.popitem(last=False)

    def wait(self, transaction: bytes, retried: bytes) -> None:
        """Take the turn that the attempt `retried` lost, once it is free. A holder that dawdles is passed over."""
        with self._lock:
            thing = self._lost.pop(retried, None)
            if thing is None:
                return
            turn = self._turns.get(thing)
            if turn is None:
                self._turns[thing] = _Turn(transaction, time.monotonic())
                self._held[transaction] = thing
                return
            waiter = _Waiter(transaction)
            turn.waiting.append(waiter)
        until = time.monotonic() + WAIT_SECONDS
        while not waiter.called.wait(timeout=HOLD_SECONDS / 4):
            now = time.monotonic()
            with self._lock:
                if waiter.called.is_set():
                    return
                if now > until:
                    turn.waiting.remove(waiter)
                    return
                if now - turn.since > HOLD_SECONDS:
                    self._held.pop(turn.holder, None)
                    self._pass_on(thing, turn)

    def release(self, transaction: bytes) -> None:
        """The transaction is over; the next one may go."""
        if transaction not in self._held:
            return
        with self._lock:
            thing = self._held.pop(transaction, None)
            turn = self._turns.get(thing) if thing is not None else None
            if turn is not None and turn.holder == transaction:
                self._pass_on(thing, turn)

    def _pass_on(self, thing: Hashable, turn: _Turn) -> None:
        if not turn.waiting:
            del self._turns[thing]
            return
        waiter = turn.waiting.popleft()
        turn.holder, turn.since = waiter.transaction, time.monotonic()
        self._held[waiter.transaction] = thing
        waiter.called.set()

    def taken(self, thing: Hashable, transaction: bytes) -> bool:
        """Whether another transaction has the turn on `thing` (and has not sat on it for too long)."""
        turn = self._turns.get(thing)
        if turn is None or turn.holder == transaction:
            return False
        return time.monotonic() - turn.since <= HOLD_SECONDS
