"""The published asynchronous client behind the synchronous one's methods, so that one test is run through both.

Every call is made on an event loop of its own thread, as in a program that has one; what comes back is awaited.
"""

import asyncio
import inspect
import threading
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from google.cloud import firestore
from google.cloud.firestore_v1.base_query import BaseCompositeFilter, QueryPartition

_WRAPPED = (
    "google.cloud.firestore_v1.async_",
    "google.cloud.firestore_v1.bulk_writer",
    "google.cloud.firestore_v1.services.firestore.async_client",
)


class Loop:
    """An event loop on a thread."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        # Bodies of transactions block; more of them run at once than the loop's own pool would take.
        self.bodies = ThreadPoolExecutor(64, thread_name_prefix="bodies")
        self._thread = threading.Thread(target=self.loop.run_forever, name="asyncio", daemon=True)
        self._thread.start()

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(timeout=60)

    def stop(self) -> None:
        self.bodies.shutdown()
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()
        self.loop.close()


class Blocking:
    """One object of the asynchronous client."""

    def __init__(self, held: Any, loop: Loop) -> None:
        object.__setattr__(self, "held", held)
        object.__setattr__(self, "at", loop)

    def __getattr__(self, name: str) -> Any:
        value = self.at.run(self._get(name)) if name == "_firestore_api" else getattr(self.held, name)
        return self._method(value) if inspect.ismethod(value) else wrap(value, self.at)

    async def _get(self, name: str) -> Any:
        # The channel belongs to the loop it is made on.
        return getattr(self.held, name)

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self.held, name, unwrap(value))

    def __eq__(self, other: object) -> bool:
        return bool(self.held == unwrap(other))

    def __hash__(self) -> int:
        return hash(self.held)

    def __len__(self) -> int:
        return len(self.held)

    def __bool__(self) -> bool:
        return True

    def _method(self, method: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:
            async def make() -> Any:
                answer = method(*map(unwrap, arguments), **{name: unwrap(value) for name, value in named.items()})
                return await answer if inspect.isawaitable(answer) else answer

            return wrap(self.at.run(make()), self.at)

        return call


def wrap(value: Any, loop: Loop) -> Any:
    if hasattr(value, "__aiter__"):
        return _iterate(value, loop)
    if type(value).__module__.startswith(_WRAPPED) or isinstance(value, QueryPartition):
        return Blocking(value, loop)
    if type(value) in {list, tuple}:
        return type(value)(wrap(each, loop) for each in value)
    return value


def _iterate(values: Any, loop: Loop) -> Iterator[Any]:
    iterator = aiter(values)
    end = object()

    async def step() -> Any:
        return await anext(iterator, end)

    while (value := loop.run(step())) is not end:
        yield wrap(value, loop)


def unwrap(value: Any) -> Any:
    if isinstance(value, Blocking):
        return value.held
    if type(value) is dict:
        return {name: unwrap(each) for name, each in value.items()}
    if type(value) in {list, tuple}:
        return type(value)(map(unwrap, value))
    if isinstance(value, firestore.FieldFilter):
        value.value = unwrap(value.value)
    elif isinstance(value, BaseCompositeFilter):
        value.filters = [unwrap(each) for each in value.filters]
    return value


def transactional(body: Callable[..., Any]) -> Callable[..., Any]:
    """`firestore.transactional` or `firestore.async_transactional`, as the transaction wants it."""

    def run(transaction: Any, *arguments: Any) -> Any:
        if not isinstance(transaction, Blocking):
            return firestore.transactional(body)(transaction, *arguments)
        loop = transaction.at

        @firestore.async_transactional
        async def asynchronous(_: Any) -> Any:
            return await loop.loop.run_in_executor(loop.bodies, body, transaction, *arguments)

        return loop.run(asynchronous(transaction.held))

    return run
