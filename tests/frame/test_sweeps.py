"""What every endpoint must do, tried on every endpoint of the manifest: a new one is born tested."""

import re
import uuid

import pytest

from shared.http.routing import PREFIXES
from tests.client import refused
from tools.manifest import endpoints

ENDPOINTS = endpoints()
HTTP = [spec for spec in ENDPOINTS if spec.kind == "http"]
ROUTES = [pytest.param(spec, route, id=f"{route.method} {route.path}") for spec in HTTP for route in spec.routes]
PRIVATE = [p for p in ROUTES if p.values[0].access.account]
BODIES = [p for p in ROUTES if p.values[0].body is not None]


#: Path parameters that are no identifiers but one word of a closed list.
WORDS = {"{folder}": "user-uploads"}


def filled(path: str) -> str:
    """A path with well-formed identifiers of records that do not exist."""
    return re.sub(r"\{[^}]*\}", lambda found: WORDS.get(found[0]) or str(uuid.uuid4()), path)


@pytest.fixture(scope="module")
def callers(api, world):
    """Somebody who may call each endpoint, by its access."""
    by_role = {"Admin": world.admin, "Patient": world.patient(), "Doctor": world.doctor()}

    def caller(spec):
        if not spec.access.account:
            return api
        roles = {role.value for role in spec.access.roles}
        return api.as_(next(account for role, account in by_role.items() if role in roles))

    return caller


@pytest.mark.parametrize(("spec", "route"), PRIVATE)
def test_nobody_gets_in_without_a_token(api, spec, route) -> None:
    answer = refused(api.call(route.method, filled(route.path)), 401, "TOKEN_MISSING")
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert answer.trips == 0


@pytest.mark.parametrize(("spec", "route"), PRIVATE)
def test_a_token_that_is_none_is_refused(api, spec, route) -> None:
    refused(api.call(route.method, filled(route.path), token="e30.e30."), 401, "TOKEN_INVALID")


@pytest.mark.parametrize(("spec", "route"), ROUTES)
def test_a_method_that_no_endpoint_takes_is_405_with_allow(api, spec, route) -> None:
    answer = refused(api.call("TRACE", filled(route.path)), 405, "METHOD_NOT_ALLOWED")
    assert route.method in answer.headers["Allow"].split(", ")


@pytest.mark.parametrize(("spec", "route"), ROUTES)
def test_options_tells_the_methods(api, spec, route) -> None:
    answer = api.call("OPTIONS", filled(route.path))
    assert answer.status == 204
    assert route.method in answer.headers["Allow"].split(", ")


@pytest.mark.parametrize(("spec", "route"), ROUTES)
def test_every_prefix_is_the_same_endpoint(api, callers, spec, route) -> None:
    reached = {api.call(route.method, prefix + filled(route.path), token="x.y.z").status for prefix in PREFIXES}
    assert len(reached) == 1
    if spec.access.account:
        assert reached == {401}


@pytest.mark.parametrize(
    ("spec", "route"), [p for p in ROUTES if any(n.endswith("Id") for n in p.values[1].parameters)]
)
def test_an_identifier_of_the_wrong_form_is_refused(callers, spec, route) -> None:
    wrong = "/".join("not-a-uuid" if part.startswith("{") else part for part in route.path.split("/"))
    answer = refused(callers(spec).call(route.method, wrong), 400, "VALIDATION_ERROR")
    assert "not-a-uuid" not in str(answer.error["details"])


JUNK = {
    "unreadable": (b'{"a": ', "application/json", {"UNREADABLE_BODY"}),
    "no object": (b"[1, 2]", "application/json", {"UNREADABLE_BODY"}),
    "not utf-8": (b'{"a": "\xff\xfe"}', "application/json", {"UNREADABLE_BODY"}),
    "not a number": (b'{"a": NaN}', "application/json", {"UNREADABLE_BODY"}),
    "too deep": (b'{"a":' + b"[" * 10_000 + b"]" * 10_000 + b"}", "application/json", {"UNREADABLE_BODY"}),
    "unknown field": (b'{"noSuchField": 1}', "application/json", {"VALIDATION_ERROR"}),
    "null character": (b'{"name": "a\\u0000b"}', "application/json", {"VALIDATION_ERROR"}),
    "half a surrogate": (b'{"name": "\\ud800"}', "application/json", {"VALIDATION_ERROR"}),
    "huge number": (b'{"limit": 1e999}', "application/json", {"VALIDATION_ERROR"}),
    "wrong type": (b"name=x", "text/plain", {"UNSUPPORTED_MEDIA_TYPE"}),
    "too large": (b'{"a": "' + b"x" * 1_100_000 + b'"}', "application/json", {"PAYLOAD_TOO_LARGE"}),
}


@pytest.mark.parametrize(("spec", "route"), BODIES)
def test_junk_in_the_body_is_refused_and_changes_nothing(callers, spec, route) -> None:
    caller = callers(spec)
    for junk, (content, media, reasons) in JUNK.items():
        sent = content * 31 if junk == "too large" and getattr(spec.body, "large", False) else content
        answer = caller.call(route.method, filled(route.path), content=sent, headers={"Content-Type": media})
        assert 400 <= answer.status < 500, (junk, answer)
        # An endpoint may find another reason first only where it is not the body's fault: a record that is not there.
        assert answer.reason in reasons, (junk, answer)


@pytest.mark.parametrize(("spec", "route"), [p for p in ROUTES if p.values[0].access.account])
def test_an_unknown_query_parameter_is_refused(callers, spec, route) -> None:
    answer = callers(spec).call(route.method, filled(route.path) + "?noSuchParameter=1")
    assert answer.status == 400, answer


def test_paths_that_are_not_text_are_refused(api) -> None:
    refused(api.get("/users/%ff%fe"), 400, "UNREADABLE_PARAMETER")
    refused(api.get("/users/a%00b"), 400, "UNREADABLE_PARAMETER")


def test_an_unknown_path_is_404_in_the_one_shape(api) -> None:
    refused(api.get("/no/such/thing"), 404, "ROUTE_NOT_FOUND")
