"""What operations share: the security scheme, headers of requests and answers, the form of an upload."""

from typing import Any, Final

_TEXT: Final = {"type": "string"}
_COUNT: Final = {"type": "integer", "minimum": 0}

SECURITY_SCHEME: Final = {
    "type": "http",
    "scheme": "bearer",
    "bearerFormat": "JWT",
    "description": "`accessToken` of `POST /auth/login`; 15 minutes, then `POST /auth/refresh`.",
}

PARAMETERS: Final[dict[str, Any]] = {
    "RequestId": {
        "name": "X-Request-Id",
        "in": "header",
        "description": "Name of this request in answers and logs; made up when absent.",
        "schema": {"type": "string", "pattern": "^[A-Za-z0-9._-]{8,64}$"},
    },
    "IdempotencyKey": {
        "name": "Idempotency-Key",
        "in": "header",
        "description": (
            "Any text of your own, e.g. a UUID. Sent again within 24 hours with the same request, the stored answer is"
            " given and nothing is done twice; with another request it is refused."
        ),
        "schema": {"type": "string", "minLength": 1, "maxLength": 255},
    },
    "IfNoneMatch": {
        "name": "If-None-Match",
        "in": "header",
        "description": "ETag of the answer you have: 304 without a body if it is still the same.",
        "schema": _TEXT,
    },
    "Prefer": {
        "name": "Prefer",
        "in": "header",
        "description": (
            "`respond-async` does not wait for the result; `wait=<seconds>` waits that long, at most 20 (RFC 7240)."
        ),
        "schema": _TEXT,
    },
}

HEADERS: Final[dict[str, Any]] = {
    "X-Request-Id": {"description": "Name of this request; quote it to support.", "schema": _TEXT},
    "ETag": {"description": "Version of the answer, for If-None-Match.", "schema": _TEXT},
    "Idempotency-Replayed": {
        "description": "`true` when this is the stored answer of an earlier request with the same Idempotency-Key.",
        "schema": {"type": "string", "enum": ["true"]},
    },
    "RateLimit-Limit": {"description": "Requests allowed per period.", "schema": _COUNT},
    "RateLimit-Remaining": {"description": "Requests left in it.", "schema": _COUNT},
    "RateLimit-Reset": {"description": "Seconds until all are free again, or until the next is.", "schema": _COUNT},
    "Retry-After": {"description": "Seconds to wait.", "schema": _COUNT},
    "WWW-Authenticate": {"description": "`Bearer`.", "schema": _TEXT},
    "X-Total-Count": {"description": "Rows in the list; exact up to 1,000, then 1,000.", "schema": _COUNT},
    "X-Page": {"description": "Page number.", "schema": _COUNT},
    "X-Per-Page": {"description": "Rows a page.", "schema": _COUNT},
}

UPLOAD: Final[dict[str, Any]] = {
    "type": "object",
    "properties": {
        "file": {
            "type": "string",
            "format": "binary",
            "description": "The file. What it is, is decided by its content, not by its name.",
        }
    },
    "required": ["file"],
}
