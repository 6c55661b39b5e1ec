"""GET /openapi.json."""

import json
from pathlib import Path

import pytest

from tests.client import refused

STORED = Path(__file__).parents[3] / "docs" / "openapi.json"


@pytest.mark.parametrize("path", ["/openapi.json", "/api/openapi.json", "/api/v1/openapi.json"])
def test_the_document_is_the_generated_one(api, path) -> None:
    answer = api.get(path)
    assert answer.status == 200
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.json == json.loads(STORED.read_text())
    assert answer.trips == 0


def test_it_is_asked_for_again_only_when_it_changed(api) -> None:
    first = api.get("/openapi.json")
    assert first.headers["Cache-Control"] == "public, max-age=300"
    again = api.get("/openapi.json", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status, again.response.content) == (304, b"")
    assert api.get("/openapi.json", headers={"If-None-Match": '"other"'}).status == 200


def test_it_is_not_there_when_switched_off(api, switched_off) -> None:
    refused(api.get("/openapi.json"), 404, "ROUTE_NOT_FOUND")
