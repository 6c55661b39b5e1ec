"""The load balancer's routes, from the manifest: `infra/url_map.json`, which Terraform turns into the URL map.

Each function gets one rule: its first route under `/api/v1`, with its method. What else it answers to (`/api`, no
prefix, further routes, HEAD, a slash at the end, a method it does not know) reaches `<domain>-all`, the same image with
every endpoint of the domain, by prefix rules. Sockets go to the gateway. A path matcher of the global load balancer
takes 100 path templates and the map 64 KB; both stop here a little earlier. What does not fit any more has no rule of
its own and is reached through `<domain>-all`: as few endpoints as possible, those first that are asked least.
"""

import json
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from shared.http.routing import PREFIXES

Manifest = dict[str, dict[str, Any]]

#: Path templates of a path matcher: Google's limit is 100.
MAX_TEMPLATES: Final = 90
#: Size of the map as the Compute API stores it: Google's limit is 64 KB.
MAX_BYTES: Final = 56 * 1024
#: Predicates (path and header matches) and rules of a path matcher; Google's limits.
MAX_PREDICATES: Final = 1000
#: Operators (`*`, `**`) of one path template; Google's limit.
MAX_OPERATORS: Final = 5

#: Kinds that the internet may call; the others are called by Cloud Tasks and Cloud Scheduler alone.
PUBLIC_KINDS: Final = frozenset({"http", "webhook"})
#: What an entry of the manifest says; schedules say two things more.
_KEYS: Final = frozenset(
    "target kind routes access domain concurrency timeout memory uses secrets queue".split()  # noqa: SIM905
)
_SCHEDULED: Final = frozenset({"schedule", "timeZone"})
#: Access rules of what only the platform may call, and the kind each belongs to.
_MACHINES: Final = {"workers": "task", "scheduler": "schedule"}

#: The service that serves sockets, and its paths.
GATEWAY: Final = "realtime-gateway"
SOCKETS: Final = ("/ws", "/socket.io")

Match = Literal["full", "template", "prefix"]


class UrlMapError(Exception):
    """The manifest cannot be routed; the message says what is wrong and what to do."""


def problems(manifest: Manifest) -> list[str]:
    """What is wrong with a manifest's entries: unknown or missing keys, and workers that would be reachable."""
    found = []
    for name, entry in manifest.items():
        expected = _KEYS | (_SCHEDULED if entry.get("kind") == "schedule" else frozenset())
        found += [f"{name}: unknown argument {key!r}" for key in sorted(entry.keys() - expected)]
        found += [f"{name}: argument {key!r} is missing" for key in sorted(expected - entry.keys())]
        kind, access = entry.get("kind"), entry.get("access")
        if (kind not in PUBLIC_KINDS or access in _MACHINES) and _MACHINES.get(str(access)) != kind:
            found.append(f"{name}: a {kind} function cannot have access {access!r}")
        for route in entry.get("routes", []):
            if (kind in PUBLIC_KINDS) == route["path"].startswith(("/tasks/", "/schedules/")):
                found.append(f"{name}: {route['path']} is no route of a {kind} function")
            if _operators(route).count("/*") > MAX_OPERATORS:
                found.append(f"{name}: {route['path']} has more than the {MAX_OPERATORS} parameters a template takes")
    return found


@dataclass(frozen=True)
class Rule:
    """One route rule: whichever of `paths` matches, with `method` if there is one, goes to `service`."""

    service: str
    match: Match
    paths: tuple[str, ...]
    method: str = ""

    @property
    def predicates(self) -> int:
        """How many of the matcher's predicates it takes."""
        return len(self.paths) * (2 if self.method else 1)


@dataclass
class _Node:
    """A segment of a path: which domains answer here, and what is below."""

    here: Counter[str] = field(default_factory=Counter)
    below: dict[str, "_Node"] = field(default_factory=dict)

    def domains(self) -> Counter[str]:
        """Routes here and below, by domain."""
        return sum((node.domains() for node in self.below.values()), Counter(self.here))


