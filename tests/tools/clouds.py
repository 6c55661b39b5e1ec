"""A deployment for releasing to: stand-ins of gcloud, docker, terraform and make on a PATH that has no real ones."""

import json
import os
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
NAME = "us-central1-docker.pkg.dev/demo/consentmd/api"
FUNCTIONS = {"health": "health", "ready": "health", "login": "auth", "get-patient": "patients"}
VARIABLES = {
    "PROJECT_ID": "demo",
    "_REGION": "us-central1",
    "_ENVIRONMENT": "staging",
    "IMAGE": NAME,
    "BUCKET": "demo-terraform",
}


def image(letter: str) -> str:
    return f"{NAME}@sha256:{letter * 64}"


class Deployed:
    """What runs in the stand-in cloud, in a file that the stand-ins read and write."""

    def __init__(self, folder: Path) -> None:
        self.bin = folder / "bin"
        self.bin.mkdir()
        self.file = folder / "state.json"
        self.log = folder / "tools.log"
        self.log.write_text("")
        foreign = {
            "domain": "",
            "image": "us-docker.pkg.dev/other/x@sha256:" + "e" * 64,
            "serving": "x-1",
            "pinned": False,
        }
        self.write(
            {
                "services": {"somebody-elses": foreign},
                "revisions": {},
                "objects": {},
                "stuck": [],
                "vulnerabilities": [],
                "calls": [],
            }
        )
        self.command("gcloud", f'exec "{sys.executable}" "{HERE / "stand_in_gcloud.py"}" "$@"')
        self.command("python3", f'exec "{sys.executable}" "$@"')

    def command(self, name: str, script: str) -> None:
        path = self.bin / name
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)

    @property
    def environ(self) -> dict[str, str]:
        return {
            **VARIABLES,
            "PATH": f"{self.bin}:/usr/bin:/bin",
            "STAND_IN_STATE": str(self.file),
            "TOOLS_LOG": str(self.log),
            "PYTHONPATH": str(ROOT),
            "HOME": os.environ.get("HOME", "/"),
        }

    @property
    def state(self) -> dict[str, Any]:
        return json.loads(self.file.read_text())

    def write(self, state: dict[str, Any]) -> None:
        self.file.write_text(json.dumps(state))

    def change(self, **parts: Any) -> None:
        self.write(self.state | parts)

    def apply(self, letter: str, functions: dict[str, str] | None = None) -> None:
        """What `terraform apply` of an image does: a revision of every function; traffic only where none is pinned."""
        state = self.state
        for name, domain in (functions or FUNCTIONS).items():
            number = 1 + sum(r["service"] == name for r in state["revisions"].values())
            revision = f"{name}-{number:05}"
            state["revisions"][revision] = {
                "service": name,
                "image": image(letter),
                "made": f"2026-01-01T00:00:{number:02}Z",
            }
            before = state["services"].get(name, {"domain": domain, "pinned": False, "serving": revision})
            serving = before["serving"] if before["pinned"] else revision
            state["services"][name] = before | {"image": image(letter), "serving": serving}
        self.write(state)

    def serving(self) -> dict[str, str]:
        """The letter of the image that answers, by function."""
        state = self.state
        return {
            name: state["revisions"][service["serving"]]["image"][-1]
            for name, service in state["services"].items()
            if name != "somebody-elses"
        }

    def moved(self) -> list[str]:
        """Services whose traffic was touched, in no order."""
        return sorted(call[3] for call in self.state["calls"] if call[2:3] == ["update-traffic"])


def applied(letter: str) -> None:
    """`Deployed.apply` for the stand-in of terraform."""
    made = Deployed.__new__(Deployed)
    made.file = Path(os.environ["STAND_IN_STATE"])
    made.apply(letter)
