"""What happens to every request, in order.

    ARRIVAL     once: request id → CORS → route and size → address limit
    ATTEMPT     until its commit goes through: authenticate → role → parse and validate → user limit → idempotency →
                handler (row access inside) → output check → audit → commit
    DEPARTURE   once: wake the dispatcher → await a job → answer → log

An `ApiError` anywhere ends the attempt: its writes are dropped, but for those that outlive a refusal (security
counters, the audit of the refusal), and it is answered in the one error shape. Anything else is a bug, answered as a
500 without a word of its text.
"""

import gc
import hashlib
import logging
import re
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from shared import clients, metrics
from shared.config import Settings, settings
from shared.context import PATH_READS, Awaited, Context, Trail
from shared.errors import (
    ApiError,
    Contention,
    DatabaseUnavailable,
    IdentityIsExternal,
    InternalError,
    MethodNotAllowed,
    RouteNotFound,
)
from shared.http import answers, authenticate, cors, idempotency, limits, parse, responses
from shared.http.auditing import append_entry
from shared.http.endpoint import Endpoint
from shared.http.routing import Route, bare
from shared.store.outbox import to_wake
from shared.store.query import Page
from shared.store.unit import Conflicted, Unit, back_off
from shared.trace import Trace, Work, working_for

if TYPE_CHECKING:
    from flask import Request, Response

log = logging.getLogger("consentmd.requests")

#: Attempts at a commit before the caller is told to try again.
ATTEMPTS = 8

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")


@dataclass(eq=False, repr=False)
class Exchange:
    """A request on its way through the pipeline."""

    spec: Endpoint
    request: "Request"
    settings: Settings
    started: float = field(default_factory=time.perf_counter)
    request_id: str = ""
    address: str = ""
    method: str = ""
    route: Route | None = None
    path_values: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    # of the attempt
    ctx: Context = None  # type: ignore[assignment]
    arguments: dict[str, Any] = field(default_factory=dict)
    result: Any = None
    status: int = 200
    payload: bytes | None = None
    stream: answers.Stream | None = None
    mime_type: str = "application/json"
    key: str | None = None
    replayed: bool = False
    woken: list[str] = field(default_factory=list)
    trips: int = 0
    reads: int = 0
    writes: int = 0
    attempts: int = 0
    error: ApiError | None = None


class Answered(Exception):  # noqa: N818 - not an error: a step has the answer already
    """Ends the pipeline with an answer that needs no handler."""


# Arrival


def _work(spec: Endpoint, request: "Request", config: Settings) -> Work:
    sent = request.headers.get("X-Request-Id", "")
    return Work(
        trace=Trace.received(request.headers.get("traceparent", "")),
        project=config.google_cloud_project,
        request_id=sent if _REQUEST_ID.fullmatch(sent) else str(uuid.uuid4()),
        endpoint=spec.name,
    )


def _request_id(x: Exchange) -> None:
    x.headers["X-Request-Id"] = x.request_id
    x.method = "GET" if x.request.method == "HEAD" else x.request.method
    x.address = client_address(x.request, x.settings.trusted_proxy_hops)


def client_address(request: "Request", hops: int) -> str:
    """The address our outermost proxy saw: the entry it appended, not what the client wrote before it."""
    return forwarded_address(request.headers.get("X-Forwarded-For", ""), request.remote_addr or "", hops)


def forwarded_address(header: str, remote: str, hops: int) -> str:
    """The same from the header itself; `remote` is who has connected to us."""
    forwarded = [part.strip() for part in header.split(",") if part.strip()]
    return forwarded[-hops] if 0 < hops <= len(forwarded) else remote


def _cors(x: Exchange) -> None:
    x.headers |= cors.headers(x.request, x.settings)


def _route(x: Exchange) -> None:
    parse.check_text(x.request)
    path = bare(x.request.path)
    matching = [(route, found) for route in x.spec.routes if (found := route.match(path)) is not None]
    if not matching:
        raise RouteNotFound
    allowed = sorted({route.method for route, _ in matching} | {"OPTIONS"} | _head(matching))
    if x.method == "OPTIONS":
        x.headers["Allow"] = ", ".join(allowed)
        x.status = 204
        raise Answered
    for route, found in matching:
        if route.method == x.method:
            x.route, x.path_values = route, found
            return
    raise MethodNotAllowed(headers={"Allow": ", ".join(allowed)})


