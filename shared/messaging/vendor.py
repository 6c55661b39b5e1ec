"""Twilio, by its SDK: hand a message over, find one that may have been, check a webhook's signature."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from shared import clients

if TYPE_CHECKING:
    from shared.config import Settings

#: Twilio's codes for "this number has opted out" and what stands for it on other channels.
OPTED_OUT = frozenset({21610})
#: Clocks of two houses.
_SKEW = timedelta(minutes=1)
_LISTED = 50


@dataclass(frozen=True)
class Refused(Exception):  # noqa: N818 - what the vendor did
    """Twilio did not take a message. `transient`: it is worth another try. `code` is Twilio's, or a word of ours."""

    code: str
    transient: bool


def hand_over(settings: "Settings", number: str, text: str, callback: str) -> str:
    """Give a message to Twilio; its sid. Raises `Refused`."""
    with _calls():
        made = clients.twilio().messages.create(
            to=number, from_=settings.twilio_phone_number, body=text, status_callback=callback
        )
    return str(made.sid)


def candidates(settings: "Settings", number: str, text: str, since: datetime) -> list[str]:
    """Sids of messages that Twilio has to `number` with this text since `since`, oldest first. Raises `Refused`."""
    with _calls():
        listed = clients.twilio().messages.list(to=number, from_=settings.twilio_phone_number, limit=_LISTED)
    return [
        str(found.sid)
        for found in reversed(listed)
        if found.body == text and found.date_created is not None and found.date_created >= since - _SKEW
    ]


def signed(settings: "Settings", path: str, query: str, fields: Mapping[str, str], signature: str) -> bool:
    """Whether Twilio signed this request: for the public URL it was configured with, under any prefix we answer to."""
    from twilio.request_validator import RequestValidator

    if not settings.twilio_auth_token or not signature:
        return False
    validator = RequestValidator(settings.twilio_auth_token)
    base = settings.public_url.rstrip("/")
    urls = [f"{base}{prefix}{path}" + (f"?{query}" if query else "") for prefix in ("/api/v1", "/api", "")]
    return any(validator.validate(url, dict(fields), signature) for url in urls)


class _calls:  # noqa: N801 - reads as a block
    """Turns what the SDK raises into `Refused`."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if error is None:
            return
        import requests
        from twilio.base.exceptions import TwilioException, TwilioRestException

        if isinstance(error, TwilioRestException):
            # 429 and 5xx pass; so does a 401 or 403, which is our configuration and no fault of the message.
            transient = error.status in {401, 403, 429} or error.status >= 500
            raise Refused(str(error.code or error.status), transient) from None
        if isinstance(error, TwilioException | requests.RequestException):
            raise Refused("UNREACHABLE", transient=True) from None
