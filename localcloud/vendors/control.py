"""How a test, or a person at a shell, tells a stand-in to answer as the vendor does on a bad day."""

import json
import threading
from typing import Any

from localcloud.httpd import Request, Response

MOST_BYTES = 1 << 16


class Answers:
    """Answers ordered for somebody (a number, a token): `{"for": …, "answer": …, "times": n}`, n times or for good."""

    def __init__(self, known: frozenset[str]) -> None:
        self._known = known
        self._guard = threading.Lock()
        self._ordered: dict[str, tuple[str, int]] = {}

    def order(self, request: Request) -> Response:
        """Take an order; `answer` null takes it back."""
        body = request_json(request)
        subject, answer, times = body.get("for"), body.get("answer"), body.get("times", 0)
        if not isinstance(subject, str) or not (answer is None or answer in self._known) or not isinstance(times, int):
            return answer_json(400, {"error": f"for, answer ({', '.join(sorted(self._known))} or null), times"})
        with self._guard:
            if answer is None:
                self._ordered.pop(subject, None)
            else:
                self._ordered[subject] = (answer, times)
        return answer_json(200, {"ok": True})

    def take(self, subject: str) -> str | None:
        """The answer ordered for `subject`, counted."""
        with self._guard:
            answer, times = self._ordered.get(subject, (None, 0))
            if answer is not None and times:
                if times == 1:
                    del self._ordered[subject]
                else:
                    self._ordered[subject] = (answer, times - 1)
            return answer


def request_json(request: Request) -> dict[str, Any]:
    """The body as an object; empty when it is none."""
    try:
        value = json.loads(request.body.read_all(MOST_BYTES) or b"")
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def answer_json(status: int, value: Any) -> Response:
    """A JSON answer."""
    return Response(status, json.dumps(value).encode())
