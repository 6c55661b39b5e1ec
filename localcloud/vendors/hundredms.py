"""100ms by its REST API (https://www.100ms.live/docs/server-side/v2), and what its webhooks say.

Checks tokens as 100ms does: HS256 by the app's secret, `type` management, version 2, a `jti`, not yet used up. Rooms
are found again by their name. `POST _answers` `{"for": "rooms" or a room, "answer": "503", "times": n}` makes it fail;
`POST _hear` `{"room", "audio": base64}` says what its recordings hold; `POST _event` `{"room", "type", "data"}` sends a
webhook as 100ms would (with `again`, `secret` or `id` to try its faults); `POST _token` `{"token"}` looks into an app
token; `GET _rooms` lists what there is. Stopping a recording sends `beam.recording.success` by itself.
"""

import base64
import json
import re
import threading
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from localcloud.httpd import Application, Request, Response
from localcloud.vendors.control import Answers, answer_json, request_json

_NAME = re.compile(r"[A-Za-z0-9.:_-]{1,100}")
_LARGEST = 64 << 20
#: How long 100ms lets a management token live at most.
_LONGEST_TOKEN = 24 * 3600


@dataclass
class _Room:
    id: str
    name: str
    enabled: bool = True
    recordings: list[dict[str, Any]] = field(default_factory=list)


def routes(data_dir: Path, environ: Mapping[str, str]) -> Application:
    """The stand-in; what it knows ends with the process, but for recordings, which are files."""
    return _HundredMs(data_dir, environ)


