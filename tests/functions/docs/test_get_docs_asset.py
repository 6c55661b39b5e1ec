"""GET /docs/{asset}."""

import pytest

from shared.docs import ASSETS
from tests.client import refused


@pytest.mark.parametrize("name", ASSETS)
def test_a_file_of_the_page_has_its_type_and_may_be_kept_for_a_day(api, name) -> None:
    answer = api.get(f"/api/docs/{name}")
    assert answer.status == 200
    assert answer.headers["Content-Type"].split(";")[0] == ASSETS[name]
    assert answer.headers["Cache-Control"] == "public, max-age=86400"
    assert len(answer.response.content) > 500
    again = api.get(f"/api/docs/{name}", headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status, again.response.content) == (304, b"")


def test_the_start_script_shows_the_document_of_this_origin(api) -> None:
    script = api.get("/api/docs/start.js").response.text
    assert 'fetch("/api/openapi.json")' in script
    assert "http:" not in script
    assert "https:" not in script


@pytest.mark.parametrize(
    "name",
    [
        "swagger-ui.css.map",
        "index.html",
        "..",
        "..%2f..%2fconfig.py",
        "%2e%2e%2fdocs.py",
        "..%5cdocs.py",
        "%2fetc%2fpasswd",
        "start.js%2f..%2fswagger-ui.css",
        "Start.js",
        "start.js%20",
    ],
)
def test_nothing_else_can_be_asked_for(api, name) -> None:
    answer = api.get(f"/api/docs/{name}")
    assert answer.status == 404


def test_an_unknown_name_is_an_unknown_route(api) -> None:
    refused(api.get("/api/docs/nothing.js"), 404, "ROUTE_NOT_FOUND")


def test_it_is_not_there_when_switched_off(api, switched_off) -> None:
    refused(api.get("/api/docs/start.js"), 404, "ROUTE_NOT_FOUND")
