"""Google Calendar, as far as events with a Google Meet conference go (Calendar API v3, Events: insert and get).

`POST _answers` `{"for": "*", "answer": "503", "times": n}` makes it fail.
"""

import re
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from localcloud.httpd import Application, Request, Response
from localcloud.vendors.control import Answers, answer_json, request_json

_EVENTS = re.compile(r"/v3/calendars/([^/]+)/events(?:/([a-v0-9]{5,1024}))?")
_ID = re.compile(r"[a-v0-9]{5,1024}")
_FIELDS = {"id", "summary", "visibility", "start", "end", "conferenceData", "description"}


def routes(data_dir: Path, environ: Mapping[str, str]) -> Application:
    """The stand-in; what it knows ends with the process."""
    del data_dir, environ
    events: dict[str, dict[str, Any]] = {}
    guard, answers = threading.Lock(), Answers(frozenset({"401", "403", "429", "500", "503"}))

    def application(request: Request) -> Response:
        if request.path == "/_answers":
            return answers.order(request)
        if request.path == "/_events":
            return answer_json(200, {"events": list(events.values())})
        ordered = answers.take("*")
        if ordered is not None:
            return _refusal(int(ordered), "ordered")
        found = _EVENTS.fullmatch(request.path)
        if found is None:
            return _refusal(404, "Not Found")
        with guard:
            if request.method == "GET" and found[2]:
                known = events.get(found[2])
                return answer_json(200, known) if known else _refusal(404, "Not Found")
            return _insert(request, events) if request.method == "POST" else _refusal(404, "Not Found")

    return application


def _insert(request: Request, events: dict[str, dict[str, Any]]) -> Response:
    body = request_json(request)
    event = body.get("id")
    if not isinstance(event, str) or not _ID.fullmatch(event) or body.keys() - _FIELDS:
        return _refusal(400, "Invalid resource id value.")
    if not all(isinstance(body.get(name), dict) and body[name].get("dateTime") for name in ("start", "end")):
        return _refusal(400, "Missing end time.")
    if event in events:
        return _refusal(409, "The requested identifier already exists.")
    asked = body.get("conferenceData", {}).get("createRequest", {})
    made = {**body, "kind": "calendar#event", "status": "confirmed"}
    if request.query.get("conferenceDataVersion") == "1" and asked.get("requestId"):
        letters = "".join(chr(ord("a") + int(digit, 32) % 26) for digit in (event * 2)[:10])
        made["hangoutLink"] = f"https://meet.google.com/{letters[:3]}-{letters[3:7]}-{letters[7:]}"
    events[event] = made
    return answer_json(200, made)


def _refusal(status: int, message: str) -> Response:
    return answer_json(status, {"error": {"code": status, "message": message}})
