"""Calls that the client makes for a transaction without taking a timeout: made here with ours.

`Transaction._begin`, `_commit` and `_rollback` leave timeout and retry to the generated client, which tries for 60
to 300 seconds: longer than anybody waits for an answer.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from google.cloud.firestore import Client, Transaction, WriteBatch


def begin(client: "Client", *, timeout: float, retry: Any) -> "Transaction":
    """A transaction that has begun."""
    transaction = client.transaction()
    answer = client._firestore_api.begin_transaction(  # noqa: SLF001
        request={"database": client._database_string, "options": transaction._options_protobuf(None)},  # noqa: SLF001
        metadata=client._rpc_metadata,  # noqa: SLF001
        timeout=timeout,
        retry=retry,
    )
    transaction._id = answer.transaction  # noqa: SLF001
    return transaction


def commit(batch: "WriteBatch", *, timeout: float) -> None:
    """Commit a batch, or a transaction with its writes; once, since a repeat must know what became of the first."""
    from google.cloud.firestore import Transaction

    if not isinstance(batch, Transaction):
        batch.commit(retry=None, timeout=timeout)
        return
    client = batch._client  # noqa: SLF001
    client._firestore_api.commit(  # noqa: SLF001
        request={
            "database": client._database_string,  # noqa: SLF001
            "writes": batch._write_pbs,  # noqa: SLF001
            "transaction": batch._id,  # noqa: SLF001
        },
        metadata=client._rpc_metadata,  # noqa: SLF001
        retry=None,
        timeout=timeout,
    )


def rollback(transaction: "Transaction", *, timeout: float) -> None:
    """End a transaction without its writes; tried once, since it ends by itself when nobody goes on with it."""
    client = transaction._client  # noqa: SLF001
    client._firestore_api.rollback(  # noqa: SLF001
        request={"database": client._database_string, "transaction": transaction._id},  # noqa: SLF001
        metadata=client._rpc_metadata,  # noqa: SLF001
        retry=None,
        timeout=timeout,
    )