def all_name(domain: str) -> str:
    """Deployed name of the function that serves a whole domain."""
    return f"{domain.replace('_', '-')}-all"


def rules(manifest: Manifest) -> list[Rule]:
    """Every rule, in the order in which the load balancer tries them. Raises `UrlMapError`."""
    return _made(*_fitting(manifest))


def overflow(manifest: Manifest) -> frozenset[str]:
    """Functions without a rule of their own, by name as deployed. Raises `UrlMapError`."""
    return _fitting(manifest)[1]


def _fitting(manifest: Manifest) -> tuple[Manifest, frozenset[str]]:
    """What the internet may call, and the fewest of it that have to do without a rule of their own."""
    if wrong := problems(manifest):
        raise UrlMapError("The manifest cannot be routed:\n  " + "\n  ".join(wrong))
    public = {name: entry for name, entry in manifest.items() if entry["kind"] in PUBLIC_KINDS}
    if taken := sorted(public.keys() & {all_name(entry["domain"]) for entry in public.values()}):
        raise UrlMapError(f"named like the function of a whole domain: {', '.join(taken)}")
    order = sorted(public, key=lambda name: _often(name, public[name]["routes"][0]))
    without = [frozenset(order[:number]) for number in range(len(order) + 1)]
    fewest = bisect_left(without, True, key=lambda names: _fits(counts(_made(public, names))))
    if fewest > len(order):
        found = counts(_made(public, without[-1]))
        raise UrlMapError(
            f"The rules of whole domains alone are {found['templates']} path templates (at most {MAX_TEMPLATES}),"
            f" {found['predicates']} predicates (at most {MAX_PREDICATES}) and {found['bytes']} bytes (at most"
            f" {MAX_BYTES}): give domains that share the beginning of a path one folder."
        )
    return public, without[fewest]


#: Endpoints whose path has a parameter give way to others by what they do: removing is asked least, reading most.
_OFTEN: Final = ("DELETE", "PATCH", "PUT", "POST", "GET")


def _often(name: str, route: dict[str, str]) -> tuple[bool, int, int, int, str]:
    """Sorts by how often an endpoint is asked, as far as its first route tells; the order does not change with others.

    A deeper path is a smaller part of something, and what has no parameter (signing in, lists, searches) comes last.
    """
    path = _operators(route)
    operators = path.count("*")
    return (operators == 0, _OFTEN.index(route["method"]), -operators, -len(path), name)


def _fits(counted: dict[str, int]) -> bool:
    return (
        counted["templates"] <= MAX_TEMPLATES
        and counted["predicates"] <= MAX_PREDICATES
        and counted["bytes"] <= MAX_BYTES
    )


def _made(public: Manifest, without: frozenset[str]) -> list[Rule]:
    own = sorted(
        (_own(name, entry["routes"][0]) for name, entry in public.items() if name not in without),
        key=lambda rule: (rule.match != "full", _specific(rule.paths[0]), rule.method),
    )
    shared = sorted(_shared(public), key=lambda rule: (rule.match == "prefix", -len(rule.paths[0]), rule.paths))
    return [*_sockets(public), *own, *shared]


def _sockets(public: Manifest) -> Iterator[Rule]:
    """To the gateway, before everything else: only it can answer an upgrade."""
    for path in SOCKETS if any(entry["domain"] == "realtime" for entry in public.values()) else ():
        yield Rule(GATEWAY, "full", tuple(f"{prefix}{path}" for prefix in PREFIXES))
        yield Rule(GATEWAY, "prefix", tuple(f"{prefix}{path}/" for prefix in PREFIXES))


def _own(name: str, route: dict[str, str]) -> Rule:
    path = PREFIXES[0] + _operators(route)
    return Rule(name, "template" if "*" in path else "full", (path,), route["method"])


def _operators(route: dict[str, str]) -> str:
    """`/users/{userId}/files/{filePath:path}` as the load balancer writes it: `/users/*/files/**`."""
    template = route.get("template", route["path"])
    return "/".join(
        segment if not segment.startswith("{") else "**" if segment.endswith(":path}") else "*"
        for segment in template.split("/")
    )


