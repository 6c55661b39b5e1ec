"""The OpenAPI 3.1 document of every endpoint that clients may call."""

import re
import typing
from collections.abc import Iterable
from http import HTTPStatus
from typing import Any, Final

from pydantic import BaseModel

from shared.errors import ApiError, Contention, MethodNotAllowed, RouteNotFound, Unauthorized, catalogue
from shared.http.answers import Bare, Binary, Stream
from shared.http.declared import OF_EXTERNAL_IDENTITY, keeps_answers, limited_by_address, possible_errors
from shared.http.endpoint import Endpoint
from shared.http.routing import Route
from shared.store.query import Page, Paging
from tools.describe import shared_parts
from tools.describe.examples import TIME, UUID, Examples
from tools.describe.schemas import Schemas, prose, reachable, resolved

#: Tag of each domain (folder of `functions/`) and what it is about: seed 003 §3.1, and the domains it does not name.
TAGS: Final = {
    "auth": ("Auth", "Authentication endpoints"),
    "users": ("Users", "User management"),
    "patients": ("Patients", "Patient management"),
    "chats": ("Chats", "Chat and messaging"),
    "notes": ("Clinical Notes", "Clinical note management"),
    "scribe": ("Scribe", "AI scribe functionality"),
    "calls": ("Calls", "Call management"),
    "files": ("Files", "Uploads, downloads, thumbnails"),
    "notifications": ("Notifications", "In-app notifications and devices"),
    "realtime": ("Realtime", "Tickets for sockets"),
    "providers": ("Providers", "Profiles, search, hours and free slots"),
    "jobs": ("Jobs", "Slow work that was asked for"),
    "appointments": ("Appointments", "Booking, calendars, waitlists"),
    "messaging": ("Messaging", "SMS messaging"),
    "admin": ("Administration", "Accounts, credentials and the audit log"),
    "reference": ("Reference Data", "Note templates and consultation types"),
    "docs": ("Documentation", "This document and its page"),
    "health": ("Health", "Whether the service is up"),
}

PREFIX: Final = "/api/v1"
SCHEME: Final = "access-token"

_DESCRIPTION: Final = """\
Telehealth backend: identity, patients and care behind one API.

* Every path also answers under `/api` and without a prefix.
* Send the access token as `Authorization: Bearer <token>`; `POST /auth/login` gives one, `POST /auth/refresh` the next.
* Every refusal has the one `ErrorBody` shape; decide by `error.reason`, show `error.message`.
* Writes take an `Idempotency-Key` where one is listed: sent again within 24 hours they are answered as before.
* Where accounts are kept by an external provider, any request with a token may also be answered 503
  `IDENTITY_PROVIDER_UNAVAILABLE`, or 409 `EMAIL_TAKEN` when its account is first seen.
* Times are RFC 3339 in UTC, ids UUIDs, names camelCase. Unknown fields and query parameters are refused.
"""


def openapi(specs: Iterable[Endpoint]) -> dict[str, Any]:
    """The document of the `http` and `webhook` endpoints among `specs`; workers and schedules are nobody's to call."""
    shown = [spec for spec in specs if spec.kind in {"http", "webhook"}]
    return _Document(shown).build()


