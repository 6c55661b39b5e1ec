"""Which request the running code works for, so that every log line and every task it starts says so.

The trace is W3C Trace Context's (`traceparent: 00-<trace>-<span>-<flags>`), which Cloud Run sets on every request. It
goes on with each task, so a request, the dispatcher it wakes and the worker that ends the work share one trace id.
"""

import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import NamedTuple

_TRACEPARENT = re.compile(r"00-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})")


class Trace(NamedTuple):
    """A place in a trace."""

    trace_id: str
    span_id: str
    sampled: bool

    @classmethod
    def received(cls, header: str) -> "Trace":
        """The trace of a `traceparent` header; a new one where there is none, or one that cannot be read."""
        if found := _TRACEPARENT.fullmatch(header):
            return cls(found[1], found[2], sampled=bool(int(found[3], 16) & 1))
        return cls(secrets.token_hex(16), secrets.token_hex(8), sampled=False)

    def onward(self) -> str:
        """The `traceparent` of a call made from here: same trace, a span of its own."""
        return f"00-{self.trace_id}-{secrets.token_hex(8)}-{'01' if self.sampled else '00'}"


class Work(NamedTuple):
    """The request that is being worked on."""

    trace: Trace
    project: str
    request_id: str
    endpoint: str

    @property
    def resource(self) -> str:
        """The trace by its name in Google Cloud."""
        return f"projects/{self.project}/traces/{self.trace.trace_id}"


_CURRENT: ContextVar[Work | None] = ContextVar("work", default=None)


def current() -> Work | None:
    """The request this thread works for, if any."""
    return _CURRENT.get()


@contextmanager
def working_for(work: Work) -> Iterator[None]:
    """Work for a request; behind it the thread is nobody's again."""
    token = _CURRENT.set(work)
    try:
        yield
    finally:
        _CURRENT.reset(token)
