"""Transactions: snapshots, conflicts, retries, expiry, and no lost update or write skew."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from blocking import transactional
from google.api_core import exceptions
from google.cloud import firestore
from google.cloud.firestore import FieldFilter

from localcloud.firestore import Server
from localcloud.firestore.transactions import IDLE_SECONDS, TOTAL_SECONDS, Transactions

F = FieldFilter


def begin(client: firestore.Client, *, read_only: bool = False) -> firestore.Transaction:
    transaction = client.transaction(read_only=read_only)
    transaction._begin()
    return transaction


def test_reads_of_a_transaction_are_one_snapshot(client: firestore.Client) -> None:
    one, two = client.document("c/1"), client.document("c/2")
    one.set({"n": 1})
    for read_only in (True, False):
        two.delete()
        transaction = begin(client, read_only=read_only)
        assert one.get(transaction=transaction).get("n") == 1
        two.set({"n": 1})
        assert not two.get(transaction=transaction).exists
        assert [found.id for found in client.collection("c").stream(transaction=transaction)] == ["1"]
        transaction._rollback()


def test_a_changed_document_aborts_the_commit(client: firestore.Client) -> None:
    document = client.document("c/d")
    document.set({"n": 1})
    transaction = begin(client)
    document.get(transaction=transaction)
    document.update({"n": 2})
    transaction.set(client.document("c/other"), {"n": 1})
    with pytest.raises(exceptions.Aborted):
        transaction._commit()
    assert not client.document("c/other").get().exists


def test_a_document_that_appeared_aborts_the_commit(client: firestore.Client) -> None:
    transaction = begin(client)
    assert not client.document("c/d").get(transaction=transaction).exists
    client.document("c/d").set({})
    transaction.create(client.document("c/e"), {})
    with pytest.raises(exceptions.Aborted):
        transaction._commit()


@pytest.mark.parametrize(
    ("ask", "disturb", "conflict"),
    [
        (lambda c: c.where(filter=F("n", ">", 5)), lambda c: c.document("new").set({"n": 9}), True),
        (lambda c: c.where(filter=F("n", ">", 5)), lambda c: c.document("new").set({"n": 1}), False),
        (lambda c: c.where(filter=F("n", ">", 5)), lambda c: c.document("1").update({"n": 6}), True),
        (lambda c: c.where(filter=F("n", ">", 5)), lambda c: c.document("1").update({"m": 6}), False),
        (lambda c: c.where(filter=F("n", ">", 5)), lambda c: c.document("7").delete(), True),
        (lambda c: c.order_by("n").limit(2), lambda c: c.document("new").set({"n": 8}), False),
        (lambda c: c.order_by("n").limit(2), lambda c: c.document("new").set({"n": 0}), True),
        (lambda c: c.order_by("n").offset(1).limit(1), lambda c: c.document("1").delete(), True),
        (lambda c: c, lambda c: c.document("7").collection("sub").document("x").set({}), False),
    ],
)
def test_phantoms_abort_and_bystanders_do_not(
    client: firestore.Client, ask: Callable[[Any], Any], disturb: Callable[[Any], Any], conflict: bool
) -> None:
    collection = client.collection("c")
    for number in (1, 2, 7, 9):
        collection.document(str(number)).set({"n": number})
    transaction = begin(client)
    list(ask(collection).stream(transaction=transaction))
    disturb(collection)
    transaction.set(client.document("out/put"), {})
    if conflict:
        with pytest.raises(exceptions.Aborted):
            transaction._commit()
    else:
        transaction._commit()
    assert client.document("out/put").get().exists != conflict


@pytest.mark.parametrize("disturb", [lambda c: c.document("new").set({"n": 9}), lambda c: c.document("7").delete()])
def test_a_count_in_a_transaction_is_guarded(client: firestore.Client, disturb: Callable[[Any], Any]) -> None:
    collection = client.collection("c")
    collection.document("7").set({"n": 7})
    transaction = begin(client)
    query = collection.where(filter=F("n", ">", 5))
    assert query.count().get(transaction=transaction)[0][0].value == 1
    disturb(collection)
    transaction.set(client.document("out/put"), {})
    with pytest.raises(exceptions.Aborted):
        transaction._commit()


def test_a_read_only_transaction_cannot_write_and_never_conflicts(client: firestore.Client) -> None:
    document = client.document("c/d")
    document.set({"n": 1})
    transaction = begin(client, read_only=True)
    document.get(transaction=transaction)
    document.set({"n": 2})
    assert document.get(transaction=transaction).get("n") == 1
    transaction._commit()


def test_a_transaction_that_is_over_is_refused(client: firestore.Client) -> None:
    transaction = begin(client)
    number = transaction.id
    transaction._commit()
    transaction._id = number
    with pytest.raises(exceptions.InvalidArgument, match="no longer valid"):
        client.document("c/d").get(transaction=transaction)


def test_idle_and_total_time_expire(server: Server) -> None:
    from localcloud.firestore.errors import StatusError
    from localcloud.firestore.messages import message
    from localcloud.firestore.names import Database

    now = 0.0
    transactions = Transactions(server.engine.state.store, lambda: now)
    database = Database("p", "(default)")
    options = message("BeginTransactionRequest")().options
    idle, busy = transactions.begin(database, options), transactions.begin(database, options)
    steps = int(TOTAL_SECONDS // (IDLE_SECONDS - 1))
    for _ in range(steps):
        now += IDLE_SECONDS - 1
        transactions.use(busy.id, database)
    with pytest.raises(StatusError, match="expired"):
        transactions.use(idle.id, database)
    now = TOTAL_SECONDS + 0.5
    with pytest.raises(StatusError, match="expired"):
        transactions.use(busy.id, database)
    third = transactions.begin(database, options)
    now += IDLE_SECONDS + 1
    transactions.expire()
    with pytest.raises(StatusError, match="expired"):
        transactions.use(third.id, database)


def retry(client: firestore.Client, body: Callable[[firestore.Transaction], Any]) -> Any:
    """Run a transaction until it goes through: the client gives up after five attempts."""
    while True:
        try:
            return transactional(body)(client.transaction())
        except (exceptions.Aborted, ValueError):
            continue


def test_no_update_is_lost(clients: Callable[..., firestore.Client]) -> None:
    client = clients("lost-update")
    counter = client.document("c/counter")
    counter.set({"n": 0})

    def bump(transaction: firestore.Transaction) -> None:
        held = counter.get(transaction=transaction).get("n")
        transaction.update(counter, {"n": held + 1})

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: retry(client, bump), range(48)))
    assert counter.get().get("n") == 48


def test_no_write_skew(clients: Callable[..., firestore.Client]) -> None:
    """Two doctors on call; each may leave only while the other stays. Read by query, so phantoms count too."""
    client = clients("write-skew")
    collection = client.collection("doctors")
    for round_number in range(10):
        for name in ("a", "b"):
            collection.document(name).set({"on": True, "round": round_number})
        together = threading.Barrier(2)

        def leave(name: str, together: threading.Barrier = together) -> None:
            first = True

            def body(transaction: firestore.Transaction) -> None:
                nonlocal first
                on_call = list(collection.where(filter=F("on", "==", True)).stream(transaction=transaction))
                if first:
                    first = False
                    together.wait(timeout=20)
                if len(on_call) > 1:
                    transaction.update(collection.document(name), {"on": False})

            retry(client, body)

        with ThreadPoolExecutor(2) as pool:
            list(pool.map(leave, ("a", "b")))
        assert len(list(collection.where(filter=F("on", "==", True)).stream())) == 1


def test_one_of_many_takers_gets_the_slot(clients: Callable[..., firestore.Client]) -> None:
    client = clients("slot")
    slot = client.document("slots/1")
    slot.set({"free": True})

    def take(number: int) -> bool:
        def body(transaction: firestore.Transaction) -> bool:
            if not slot.get(transaction=transaction).get("free"):
                return False
            transaction.update(slot, {"free": False, "by": number})
            return True

        return bool(retry(client, body))

    with ThreadPoolExecutor(16) as pool:
        taken = list(pool.map(take, range(32)))
    assert sum(taken) == 1
    assert slot.get().get("by") == taken.index(True)


def test_many_contenders_all_get_through_with_the_client_s_own_retries(
    clients: Callable[..., firestore.Client],
) -> None:
    client = clients("contended")
    counter = client.document("c/counter")
    counter.set({"n": 0})

    def bump(transaction: firestore.Transaction) -> None:
        held = counter.get(transaction=transaction).get("n")
        transaction.update(counter, {"n": held + 1})

    with ThreadPoolExecutor(24) as pool:
        list(pool.map(lambda _: transactional(bump)(client.transaction()), range(120)))
    assert counter.get().get("n") == 120


def test_a_turn_that_is_never_used_does_not_block_the_others(
    client: firestore.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("localcloud.firestore.turns.HOLD_SECONDS", 0.2)
    document = client.document("c/d")
    document.set({"n": 0})

    def lose() -> bytes:
        transaction = begin(client)
        number: bytes = transaction.id
        document.get(transaction=transaction)
        document.update({"n": firestore.Increment(1)})
        transaction.set(document, {"n": 100})
        with pytest.raises(exceptions.Aborted):
            transaction._commit()
        return number

    first, second = lose(), lose()
    dawdler, next_one = client.transaction(), client.transaction()
    dawdler._begin(retry_id=first)
    next_one._begin(retry_id=second)
    assert document.get(transaction=next_one).get("n") == 2
    next_one.update(document, {"n": 3})
    next_one._commit()
    document.get(transaction=dawdler)
    dawdler._commit()
