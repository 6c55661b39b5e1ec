"""What a handler knows about its request, and what it may ask for.

A `Context` lives for one attempt: when a commit conflicts, the handler runs again with a fresh one. So a handler has
no effect outside `ctx.unit`; mail, push, tasks and events are asked for here and start after the commit.
"""

import threading
import time
import zlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple, TypeVar

from shared import trace
from shared.config import Settings
from shared.errors import ApiError
from shared.events import EVENT_LIFE, EVENT_RECIPIENTS, Event, NotificationRequest, NotificationType, shard_of
from shared.i18n import chosen
from shared.store.audit import Outcome
from shared.store.document import Document, new_id
from shared.store.outbox import OutboxEntry, to_wake
from shared.store.unit import Conflicted, Unit, back_off, chunks
from shared.users.documents import Role, Session, User

F = TypeVar("F", bound=Callable[..., Any])
T = TypeVar("T")

#: Attempts at recording what was done outside.
SETTLING_ATTEMPTS = 8


class Caller(NamedTuple):
    """Who is calling: the account and its session as they are now, not as the token remembers them."""

    user: User
    session: Session

    @property
    def id(self) -> str:
        """The account's id."""
        return self.user.id

    @property
    def role(self) -> Role:
        """The account's role."""
        return self.user.role


class Awaited(NamedTuple):
    """A handler's answer is the result of a job; `render(unit, job)` makes it once the job is done."""

    job_id: str
    render: Callable[[Unit, Any], Any]


class Check(NamedTuple):
    """A row-access check that was made: the function's name and what it was asked. Repeated before a replay."""

    name: str
    args: tuple[str, ...]


@dataclass(eq=False, repr=False)
class Trail:
    """What the audit entry of this request will say."""

    action: str
    entity_type: str | None = None
    entity_id: str | None = None
    patient_ids: set[str] = field(default_factory=set)
    details: dict[str, str | int | bool] = field(default_factory=dict)
    #: Whether there is anything to say although nothing was written and no patient was touched.
    due: bool = False
    #: Overrides the outcome that follows from the answer.
    outcome: Outcome | None = None

    def written(self) -> None:
        """Forget what has been said: a worker has committed its entry with the work it tells of."""
        self.due = False
        self.patient_ids.clear()


#: Documents that a path parameter makes every request read in its first batch, by parameter name.
PATH_READS: dict[str, Callable[[str, str], Iterable[tuple[type[Document], str]]]] = {}

#: Row-access functions by name (see `row_access`).
ROW_ACCESS: dict[str, Callable[..., Any]] = {}


def reads_by_path(parameter: str, wanted: Callable[[str, str], Iterable[tuple[type[Document], str]]]) -> None:
    """Let every endpoint whose path has `{parameter}` read `wanted(value, user id)` together with the session.

    A parameter means one kind of record everywhere: a second meaning would take the place of the first in a process
    that serves both.
    """
    if parameter in PATH_READS:
        raise ImportError(f"{{{parameter}}} is read as something else already")
    PATH_READS[parameter] = wanted


def row_access(function: F) -> F:
    """Register an audited `access_<noun>(ctx, id, to=...)` function, so that a replay can ask it again."""
    ROW_ACCESS[function.__name__] = function
    return function


#: See `Context.in_turn`: locks by a hash of what is waited for, so that their number does not grow.
_TURNS = tuple(threading.Lock() for _ in range(256))
#: Longest a request waits for its turn; then it takes its chance.
_LONGEST_WAIT = 2.0


