"""What Terraform would make, read from its own plan.

    python -m tests.infra.plan     plan production and keep it as tests/infra/plan.prod.json.gz

Where terraform and the offline check are at hand (a stand-in that serves the google provider's schema; TF_OFFLINE_CHECK
names its script, or it lies beside the repository), tests plan `infra/` as it is. Elsewhere they read the kept plan.
"""

import fcntl
import gzip
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tools import url_map

ROOT = Path(__file__).parents[2]
INFRA = ROOT / "infra"
KEPT = Path(__file__).with_name("plan.prod.json.gz")
ENVIRONMENTS = ("dev", "staging", "prod")
#: Functions that env/*.tfvars and tests call by their names.
KEPT_NAMES = frozenset({"get-me", "get-patient", "list-patients", "login", "refresh"})


class PlanRefusedError(Exception):
    """Terraform refused; the message is what it said, without its line breaks."""


@dataclass(frozen=True)
class Resource:
    """One planned resource; `values` has what is known before it is made."""

    address: str
    type: str
    values: Mapping[str, Any]


@dataclass(frozen=True)
class Plan:
    """Everything planned."""

    resources: tuple[Resource, ...]

    def of(self, kind: str) -> list[Resource]:
        """Resources of a type, named without `google_`."""
        return [r for r in self.resources if r.type == f"google_{kind}"]

    def one(self, kind: str) -> Mapping[str, Any]:
        """The only resource of a type."""
        (found,) = self.of(kind)
        return found.values

    def named(self, kind: str) -> dict[str, Mapping[str, Any]]:
        """Values of the resources of a type, by their name."""
        return {r.values["name"]: r.values for r in self.of(kind)}

    def changed(self, address: str, values: Mapping[str, Any] | None) -> "Plan":
        """The plan with other values for one resource, or without it."""
        assert any(r.address == address for r in self.resources), address
        kept = (r for r in self.resources if r.address != address)
        changed = () if values is None else (Resource(address, self._at(address).type, values),)
        return Plan((*kept, *changed))

    def _at(self, address: str) -> Resource:
        return next(r for r in self.resources if r.address == address)


def checker() -> Path | None:
    """The offline check's script, if it and terraform are here."""
    script = Path(os.environ.get("TF_OFFLINE_CHECK") or ROOT.parent / "shared" / "tf-offline" / "check")
    return script if script.exists() and shutil.which("terraform") else None


def planned(environment: str, infra: Path = INFRA) -> Plan:
    """What `infra` plans for an environment. Raises `PlanRefusedError`."""
    digest = hashlib.sha256(environment.encode())
    for path in sorted(p for p in infra.rglob("*") if p.is_file()):
        digest.update(str(path.relative_to(infra)).encode() + path.read_bytes())
    kept = Path(tempfile.gettempdir()) / f"consentmd-plan-{os.getuid()}-{digest.hexdigest()[:24]}.json"
    # Test processes share a plan, and the first use of the check, which makes an environment for itself.
    with Path(tempfile.gettempdir(), f"consentmd-plan-{os.getuid()}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not kept.exists():
            text = run(infra, "plan", TF_CLI_ARGS_plan=f"-var-file=env/{environment}.tfvars")
            part = kept.with_suffix(".part")
            part.write_text(json.dumps(_compact(json.loads(text))))
            part.replace(kept)
    return _read(json.loads(kept.read_text()))


def few(manifest: dict[str, Any]) -> dict[str, Any]:
    """A part of the manifest that has one function of each shape: planning all of them takes seconds more each time."""
    domains: set[str] = set()
    kept = {}
    for name, entry in manifest.items():
        if name in KEPT_NAMES or entry["kind"] != "http" or entry["domain"] not in domains:
            kept[name] = entry
        domains.add(entry["domain"])
    return kept


def shrink(infra: Path) -> None:
    """Let a copy of `infra` have `few` functions, and routes to these alone."""
    kept = few(json.loads((infra / "functions.json").read_text()))
    (infra / "functions.json").write_text(json.dumps(kept))
    (infra / "url_map.json").write_text(url_map.text(kept))


def copied(made: Path) -> Path:
    """A copy of `infra` with `few` functions."""
    shutil.copytree(INFRA, made, symlinks=True, ignore=shutil.ignore_patterns(".terraform*"))
    shrink(made)
    return made


def fresh(folder: Path, **environ: str) -> Plan:
    """What a folder plans with its own variables. Raises `PlanRefusedError`."""
    return _read(_compact(json.loads(run(folder, "plan", **environ))))


def run(infra: Path, what: str = "validate", **environ: str) -> str:
    """Format check, validation and perhaps plan of a folder. Raises `PlanRefusedError`."""
    script = checker()
    assert script is not None
    done = subprocess.run(
        [script, infra, what], env=os.environ | environ, capture_output=True, text=True, check=False, timeout=280
    )
    if done.returncode:
        said = re.sub(r"\x1b\[[0-9;]*m|[│╷╵]", "", done.stderr)
        # Before its errors terraform says all that it would have made.
        raise PlanRefusedError(" ".join(said[max(said.find("Error:"), 0) :].split()))
    return done.stdout


def kept_plan() -> Plan:
    """The kept plan of production."""
    return _read(json.loads(gzip.decompress(KEPT.read_bytes())))


def compacted(plan: Plan) -> bytes:
    """A plan as it is kept: the same bytes for the same plan."""
    rows = [[r.address, r.type, r.values] for r in plan.resources]
    return gzip.compress(json.dumps(rows, separators=(",", ":"), sort_keys=True).encode(), mtime=0)


def _compact(plan: dict[str, Any]) -> list[list[Any]]:
    managed = (r for r in _walk(plan["planned_values"]["root_module"]) if r["mode"] == "managed")
    rows = [[r["address"], r["type"], _known(r.get("values", {}))] for r in managed]
    return sorted(rows, key=lambda row: row[0])


def _walk(module: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield from module.get("resources", [])
    for child in module.get("child_modules", []):
        yield from _walk(child)


def _known(value: Any) -> Any:
    """Without what the provider leaves empty; a block that is there without arguments stays."""
    if isinstance(value, dict):
        return {k: _known(v) for k, v in value.items() if v is not None and v not in ([], "")}
    return [_known(v) for v in value] if isinstance(value, list) else value


def _read(rows: list[list[Any]]) -> Plan:
    return Plan(tuple(Resource(*row) for row in rows))


if __name__ == "__main__":
    if checker() is None:
        sys.exit("terraform and the offline check (TF_OFFLINE_CHECK) are needed to plan")
    KEPT.write_bytes(compacted(planned("prod")))
    sys.stdout.write(f"wrote {KEPT.relative_to(ROOT)}, {KEPT.stat().st_size} bytes\n")
