"""The test client: sends requests as an app would, and holds every answer against its endpoint's declaration."""

import functools
import re
from typing import Any

import httpx

from shared.config import settings
from tests.seen import SEEN

_TIMING = re.compile(r"trips=(\d+) reads=(\d+) writes=(\d+) attempts=(\d+)\", endpoint;desc=(\w+)")


class Answer:
    """An answer, with what it cost."""

    def __init__(self, response: httpx.Response) -> None:
        self.response = response
        self.status = response.status_code
        self.headers = response.headers
        found = _TIMING.search(response.headers.get("Server-Timing", ""))
        counted = (int(n) for n in found.groups()[:4]) if found else (0, 0, 0, 0)
        self.trips, self.reads, self.writes, self.attempts = counted
        self.endpoint = found[5] if found else ""

    @property
    def json(self) -> Any:
        return self.response.json()

    @property
    def error(self) -> dict[str, Any]:
        return self.json["error"]

    @property
    def reason(self) -> str:
        return self.error["reason"]

    def __getitem__(self, name: str) -> Any:
        return self.json[name]

    def __repr__(self) -> str:
        return f"<{self.status} {self.endpoint} {self.response.text[:500]}>"


class Api:
    """A caller: anonymous, or somebody with a token."""

    def __init__(self, http: httpx.Client, token: str = "", **known: Any) -> None:
        self.http = http
        self.token = token
        self.__dict__.update(known)

    def as_(self, account: Any) -> "Api":
        """The same API, called by `account` (anything with a `token`)."""
        return Api(self.http, account.token)

    def call(self, method: str, path: str, *, token: str | None = None, headers: dict[str, str] | None = None,
             **options: Any) -> Answer:  # fmt: skip
        sent = dict(headers or {})
        bearer = self.token if token is None else token
        if bearer:
            sent.setdefault("Authorization", f"Bearer {bearer}")
        # No cookie jar: a test that wants a cookie sends it.
        self.http.cookies.clear()
        answer = Answer(self.http.request(method, path, headers=sent, **options))
        check(answer)
        return answer

    def get(self, path: str, **options: Any) -> Answer:
        return self.call("GET", path, **options)

    def post(self, path: str, json: Any = None, **options: Any) -> Answer:
        return self.call("POST", path, json=json, **options) if json is not None else self.call("POST", path, **options)

    def put(self, path: str, json: Any = None, **options: Any) -> Answer:
        return self.call("PUT", path, json=json, **options)

    def patch(self, path: str, json: Any = None, **options: Any) -> Answer:
        return self.call("PATCH", path, json=json, **options)

    def delete(self, path: str, **options: Any) -> Answer:
        return self.call("DELETE", path, **options)


def check(answer: Answer) -> None:
    """What every answer must be like."""
    assert answer.headers.get("X-Request-Id"), answer
    assert answer.headers.get("X-Content-Type-Options") == "nosniff", answer
    assert answer.headers.get("Cache-Control"), answer
    assert answer.status != 500, answer
    if answer.status >= 400:
        check_error(answer)
    elif answer.endpoint:
        SEEN.success.add(answer.endpoint)
        declared = _spec(answer.endpoint).trips
        # A conflict runs the attempt again, and costs its trips again.
        # An external identity provider's user may be made by any request, which costs further trips.
        counted = declared is not None and answer.attempts == 1 and settings().identity_mode == "local"
        assert not counted or answer.trips <= declared, f"{answer} took {answer.trips} trips, not {declared}"


def check_error(answer: Answer) -> None:
    """The one error shape, and only errors the endpoint can answer."""
    if answer.response.request.method == "HEAD":
        return
    body = answer.json
    assert body.keys() == {"success", "error", "timestamp"}, answer
    assert body["success"] is False, answer
    error = body["error"]
    required = {"code", "reason", "message", "details", "requestId", "path", "timestamp"}
    both_sides = {"current", "submitted"} if error["reason"] == "STALE_RECORD" else set()
    assert required <= error.keys() <= required | {"number"} | both_sides, answer
    assert all(detail.keys() == {"field", "message"} for detail in error["details"]), answer
    assert error["requestId"] == answer.headers["X-Request-Id"], answer
    if answer.endpoint:
        SEEN.reasons[answer.endpoint].add(error["reason"])
        assert error["reason"] in _possible(answer.endpoint), f"{answer.endpoint} does not declare {error['reason']}"


@functools.cache
def _possible(name: str) -> frozenset[str]:
    from shared.http.declared import possible_errors

    return frozenset(error.reason for error in possible_errors(_spec(name)))


@functools.cache
def _spec(name: str) -> Any:
    import main
    from shared.http.endpoint import spec_of

    return spec_of(main.load(name))


def refused(answer: Answer, status: int, reason: str) -> Answer:
    """Assert a refusal; the one helper for it."""
    assert (answer.status, answer.reason) == (status, reason), answer
    return answer
