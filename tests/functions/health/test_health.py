"""GET /health."""

import pytest


@pytest.mark.parametrize("path", ["/health", "/api/health", "/api/v1/health"])
def test_answers_anybody_under_every_prefix_without_touching_the_database(api, path) -> None:
    answer = api.get(path)
    assert (answer.status, answer.json, answer.trips) == (200, {"status": "ok", "service": "consentmd"}, 0)


def test_head_has_the_headers_of_get_and_no_body(api) -> None:
    answer = api.call("HEAD", "/health")
    assert answer.status == 200
    assert answer.response.content == b""
    assert int(answer.headers["Content-Length"]) > 0
