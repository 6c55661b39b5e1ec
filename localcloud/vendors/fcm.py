"""Firebase Cloud Messaging, HTTP v1: `POST /fcm/v1/projects/{project}/messages:send`.

Takes what FCM takes and refuses what it refuses (a field it does not know, data that is not text, a payload above
4,096 bytes). `POST /fcm/_answers` `{"for": <token>, "answer": "UNREGISTERED", "times": 1}` makes it answer otherwise.
"""

import json
import re
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from localcloud.httpd import Application, Request, Response
from localcloud.vendors.control import Answers, answer_json
from localcloud.vendors.sent import Sent

_SEND = re.compile(r"/v1/projects/([a-z0-9-]+)/messages:send")
_MOST_BYTES = 4096
_FIELDS = {"token", "notification", "data", "android", "apns", "webpush", "fcm_options"}
#: FCM's error codes: HTTP status and gRPC status (firebase.google.com/docs/reference/fcm/rest/v1/ErrorCode).
_ERRORS = {
    "UNREGISTERED": (404, "NOT_FOUND", "Requested entity was not found."),
    "SENDER_ID_MISMATCH": (403, "PERMISSION_DENIED", "SenderId mismatch"),
    "QUOTA_EXCEEDED": (429, "RESOURCE_EXHAUSTED", "Message rate exceeded."),
    "UNAVAILABLE": (503, "UNAVAILABLE", "The service is currently unavailable."),
    "INTERNAL": (500, "INTERNAL", "An internal error occurred."),
    "INVALID_ARGUMENT": (400, "INVALID_ARGUMENT", "The registration token is not a valid FCM registration token"),
    "THIRD_PARTY_AUTH_ERROR": (401, "UNAUTHENTICATED", "Auth error from APNS or Web Push Service"),
}


def routes(data_dir: Path, environ: Mapping[str, str]) -> Application:
    """The stand-in, keeping what it is sent in `data_dir`."""
    del environ
    sent, answers = Sent(data_dir), Answers(frozenset(_ERRORS))

    def application(request: Request) -> Response:
        if request.path == "/_answers" and request.method == "POST":
            return answers.order(request)
        found = _SEND.fullmatch(request.path)
        if found is None or request.method != "POST":
            return _refusal("UNREGISTERED", "There is no such method.", detail=False)
        if not request.headers.get("Authorization", "").startswith("Bearer "):
            return answer_json(401, {"error": {"code": 401, "status": "UNAUTHENTICATED", "message": "No credentials."}})
        raw = request.body.read_all(1 << 16)
        problem, message = _read(raw)
        if problem:
            return _refusal("INVALID_ARGUMENT", problem, detail=False)
        ordered = answers.take(message["token"])
        if ordered is not None:
            return _refusal(ordered)
        name = f"projects/{found[1]}/messages/{uuid.uuid4()}"
        sent.put(name, message["token"], _kept(name, message))
        return answer_json(200, {"name": name})

    return application


def _read(raw: bytes | None) -> tuple[str, dict[str, Any]]:
    """What is wrong with a request, and its message."""
    try:
        message = json.loads(raw or b"")["message"]
    except (ValueError, KeyError, TypeError):
        return "Invalid JSON payload received.", {}
    if not isinstance(message, dict) or not isinstance(message.get("token"), str):
        return "Recipient of the message is not set.", {}
    if unknown := message.keys() - _FIELDS:
        return f"Invalid JSON payload received. Unknown name \"{min(unknown)}\" at 'message': Cannot find field.", {}
    if any(not isinstance(value, str) for value in message.get("data", {}).values()):
        return "Invalid value at 'message.data' (TYPE_STRING)", {}
    payload = {name: message[name] for name in ("notification", "data") if name in message}
    if len(json.dumps(payload).encode()) > _MOST_BYTES:
        return "Android message is too big", {}
    return "", message


def _kept(name: str, message: dict[str, Any]) -> dict[str, Any]:
    """A message as the console shows what was sent."""
    said = message.get("notification", {})
    return {
        "channel": "push",
        "messageId": name,
        "from": "FCM",
        "to": [message["token"]],
        "subject": said.get("title", ""),
        "text": said.get("body", ""),
        "html": "",
        "headers": {key: value for key, value in message.get("data", {}).items()},
        "links": [],
        "copies": 1,
        "message": message,
    }


def _refusal(code: str, message: str = "", *, detail: bool = True) -> Response:
    status, name, text = _ERRORS[code]
    error: dict[str, Any] = {"code": status, "message": message or text, "status": name}
    if detail:
        error["details"] = [{"@type": "type.googleapis.com/google.firebase.fcm.v1.FcmError", "errorCode": code}]
    return answer_json(status, {"error": error})
