"""The Cloud Build files: valid by their schema, in the right order; and tools.deploy, which runs the same scripts."""

import json
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


def test_they_are_valid_by_the_published_schema() -> None:
    pytest.importorskip("check_jsonschema")
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.cloudbuild", *map(str, CONFIGS)]
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
  *" plan "*) echo planned > build/tfplan ;;
  *" show "*) echo "1 to change" ;;
  *" apply "*) grep -q planned build/tfplan && "{sys.executable}" -c \
    "from tests.tools.clouds import applied; applied('b')" ;;
esac
"""
# The API itself is not here: asking it is another test's (test_release).
PYTHON = f"""
case "$*" in
  *smoke*) echo "smoke" >> "$TOOLS_LOG"; test ! -e "$TOOLS_LOG.broken" ;;
  *) exec "{sys.executable}" "$@" ;;
esac
"""


class Laptop(Deployed):
    """A copy of what deploying reads, in a folder of its own, and a deployment on which image `a` is released."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.apply("a")
        state = self.state
        for service in state["services"].values():
            service["pinned"] = True
        self.write(state | {"objects": {"gs://demo-terraform/releases/staging.txt": image("a") + "\n"}})
        self.root = folder / "repository"
        for copied in ("tools", "tests/tools"):
            shutil.copytree(ROOT / copied, self.root / copied, ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy(ROOT / "tests/__init__.py", self.root / "tests")
        (self.root / "build").mkdir()
        for config in CONFIGS:
            shutil.copy(config, self.root)
        (self.root / "infra" / "env").mkdir(parents=True)
        shutil.copy(ROOT / "infra/env/staging.tfvars", self.root / "infra/env")
        for name, script in {"docker": DOCKER, "terraform": TERRAFORM, "python3": PYTHON}.items():
            self.command(name, script)
        self.command("make", 'echo "make $*" >> "$TOOLS_LOG"')

    def deploy(self, *more: str, said: str = "staging\n"):
        """Run tools.deploy as somebody does who answers `said`."""
        command = [sys.executable, "-m", "tools.deploy", "staging", "--project", "demo", "--build", "b1"]
        environ = {**self.environ, "PYTHONPATH": str(self.root)}
        return subprocess.run(
            [*command, *more], cwd=self.root, env=environ, input=said, capture_output=True, text=True, check=False
        )

    def called(self) -> list[str]:
        """The first words of every tool that was run."""
        return [
            " ".join(w for w in line.split() if not w.startswith("-"))[:40]
            for line in self.log.read_text().splitlines()
        ]


@pytest.fixture
def laptop(tmp_path) -> Laptop:
    return Laptop(tmp_path)


def test_a_dry_run_prints_every_command_and_runs_none(laptop) -> None:
    done = laptop.deploy("--base", BASE, "--dry-run")
    assert done.returncode == 0, done.stderr
    for name in FILES:
        for step in Pipeline.read(ROOT / name).steps:
            assert f"== {step.id} " in done.stdout
    assert f'docker build --pull --build-arg "BASE={BASE}"' in done.stdout
    assert "terraform -chdir=infra apply -input=false ../build/tfplan" in done.stdout
    assert not re.search(r"\$\{?(PROJECT_ID|BUILD_ID|IMAGE|BUCKET|_[A-Z]+)\b", done.stdout), "all are filled in"
    assert laptop.called() == []
    assert laptop.state["calls"] == []


def test_a_deployment_runs_the_pipelines_steps_and_ends_on_the_new_release(laptop) -> None:
    done = laptop.deploy("--base", BASE)
    assert done.returncode == 0, done.stdout + done.stderr
    words = [line.split()[0] + " " + line.split()[1] for line in laptop.called() if len(line.split()) > 1]
    assert words == [
        "make test", "docker build", "docker run", "docker run", "docker push", "docker inspect",
        "terraform init", "terraform plan", "terraform show", "terraform init", "terraform apply",
    ]  # fmt: skip
    assert laptop.called().count("smoke") == 2
    assert set(laptop.serving().values()) == {"b"}
    objects = laptop.state["objects"]
    assert objects["gs://demo-terraform/releases/staging.txt"].split() == [image("b"), image("a")]
    assert objects["gs://demo-terraform/builds/b1/image.txt"].strip() == image("b")
    assert json.loads(objects["gs://demo-terraform/builds/b1/sbom.cdx.json"])["bomFormat"] == "CycloneDX"
    assert f"image_digest={image('b').split('@')[1]}" in laptop.log.read_text()


@pytest.mark.parametrize("said", ["no\n", "\n", "yes\n", "prod\n"])
def test_nothing_is_applied_that_was_not_approved(laptop, said) -> None:
    done = laptop.deploy("--base", BASE, said=said)
    assert done.returncode == 1
    assert "Not approved; nothing was applied." in done.stderr
    assert "apply" not in laptop.log.read_text()
    assert set(laptop.serving().values()) == {"a"}
    assert laptop.deploy("--from", "fetch").returncode == 0, "and it goes on once it is"
    assert set(laptop.serving().values()) == {"b"}


@pytest.mark.parametrize(
    ("found", "stops"),
    [
        ([("CRITICAL", "False", "CVE-1")], True),
        ([("MEDIUM", "True", "CVE-2"), ("HIGH", "True", "CVE-3")], True),
        ([("HIGH", "False", "CVE-4"), ("MEDIUM", "True", "CVE-5")], False),
    ],
)
def test_an_image_with_a_flaw_that_can_be_mended_is_not_pushed(laptop, found, stops) -> None:
    laptop.change(vulnerabilities=found)
    done = laptop.deploy("--base", BASE, said="no\n")
    assert ("docker push" in laptop.log.read_text()) is not stops
    assert ("is not pushed" in done.stderr) is stops
    if stops:
        assert found[-1][2] in done.stderr
        assert "Step scan failed" in done.stderr


def test_a_base_without_a_digest_is_not_built_on(laptop) -> None:
    done = laptop.deploy("--base", "python:3.12-slim")
    assert "Set _BASE to the base image with its digest" in done.stderr
    assert laptop.called() == ["make test"]


def test_failing_tests_end_it_at_once(laptop) -> None:
    laptop.command("make", "exit 2")
    done = laptop.deploy("--base", BASE)
    assert "Step test failed (2)" in done.stderr
    assert laptop.called() == []


def test_a_release_that_does_not_answer_is_taken_back(laptop) -> None:
    Path(f"{laptop.log}.broken").touch()
    done = laptop.deploy("--base", BASE)
    assert "Step smoke failed" in done.stderr
    assert set(laptop.serving().values()) == {"a"}, "the health functions had moved"
    assert "health" in laptop.moved()
    assert "get-patient" not in laptop.moved()
    assert laptop.state["objects"]["gs://demo-terraform/releases/staging.txt"].split() == [image("a")]


def test_a_step_that_is_none_is_refused(laptop) -> None:
    assert "There is no step launch" in laptop.deploy("--from", "launch").stderr