def _head(matching: list[tuple[Route, dict[str, str]]]) -> set[str]:
    return {"HEAD"} if any(route.method == "GET" for route, _ in matching) else set()


def _address_limit(x: Exchange) -> None:
    if x.spec.kind != "http" or x.spec.domain == "health":
        return
    x.headers |= limits.limit_address(x.address, auth=x.spec.domain == "auth", settings=x.settings)


def _identity_mode(x: Exchange) -> None:
    if x.spec.domain == "auth" and x.settings.identity_mode == "external":
        raise IdentityIsExternal


# One attempt


def _authenticate(x: Exchange) -> None:
    unit = x.ctx.unit
    claims = None
    if x.spec.access.account:
        claims = authenticate.claims(x.request, x.settings)
        authenticate.want(unit, claims)
        for name, value in x.path_values.items():
            if name in PATH_READS and name in x.spec.path_parameters:
                for document in PATH_READS[name](value, claims.user_id):
                    unit.want(*document)
        for document in x.spec.reads(claims.user_id):
            unit.want(*document)
        if x.spec.reads_by_input is not None:
            said = {**parse.peek(x.request, x.settings.max_body_bytes), **x.path_values}
            for document in x.spec.reads_by_input(said, claims.user_id):
                unit.want(*document)
        if x.spec.limit is not None:
            unit.want(limits.Attempts, limits.attempts_id(x.spec.limit.name, claims.user_id))
        if x.spec.idempotent:
            x.key = idempotency.read_key(x.request.headers.get("Idempotency-Key"))
            if x.key is not None:
                x.key = idempotency.record_id(claims.user_id, x.spec.name, x.key)
                unit.want(idempotency.IdempotencyRecord, x.key)
        authenticate.identify(x.ctx, claims)
    elif x.spec.access.machine:
        config = x.settings
        account = config.tasks_service_account if x.spec.kind == "task" else config.scheduler_service_account
        authenticate.machine(x.request, config, account)
        if x.attempts == 1:
            metrics.task_begins(x.spec.name, x.spec.queue, x.ctx.headers)


def _role(x: Exchange) -> None:
    if x.spec.access.account:
        try:
            x.spec.access.admit(x.ctx.caller, x.settings)
        except ApiError as refused:
            raise x.ctx.refuse(refused) from None


def _parse(x: Exchange) -> None:
    if x.attempts > 1:
        return
    spec = x.spec
    wanted: dict[str, Any] = parse.path_arguments(spec, x.path_values)
    if spec.query is not None:
        wanted["query"] = parse.query_argument(spec.query, x.request)
    elif x.request.args:
        parse.validated(answers.Model, x.request.args)
    either = spec.takes_upload and spec.body is not None
    if spec.takes_upload and (not either or x.request.mimetype == "multipart/form-data"):
        wanted["upload"] = parse.upload_argument(x.request, x.settings.max_upload_bytes)
        if either:
            wanted["body"] = None
    elif spec.takes_form:
        wanted["form"] = parse.form_argument(x.request, x.settings.max_body_bytes)
    elif "body" in spec.parameters:
        large = spec.body is not None and issubclass(spec.body, answers.Model) and spec.body.large
        limit = x.settings.max_upload_bytes if large else x.settings.max_body_bytes
        wanted["body"] = parse.body_argument(spec, x.request, limit)
        if either:
            wanted["upload"] = None
    x.arguments = wanted


def _user_limit(x: Exchange) -> None:
    if x.spec.limit is not None:
        limits.limit_user(x.ctx.unit, x.ctx.caller.id, x.spec.limit, x.settings)


def _idempotency(x: Exchange) -> None:
    if x.key is None:
        return
    record = idempotency.find(x.ctx, x.key, _hash(x))
    if record is not None:
        x.status, x.replayed = record.status, True
        x.payload = record.answer.encode() if record.answer is not None else None
        x.headers |= {**record.headers, "Idempotency-Replayed": "true"}


