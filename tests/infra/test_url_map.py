"""Which function the load balancer hands a request to, by the manifest."""

import copy
import json
from typing import Any

import pytest

from tests.infra.plan import INFRA
from tools import url_map


@pytest.fixture
def small(manifest: dict[str, Any]) -> dict[str, Any]:
    """Two domains below `/patients`, and one endpoint for each kind of path."""

    def entry(domain: str, *routes: str) -> dict[str, Any]:
        made = copy.deepcopy(manifest["get-patient"]) | {"domain": domain}
        made["routes"] = []
        for route in routes:
            method, _, path = route.partition(" ")
            plain = path.replace(":path}", "}")
            made["routes"].append({"method": method, "path": plain} | ({"template": path} if plain != path else {}))
        return made

    return {
        "get-patient": entry("patients", "GET /patients/{patientId}"),
        "get-by-mrn": entry("patients", "GET /patients/mrn/{mrn}"),
        "search": entry("patients", "POST /patients/search"),
        "list-notes": entry("clinical_notes", "GET /patients/{patientId}/notes", "GET /notes"),
        "get-file": entry("files", "GET /files/{folder}/{filePath:path}"),
        "login": entry("auth", "POST /auth/login", "POST /user/login"),
        "get-profile": entry("users", "GET /user/profile"),
    }


def order(made: list[url_map.Rule]) -> list[tuple[str, str]]:
    return [(rule.service, rule.paths[0]) for rule in made]


def test_words_come_before_parameters(small: dict[str, Any]) -> None:
    assert order(url_map.rules(small))[:7] == [
        ("login", "/api/v1/auth/login"),
        ("search", "/api/v1/patients/search"),
        ("get-profile", "/api/v1/user/profile"),
        ("get-file", "/api/v1/files/*/**"),
        ("get-by-mrn", "/api/v1/patients/mrn/*"),
        ("get-patient", "/api/v1/patients/*"),
        ("list-notes", "/api/v1/patients/*/notes"),
    ]


def test_further_routes_and_prefixes_go_to_the_domain(small: dict[str, Any]) -> None:
    shared = {rule.paths: rule.service for rule in url_map.rules(small) if not rule.method}
    assert shared["/api/v1/notes", "/api/notes", "/notes"] == "clinical-notes-all"
    assert shared["/api/v1/patients", "/api/patients", "/patients"] == "patients-all"
    assert shared["/api/v1/auth", "/api/auth", "/auth"] == "auth-all"


def test_a_path_that_two_domains_share_is_told_apart(small: dict[str, Any]) -> None:
    shared = {rule.paths[2]: (rule.service, rule.match) for rule in url_map.rules(small) if not rule.method}
    assert shared["/patients/*/notes"] == ("clinical-notes-all", "template")
    assert {shared["/user"][0], shared.get("/user/profile", shared["/user"])[0]} == {"auth-all", "users-all"}


def test_longer_prefixes_are_tried_first(small: dict[str, Any]) -> None:
    small["list-users"] = small["get-profile"] | {"routes": [{"method": "GET", "path": "/users"}]}
    prefixes = [rule.paths[2] for rule in url_map.rules(small) if rule.match == "prefix"]
    assert prefixes.index("/users") < prefixes.index("/user")
    assert [len(p) for p in prefixes] == sorted((len(p) for p in prefixes), reverse=True)


def test_workers_have_no_rule(manifest: dict[str, Any]) -> None:
    workers = {name for name, entry in manifest.items() if entry["kind"] in {"task", "schedule"}}
    assert workers
    assert not workers & {rule.service for rule in url_map.rules(manifest)}


def add(manifest: dict[str, Any], name: str, route: str, domain: str = "patients") -> None:
    method, _, path = route.partition(" ")
    manifest[name] = manifest["get-patient"] | {"domain": domain, "routes": [{"method": method, "path": path}]}


