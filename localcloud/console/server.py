"""What the console answers: one page and the JSON it is made of. It only reads."""

import http.client
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from localcloud.console.documents import Documents, PathError, UnavailableError
from localcloud.console.page import PAGE, POLICY
from localcloud.data_dir import DataDir
from localcloud.httpd import Request, Response
from localcloud.ports import answers
from localcloud.smtp.outbox import messages
from localcloud.vendors import sent

CHANNELS = ("email", "sms", "push")
#: Stand-ins of the vendors that send what is no e-mail.
SENT_BY = {"sms": "twilio", "push": "fcm"}
MOST_MESSAGES = 10_000
TIMEOUT_SECONDS = 5.0

# The page shows everything, so no other page may read, embed or be told about it.
HEADERS = [
    ("Cache-Control", "no-store"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Referrer-Policy", "no-referrer"),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
]


class RequestError(Exception):
    """The request cannot be answered: an HTTP status and a sentence."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class Console:
    """The console as an application of the local HTTP server. `data_dir` is localcloud's, `tasks_url` the queues'."""

    def __init__(self, data_dir: Path, tasks_url: str) -> None:
        self._data = DataDir(data_dir)
        self._tasks_url = tasks_url
        self._documents = Documents()
        self._json: dict[str, tuple[Callable[[dict[str, str]], Any], frozenset[str]]] = {
            "/health": (self._health, frozenset()),
            "/api/outbox": (self._outbox, frozenset({"channel", "to", "since", "limit"})),
            "/api/tasks": (self._tasks, frozenset()),
            "/api/services": (self._services, frozenset()),
            "/api/firestore": (self._firestore, frozenset({"path", "after"})),
        }

    def __call__(self, request: Request) -> Response:
        """Answer one request."""
        try:
            return self._answer(request)
        except RequestError as error:
            return _json({"error": str(error)}, error.status)

    def _answer(self, request: Request) -> Response:
        if request.path != "/" and request.path not in self._json:
            raise RequestError(404, f"There is nothing here. The page is /, the JSON {', '.join(sorted(self._json))}.")
        if request.method not in {"GET", "HEAD"}:
            response = _json({"error": "The console only reads: use GET."}, 405)
            response.headers.append(("Allow", "GET, HEAD"))
            return response
        if request.path == "/":
            headers = [("Content-Type", "text/html; charset=utf-8"), ("Content-Security-Policy", POLICY), *HEADERS]
            return Response(200, PAGE, headers)
        handler, parameters = self._json[request.path]
        if request.query.keys() - parameters:
            known = ", ".join(sorted(parameters)) or "none"
            raise RequestError(400, f"The query has a parameter that is not known here. Known: {known}.")
        return _json(handler(request.query))

    def _health(self, query: dict[str, str]) -> Any:
        del query
        return {"status": "ok"}

    def _outbox(self, query: dict[str, str]) -> Any:
        channel = query.get("channel")
        if channel is not None and channel not in CHANNELS:
            raise RequestError(400, f"channel is one of {', '.join(CHANNELS)}.")
        since = _moment(query["since"]) if "since" in query else None
        limit = _limit(query["limit"]) if "limit" in query else None
        if channel in SENT_BY:
            folder = self._data.path / "vendors" / SENT_BY[channel]
            return sent.read(folder, to=query.get("to"), since=since, limit=limit)
        return messages(self._data.path / "smtp", to=query.get("to"), since=since, limit=limit)

    def _tasks(self, query: dict[str, str]) -> Any:
        del query
        url = urlsplit(self._tasks_url)
        connection = http.client.HTTPConnection(url.hostname or "127.0.0.1", url.port, timeout=TIMEOUT_SECONDS)
        try:
            connection.request("GET", "/tasks.json")
            answer = connection.getresponse()
            body = answer.read()
        except (OSError, http.client.HTTPException):
            raise RequestError(502, "The task queues do not answer.") from None
        finally:
            connection.close()
        if answer.status != 200:
            raise RequestError(502, f"The task queues answer {answer.status}.")
        return json.loads(body)

    def _services(self, query: dict[str, str]) -> Any:
        del query
        run = self._data.read_run() or {"services": []}
        return [
            {**service, "answers": answers(service["port"]), "url": f"http://localhost:{service['port']}"}
            for service in run["services"]
        ]

    def _firestore(self, query: dict[str, str]) -> Any:
        try:
            return self._documents.show(query.get("path", ""), query.get("after"))
        except PathError as error:
            raise RequestError(400, f"{error}.") from None
        except UnavailableError as error:
            raise RequestError(503, f"{error}.") from None


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
        # Without a zone it is UTC, as every time that the console shows.
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise RequestError(400, "since is a time such as 2026-03-01T09:30:00Z.") from None


def _limit(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= MOST_MESSAGES):
        raise RequestError(400, f"limit is a number from 1 to {MOST_MESSAGES}.")
    return int(text)


def _json(value: Any, status: int = 200) -> Response:
    body = json.dumps(value, ensure_ascii=False, indent=1).encode("utf-8", "replace")
    return Response(status, body, [("Content-Type", "application/json; charset=utf-8"), *HEADERS])
