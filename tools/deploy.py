"""Deploy from a laptop: the steps of the Cloud Build files, run here.

    python -m tools.deploy ENVIRONMENT --project PROJECT --base BASE [--region REGION] [--dry-run] [--from STEP]

Runs the scripts of cloudbuild.yaml, asks whether the plan may be applied, and runs those of cloudbuild.release.yaml:
the same scripts, in the same order, with the same variables, so neither way of deploying knows more than the other.
Needs what the steps call (make, docker, terraform, gcloud) and an account of yours that may do it. `--dry-run` prints
every command and runs none; `--from` begins at a later step, with what an earlier run left in build/.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from string import Template
from typing import Final

ROOT: Final = Path(__file__).parents[1]
FILES: Final = ("cloudbuild.yaml", "cloudbuild.release.yaml")
#: The step that hands over to the approved build; here the question takes its place.
ASK: Final = "ask"


class DeployError(Exception):
    """Deploying ended early; the message says at which step."""


@dataclass(frozen=True)
class Step:
    """One step of a Cloud Build file."""

    id: str
    image: str
    script: str


@dataclass(frozen=True)
class Pipeline:
    """A Cloud Build file: its steps, and its variables with their defaults."""

    steps: tuple[Step, ...]
    substitutions: dict[str, str]
    env: tuple[str, ...]

    @classmethod
    def read(cls, path: Path) -> "Pipeline":
        """From YAML."""
        import yaml

        told = yaml.safe_load(path.read_text())
        return cls(
            steps=tuple(Step(s["id"], s["name"], s["script"]) for s in told["steps"]),
            substitutions={name: str(value) for name, value in told.get("substitutions", {}).items()},
            env=tuple(told["options"].get("env", ())),
        )

    def variables(self, given: dict[str, str]) -> dict[str, str]:
        """What a script finds in its environment: substitutions, and `env` with them put in."""
        known = self.substitutions | given
        return known | dict(Template(line).substitute(known).split("=", 1) for line in self.env)


def run(step: Step, variables: dict[str, str]) -> None:
    """Run a step's script, by the interpreter its first line names. Raises `DeployError`."""
    with tempfile.TemporaryDirectory(prefix="consentmd-deploy-") as folder:
        script = Path(folder) / step.id
        script.write_text(step.script)
        interpreter = step.script.splitlines()[0].removeprefix("#!")
        done = subprocess.run([interpreter, str(script)], cwd=ROOT, env={**os.environ, **variables}, check=False)
    if done.returncode != 0:
        raise DeployError(f"Step {step.id} failed ({done.returncode}). Mend it and go on with --from {step.id}.")


def approved(environment: str) -> bool:
    """Ask whether the plan may be applied; only the environment's name, typed out, is a yes."""
    print("\nThe plan is in build/plan.txt. Read it; then type the environment's name to apply it.")
    return input(f"apply to {environment}? ").strip() == environment


def deploy(given: dict[str, str], *, dry_run: bool, first: str = "") -> None:
    """Run every step from `first` on. Raises `DeployError`."""
    pipelines = [Pipeline.read(ROOT / name) for name in FILES]
    order = [(step, pipeline.variables(given)) for pipeline in pipelines for step in pipeline.steps]
    names = [step.id for step, _ in order]
    if first and first not in names:
        raise DeployError(f"There is no step {first}; the steps are {', '.join(names)}.")
    for step, variables in order[names.index(first) if first else 0 :]:
        print(f"\n== {step.id} ({step.image})", flush=True)
        if dry_run:
            print(_shown(step, variables))
        elif step.id != ASK:
            run(step, variables)
        elif not approved(variables["_ENVIRONMENT"]):
            raise DeployError("Not approved; nothing was applied. Go on later with --from fetch.")


def _shown(step: Step, variables: dict[str, str]) -> str:
    if step.id == ASK:
        return f"(asks whether build/plan.txt may be applied to {variables['_ENVIRONMENT']})"
    lines = step.script.splitlines()[1:]
    return Template("\n".join(lines)).safe_substitute(variables)


def main(arguments: Sequence[str] | None = None) -> int:
    """Deploy, or print what deploying is; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tools.deploy", description="Deploy from a laptop.")
    parser.add_argument("environment", choices=("dev", "staging", "prod"))
    parser.add_argument("--project", required=True, help="Google Cloud project")
    parser.add_argument("--region", default="us-central1")
    parser.add_argument("--base", default="", help="base image by digest (needed to build)")
    parser.add_argument("--build", default="", help="id of this deployment; made up unless an earlier one goes on")
    parser.add_argument("--from", dest="first", default="", metavar="STEP", help="begin at this step")
    parser.add_argument("--dry-run", action="store_true", help="print the commands, run none")
    options = parser.parse_args(arguments)
    build = options.build or f"laptop-{datetime.now(UTC):%Y%m%d-%H%M%S}"
    given = {
        "PROJECT_ID": options.project,
        "BUILD_ID": build,
        "_BUILD": build,
        "_ENVIRONMENT": options.environment,
        "_REGION": options.region,
        "_BASE": options.base,
    }
    try:
        deploy(given, dry_run=options.dry_run, first=options.first)
    except DeployError as failed:
        print(f"{failed} (--build {build})", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