def test_a_small_map_leaves_nobody_to_its_domain(small: dict[str, Any]) -> None:
    assert url_map.overflow(small) == frozenset()


@pytest.mark.parametrize(
    ("count", "route"), [(url_map.MAX_TEMPLATES, "/patients/{patientId}/things%d"), (250, "/things/%d")]
)
def test_what_does_not_fit_is_left_to_its_domain(small: dict[str, Any], count: int, route: str) -> None:
    for number in range(count):
        add(small, f"get-{number:03}", f"GET {route % number}")
    found, made = url_map.overflow(small), url_map.rules(small)
    assert found
    assert not found & {rule.service for rule in made}
    counted = url_map.counts(made)
    assert counted["templates"] <= url_map.MAX_TEMPLATES
    assert counted["bytes"] <= url_map.MAX_BYTES
    assert counted["predicates"] <= url_map.MAX_PREDICATES
    # One fewer would not do.
    assert counted["templates"] == url_map.MAX_TEMPLATES or counted["bytes"] > url_map.MAX_BYTES - 300


def test_what_is_asked_least_gives_way_first(small: dict[str, Any]) -> None:
    for number in range(url_map.MAX_TEMPLATES - 4):
        add(small, f"get-{number:03}", f"GET /patients/{{patientId}}/things{number}")
    routes = ("DELETE /patients/{patientId}", "PUT /patients/{patientId}", "POST /patients/{patientId}/things")
    order = [f"seldom-{number}" for number in range(len(routes))]
    before: frozenset[str] = frozenset()
    for name, route in zip(order, routes, strict=True):
        add(small, name, route)
        left = url_map.overflow(small)
        assert before <= left, "an endpoint more takes no rule from one that had to do without"
        before = left
    assert before
    assert [name in before for name in order] == sorted((name in before for name in order), reverse=True)
    assert not before & {"login", "search", "get-profile"}


def test_a_growing_product_stays_within_the_limits(manifest: dict[str, Any]) -> None:
    """Forty endpoints more in three domains more: nothing to keep by hand."""
    grown = copy.deepcopy(manifest)
    for number in range(40):
        domain = ("billing", "records", "reviews")[number % 3]
        add(grown, f"get-thing{number}", f"GET /{domain}/{{thingId}}/part{number}", domain)
    assert url_map.overflow(manifest) <= url_map.overflow(grown)
    assert url_map.counts(url_map.rules(grown))["bytes"] <= url_map.MAX_BYTES


def test_domains_that_share_every_path_are_refused(small: dict[str, Any]) -> None:
    for number in range(40):
        add(small, f"a-{number}", f"GET /x/{{id}}/t{number}", "users")
        add(small, f"b-{number}", f"GET /x/{{id}}/t{number}/deeper", "auth")
        add(small, f"c-{number}", f"POST /x/{{id}}/s{number}", "files")
    with pytest.raises(url_map.UrlMapError, match=r"path templates \(at most 90\).* one folder"):
        url_map.rules(small)


def test_too_many_parameters_are_refused(small: dict[str, Any]) -> None:
    deep = "/patients" + "".join(f"/{{p{number}}}" for number in range(6))
    small["get-patient"]["routes"] = [{"method": "GET", "path": deep}]
    with pytest.raises(url_map.UrlMapError, match="more than the 5 parameters"):
        url_map.rules(small)


def test_a_function_named_like_a_whole_domain_is_refused(small: dict[str, Any]) -> None:
    small["auth-all"] = small["get-profile"]
    with pytest.raises(url_map.UrlMapError, match="auth-all"):
        url_map.rules(small)


def test_the_file_says_what_it_holds(manifest: dict[str, Any]) -> None:
    written = json.loads(url_map.text(manifest))
    assert written == json.loads((INFRA / "url_map.json").read_text()), "stale: run python -m tools.manifest"
    assert written["counts"]["templates"] == sum(
        len(rule["paths"]) for rule in written["rules"] if rule["match"] == "template"
    )