def _hash(x: Exchange) -> str:
    upload = x.arguments.get("upload")
    if upload is not None:
        body = hashlib.sha256(upload.content).digest() + repr(sorted(upload.fields.items())).encode()
    else:
        body = x.request.get_data(cache=True) if "body" in x.spec.parameters else b""
    return idempotency.request_hash(x.method, bare(x.request.path), x.request.query_string, body)


def _handle(x: Exchange) -> None:
    if not x.replayed:
        x.result = x.spec.handler(x.ctx, **x.arguments)


def _check_output(x: Exchange) -> None:
    if x.replayed:
        return
    spec, result = x.spec, x.result
    x.status = x.ctx.answer_status or spec.status
    if isinstance(result, answers.Binary):
        x.payload, x.mime_type = result.content, result.mime_type
        x.headers |= result.headers
        return
    if isinstance(result, answers.Stream):
        x.status, x.stream, x.mime_type = result.status, result, result.mime_type
        x.headers |= result.headers
        return
    if isinstance(result, Awaited):
        if not spec.awaits_job:
            raise OutputMismatch(f"{spec.name} waits for a job without declaring it")
        from shared.jobs import JobOut

        x.status = 202
        x.payload = JobOut(job_id=result.job_id, status="queued").model_dump_json(by_alias=True).encode()
        return
    if spec.adapter is None:
        x.status = 204 if spec.status == 200 else spec.status
        x.payload = None
        return
    if isinstance(result, answers.Bare):
        x.headers |= responses.paging_headers(result.pagination)
        result = result.rows
    elif isinstance(result, Page):
        x.headers |= responses.paging_headers(result.pagination)
        result = {"data": result.data, "pagination": result.pagination}
    try:
        checked = spec.adapter.validate_python(result)
    except ValidationError as wrong:
        raise OutputMismatch(f"{spec.name} answered something else than it declares") from wrong
    x.payload = spec.adapter.dump_json(checked, by_alias=True)


class OutputMismatch(Exception):  # noqa: N818 - a bug of ours
    """A handler answered what its endpoint does not declare."""


def _audit(x: Exchange) -> None:
    """Append the entry of this request, if it reached a patient, wrote anything, or was refused."""
    ctx, trail = x.ctx, x.ctx.trail
    if x.key is not None and x.error is None and not x.replayed:
        answer = x.payload.decode() if x.payload is not None else None
        idempotency.keep(ctx, x.key, x.spec.name, _hash(x), x.status, answer)
    if not (trail.due or trail.patient_ids or (ctx.unit.dirty and x.spec.access.account)):
        return
    append_entry(ctx, x.error)


def _commit(x: Exchange) -> None:
    x.woken = [*x.ctx.woken, *to_wake(x.ctx.unit)]
    x.ctx.unit.commit()


ARRIVAL: tuple[Callable[[Exchange], None], ...] = (_request_id, _cors, _route, _address_limit, _identity_mode)
ATTEMPT: tuple[Callable[[Exchange], None], ...] = (
    _authenticate,
    _role,
    _parse,
    _user_limit,
    _idempotency,
    _handle,
    _check_output,
    _audit,
    _commit,
)


def _attempts(x: Exchange) -> None:
    """Run attempts until one's commit goes through."""
    for number in range(1, ATTEMPTS + 1):
        x.attempts, x.replayed, x.error, x.result, x.payload, x.stream = number, False, None, None, None, None
        x.ctx = _context(x)
        try:
            _one_attempt(x)
        except Conflicted:
            log.debug("commit conflict", extra={"endpoint": x.spec.name, "attempts": number})
        else:
            return
        finally:
            x.ctx.end_turn()
            unit = x.ctx.unit
            unit.rollback()
            x.trips, x.reads, x.writes = x.trips + unit.trips, x.reads + unit.reads, x.writes + unit.writes
        time.sleep(back_off(number))
    raise Contention(headers={"Retry-After": "1"})