class _Document:
    def __init__(self, specs: list[Endpoint]) -> None:
        self.specs = specs
        self.schemas = Schemas(specs)
        self.examples = Examples(self.schemas.components)
        self.refusals: dict[str, dict[str, Any]] = {}
        # OpenAPI knows no two paths that differ in the names of their parameters alone: an id gives its name to all.
        routes = sorted((route for spec in specs for route in spec.routes), key=lambda r: (r.path.count("Id}"), r.path))
        self.named = {_shape(route): route.path for route in routes}

    def build(self) -> dict[str, Any]:
        paths: dict[str, dict[str, Any]] = {}
        for spec in self.specs:
            for number, route in enumerate(spec.routes, start=1):
                operation = self._operation(spec, route, number)
                paths.setdefault(PREFIX + self.named[_shape(route)], {})[route.method.lower()] = operation
        used = {error for spec in self.specs for error in _shown_errors(spec)}
        components = {
            "securitySchemes": {SCHEME: shared_parts.SECURITY_SCHEME},
            "parameters": shared_parts.PARAMETERS,
            "headers": shared_parts.HEADERS,
            "responses": {name: self.refusals[name] for name in sorted(self.refusals)},
            "examples": {error.reason: _error_example(error) for error in catalogue() if error in used},
        }
        schemas = reachable({"paths": paths, "refusals": self.refusals}, self.schemas.components)
        _close(schemas["ErrorInfo"]["properties"], used)
        return {
            "openapi": "3.1.0",
            "info": {
                "title": "ConsentMD API",
                "version": "1.0.0",
                "description": _DESCRIPTION,
                "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
            },
            "servers": [
                {"url": "http://localhost:8080", "description": "This machine (make run)"},
                {"url": "https://api.consentmd.com", "description": "Production"},
            ],
            "tags": [{"name": name, "description": text} for name, text in self._tags().values()],
            "security": [{SCHEME: []}],
            "paths": {path: paths[path] for path in sorted(paths)},
            "components": {**components, "schemas": schemas},
        }

    def _tags(self) -> dict[str, tuple[str, str]]:
        # A domain whose tag is not listed above still gets one, so that adding a folder needs no change here.
        return TAGS | {spec.domain: (tag(spec), "") for spec in self.specs if spec.domain not in TAGS}

    def _operation(self, spec: Endpoint, route: Route, number: int) -> dict[str, Any]:
        summary, _, rest = prose(spec.doc).partition("\n")
        operation: dict[str, Any] = {
            "operationId": spec.name if number == 1 else f"{spec.name}_{number}",
            "tags": [tag(spec)],
            "summary": summary.removesuffix("."),
        }
        if rest.strip():
            operation["description"] = rest.strip()
        if number > 1:
            operation["x-alias-of"] = spec.name
        if not spec.access.account:
            operation["security"] = []
        operation["parameters"] = [*self._path(spec, route), *self._query(spec), *_headers(spec)]
        if (body := self._body(spec)) is not None:
            operation["requestBody"] = body
        operation["responses"] = self._responses(spec)
        return operation

    # What goes in

    def _path(self, spec: Endpoint, route: Route) -> list[dict[str, Any]]:
        made = []
        for name, shown in zip(route.parameters, re.findall(r"\{(\w+)\}", self.named[_shape(route)]), strict=True):
            schema = dict(self.schemas.parameter(spec.name, name))
            if name.endswith("Id"):
                schema["format"] = "uuid"
            example = UUID if name.endswith("Id") else self.examples.of(schema, name)
            made.append({"name": shown, "in": "path", "required": True, "schema": schema, "example": example})
        return made

    def _query(self, spec: Endpoint) -> list[dict[str, Any]]:
        if spec.query is None:
            return []
        schema = resolved(self.schemas.of(spec.name, "query"), self.schemas.components)
        made = []
        for name, described in schema.get("properties", {}).items():
            inner = {key: value for key, value in described.items() if key != "description"}
            if name == "limit" and issubclass(spec.query, Paging):
                # 0 stands for the default of the list; as a value it is refused.
                inner |= {"minimum": 1, "default": spec.query.default_limit}
            parameter = {"name": name, "in": "query", "required": name in schema.get("required", ()), "schema": inner}
            if "description" in described:
                parameter["description"] = described["description"]
            made.append(parameter)
        return made

    def _body(self, spec: Endpoint) -> dict[str, Any] | None:
        content: dict[str, Any] = {}
        if spec.body is not None:
            schema = self.schemas.of(spec.name, "body")
            content["application/json"] = {"schema": schema, "example": self.examples.request(spec.body, schema)}
        if spec.takes_upload:
            content["multipart/form-data"] = {"schema": shared_parts.UPLOAD}
        if not content:
            return None
        return {"required": spec.takes_upload or not spec.body_optional, "content": content}

    # What comes out

    def _responses(self, spec: Endpoint) -> dict[str, Any]:
        made: dict[str, Any] = {}
        empty = spec.adapter is None and spec.returns not in {Binary, Stream}
        status = 204 if empty and spec.status == 200 else spec.status
        made[str(status)] = self._success(spec, status)
        if spec.awaits_job:
            made["202"] = self._queued(spec)
        if spec.returns is Stream:
            made["206"] = self._success(spec, 206)
            made["302"] = {
                "description": "Too large to be sent through the API: Location is a link that ends in 15 minutes.",
                "headers": _refs("X-Request-Id"),
            }
        if spec.cache is not None and spec.cache.etag:
            made["304"] = {"description": "Not changed since the ETag sent.", "headers": _refs("X-Request-Id", "ETag")}
        by_status: dict[int, list[type[ApiError]]] = {}
        for error in _shown_errors(spec):
            by_status.setdefault(error.status, []).append(error)
        for code, errors in by_status.items():
            made[str(code)] = self._refusal(errors)
        return {code: made[code] for code in sorted(made)}

    def _queued(self, spec: Endpoint) -> dict[str, Any]:
        schema = self.schemas.job
        return {
            "description": "Not done yet: `GET /jobs/{jobId}` tells how it goes, and has the result in the end.",
            "headers": self._success(spec, 202)["headers"],
            "content": {"application/json": {"schema": schema, "example": self.examples.of(schema)}},
        }

    def _success(self, spec: Endpoint, status: int) -> dict[str, Any]:
        headers = ["X-Request-Id"]
        if limited_by_address(spec):
            headers += ["RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset"]
        if _is_paged(spec.returns):
            headers += ["X-Total-Count", "X-Page", "X-Per-Page"]
        if spec.cache is not None and spec.cache.etag:
            headers.append("ETag")
        if keeps_answers(spec):
            headers.append("Idempotency-Replayed")
        made: dict[str, Any] = {"description": HTTPStatus(status).phrase, "headers": _refs(*headers)}
        if spec.returns in {Binary, Stream}:
            made["content"] = {"*/*": {"schema": {"type": "string", "format": "binary"}}}
        elif spec.adapter is not None:
            schema = self.schemas.of(spec.name, "answer")
            made["content"] = {"application/json": {"schema": schema, "example": self.examples.of(schema)}}
        return made

    def _refusal(self, errors: list[type[ApiError]]) -> dict[str, str]:
        # Many operations refuse for the same reasons: each set is described once, under the name of its reasons.
        name = "-".join([str(errors[0].status), *(error.reason for error in errors)])
        if name not in self.refusals:
            self.refusals[name] = self._described(errors)
        return {"$ref": f"#/components/responses/{name}"}

    def _described(self, errors: list[type[ApiError]]) -> dict[str, Any]:
        headers = ["X-Request-Id"]
        if any(issubclass(error, Unauthorized) for error in errors):
            headers.append("WWW-Authenticate")
        if errors[0].status == HTTPStatus.TOO_MANY_REQUESTS:
            headers += ["RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset", "Retry-After"]
        if Contention in errors:
            headers.append("Retry-After")
        examples = {error.reason: {"$ref": f"#/components/examples/{error.reason}"} for error in errors}
        return {
            "description": "\n".join(f"* `{error.reason}`: {error.message}" for error in errors),
            "headers": _refs(*headers),
            "content": {"application/json": {"schema": self.schemas.error, "examples": examples}},
        }


