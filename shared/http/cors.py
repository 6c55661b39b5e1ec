"""Cross-origin rules (RESOLUTIONS: CORS)."""

from typing import TYPE_CHECKING

from shared.config import Settings

if TYPE_CHECKING:
    from flask import Request

METHODS = "GET, POST, PUT, PATCH, DELETE, OPTIONS"
ALLOWED = (
    "Content-Type, Authorization, X-Requested-With, X-CSRF-Token, Idempotency-Key, Prefer, If-Match, If-None-Match,"
    " Range, X-Request-Id"
)
EXPOSED = (
    "X-Total-Count, X-Page, X-Per-Page, ETag, Retry-After, RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset,"
    " X-Request-Id, Content-Disposition"
)
MAX_AGE = "3600"


def headers(request: "Request", settings: Settings) -> dict[str, str]:
    """CORS headers for the request's origin; none for an origin that is not allowed."""
    made = {"Vary": "Origin"}
    origin = request.headers.get("Origin", "")
    if origin and origin in settings.allowed_origins:
        made |= {
            "Access-Control-Allow-Origin": origin,
            "Access-Control-Allow-Credentials": "true",
            "Access-Control-Expose-Headers": EXPOSED,
        }
        if request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers:
            made |= {
                "Access-Control-Allow-Methods": METHODS,
                "Access-Control-Allow-Headers": ALLOWED,
                "Access-Control-Max-Age": MAX_AGE,
            }
    return made
