"""Answers: success, failure, headers."""

import hashlib
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from flask import Response

from shared.context import Context
from shared.errors import ApiError
from shared.http.endpoint import Endpoint
from shared.http.wording import wording
from shared.i18n import DEFAULT, _, chosen
from shared.store.query import PageInfo

if TYPE_CHECKING:
    from flask import Request

#: OWASP secure headers; the API answers no pages, so nothing may be loaded or framed. `/docs` sets its own policy.
SECURITY = {
    "Strict-Transport-Security": "max-age=63072000; includeSubDomains",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-site",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}


def timestamp() -> str:
    """Now, RFC 3339 UTC with milliseconds."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def paging_headers(info: PageInfo) -> dict[str, str]:
    """X-Total-Count, X-Page, X-Per-Page."""
    return {"X-Total-Count": str(info.total), "X-Page": str(info.page), "X-Per-Page": str(info.limit)}


def success(
    spec: Endpoint, request: "Request", status: int, payload: bytes | None, mime_type: str, ctx: Context
) -> Response:
    """The answer of a handler."""
    response = Response(payload or b"", status=status, mimetype=mime_type if payload is not None else None)
    response.headers["Cache-Control"] = spec.cache.header if spec.cache else "no-store"
    if spec.cache and spec.cache.etag and payload is not None and status == 200:
        _if_changed(response, request, hashlib.sha256(payload).hexdigest()[:32])
    _adopt(response, ctx)
    return response


def _if_changed(response: Response, request: "Request", etag: str) -> None:
    """Answer 304 to somebody who has this already; a search by POST, too (seed 004 §8.2), which werkzeug leaves out."""
    response.set_etag(etag)
    if request.method in {"GET", "HEAD"}:
        response.make_conditional(request.environ)
    elif request.if_none_match.contains_weak(etag):
        response.status_code = 304
        response.set_data(b"")
        for name in ("Content-Type", "Content-Length"):
            response.headers.pop(name, None)


def empty(status: int) -> Response:
    """An answer without content."""
    response = Response(status=status)
    response.headers["Cache-Control"] = "no-store"
    return response


def error_body(error: ApiError, path: str, request_id: str, locale: str = DEFAULT) -> dict[str, object]:
    """The one error shape (RESOLUTIONS: Errors), its texts in `locale`."""
    now = timestamp()
    inner: dict[str, object] = {
        "code": error.code,
        "reason": error.reason,
        "message": _(error.text, locale),
        "details": [{"field": detail.field, "message": wording(detail, locale)} for detail in error.details],
        "requestId": request_id,
        "path": path,
        "timestamp": now,
    }
    if error.number:
        inner["number"] = error.number
    return {"success": False, "error": inner, "timestamp": now}


def failure(error: ApiError, request: "Request", request_id: str, ctx: Context | None) -> Response:
    """The answer of a refusal."""
    # The path as routed, without query; characters that are no path stay out of the body.
    path = request.path if request.path.isprintable() else "/"
    locale = chosen(request.headers.get("Accept-Language", ""))
    response = Response(
        json.dumps(error_body(error, path, request_id, locale)), status=error.status, mimetype="application/json"
    )
    response.headers["Content-Language"] = locale
    response.headers["Vary"] = "Origin, Accept-Language"
    response.headers["Cache-Control"] = "no-store"
    if ctx is not None:
        _adopt(response, ctx)
    response.headers.update(error.headers)
    return response


def _adopt(response: Response, ctx: Context) -> None:
    response.headers.update(ctx.answer_headers)
    for cookie in ctx.answer_cookies:
        response.set_cookie(**cookie)


def finish(response: Response, headers: dict[str, str], request: "Request") -> None:
    """Headers that every answer carries."""
    for name, value in {**SECURITY, **headers}.items():
        response.headers.setdefault(name, value)
    if request.method == "HEAD":
        length = response.content_length
        response.set_data(b"")
        if length is not None:
            response.headers["Content-Length"] = str(length)
