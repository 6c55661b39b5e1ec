"""Write what is derived from the endpoints' declarations.

    python -m tools.manifest           write the files
    python -m tools.manifest --check   exit 1 and name the stale ones

Files: infra/functions.json, infra/url_map.json, infra/metrics.json, infra/firestore.indexes.json, docs/openapi.json,
docs/postman.json, docs/endpoints.md, docs/errors.md, docs/configuration.md, docs/data-model.md.
"""

import importlib
import json
import pkgutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import functions
from shared.http.endpoint import Endpoint, spec_of
from shared.metrics import LABELS
from shared.store.document import Document
from shared.store.outbox import DISPATCH_QUEUE, JOBS
from shared.store.query import REGISTRY

ROOT = Path(__file__).parents[1]


def endpoints() -> list[Endpoint]:
    """Every endpoint, sorted by domain and name."""
    found = []
    for package in pkgutil.iter_modules(functions.__path__):
        folder = importlib.import_module(f"functions.{package.name}")
        for module in pkgutil.iter_modules(folder.__path__):
            loaded = importlib.import_module(f"functions.{package.name}.{module.name}")
            found.append(spec_of(getattr(loaded, module.name)))
    return sorted(found, key=lambda spec: (spec.domain, spec.name))


def entry(spec: Endpoint) -> dict[str, Any]:
    """The manifest entry of an endpoint."""
    made: dict[str, Any] = {
        "target": spec.name,
        "kind": spec.kind,
        "routes": [
            {"method": r.method, "path": r.path} | ({"template": r.template} if r.template != r.path else {})
            for r in spec.routes
        ],
        "access": spec.access.name,
        "domain": spec.domain,
        "concurrency": spec.concurrency,
        "timeout": spec.timeout,
        "memory": spec.memory,
        "uses": sorted(spec.uses),
        "secrets": sorted(spec.secrets),
        "queue": spec.queue,
    }
    if spec.schedule:
        made |= {"schedule": spec.schedule, "timeZone": "Etc/UTC"}
    return made


def manifest(specs: list[Endpoint]) -> dict[str, Any]:
    """infra/functions.json. Raises `SystemExit` when declarations contradict each other."""
    routes: dict[tuple[str, str], str] = {}
    for spec in specs:
        for route in spec.routes:
            key = (route.method, "/".join("{}" if p.startswith("{") else p for p in route.path.split("/")))
            if key in routes:
                raise SystemExit(f"{spec.name} and {routes[key]} both answer {route.method} {route.path}")
            routes[key] = spec.name
    tasks = {spec.name: spec.queue for spec in specs if spec.kind == "task"}
    expected = {**JOBS, "dispatch_outbox": DISPATCH_QUEUE}
    if tasks != expected:
        raise SystemExit(f"shared/store/outbox.py JOBS and functions/tasks differ: {tasks.items() ^ expected.items()}")
    made = {spec.deployed_name: entry(spec) for spec in specs}
    if long := [name for name in made if len(name) > 49]:
        raise SystemExit(f"names of Cloud Run services have at most 49 characters: {', '.join(long)}")
    return made


def indexes() -> dict[str, Any]:
    """infra/firestore.indexes.json: composite indexes of the declared queries, TTL fields, and what is not indexed.

    Every index entry is paid for by each write and held to 1,500 bytes, and most fields (sealed ones above all) are in
    no query: a collection's fields are not indexed but for those that a declared query looks up.
    """
    unique: dict[str, dict[str, Any]] = {}
    for query in REGISTRY.values():
        for index in query.indexes():
            unique[json.dumps(index, sort_keys=True)] = index
    return {
        "indexes": [unique[key] for key in sorted(unique)],
        "fieldOverrides": [
            override
            for cls in sorted(documents(Document), key=lambda cls: cls.collection)
            for override in _overrides(cls)
        ],
    }


def _overrides(cls: type[Document]) -> Iterator[dict[str, Any]]:
    """What is said of single fields of a collection."""
    searched: dict[str, set[str]] = {}
    for query in REGISTRY.values():
        if query.document.collection == cls.collection:
            for name, modes in query.searched().items():
                searched.setdefault(name, set()).update(modes)
    yield {"collectionGroup": cls.collection, "fieldPath": "*", "indexes": []}
    for name in sorted({*searched, *([cls.ttl] if cls.ttl else [])}):
        yield {
            "collectionGroup": cls.collection,
            "fieldPath": name,
            **({"ttl": True} if name == cls.ttl else {}),
            "indexes": [
                {"queryScope": "COLLECTION", **({"arrayConfig": mode} if mode == "CONTAINS" else {"order": mode})}
                for mode in sorted(searched.get(name, ()))
            ],
        }


def measures() -> dict[str, list[str]]:
    """infra/metrics.json: our own measures and their labels, one log-based metric each."""
    return {metric.value: sorted(labels) for metric, labels in LABELS.items()}


def documents(cls: type[Document]) -> Iterator[type[Document]]:
    """Every stored document type of the product below `cls`; tests declare some of their own."""
    for sub in cls.__subclasses__():
        if "collection" in sub.__dict__ and sub.__module__.startswith("shared."):
            yield sub
        yield from documents(sub)


def files() -> dict[Path, str]:
    """Every generated file and what it should hold."""
    from tools import describe, url_map
    from tools.describe.data_model import data_model_page

    specs = endpoints()
    entries = manifest(specs)
    openapi = describe.openapi(specs)

    def text(value: Any) -> str:
        return json.dumps(value, indent=2, ensure_ascii=False) + "\n"

    return {
        ROOT / "infra/functions.json": text(entries),
        ROOT / "infra/url_map.json": url_map.text(entries),
        ROOT / "infra/metrics.json": text(measures()),
        ROOT / "infra/firestore.indexes.json": text(indexes()),
        ROOT / "docs/openapi.json": text(openapi),
        ROOT / "docs/postman.json": text(describe.postman(openapi)),
        ROOT / "docs/endpoints.md": describe.endpoints_page(specs),
        ROOT / "docs/errors.md": describe.errors_page(specs),
        ROOT / "docs/configuration.md": describe.configuration_page(),
        ROOT / "docs/data-model.md": data_model_page(list(documents(Document))),
    }


def main(arguments: list[str]) -> int:
    """Write, or check."""
    stale = [path for path, text in files().items() if not path.exists() or path.read_text() != text]
    if "--check" in arguments:
        for path in stale:
            print(f"stale: {path.relative_to(ROOT)} (run: python -m tools.manifest)")
        return 1 if stale else 0
    for path, text in files().items():
        if path in stale:
            path.parent.mkdir(exist_ok=True)
            path.write_text(text)
            print(f"wrote {path.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