def _one_attempt(x: Exchange) -> None:
    try:
        for step in ATTEMPT:
            step(x)
    except DatabaseUnavailable:
        raise
    except ApiError as refused:
        # What outlives a refusal is committed on its own; a conflict there runs the whole attempt again.
        x.error = refused
        x.ctx.unit.refuse()
        # Nobody whose turn is next rests on that.
        x.ctx.end_turn()
        if x.ctx.trail.due and x.ctx.trail.outcome is None and refused.status < 500:
            x.ctx.trail.outcome = "refused"
        if x.ctx.trail.outcome is not None:
            _audit(x)
        _commit(x)
        raise


def _context(x: Exchange) -> Context:
    unit = Unit(
        connect=clients.firestore,
        unlock=clients.sealer,
        timeout=x.settings.database_timeout_seconds,
        transactional=x.spec.transactional,
        now=datetime.now(UTC),
    )
    return Context(
        unit=unit,
        settings=x.settings,
        trail=Trail(action=x.spec.name.upper()),
        request_id=x.request_id,
        address=x.address or None,
        user_agent=(x.request.headers.get("User-Agent") or "")[:300] or None,
        headers={k.lower(): v for k, v in x.request.headers.items()},
        cookies=dict(x.request.cookies),
        route=x.route.path if x.route else "",
        attempt=x.attempts,
    )


# Departure


def _departure(x: Exchange) -> None:
    if x.woken:
        from shared.store import dispatch

        dispatch.wake(x.woken, x.settings)
    if isinstance(x.result, Awaited):
        from shared.jobs import wait_for

        x.status, answer = wait_for(x.result, x.settings, x.request.headers.get("Prefer", ""))
        x.payload = answer.model_dump_json(by_alias=True).encode()


def serve(spec: Endpoint, request: "Request") -> "Response":
    """Answer `request` with endpoint `spec`; never raises."""
    config = settings()
    work = _work(spec, request, config)
    with working_for(work):
        return _serve(Exchange(spec, request, config, request_id=work.request_id))


def _serve(x: Exchange) -> "Response":
    request = x.request
    try:
        for step in ARRIVAL:
            step(x)
        _attempts(x)
        _departure(x)
        if x.stream is not None:
            response = responses.streamed(x.status, x.stream, x.ctx)
        else:
            response = responses.success(x.spec, x.request, x.status, x.payload, x.mime_type, x.ctx)
    except Answered:
        response = responses.empty(x.status)
    except ApiError as refused:
        x.error = refused
        response = responses.failure(refused, request, x.request_id, x.ctx)
    except Exception:
        log.exception("unexpected error")
        x.error = InternalError()
        response = responses.failure(x.error, request, x.request_id, None)
    responses.finish(response, x.headers, request)
    if x.settings.environment == "local":
        cost = f"trips={x.trips} reads={x.reads} writes={x.writes} attempts={x.attempts}"
        response.headers["Server-Timing"] = f'firestore;desc="{cost}", endpoint;desc={x.spec.name}'
    _log(x, response)
    _settle()
    return response


def _settle() -> None:
    """Behind the first answer: what has been loaded stays, so the collector need not look at it again."""
    if not gc.isenabled():
        gc.freeze()
        gc.enable()


def _log(x: Exchange, response: "Response") -> None:
    status = response.status_code
    level = logging.ERROR if status == 500 else logging.WARNING if status >= 500 else logging.INFO
    caller = x.ctx.caller_or_none if x.ctx is not None else None
    milliseconds = (time.perf_counter() - x.started) * 1000
    log.log(
        level,
        "request",
        extra={
            # The template, not the path: paths carry identifiers.
            "route": x.route.path if x.route else None,
            "method": x.request.method,
            "status": status,
            "code": x.error.code if x.error else None,
            "reason": x.error.reason if x.error else None,
            "ms": round(milliseconds, 1),
            "userId": caller.id if caller else None,
            "role": caller.role.value if caller else None,
            "trips": x.trips,
            "reads": x.reads,
            "writes": x.writes,
            "attempts": x.attempts,
            "replayed": x.replayed,
        },
    )
    if x.spec.kind == "task" and status >= 400 and x.error is not None and x.error.status != 401:
        metrics.task_failed(x.spec.name, x.spec.queue, x.ctx.headers if x.ctx is not None else {})
    elif x.spec.kind == "http":
        metrics.slow("request", milliseconds)
