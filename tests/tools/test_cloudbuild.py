"""The Cloud Build files: valid by their schema, in the right order; and tools.deploy, which runs the same scripts."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.tools.clouds import ROOT, Deployed, image
from tools.deploy import FILES, Pipeline
from tools.release import Place

CONFIGS = sorted(ROOT.glob("cloudbuild*.yaml"))
BASE = "python:3.12-slim@sha256:" + "d" * 64


@pytest.mark.parametrize("path", CONFIGS, ids=lambda p: p.name)
def test_it_is_valid_by_the_published_schema(path) -> None:
    pytest.importorskip("check_jsonschema")
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.cloudbuild", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("path", CONFIGS, ids=lambda p: p.name)
def test_its_steps_are_scripts_that_stop_at_the_first_failure(path) -> None:
    told = yaml.safe_load(path.read_text())
    ids = [step["id"] for step in told["steps"]]
    assert len(ids) == len(set(ids))
    for step in told["steps"]:
        assert step.keys() == {"id", "name", "script"}, "what is not a script, a laptop would not run"
        first, second, *_ = step["script"].splitlines()
        assert (first, second) in {("#!/bin/sh", "set -eu"), ("#!/bin/bash", "set -euo pipefail")}
        subprocess.run([first[2:], "-n"], input=step["script"], text=True, check=True)
    assert told["options"]["automapSubstitutions"] is True
    assert told["options"]["logging"] == "CLOUD_LOGGING_ONLY", "needed by builds with an account of their own"


@pytest.mark.parametrize("path", CONFIGS, ids=lambda p: p.name)
def test_every_variable_that_a_script_uses_is_there(path) -> None:
    pipeline = Pipeline.read(path)
    known = set(pipeline.variables({"PROJECT_ID": "p", "BUILD_ID": "b"}))
    for step in pipeline.steps:
        used = set(re.findall(r"\$\{?([A-Z_][A-Z_]+)\b", step.script))
        assert used <= known, step.id
    assert Place.of(pipeline.variables({"PROJECT_ID": "demo"})).bucket == "demo-terraform"


def test_the_order_is_test_build_scan_push_plan_and_then_apply_smoke_traffic() -> None:
    before, behind = ([step.id for step in Pipeline.read(ROOT / name).steps] for name in FILES)
    assert before == ["test", "build", "start", "sbom", "scan", "push", "hold", "plan", "keep", "ask"]
    assert behind == ["fetch", "unmoved", "apply", "smoke", "traffic"]


def test_an_image_is_built_once_and_only_its_digest_goes_on() -> None:
    scripts = "".join(step.script for name in FILES for step in Pipeline.read(ROOT / name).steps)
    assert scripts.count("docker build") == scripts.count("docker push") == 1
    release = (ROOT / FILES[1]).read_text()
    assert "docker" not in re.sub(r"docker\.pkg\.dev", "", release)
    assert "$BUILD_ID" not in release


# From a laptop

DOCKER = """
echo "docker $*" >> "$TOOLS_LOG"
case "$*" in
  run*cat*) echo '{"bomFormat": "CycloneDX"}' ;;
  inspect*) echo "$IMAGE@sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb" ;;
esac
"""
TERRAFORM = f"""
echo "terraform $*" >> "$TOOLS_LOG"
case "$*" in
  *" plan "*) echo planned > infra/../build/tfplan ;;
  *" show "*) echo "1 to change" ;;
  *" apply "*) grep -q planned build/tfplan && {sys.executable} -c \\
    "from tests.tools.clouds import again; again('b')" ;;
esac
"""


@pytest.fixture
def laptop(tmp_path) -> Deployed:
    """A copy of what deploying reads, in a folder of its own, and a deployment on which image `a` is released."""
    made = Deployed(tmp_path)
    made.apply("a")
    state = made.state
    for name, service in state["services"].items():
        service["pinned"] = name != "somebody-elses"
    made.write(state | {"objects": {"gs://demo-terraform/releases/staging.txt": image("a") + "\n"}})
    root = tmp_path / "repository"
    for folder in ("tools", "tests/tools"):
        shutil.copytree(ROOT / folder, root / folder, ignore=shutil.ignore_patterns("__pycache__"))
    (root / "tests/__init__.py").touch()
    (root / "infra/env").mkdir(parents=True)
    (root / "build").mkdir()
    for config in CONFIGS:
        shutil.copy(config, root)
    made.command("docker", DOCKER)
    made.command("terraform", TERRAFORM)
    made.command("make", 'echo "make $*" >> "$TOOLS_LOG"')
    return made


def deploy(made: Deployed, *more: str, said: str = "", url: str = "http://127.0.0.1:9"):
    """Run tools.deploy as somebody at a laptop does, who answers `said`."""
    root = made.file.parent / "repository"
    (root / "infra/env/staging.tfvars").write_text('host = "api.example.test"\n')
    # The smoke test's own address is another's test; here it is a program that passes or not.
    command = [sys.executable, "-m", "tools.deploy", "staging", "--project", "demo", "--base", BASE, "--build", "b1", *more]
    environ = {**made.environ, "PYTHONPATH": str(root)}
    return subprocess.run(command, cwd=root, env=environ, input=said, capture_output=True, text=True, check=False)
