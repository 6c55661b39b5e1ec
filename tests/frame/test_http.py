"""What the frame adds to every answer: request ids, security headers, CORS, limits, one log line."""

import json
import socket
from contextlib import contextmanager

import httpx
import pytest

from localcloud.stack import end, serve, wait_until_it_listens
from tests.client import Api, refused

APP = "http://localhost:5173"


def test_a_request_id_is_taken_over_and_given_back(api) -> None:
    assert (
        api.get("/health", headers={"X-Request-Id": "visit-0001.retry_2"}).headers["X-Request-Id"]
        == "visit-0001.retry_2"
    )


@pytest.mark.parametrize("wrong", ["short", "with space here", "x" * 65, "<script>alert(1)</script>"])
def test_a_request_id_of_another_form_is_replaced(api, wrong) -> None:
    assert api.get("/health", headers={"X-Request-Id": wrong}).headers["X-Request-Id"] != wrong


def test_answers_carry_the_security_headers(api) -> None:
    headers = api.get("/health").headers
    assert headers["Strict-Transport-Security"].startswith("max-age=63072000")
    assert headers["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert (headers["X-Frame-Options"], headers["Referrer-Policy"]) == ("DENY", "no-referrer")
    assert headers["Cache-Control"] == "no-store"


def test_the_app_may_call_with_credentials(api) -> None:
    headers = api.get("/health", headers={"Origin": APP}).headers
    assert headers["Access-Control-Allow-Origin"] == APP
    assert headers["Access-Control-Allow-Credentials"] == "true"
    assert "X-Total-Count" in headers["Access-Control-Expose-Headers"]
    assert "Origin" in headers["Vary"]


def test_a_strange_origin_may_not(api) -> None:
    headers = api.get("/health", headers={"Origin": "https://evil.example"}).headers
    assert "Access-Control-Allow-Origin" not in headers


def test_a_refusal_can_be_read_by_the_app(api) -> None:
    answer = refused(api.get("/users/me", headers={"Origin": APP}), 401, "TOKEN_MISSING")
    assert answer.headers["Access-Control-Allow-Origin"] == APP


def test_preflight_allows_what_the_api_takes(api) -> None:
    asked = {"Origin": APP, "Access-Control-Request-Method": "PATCH"}
    answer = api.call("OPTIONS", "/users/me", headers=asked)
    assert answer.status == 204
    assert {"PATCH", "DELETE", "OPTIONS"} <= set(answer.headers["Access-Control-Allow-Methods"].split(", "))
    assert {"X-CSRF-Token", "Idempotency-Key", "If-Match"} <= set(
        answer.headers["Access-Control-Allow-Headers"].split(", ")
    )
    assert answer.headers["Access-Control-Max-Age"] == "3600"


def test_a_slash_at_the_end_makes_no_difference(api) -> None:
    assert api.get("/api/v1/health/").status == 200


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def limited_api(cloud, **limits: str):
    """The API in a process of its own, with limits like production's."""
    port = free_port()
    log = cloud.data_dir / f"limited-{port}.log"
    process = serve("everything", port, cloud.child_environment(**limits), log)
    try:
        wait_until_it_listens(process, port, log)
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as http:
            yield Api(http), log
    finally:
        end(process)


def test_an_address_has_so_many_requests_a_minute_and_so_many_sign_ins(cloud) -> None:
    limits = {"RATE_LIMIT_GENERAL_PER_MINUTE": "20", "RATE_LIMIT_AUTH_PER_MINUTE": "3"}
    with limited_api(cloud, **limits) as (api, _):
        credentials = {"email": "nobody@example.org", "password": "wrong-password"}
        tried = [api.post("/auth/login", credentials) for _ in range(4)]
        assert [t.reason for t in tried] == ["INVALID_CREDENTIALS"] * 3 + ["RATE_LIMITED"]
        last = tried[-1]
        assert last.status == 429
        assert 1 <= int(last.headers["Retry-After"]) <= 60
        assert last.headers["RateLimit-Limit"] == "3"
        assert last.headers["RateLimit-Remaining"] == "0"

        others = [api.get("/templates") for _ in range(20)]
        assert others[0].headers["RateLimit-Limit"] == "20"
        remaining = [int(o.headers["RateLimit-Remaining"]) for o in others]
        assert remaining == sorted(remaining, reverse=True)
        assert others[-1].reason == "RATE_LIMITED"
        assert all(api.get("/health").status == 200 for _ in range(30)), "health checks are never limited"


def test_an_address_cannot_be_made_up(cloud) -> None:
    with limited_api(cloud, RATE_LIMIT_GENERAL_PER_MINUTE="3") as (api, _):
        reasons = [api.get("/templates", headers={"X-Forwarded-For": f"10.0.0.{n}"}).reason for n in range(4)]
        assert reasons[-1] == "RATE_LIMITED"
    # Behind the load balancer the entry it appended counts, not what the client wrote before it.
    with limited_api(cloud, RATE_LIMIT_GENERAL_PER_MINUTE="3", TRUSTED_PROXY_HOPS="2") as (api, _):
        same = [
            api.get("/templates", headers={"X-Forwarded-For": f"10.0.0.{n}, 198.51.100.7, 203.0.113.1"})
            for n in range(4)
        ]
        assert same[-1].reason == "RATE_LIMITED"
        other = api.get("/templates", headers={"X-Forwarded-For": "10.0.0.1, 198.51.100.8, 203.0.113.1"})
        assert other.reason == "TOKEN_MISSING"


def test_each_request_writes_one_line_without_its_path(cloud) -> None:
    with limited_api(cloud) as (api, log):
        api.get("/users/3f0c9c3e-7e1a-4b62-9d3e-2f6f0f3c8a11", headers={"X-Request-Id": "log-line-0001"})
        lines = [json.loads(line) for line in log.read_text().splitlines() if line.startswith("{")]
    mine = [line for line in lines if line.get("requestId") == "log-line-0001"]
    assert len(mine) == 1
    line = mine[0]
    assert (line["severity"], line["endpoint"], line["route"]) == ("INFO", "get_user", "/users/{userId}")
    assert (line["status"], line["reason"]) == (401, "TOKEN_MISSING")
    assert "3f0c9c3e" not in json.dumps(line)


def test_a_trace_is_carried_into_the_log(cloud) -> None:
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    with limited_api(cloud) as (api, log):
        api.get("/health", headers={"traceparent": f"00-{trace}-00f067aa0ba902b7-01"})
        lines = [json.loads(line) for line in log.read_text().splitlines() if line.startswith("{")]
    assert lines[-1]["logging.googleapis.com/trace"] == f"projects/consentmd-local/traces/{trace}"