def tag(spec: Endpoint) -> str:
    """The tag of an endpoint's domain."""
    return TAGS[spec.domain][0] if spec.domain in TAGS else spec.domain.replace("_", " ").title()


def _shown_errors(spec: Endpoint) -> list[type[ApiError]]:
    # That a path does not exist or a method is not taken is no answer of the operation that does exist; what an
    # external provider brings is said once, in the document's description.
    hidden = {RouteNotFound, MethodNotAllowed, *OF_EXTERNAL_IDENTITY} - set(spec.errors)
    return [error for error in possible_errors(spec) if error not in hidden]


def _headers(spec: Endpoint) -> list[dict[str, str]]:
    names = ["RequestId"]
    if keeps_answers(spec):
        names.append("IdempotencyKey")
    if spec.cache is not None and spec.cache.etag:
        names.append("IfNoneMatch")
    if spec.awaits_job:
        names.append("Prefer")
    return [{"$ref": f"#/components/parameters/{name}"} for name in names]


def _refs(*names: str) -> dict[str, dict[str, str]]:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def _is_paged(hint: Any) -> bool:
    if typing.get_origin(hint) is Bare:
        return True
    return isinstance(hint, type) and issubclass(hint, BaseModel) and issubclass(hint, Page)


def _error_example(error: type[ApiError]) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "code": error.code,
        "reason": error.reason,
        "message": error.message,
        "details": [{"field": "name", "message": "is required"}] if error.reason == "VALIDATION_ERROR" else [],
        "requestId": UUID,
        "path": PREFIX + "/…",
        "timestamp": TIME,
    }
    if error.number:
        shown["number"] = error.number
    return {"summary": error.message, "value": {"success": False, "error": shown, "timestamp": TIME}}


def _close(properties: dict[str, Any], errors: Iterable[type[ApiError]]) -> None:
    """Name the codes and reasons there are."""
    known = sorted(errors, key=lambda error: error.reason)
    properties["code"]["enum"] = sorted({error.code for error in known})
    properties["reason"]["enum"] = [error.reason for error in known]
    properties["number"] = {
        "type": "string",
        "description": properties["number"]["description"],
        "enum": sorted({error.number for error in known if error.number}),
    }


def _shape(route: Route) -> str:
    return re.sub(r"\{\w+\}", "{}", route.path)
