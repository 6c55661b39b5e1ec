"""Requests as Twilio makes them."""

import uuid
from urllib.parse import urlencode

from twilio.request_validator import RequestValidator


def callback(api, cloud, path: str, fields: dict[str, str], *, query: str = "", token: str | None = None):
    """A webhook call, signed by the vendor's own code; `token` signs it with another secret."""
    url = f"{cloud.environ['PUBLIC_URL']}/api/v1{path}" + (f"?{query}" if query else "")
    validator = RequestValidator(token or cloud.environ["TWILIO_AUTH_TOKEN"])
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "X-Twilio-Signature": validator.compute_signature(url, fields),
    }
    target = f"/api/v1{path}" + (f"?{query}" if query else "")
    return api.post(target, content=urlencode(fields).encode(), headers=headers)


def sid() -> str:
    """An id as Twilio gives them."""
    return f"SM{uuid.uuid4().hex}"