class Context:
    """One attempt at one request."""

    def __init__(
        self,
        *,
        unit: Unit,
        settings: Settings,
        trail: Trail,
        request_id: str,
        address: str | None = None,
        user_agent: str | None = None,
        headers: Mapping[str, str] | None = None,
        cookies: Mapping[str, str] | None = None,
        route: str = "",
        attempt: int = 1,
    ) -> None:
        self.unit = unit
        self.settings = settings
        self.trail = trail
        self.request_id = request_id
        self.address = address
        self.user_agent = user_agent
        self.headers: Mapping[str, str] = headers or {}
        self.cookies: Mapping[str, str] = cookies or {}
        #: The route that matched, as declared, without prefix.
        self.route = route
        #: 1 at first; more when somebody else's commit came between this request's reads and its own commit.
        self.attempt = attempt
        self.checks: list[Check] = []
        #: Outbox documents of commits before the last.
        self.woken: list[str] = []
        self.answer_headers: dict[str, str] = {}
        self.answer_cookies: list[dict[str, Any]] = []
        self.answer_status: int | None = None
        self._caller: Caller | None = None
        self._turn: threading.Lock | None = None

    @property
    def now(self) -> datetime:
        """The time of this attempt, UTC; the same wherever it is asked."""
        return self.unit.now

    @property
    def locale(self) -> str:
        """The language this request asks for by Accept-Language; English where it asks for none we have."""
        return chosen(self.headers.get("accept-language", ""))

    @property
    def caller(self) -> Caller:
        """Who is calling. Only where the endpoint's access asks for an account."""
        if self._caller is None:
            raise LookupError("this endpoint is public: there is no caller")
        return self._caller

    @property
    def caller_or_none(self) -> Caller | None:
        """Who is calling, if anybody has been identified."""
        return self._caller

    def identify(self, caller: Caller) -> None:
        """Say who is calling (the pipeline, and endpoints that sign somebody in)."""
        self._caller = caller
        self.unit.actor_id = caller.id

    def in_turn(self, what: str) -> None:
        """Wait until nobody else in this process is between this and their commit for the same `what`.

        Decides nothing: preconditions do. It spares those who would conflict the work of finding out.
        """
        turn = _TURNS[zlib.crc32(what.encode()) % len(_TURNS)]
        if self._turn is None and turn.acquire(timeout=_LONGEST_WAIT):
            self._turn = turn

    def end_turn(self) -> None:
        """Let the next one go on; the pipeline does, whatever became of the attempt."""
        if self._turn is not None:
            self._turn.release()
            self._turn = None

    # Audit

    def touch(self, patient_id: str) -> None:
        """Note that this request reached a patient's data."""
        self.trail.patient_ids.add(patient_id)

    def about(self, entity_type: str, entity_id: str | None) -> None:
        """Note which record this request is about."""
        self.trail.entity_type, self.trail.entity_id = entity_type, entity_id
        self.trail.due = True

    def checked(self, name: str, *args: str) -> None:
        """Note that a row-access function allowed this."""
        self.checks.append(Check(name, args))

    def refuse(self, error: ApiError, **details: str | int | bool) -> ApiError:
        """`error`, with the refusal audited."""
        self.trail.due = True
        self.trail.outcome = "refused"
        self.trail.details |= details
        return error

    # What starts after the commit

    def notify(
        self,
        user_ids: Iterable[str],
        type: NotificationType,  # noqa: A002 - the field's name in the sources
        ref: tuple[str, str],
        dedupe_key: str,
    ) -> None:
        """Tell users that something happened to `ref` (kind, id), once per `dedupe_key` and user.

        Decides nothing about channels: preferences, quiet hours and fall-backs are the delivery worker's.
        """
        request = NotificationRequest(
            id=new_id(),
            user_ids=sorted(set(user_ids)),
            type=type,
            ref_kind=ref[0],
            ref_id=ref[1],
            dedupe_key=dedupe_key,
            created_at=self.now,
            expires_at=self.now + timedelta(days=self.settings.notification_retention_days),
        )
        if request.user_ids:
            self.unit.create(request)
            self.enqueue("deliver_notification", request.id, dedupe_key=request.id)

    def emit(
        self,
        user_ids: Iterable[str],
        event: str,
        ids: Mapping[str, str],
        *,
        life: timedelta = EVENT_LIFE,
        keep: bool = False,
    ) -> None:
        """Append a realtime event for users. It carries ids only; clients read what they may see.

        It can be replayed for `life`: what matters only now (typing) lives for seconds. With `keep` it outlives a
        refusal, as what it tells of does.
        """
        work = trace.current()
        for to in chunks(sorted(set(user_ids)), EVENT_RECIPIENTS):
            self.unit.create(
                Event(
                    id=new_id(),
                    user_ids=to,
                    event=event,
                    ids=dict(ids),
                    shard=shard_of(to[0]),
                    order=len(self.unit.pending(Event)),
                    created_at=self.now,
                    expires_at=self.now + life,
                    traceparent=work.trace.onward() if work else "",
                ),
                keep=keep,
            )

    def enqueue(
        self,
        job_kind: str,
        id: str,  # noqa: A002 - the contract's name
        at: datetime | None = None,
        dedupe_key: str | None = None,
    ) -> None:
        """Run worker `job_kind` on document `id`, at `at` or at once; once per `dedupe_key`."""
        entry_id = new_id()
        work = trace.current()
        self.unit.create(
            OutboxEntry(
                id=entry_id,
                job=job_kind,
                ref=id,
                at=at,
                dedupe_key=dedupe_key or entry_id,
                traceparent=work.trace.onward() if work else "",
                created_at=self.now,
                expires_at=(at or self.now) + timedelta(days=7),
            )
        )

    def commit(self, *, known: bool = False) -> None:
        """Commit what there is so far, in a worker that goes on; what it enqueues is started at the end.

        With `known` it need not read what it has updated again (`Unit.commit`).
        """
        pending = to_wake(self.unit)
        self.unit.commit(known=known)
        self.woken += pending

    def settle(self, apply: Callable[[], T]) -> T:
        """Commit what follows from something that was done outside; what `apply` returned.

        When somebody else's commit comes between, `apply` is run again, from its reads, and not the whole handler,
        which would do the thing outside once more. Raises `Conflicted` after eight times.
        """
        for attempt in range(1, SETTLING_ATTEMPTS):
            try:
                return self._applied(apply)
            except Conflicted:
                self.unit.reset()
                time.sleep(back_off(attempt))
        return self._applied(apply)

    def _applied(self, apply: Callable[[], T]) -> T:
        result = apply()
        self.commit()
        return result

    def await_job(self, job_id: str, render: Callable[[Unit, Any], Any]) -> Any:
        """The answer of a handler that started a job: its result, if it comes within AI_WAIT_SECONDS; else 202."""
        return Awaited(job_id, render)

    # The answer

    def header(self, name: str, value: str) -> None:
        """Set a header of the answer."""
        self.answer_headers[name] = value

    def cookie(self, name: str, value: str, *, seconds: int, http_only: bool, path: str = "/") -> None:
        """Set a cookie: Secure, SameSite=Strict; `seconds=0` removes it."""
        self.answer_cookies.append(
            {
                "key": name,
                "value": value,
                "max_age": seconds,
                "httponly": http_only,
                "secure": self.settings.secure_cookies,
                "samesite": "Strict",
                "path": path,
                "domain": self.settings.cookie_domain or None,
            }
        )
