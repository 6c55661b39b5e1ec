"""The rules of the house that a reader cannot be trusted to see in every change."""

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

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
    """A function's start pays for no SDK; the first request pays for those it uses.

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
"""
    import json

    names = [spec.name for spec in ENDPOINTS]
    environment = {**os.environ, "ENVIRONMENT": "local"}
    done = subprocess.run(
        [sys.executable, "-c", script, json.dumps(HEAVY), json.dumps(names)],
        capture_output=True, text=True, cwd=ROOT, env=environment, check=True,
    )  # fmt: skip
    loaded = dict(json.loads(line) for line in done.stdout.splitlines())
    assert loaded.keys() == set(names), done.stderr
    assert {name: found for name, found in loaded.items() if found} == {}
