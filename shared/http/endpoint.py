"""The decorator that makes a typed handler an endpoint.

Everything a function is — its routes, who may call it, what it takes, answers and refuses, what it needs — is
declared here and nowhere else; routing, OpenAPI, the deployment manifest and the sweep tests derive from it.
"""

import functools
import inspect
import sys
import types
import typing
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, NamedTuple, cast

from pydantic import BaseModel, TypeAdapter

from shared.errors import ApiError
from shared.http.access import Access
from shared.http.answers import Bare, Binary, Form, Stream, Upload
from shared.http.limits import UserLimit
from shared.http.routing import Route
from shared.store.document import Document

#: Documents that an endpoint reads together with the session, by the caller's id.
Reads = Callable[[str], Iterable[tuple[type[Document], str]]]

#: Documents that query or body name, by what they say (unchecked) and the caller's id.
InputReads = Callable[[Mapping[str, Any], str], Iterable[tuple[type[Document], str]]]

Kind = Literal["http", "task", "schedule", "webhook"]

#: SDKs an endpoint may declare; Firestore is everybody's. `IMPORTS` of tools/bench/cold.py says what each stands for.
SDKS = frozenset(
    {
        "calendar", "clamd", "documents", "fcm", "firestore", "genai", "identity", "mail", "media", "passwords",
        "storage", "twilio", "video",
    }
)  # fmt: skip


class Cache(NamedTuple):
    """How answers may be cached; without it they carry `no-store`."""

    public: bool = False
    max_age: int = 0
    etag: bool = False

    @property
    def header(self) -> str:
        """The Cache-Control value."""
        return f"{'public' if self.public else 'private'}, max-age={self.max_age}"


@dataclass(eq=False, repr=False)
class Endpoint:
    """What the decorator was told, and what follows from the handler's signature."""

    handler: Callable[..., Any]
    routes: tuple[Route, ...]
    access: Access
    kind: Kind
    status: int
    errors: tuple[type[ApiError], ...]
    trips: int | None
    cache: Cache | None
    limit: UserLimit | None
    reads: Reads
    reads_by_input: InputReads | None
    uses: frozenset[str]
    secrets: tuple[str, ...]
    queue: str
    schedule: str
    timeout: int
    memory: str
    concurrency: int
    transactional: bool
    idempotent: bool
    awaits_job: bool

    @property
    def name(self) -> str:
        """Function name = file stem = operation id."""
        return self.handler.__name__

    @property
    def deployed_name(self) -> str:
        """Name of the Cloud Run function."""
        return self.name.replace("_", "-")

    @property
    def domain(self) -> str:
        """Folder under `functions/`: the service account it runs as."""
        return self.handler.__module__.split(".")[-2]

    @property
    def doc(self) -> str:
        """The module's docstring: first line the summary."""
        return inspect.cleandoc(sys.modules[self.handler.__module__].__doc__ or "")

    @cached_property
    def hints(self) -> dict[str, Any]:
        """Types of the handler's parameters and answer."""
        return typing.get_type_hints(self.handler, include_extras=True)

    @cached_property
    def parameters(self) -> tuple[str, ...]:
        """Names of the handler's parameters."""
        return tuple(inspect.signature(self.handler).parameters)

    @cached_property
    def path_parameters(self) -> dict[str, TypeAdapter[Any]]:
        """Path parameters by name."""
        known = {"ctx", "body", "query", "upload", "form"}
        return {name: TypeAdapter(self.hints[name]) for name in self.parameters if name not in known}

    @cached_property
    def body(self) -> type[BaseModel] | None:
        """Model of the JSON body."""
        return cast("type[BaseModel] | None", self._model("body")[0])

    @cached_property
    def body_optional(self) -> bool:
        """Whether the body may be left out."""
        return self._model("body")[1]

    @cached_property
    def query(self) -> type[BaseModel] | None:
        """Model of the query string."""
        return cast("type[BaseModel] | None", self._model("query")[0])

    @property
    def takes_upload(self) -> bool:
        """Whether the body is multipart/form-data with a file; beside a `body`, it may be either."""
        return self._model("upload")[0] is Upload

    @property
    def takes_form(self) -> bool:
        """Whether the body is application/x-www-form-urlencoded."""
        return self.hints.get("form") is Form

    def _model(self, parameter: str) -> tuple[Any, bool]:
        hint = self.hints.get(parameter)
        if isinstance(hint, types.UnionType) or typing.get_origin(hint) is typing.Union:
            inner = [a for a in typing.get_args(hint) if a is not type(None)]
            return inner[0], True
        return hint, False

    @cached_property
    def returns(self) -> Any:
        """The declared answer."""
        return self.hints.get("return")

    @cached_property
    def adapter(self) -> TypeAdapter[Any] | None:
        """Checks and serialises answers; None for 204 and for content that is not JSON."""
        hint = self.returns
        if hint is None or hint is type(None) or hint in {Binary, Stream}:
            return None
        if typing.get_origin(hint) is Bare:
            rows: Any = list[typing.get_args(hint)[0]]  # type: ignore[misc]
            return TypeAdapter(rows)
        return TypeAdapter(hint)

    @property
    def writes(self) -> bool:
        """Whether any of its methods changes something."""
        return any(route.method != "GET" for route in self.routes)


