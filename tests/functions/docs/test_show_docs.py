"""GET /docs."""

from html.parser import HTMLParser

import pytest

from tests.client import refused


class Page(HTMLParser):
    """What a page loads, and what it holds that a strict policy would not run."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.inline: list[str] = []
        self._within = ""
        self.feed(text)

    def handle_starttag(self, tag, attrs) -> None:
        given = dict(attrs)
        self._within = tag
        self.loads += [given[name] for name in ("src", "href") if name in given and tag in {"script", "link", "img"}]
        self.inline += [f"{tag} {name}" for name in given if name.startswith("on") or name == "style"]

    def handle_endtag(self, tag) -> None:
        self._within = ""

    def handle_data(self, data) -> None:
        if self._within in {"script", "style"} and data.strip():
            self.inline.append(data)


@pytest.mark.parametrize("path", ["/docs", "/docs/", "/api/docs", "/api/docs/", "/api/v1/docs"])
def test_the_page_answers_anybody(api, path) -> None:
    answer = api.get(path)
    assert answer.status == 200
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "<title>ConsentMD API</title>" in answer.response.text
    assert answer.trips == 0


def test_the_page_loads_everything_from_here_and_runs_nothing_inline(api) -> None:
    answer = api.get("/api/docs")
    page = Page(answer.response.text)
    assert page.inline == []
    assert len(page.loads) == 4
    for address in page.loads:
        assert address.startswith("/api/docs/")
        assert api.get(address).status == 200, address
    policy = dict(part.strip().split(" ", 1) for part in answer.headers["Content-Security-Policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
    assert policy["frame-ancestors"] == "'none'"


def test_it_may_be_kept_and_asked_for_again(api) -> None:
    first = api.get("/docs")
    assert first.headers["Cache-Control"] == "public, max-age=300"
    again = api.get("/docs", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status, again.response.content) == (304, b"")


def test_it_is_not_there_when_switched_off(api, switched_off) -> None:
    refused(api.get("/docs"), 404, "ROUTE_NOT_FOUND")
