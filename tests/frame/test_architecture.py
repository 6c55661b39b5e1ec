"""The rules of the house that a reader cannot be trusted to see in every change."""

import ast
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import is_dataclass
from functools import cache
from pathlib import Path

import pytest
from pydantic import BaseModel, alias_generators

from shared.store.document import to_camel
from tools.manifest import endpoints

ROOT = Path(__file__).parents[2]
ENDPOINTS = endpoints()
#: What costs tens of milliseconds to import, or needs a fork before it may be used.
HEAVY = (
    "google.cloud", "google.auth", "google.oauth2", "google.api_core", "grpc", "tink", "requests", "bcrypt", "zxcvbn",
    "jwt", "cryptography", "pyotp", "segno", "jinja2", "smtplib", "filetype", "icalendar", "firebase_admin", "stripe",
    "twilio", "google.genai", "httpx", "av", "reportlab", "docx", "lxml", "PIL",
)  # fmt: skip


def sources(*folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


def imports(path: Path, *, top_level: bool = False) -> Iterator[tuple[str, int]]:
    """Modules a file imports, with line numbers; only those run at import time if `top_level`."""
    tree = ast.parse(path.read_text())
    nodes = _run_at_import(tree) if top_level else ast.walk(tree)
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module, node.lineno
            yield from ((f"{node.module}.{alias.name}", node.lineno) for alias in node.names)


def _run_at_import(tree: ast.AST) -> Iterator[ast.AST]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            continue
        yield node
        yield from _run_at_import(node)


def under(module: str, *packages: str) -> bool:
    return any(module == package or module.startswith(package + ".") for package in packages)


def offences(paths: list[Path], bad, *, top_level: bool = False) -> list[str]:
    return [
        f"{path.relative_to(ROOT)}:{line} imports {module}"
        for path in paths
        for module, line in imports(path, top_level=top_level)
        if bad(path, module)
    ]


def test_shared_is_no_barrel() -> None:
    assert (ROOT / "shared/__init__.py").read_text() == ""


def test_functions_import_only_the_frame_and_domains() -> None:
    allowed = ("shared", "typing", "datetime", "collections", "uuid", "enum", "pydantic")
    assert offences(sources("functions"), lambda _, m: not under(m, *allowed)) == []


def test_functions_touch_the_store_only_through_domains() -> None:
    for path in sources("functions"):
        used = [n.attr for n in ast.walk(ast.parse(path.read_text())) if isinstance(n, ast.Attribute)]
        assert "unit" not in used, f"{path.relative_to(ROOT)} reads or writes documents itself"


def test_the_store_knows_nobody_above_it() -> None:
    inward = ("shared.store", "shared.errors", "shared.config", "shared.clients", "shared.metrics", "shared.trace")
    assert (
        offences(sources("shared/store"), lambda _, m: under(m, "shared") and not under(m, *inward) and m != "shared")
        == []
    )


def test_domains_import_no_web_framework() -> None:
    domains = [p for p in sources("shared") if p.relative_to(ROOT / "shared").parts[0] != "http"]
    assert offences(domains, lambda _, m: under(m, "flask", "werkzeug", "functions", "functions_framework")) == []


def test_sdks_are_imported_inside_factories() -> None:
    assert offences(sources("shared", "functions"), lambda _, m: under(m, *HEAVY), top_level=True) == []


def test_only_configuration_reads_the_environment() -> None:
    allowed = {"shared/config.py", "shared/clients.py"}
    for path in sources("shared", "functions"):
        if str(path.relative_to(ROOT)) not in allowed:
            assert "os.environ" not in path.read_text(), path


def test_nothing_branches_on_running_locally() -> None:
    """One code path: what is local is configuration. The one exception shows costs in a header."""
    allowed = {"shared/config.py", "shared/http/pipeline.py"}
    for path in sources("shared", "functions"):
        if str(path.relative_to(ROOT)) not in allowed:
            assert '"local"' not in path.read_text().replace('identity_mode == "local"', ""), path


@pytest.mark.parametrize("spec", ENDPOINTS, ids=lambda s: s.name)
def test_endpoint_file_is_short_documented_and_tested(spec) -> None:
    path = ROOT / f"functions/{spec.domain}/{spec.name}.py"
    assert len(path.read_text().splitlines()) <= 60, "longer logic belongs to shared/"
    assert spec.doc.splitlines()[0].endswith("."), "the docstring's first line is the summary in OpenAPI"
    assert (ROOT / f"tests/functions/{spec.domain}/test_{spec.name}.py").exists()


def test_each_endpoint_imports_no_sdk_when_it_is_loaded() -> None:
    """A function's start pays for no SDK and builds no model; the first request pays for those it uses.

    All are loaded into one process: if nothing heavy is there after all of them, none of them loads it. If something
    is, the first one that loads it is named.
    """
    script = """
import json, sys
import flask, pydantic, main
heavy = tuple(json.loads(sys.argv[1]))
before = set(sys.modules)
for name in json.loads(sys.argv[2]):
    main.load(name)
    found = sorted(m for m in set(sys.modules) - before if m.startswith(heavy))
    before |= set(sys.modules)
    print(json.dumps([name, found[:3]]))

def below(cls):
    return {deep for sub in cls.__subclasses__() for deep in {sub, *below(sub)}}

built = [f"{model.__module__}.{model.__name__}" for model in below(pydantic.BaseModel)
         if model.__dict__.get("__pydantic_complete__") and model.__module__.startswith(("shared", "functions"))]
print(json.dumps(["models built", sorted(built)]))
"""
    import json

    names = [spec.name for spec in ENDPOINTS]
    environment = {**os.environ, "ENVIRONMENT": "local"}
    done = subprocess.run(
        [sys.executable, "-c", script, json.dumps(HEAVY), json.dumps(names)],
        capture_output=True, text=True, cwd=ROOT, env=environment, check=True,
    )  # fmt: skip
    loaded = dict(json.loads(line) for line in done.stdout.splitlines())
    # An instance at module level builds its model. Pydantic itself builds what is generic, to fill in its parameter.
    assert loaded.pop("models built") == ["shared.config.Settings", "shared.store.query.Page"]
    assert loaded.keys() == set(names), done.stderr
    assert {name: found for name, found in loaded.items() if found} == {}


#: Models and dataclasses that one function may define when it is loaded. A model costs 0.15 to 0.6 ms of a start, a
#: frozen dataclass 0.5 ms: those of a body or an answer belong where only the operation that has them loads them, and
#: values are named tuples (0.06 ms).
MOST_MODELS, MOST_DATACLASSES = 90, 10


def test_each_function_loads_few_models() -> None:
    models = Counter(model.__module__ for model in below(BaseModel))
    dataclasses = Counter(
        thing.__module__
        for name, module in list(sys.modules.items())
        if under(name, "shared", "functions")
        for thing in vars(module).values()
        if isinstance(thing, type) and is_dataclass(thing) and thing.__module__ == name
    )
    too_much = {}
    for spec in ENDPOINTS:
        loaded = loaded_with(f"functions.{spec.domain}.{spec.name}")
        found = sum(models[name] for name in loaded), sum(dataclasses[name] for name in loaded)
        if found[0] > MOST_MODELS or found[1] > MOST_DATACLASSES:
            too_much[spec.name] = found
    assert too_much == {}


def test_fields_are_named_as_pydantic_would() -> None:
    names = {name for model in below(BaseModel) if under(model.__module__, "shared") for name in model.model_fields}
    assert len(names) > 500
    assert {name for name in names if to_camel(name) != alias_generators.to_camel(name)} == set()


def test_what_a_function_loads_is_found() -> None:
    loaded = loaded_with("functions.patients.get_patient")
    assert {"shared.patients.chart", "shared.patients.documents", "shared.http.pipeline", "shared"} <= loaded
    assert "shared.scheduling.booking.models" not in loaded


def below(cls: type) -> set[type]:
    return {deep for sub in cls.__subclasses__() for deep in {sub, *below(sub)}}


def loaded_with(module: str) -> set[str]:
    """Modules of ours that loading `module` loads, itself among them."""
    found: set[str] = set()
    # The decorator of an endpoint loads the pipeline.
    pending = [module, "shared.http.pipeline"]
    while pending:
        name = pending.pop()
        path = file_of(name)
        if path is not None and name not in found:
            found.add(name)
            pending += [name.rpartition(".")[0], *loads(path)]
    return found


@cache
def loads(path: Path) -> tuple[str, ...]:
    return tuple(name for name, _ in imports(path, top_level=True) if under(name, "shared", "functions"))


@cache
def file_of(module: str) -> Path | None:
    plain = ROOT / f"{module.replace('.', '/')}.py"
    package = ROOT / module.replace(".", "/") / "__init__.py"
    return plain if plain.exists() else package if module and package.exists() else None