def endpoint(
    *routes: str,
    access: Access,
    status: int = 200,
    errors: Sequence[type[ApiError]] = (),
    trips: int | None = 2,
    cache: Cache | None = None,
    limit: UserLimit | None = None,
    reads: Reads = lambda _: (),
    reads_by_input: InputReads | None = None,
    uses: Sequence[str] = (),
    secrets: Sequence[str] = (),
    kind: Kind = "http",
    queue: str = "",
    schedule: str = "",
    timeout: int = 60,
    memory: str = "512Mi",
    concurrency: int = 16,
    transactional: bool = False,
    idempotent: bool = True,
    awaits_job: bool = False,
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Make `handler(ctx, <path parameters>, query=, body=, upload=, form=) -> answer` an endpoint.

    `routes` are written without prefix (`"POST /patients"`); `errors` are those the handler itself raises; `trips`
    its serial Firestore round trips at most, when nobody else's commit comes between (None where they grow with the
    data, as in workers and in verifying the whole audit trail); `uses` the SDKs it needs besides Firestore.
    `idempotent` says whether an Idempotency-Key is honoured (not under /auth/*: none of those answers may be stored);
    `awaits_job` that the handler may answer `ctx.await_job(…)`: 202 with the job when its result takes longer.
    """

    def declare(handler: Callable[..., Any]) -> Callable[..., Any]:
        from shared.http.pipeline import serve

        own = routes
        if kind in {"task", "schedule"}:
            own = (f"POST /{kind}s/{handler.__name__}",)
        spec = Endpoint(
            handler=handler,
            routes=tuple(Route.parse(text) for text in own),
            access=access,
            kind=kind,
            status=status,
            errors=tuple(errors),
            trips=trips,
            cache=cache,
            limit=limit,
            reads=reads,
            reads_by_input=reads_by_input,
            uses=frozenset({"firestore", *uses}),
            secrets=tuple(secrets),
            queue=queue,
            schedule=schedule,
            timeout=timeout,
            memory=memory,
            concurrency=concurrency,
            transactional=transactional,
            idempotent=idempotent and kind == "http" and any(not r.startswith("GET") for r in own),
            awaits_job=awaits_job,
        )
        _check(spec)

        @functools.wraps(handler)
        def function(request: Any) -> Any:
            return serve(spec, request)

        function.endpoint = spec  # type: ignore[attr-defined]
        return function

    return declare


def _check(spec: Endpoint) -> None:
    where = spec.handler.__module__
    if not where.endswith(f".{spec.name}"):
        raise ImportError(f"{where}: the function must be named like its file, not {spec.name}")
    if not spec.routes:
        raise ImportError(f"{where} has no route")
    for route in spec.routes:
        if set(route.parameters) != set(spec.path_parameters):
            raise ImportError(f"{where}: {route.template} and the handler name different path parameters")
    if unknown := spec.uses - SDKS:
        raise ImportError(f"{where} uses unknown {', '.join(unknown)}")
    if spec.kind == "task" and not spec.queue:
        raise ImportError(f"{where} needs a queue")
    if spec.kind == "schedule" and not spec.schedule:
        raise ImportError(f"{where} needs a schedule")


def spec_of(function: Any) -> Endpoint:
    """The declaration behind an endpoint function."""
    return cast("Endpoint", function.endpoint)
