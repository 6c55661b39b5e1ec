"""100ms by its REST API (https://www.100ms.live/docs/server-side/v2).

Every request carries a management token of a few minutes; what a person joins with is an app token for one room and
role. Rooms have opaque names: nothing here says who talks to whom.
"""

import uuid
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, Literal
from urllib.parse import quote, urlsplit

from shared import clients
from shared.errors import CallsNotConfigured, CallsUnavailable

if TYPE_CHECKING:
    from shared.config import Settings

_MANAGEMENT_LIFE: Final = timedelta(minutes=5)
#: Clocks of two houses.
_SKEW: Final = timedelta(seconds=60)
_RUNNING: Final = frozenset({"starting", "running"})
_CHUNK: Final = 1 << 20


class NoSuchRoom(Exception):  # noqa: N818 - what the vendor says
    """The vendor has no such room, session or recording."""


class RecordingRuns(Exception):  # noqa: N818 - what the vendor says
    """The room is being recorded already."""


def open_room(settings: "Settings", name: str) -> str:
    """The vendor's id of the room `name`, made if there is none. Raises `CallsUnavailable`, `CallsNotConfigured`."""
    body: dict[str, Any] = {"name": name, "description": "ConsentMD"}
    if settings.hundred_ms_template_id:
        body["template_id"] = settings.hundred_ms_template_id
    made = _call(settings, "POST", "/v2/rooms", body)
    return str(made["id"])


def close_room(settings: "Settings", room_id: str) -> None:
    """End the session of a room for everybody, and let nobody in any more. One that has none is well."""
    try:
        _call(settings, "POST", f"/v2/active-rooms/{quote(room_id)}/end-room", {"reason": "ended", "lock": True})
    except NoSuchRoom:
        return


def start_recording(settings: "Settings", room_id: str) -> str:
    """Record a room; the vendor's id of the recording, also of one that runs already. Raises `CallsUnavailable`."""
    try:
        return str(_call(settings, "POST", f"/v2/recordings/room/{quote(room_id)}/start", {})["id"])
    except RecordingRuns:
        listed = _call(settings, "GET", f"/v2/recordings?room_id={quote(room_id)}")
        running = [str(r["id"]) for r in listed.get("data", []) if r.get("status") in _RUNNING]
        if not running:
            # It has ended between the two questions.
            raise CallsUnavailable from None
        return running[0]


def stop_recording(settings: "Settings", room_id: str) -> None:
    """Stop recording a room; one that is not recorded is well."""
    try:
        _call(settings, "POST", f"/v2/recordings/room/{quote(room_id)}/stop", {})
    except NoSuchRoom:
        return


def asset_link(settings: "Settings", asset_id: str) -> str:
    """A fresh link to an asset of a recording. Raises `NoSuchRoom`."""
    return str(_call(settings, "GET", f"/v2/recording-assets/{quote(asset_id)}/presigned-url")["url"])


def allowed_source(settings: "Settings", url: str) -> bool:
    """Whether a link leads to the vendor: nothing else is fetched, whoever sent the link."""
    parts, api = urlsplit(url), urlsplit(settings.hundred_ms_url)
    if (parts.scheme, parts.netloc) == (api.scheme, api.netloc):
        return True
    host = (parts.hostname or "").lower()
    named = any(host == name or host.endswith(f".{name}") for name in settings.hundred_ms_media_hosts)
    return parts.scheme == "https" and named


def fetch(settings: "Settings", url: str) -> bytes:
    """The content behind a link. Raises `NoSuchRoom` when the link has ended, `CallsUnavailable`."""
    import requests

    try:
        with clients.http().get(
            url, timeout=settings.hundred_ms_timeout_seconds, stream=True, allow_redirects=False
        ) as got:
            if got.status_code in {400, 401, 403, 404, 410}:
                raise NoSuchRoom
            if got.status_code != 200:
                raise CallsUnavailable
            parts, size = [], 0
            for part in got.iter_content(_CHUNK):
                size += len(part)
                if size > settings.recording_max_bytes:
                    raise NoSuchRoom
                parts.append(part)
            return b"".join(parts)
    except requests.RequestException:
        raise CallsUnavailable from None


def auth_token(settings: "Settings", room_id: str, user_id: str, role: Literal["host", "guest"]) -> str:
    """What somebody joins a room with, for CALL_TOKEN_MINUTES."""
    life = timedelta(minutes=settings.call_token_minutes)
    return _signed(settings, life, {"type": "app", "room_id": room_id, "user_id": user_id, "role": role})


def _signed(settings: "Settings", life: timedelta, claims: dict[str, Any]) -> str:
    import jwt

    if not (settings.hundred_ms_api_key and settings.hundred_ms_api_secret):
        raise CallsNotConfigured
    now = datetime.now(UTC)
    payload = {
        "access_key": settings.hundred_ms_api_key,
        "version": 2,
        "jti": str(uuid.uuid4()),
        "iat": now,
        "nbf": now - _SKEW,
        "exp": now + life,
        **claims,
    }
    return jwt.encode(payload, settings.hundred_ms_api_secret, algorithm="HS256")


def _call(settings: "Settings", method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    import requests

    token = _signed(settings, _MANAGEMENT_LIFE, {"type": "management"})
    try:
        answer = clients.http().request(
            method,
            settings.hundred_ms_url.rstrip("/") + path,
            json=body,
            headers={"Authorization": f"Bearer {token}"},
            timeout=settings.hundred_ms_timeout_seconds,
        )
    except requests.RequestException:
        raise CallsUnavailable from None
    if answer.status_code == 404:
        raise NoSuchRoom
    if answer.status_code == 409 or (answer.status_code == 400 and "already" in answer.text):
        raise RecordingRuns
    if answer.status_code >= 400:
        raise CallsUnavailable
    try:
        found = answer.json() if answer.content else {}
    except ValueError:
        raise CallsUnavailable from None
    return found if isinstance(found, dict) else {}
