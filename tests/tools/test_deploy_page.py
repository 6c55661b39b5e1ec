"""docs/deploy.md names only what there is: files, commands, routes, settings, measures, steps."""

import importlib
import json
import re
import subprocess
import sys

import pytest

from shared.config import SETTINGS, variable
from shared.http.routing import bare
from shared.metrics import Metric
from tests.tools.clouds import ROOT
from tools.deploy import FILES, Pipeline
from tools.manifest import endpoints

PAGE = (ROOT / "docs/deploy.md").read_text()
SHELL = "\n".join(re.findall(r"```sh\n(.*?)```", PAGE, flags=re.DOTALL))
NAMED = re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", PAGE, flags=re.DOTALL))


def test_files_and_links_exist() -> None:
    files = [n for n in NAMED if re.fullmatch(r"((shared|functions|tools|docs|infra)/[\w/.-]+|cloudbuild[\w.]*)", n)]
    assert len(files) > 5
    assert [f for f in files if not (ROOT / f).exists()] == []
    links = [link for link in re.findall(r"\]\(([^)#:]+)\)", PAGE) if not (ROOT / "docs" / link).exists()]
    assert links == []
    headings = {h.lower().replace(" ", "-") for h in re.findall(r"^## (.+)$", PAGE, flags=re.MULTILINE)}
    assert set(re.findall(r"\]\(#([\w-]+)\)", PAGE)) <= headings


def test_the_shell_can_read_every_block() -> None:
    # <digest> and the like are for people; the shell would take them for files.
    text = re.sub(r"<[\w ]+>", "placeholder", SHELL)
    subprocess.run(["/bin/sh", "-n"], input=text, text=True, check=True)


@pytest.mark.parametrize("command", sorted(set(re.findall(r"-m (tools\.\w+)", SHELL))))
def test_every_tool_takes_the_arguments_it_is_given(command) -> None:
    assert hasattr(importlib.import_module(command), "main")
    done = subprocess.run(
        [sys.executable, "-m", command, "--help"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    used = {o for line in re.findall(rf"-m {command} ([^\n#]*)", SHELL) for o in re.findall(r"--[a-z-]+", line)}
    helped = done.stdout
    for name in re.findall(r"\{([a-z,]+)\}", done.stdout):
        for sub in name.split(","):
            more = [sys.executable, "-m", command, sub, "--help"]
            helped += subprocess.run(more, cwd=ROOT, capture_output=True, text=True, check=False).stdout
    assert {option for option in used if option not in helped} == set()


def test_routes_settings_and_measures_are_real() -> None:
    routes = [n.split(" ") for n in NAMED if re.fullmatch(r"(GET|POST) /\S+", n)]
    assert len(routes) > 4
    declared = [route for spec in endpoints() for route in spec.routes]
    for method, path in routes:
        assert any(r.method == method and r.match(bare(path)) is not None for r in declared), path
    table = set(re.findall(r"^\| `([a-z_]+)` \|", PAGE, flags=re.MULTILINE))
    assert table == set(Metric)
    known = {variable(name) for name in SETTINGS}
    assigned = set(re.findall(r"\b(ENVIRONMENT|[A-Z]+_[A-Z_]+)\b(?==)", SHELL)) - {"PROJECT_ID", "KMS_KEY"}
    assert assigned <= known
    steps = {step.id for name in FILES for step in Pipeline.read(ROOT / name).steps}
    assert set(re.findall(r"--from (\w+)", PAGE)) <= steps


def test_every_keyset_gets_its_secret() -> None:
    from shared.store.keys import KEYSETS

    loop = re.search(r"for name in ([\w ]+); do", SHELL)
    assert loop is not None
    assert set(loop[1].split()) == set(KEYSETS)


def test_terraform_has_what_is_asked_of_it() -> None:
    text = "".join(path.read_text() for path in (ROOT / "infra").rglob("*.tf"))
    for output in re.findall(r"output (?:-raw )?([a-z_]+)", SHELL):
        assert f'output "{output}"' in text, output
    for kind, name in re.findall(r"-target=(?:(google_\w+)\.|module\.)(\w+)", SHELL):
        assert (f'resource "{kind}" "{name}"' if kind else f'module "{name}"') in text, name
    assert json.loads((ROOT / "infra/firestore.indexes.json").read_text())["fieldOverrides"]