def _specific(path: str) -> tuple[tuple[int, str], ...]:
    """Sorts `/patients/mrn/*` before `/patients/*/vitals`: at each segment, a word before an operator."""
    return tuple((("*", "**").index(s) + 1 if s in {"*", "**"} else 0, s) for s in path.split("/"))


def _shared(public: Manifest) -> Iterator[Rule]:
    """Rules to the functions of whole domains: by the shortest prefix that is one domain's alone."""
    root = _Node()
    for entry in public.values():
        for route in entry["routes"]:
            node = root
            for segment in _operators(route).strip("/").split("/"):
                node = node.below.setdefault(segment, _Node())
            node.here[entry["domain"]] += 1
    for segment, node in sorted(root.below.items()):
        if segment.startswith("*"):
            raise UrlMapError("a route cannot begin with a parameter: no prefix would tell whose it is")
        yield from _split(node, f"/{segment}", "")


def _split(node: _Node, path: str, above: str) -> Iterator[Rule]:
    """Rules for `node` and below, where requests would reach the domain `above` without them."""
    counted = node.domains()
    # Shared by several domains: whoever answers at the node itself, else who has most below it, gets the rest.
    owner = max(sorted(counted), key=lambda domain: (node.here[domain], counted[domain]))
    mixed = len(counted) > 1
    if owner != above and (not mixed or node.here or "*" not in path):
        yield from _to(owner, path, deeper=bool(node.below))
        above = owner
    if mixed:
        for segment, child in sorted(node.below.items()):
            yield from _split(child, f"{path}/{segment}", above)


def _to(domain: str, path: str, *, deeper: bool) -> Iterator[Rule]:
    def prefixed(suffix: str) -> tuple[str, ...]:
        return tuple(f"{prefix}{path}{suffix}" for prefix in PREFIXES)

    if "*" not in path:
        yield Rule(all_name(domain), "prefix", prefixed(""))
        return
    yield Rule(all_name(domain), "template", prefixed(""))
    if deeper and not path.endswith("**"):
        yield Rule(all_name(domain), "template", prefixed("/**"))


def counts(made: list[Rule]) -> dict[str, int]:
    """What the limits are about: rules, templates, predicates, and bytes of the map."""
    return {
        "rules": len(made),
        "templates": sum(len(rule.paths) for rule in made if rule.match == "template"),
        "predicates": sum(rule.predicates for rule in made),
        "bytes": len(json.dumps([_as_stored(rule, n) for n, rule in enumerate(made)], separators=(",", ":"))),
    }


_FIELDS: Final = {"full": "fullPathMatch", "template": "pathTemplateMatch", "prefix": "prefixMatch"}
# Project ids have at most 30 characters.
_SERVICE: Final = f"https://www.googleapis.com/compute/v1/projects/{'p' * 30}/global/backendServices/"


def _as_stored(rule: Rule, number: int) -> dict[str, Any]:
    header = {"headerMatches": [{"headerName": ":method", "exactMatch": rule.method}]} if rule.method else {}
    return {
        "priority": 1000 + number,
        "service": _SERVICE + rule.service,
        "matchRules": [{_FIELDS[rule.match]: path} | header for path in rule.paths],
    }


def text(manifest: Manifest) -> str:
    """infra/url_map.json: a rule a line, so that a new endpoint is one line of a diff. Raises `UrlMapError`."""
    made = rules(manifest)
    domains = sorted({entry["domain"] for entry in manifest.values() if entry["kind"] in PUBLIC_KINDS})
    lines = ",\n".join(
        "    " + json.dumps({"service": r.service, "match": r.match, "paths": r.paths, "method": r.method})
        for r in made
    )
    head = f'{{\n  "counts": {json.dumps(counts(made))},\n  "domains": {json.dumps(domains)},\n  "rules": [\n'
    return f"{head}{lines}\n  ]\n}}\n"
