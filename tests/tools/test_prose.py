"""What the hand-written pages name exists: files, routes, reasons, settings; their examples work."""

import json
import re
import sys
import types
from pathlib import Path

import pytest

from shared.config import SETTINGS, Settings, variable
from shared.errors import catalogue
from shared.http.declared import possible_errors
from shared.http.endpoint import spec_of
from shared.http.routing import Route, bare
from tools import describe
from tools.manifest import endpoints

ROOT = Path(__file__).parents[2]
PAGES = ["adding-an-endpoint.md", "clients.md", "files.md", "security.md"]
ROUTES = [route for spec in endpoints() for route in spec.routes]
#: Capitals that are neither a reason nor a setting but names of code and of the platform.
CODE = {"FUNCTION_TARGET", "JOBS", "TAGS", "UPLOADS"}


def text(page: str) -> str:
    return (ROOT / "docs" / page).read_text()


def named(page: str) -> list[str]:
    """What stands in backticks, outside of code blocks."""
    prose = re.sub(r"```.*?```", "", text(page), flags=re.DOTALL)
    return re.findall(r"`([^`]+)`", prose)


@pytest.mark.parametrize("page", PAGES)
def test_every_file_that_is_named_exists(page) -> None:
    paths = [n for n in named(page) if re.fullmatch(r"(shared|functions|tests|tools|docs|localcloud)/[\w/.-]+\.\w+", n)]
    example = {"functions/reference/get_template.py", "tests/functions/reference/test_get_template.py"}
    links = re.findall(r"\]\(([^)#:]+)\)", text(page))
    assert paths + links
    assert [p for p in paths if not (ROOT / p).exists() and p not in example] == []
    assert [link for link in links if not (ROOT / "docs" / link).exists()] == []


@pytest.mark.parametrize("page", PAGES)
def test_every_route_that_is_named_is_declared(page) -> None:
    found = [n for n in named(page) if re.fullmatch(r"(GET|POST|PUT|PATCH|DELETE) /[\w/{}.-]+", n)]
    declared = {(r.method, r.path) for r in ROUTES}
    example = {("GET", "/templates/{name}"), ("POST", "/patients")}
    for name in found:
        method, path = name.split(" ")
        matching = any(r.method == method and r.match(bare(path)) for r in ROUTES)
        assert (method, path) in declared | example or matching, name


@pytest.mark.parametrize("page", PAGES)
def test_every_reason_and_setting_that_is_named_exists(page) -> None:
    capitals = {n for n in named(page) if re.fullmatch(r"[A-Z][A-Z_]{3,}", n)}
    known = {e.reason for e in catalogue()} | {variable(name) for name in SETTINGS} | CODE
    assert capitals - known == set()


def test_the_lifetimes_that_are_named_are_the_defaults() -> None:
    defaults = Settings(environment="local")
    assert (defaults.access_token_minutes, defaults.refresh_token_days, defaults.session_idle_minutes) == (15, 7, 30)
    assert (defaults.rate_limit_general_per_minute, defaults.rate_limit_auth_per_minute) == (100, 10)
    assert (defaults.rate_limit_uploads_per_minute, defaults.file_link_minutes) == (10, 15)
    assert (defaults.login_failures_per_15_minutes, defaults.login_failures_per_account_hour) == (5, 20)
    assert (defaults.max_body_bytes, defaults.max_upload_bytes) == (2**20, 2**25)


def test_the_example_of_an_endpoint_is_one() -> None:
    endpoint, test = re.findall(r"```python\n(.*?)```", text("adding-an-endpoint.md"), flags=re.DOTALL)
    module = types.ModuleType("functions.reference.get_template")
    sys.modules[module.__name__] = module
    try:
        exec(compile(endpoint, "get_template.py", "exec"), module.__dict__)
        spec = spec_of(module.get_template)
        assert spec.routes == (Route("GET", "/templates/{name}"),)
        assert "TOKEN_MISSING" in {e.reason for e in possible_errors(spec)}
        described = describe.openapi([spec])["paths"]["/api/v1/templates/{name}"]["get"]
        assert described["summary"] == "Get one template of clinical notes"
        assert json.dumps(described)
    finally:
        del sys.modules[module.__name__]
    compile(test, "test_get_template.py", "exec")


def test_every_argument_of_the_decorator_is_explained() -> None:
    import inspect

    from shared.http import endpoint

    page = text("adding-an-endpoint.md")
    table = page[page.index("## What the decorator takes") : page.index("## What tells you")]
    taken = set(inspect.signature(endpoint).parameters) - {"routes"}
    explained = set(re.findall(r"`(\w+)=[^`]*`", table))
    assert explained - {"body"} == taken