class _HundredMs:
    def __init__(self, data_dir: Path, environ: Mapping[str, str]) -> None:
        data_dir.mkdir(parents=True, exist_ok=True)
        self._folder = data_dir
        self._key = environ["HUNDRED_MS_API_KEY"]
        self._secret = environ["HUNDRED_MS_API_SECRET"]
        self._template = environ["HUNDRED_MS_TEMPLATE_ID"]
        self._webhook = environ["HUNDRED_MS_WEBHOOK_SECRET"]
        self._own_url = environ["HUNDRED_MS_URL"]
        self._hook_url = f"{environ['PUBLIC_URL'].rstrip('/')}/api/v1/calls/webhook"
        self._guard = threading.RLock()
        self._by_name: dict[str, _Room] = {}
        self._rooms: dict[str, _Room] = {}
        self._sound: dict[str, bytes] = {}
        self._answers = Answers(frozenset({"400", "401", "404", "429", "500", "503", "drop"}))

    def __call__(self, request: Request) -> Response:
        if request.path.startswith("/_"):
            return self._control(request)
        if request.path.startswith("/media/") and request.method == "GET":
            return self._media(request)
        wrong = self._token_fault(request.headers.get("Authorization", ""), "management")
        if wrong:
            return answer_json(401, {"code": 401, "message": wrong, "details": []})
        with self._guard:
            return self._api(request)

    def _token_fault(self, header: str, kind: str) -> str:
        """What is wrong with a token; empty when it is good."""
        import jwt

        if not header.startswith("Bearer "):
            return "missing token"
        try:
            claims = jwt.decode(
                header.removeprefix("Bearer "),
                self._secret,
                algorithms=["HS256"],
                options={"require": ["iat", "nbf", "exp", "jti", "access_key", "type", "version"]},
                leeway=5,
            )
        except jwt.InvalidTokenError as fault:
            return f"token validation error: {fault}"
        if claims["access_key"] != self._key or claims["type"] != kind or claims["version"] != 2:
            return "token is not of this app, or of another type or version"
        return "token lives too long" if claims["exp"] - claims["iat"] > _LONGEST_TOKEN else ""

    # The API

    def _api(self, request: Request) -> Response:
        parts = [part for part in request.path.split("/") if part]
        room = parts[3] if parts[:3] == ["v2", "recordings", "room"] and len(parts) > 3 else ""
        room = parts[2] if parts[:2] == ["v2", "active-rooms"] and len(parts) > 2 else room
        ordered = self._answers.take("rooms" if parts == ["v2", "rooms"] else room)
        if ordered is not None:
            return answer_json(int(ordered), {"code": int(ordered), "message": "ordered", "details": []})
        match request.method, parts:
            case "POST", ["v2", "rooms"]:
                return self._create(request)
            case "POST", ["v2", "active-rooms", room_id, "end-room"]:
                return self._end(room_id)
            case "POST", ["v2", "recordings", "room", room_id, "start"]:
                return self._start(room_id)
            case "POST", ["v2", "recordings", "room", room_id, "stop"]:
                return self._stop(room_id)
            case "GET", ["v2", "recordings"]:
                found = self._rooms.get(_query(request, "room_id"))
                return answer_json(200, {"limit": 10, "data": [*reversed(found.recordings)] if found else []})
            case "GET", ["v2", "recording-assets", asset, "presigned-url"]:
                if not (self._folder / f"{asset}.bin").exists():
                    return _missing("asset")
                return answer_json(200, {"id": asset, "url": self._link(asset), "expiry": 3600})
        return _missing("method")

    def _create(self, request: Request) -> Response:
        body = request_json(request)
        name, template = body.get("name"), body.get("template_id", self._template)
        if name is not None and not (isinstance(name, str) and _NAME.fullmatch(name)):
            return answer_json(400, {"code": 400, "message": "invalid room name", "details": []})
        if template != self._template:
            return answer_json(404, {"code": 404, "message": "template not found", "details": []})
        room = self._by_name.get(name or "")
        if room is None:
            room = _Room(uuid.uuid4().hex[:24], name or str(uuid.uuid4()))
            self._by_name[room.name] = self._rooms[room.id] = room
        made = {
            "id": room.id,
            "name": room.name,
            "enabled": room.enabled,
            "description": body.get("description", ""),
            "customer_id": "localcloud",
            "template_id": template,
            "region": "us",
            "created_at": _now(),
            "updated_at": _now(),
        }
        return answer_json(200, made)

    def _end(self, room_id: str) -> Response:
        room = self._rooms.get(room_id)
        if room is None:
            return _missing("active session")
        room.enabled = False
        return answer_json(200, {"message": "session is ending"})

    def _start(self, room_id: str) -> Response:
        room = self._rooms.get(room_id)
        if room is None:
            return _missing("room")
        if any(r["status"] == "running" for r in room.recordings):
            return answer_json(400, {"code": 400, "message": "beam already started for this room", "details": []})
        made = {
            "id": uuid.uuid4().hex[:24],
            "room_id": room_id,
            "session_id": uuid.uuid4().hex[:24],
            "status": "running",
            "created_at": _now(),
            "started_at": _now(),
            "recording_assets": [],
        }
        room.recordings.append(made)
        return answer_json(200, made)

    def _stop(self, room_id: str) -> Response:
        room = self._rooms.get(room_id)
        running = [r for r in room.recordings if r["status"] == "running"] if room is not None else []
        if not running:
            return _missing("running recording")
        for recording in running:
            asset = uuid.uuid4().hex[:24]
            (self._folder / f"{asset}.bin").write_bytes(self._sound.get(room_id) or _silence())
            recording |= {"status": "completed", "stopped_at": _now(), "recording_assets": [{"id": asset}]}
            data = {
                "room_id": room_id,
                "session_id": recording["session_id"],
                "job_id": recording["id"],
                "asset_id": asset,
                "recording_presigned_url": self._link(asset),
                "duration": 1,
                "stopped_at": _now(),
            }
            threading.Thread(target=self._send, args=(_event("beam.recording.success", data), self._webhook)).start()
        return answer_json(200, {"data": running})

    # Recordings

    def _link(self, asset: str) -> str:
        return f"{self._own_url}/media/{asset}?X-Amz-Expires=3600"

    def _media(self, request: Request) -> Response:
        path = self._folder / f"{Path(request.path).name}.bin"
        ordered = self._answers.take("media")
        if ordered is not None:
            return Response(int(ordered), b"")
        return Response(200, path.read_bytes()) if path.exists() else Response(404, b"")

    # Webhooks

    def _send(self, event: dict[str, Any], secret: str) -> int:
        """Deliver a webhook, as often as 100ms would within a few seconds; the last status."""
        status = 0
        for pause in (0, 0.2, 1.0, 3.0):
            time.sleep(pause)
            request = urllib.request.Request(
                self._hook_url,
                data=json.dumps(event).encode(),
                headers={"Content-Type": "application/json", "X-Webhook-Secret": secret},
            )
            try:
                with urllib.request.urlopen(request, timeout=60) as answer:
                    return int(answer.status)
            except urllib.error.HTTPError as refused:
                status = refused.code
                if status < 500:
                    return status
            except OSError:
                status = 0
        return status

    # For tests, and people at a shell

    def _control(self, request: Request) -> Response:
        if request.path == "/_answers":
            return self._answers.order(request)
        if request.path == "/_rooms":
            rooms = [{"id": r.id, "name": r.name, "enabled": r.enabled, "recordings": r.recordings}
                     for r in self._rooms.values()]  # fmt: skip
            return answer_json(200, {"rooms": rooms})
        body = json.loads(request.body.read_all(_LARGEST) or b"{}")
        if request.path == "/_hear":
            self._sound[body["room"]] = base64.b64decode(body["audio"])
            return answer_json(200, {"ok": True})
        if request.path == "/_token":
            return answer_json(200, {"fault": self._token_fault(f"Bearer {body['token']}", "app")})
        if request.path == "/_event":
            event = _event(body["type"], {"room_id": body.get("room", ""), **body.get("data", {})})
            event |= {name: body[name] for name in ("id", "timestamp") if name in body}
            return answer_json(200, {"status": self._send(event, body.get("secret", self._webhook)), "id": event["id"]})
        return _missing("control")


def _event(kind: str, data: dict[str, Any]) -> dict[str, Any]:
    return {
        "version": "2.0",
        "id": str(uuid.uuid4()),
        "account_id": "localcloud",
        "app_id": "localcloud",
        "timestamp": _now(),
        "type": kind,
        "data": data,
    }


def _query(request: Request, name: str) -> str:
    return request.query.get(name, "")


def _missing(what: str) -> Response:
    return answer_json(404, {"code": 404, "message": f"{what} not found", "details": []})


def _now() -> str:
    return datetime.now(UTC).isoformat().replace("+00:00", "Z")


def _silence() -> bytes:
    from localcloud.gemini.voice import silence

    return silence(1.0)
