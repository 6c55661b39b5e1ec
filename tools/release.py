"""Move traffic between releases, and try the API from outside.

    python -m tools.release hold [--write F | --expect F]     new revisions get no traffic from now on
    python -m tools.release shift --image IMAGE [--domain D]  traffic to the revisions of IMAGE (all, or one domain's)
    python -m tools.release smoke [--url URL]                 ask the API; exit 1 and say what is wrong
    python -m tools.release record --image IMAGE              IMAGE is the release now
    python -m tools.release rollback --to N                   traffic back to the release N before this one; 0: this one

A release is one image by digest; every function has a revision of it. The list of releases, newest first, is the object
`gs://$BUCKET/releases/$_ENVIRONMENT.txt`. Run by the Cloud Build steps and by `tools.deploy`, which set IMAGE (the
image's name without digest), BUCKET, PROJECT_ID, _REGION and _ENVIRONMENT; needs gcloud and the standard library.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).parents[1]
#: Releases that can be gone back to.
KEPT: Final = 3
#: Calls of gcloud at the same time: Cloud Run's administration API takes some 60 writes a minute.
AT_ONCE: Final = 8
_BY_DIGEST: Final = re.compile(r"[\w./-]+@sha256:[0-9a-f]{64}")


class ReleaseError(Exception):
    """A step cannot be done; the message says why and what to do."""


@dataclass(frozen=True)
class Place:
    """Which deployment is meant."""

    project: str
    region: str
    environment: str
    image: str
    bucket: str

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> "Place":
        """From the variables that Cloud Build sets. Raises `ReleaseError` naming those that are missing."""
        names = ("PROJECT_ID", "_REGION", "_ENVIRONMENT", "IMAGE", "BUCKET")
        if missing := [name for name in names if not environ.get(name)]:
            raise ReleaseError(f"Set {', '.join(missing)}; cloudbuild.release.yaml says to what.")
        return cls(*(environ[name] for name in names))

    @property
    def releases(self) -> str:
        """The object that lists the releases."""
        return f"gs://{self.bucket}/releases/{self.environment}.txt"

    @property
    def url(self) -> str:
        """Where the API answers, from the environment's Terraform variables."""
        text = (ROOT / "infra" / "env" / f"{self.environment}.tfvars").read_text()
        host = re.search(r'^host\s*=\s*"([^"]+)"', text, re.MULTILINE)
        if host is None:
            raise ReleaseError(f"infra/env/{self.environment}.tfvars names no host; give --url.")
        return f"https://{host[1]}"


def gcloud(*arguments: str) -> str:
    """Run gcloud; what it printed. Raises `ReleaseError`."""
    done = subprocess.run(["gcloud", *arguments, "--quiet"], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise ReleaseError(f"gcloud {' '.join(arguments[:4])} failed:\n{done.stderr.strip()}")
    return done.stdout


@dataclass(frozen=True)
class Service:
    """A function of ours, and which revision answers."""

    name: str
    domain: str
    serving: str
    pinned: bool


def services(place: Place) -> list[Service]:
    """Every Cloud Run service that runs our image."""
    listed = json.loads(gcloud("run", "services", "list", *_where(place)))
    return [_service(entry) for entry in listed if _image(entry["spec"]["template"]).startswith(f"{place.image}@")]


def _service(entry: dict[str, Any]) -> Service:
    traffic = [t for t in entry["status"].get("traffic", []) if t.get("percent")]
    metadata = entry["metadata"]
    return Service(
        name=metadata["name"],
        domain=metadata.get("labels", {}).get("domain", ""),
        serving=max(traffic, key=lambda t: t["percent"])["revisionName"] if traffic else "",
        pinned=bool(traffic) and not any(t.get("latestRevision") for t in traffic),
    )


def revisions(place: Place, image: str) -> dict[str, str]:
    """The newest revision of `image`, by service."""
    found: dict[str, tuple[str, str]] = {}
    for entry in json.loads(gcloud("run", "revisions", "list", *_where(place))):
        if _image(entry) == image:
            metadata = entry["metadata"]
            service = metadata["labels"]["serving.knative.dev/service"]
            made = (metadata["creationTimestamp"], metadata["name"])
            found[service] = max(found.get(service, made), made)
    return {service: name for service, (_, name) in found.items()}


def _where(place: Place) -> list[str]:
    return ["--project", place.project, "--region", place.region, "--format", "json"]


def _image(entry: dict[str, Any]) -> str:
    return str(entry["spec"]["containers"][0]["image"])


def move(place: Place, to: Mapping[str, str]) -> None:
    """Give all traffic of each service to a revision. Raises `ReleaseError` naming those that did not move."""

    def one(service: str) -> str:
        try:
            gcloud(
                "run", "services", "update-traffic", service, "--to-revisions", f"{to[service]}=100",
                "--project", place.project, "--region", place.region,
            )  # fmt: skip
        except ReleaseError as failed:
            return f"{service}: {failed}"
        return ""

    with ThreadPoolExecutor(AT_ONCE) as pool:
        failed = [text for text in pool.map(one, sorted(to)) if text]
    if failed:
        raise ReleaseError("Some functions did not move; the command can be repeated.\n" + "\n".join(failed))


def hold(place: Place, *, write: Path | None = None, expect: Path | None = None) -> str:
    """Pin each service to what serves now, so that the next revision waits.

    `write` keeps what serves in a file; `expect` is such a file: raises `ReleaseError` when something else serves.
    """
    found = services(place)
    serving = {s.name: s.serving for s in found if s.serving}
    if expect is not None and serving != json.loads(expect.read_text()):
        raise ReleaseError("Traffic has moved since the plan was made. Make a new plan: run the build again.")
    loose = {s.name: s.serving for s in found if s.serving and not s.pinned}
    move(place, loose)
    if write is not None:
        write.parent.mkdir(exist_ok=True)
        write.write_text(json.dumps(serving, indent=2, sort_keys=True) + "\n")
    return f"{len(loose)} functions hold their revision"


def shift(place: Place, image: str, domain: str = "") -> str:
    """Move traffic to the revisions of `image`; of one domain's functions only, if named.

    A function the image does not have any more, or did not have yet, stays as it is.
    """
    if not _BY_DIGEST.fullmatch(image):
        raise ReleaseError("An image is named by its digest: NAME@sha256:…")
    made = revisions(place, image)
    ours = [s for s in services(place) if s.name in made and domain in {"", s.domain}]
    if not ours:
        raise ReleaseError(f"No function{f' of {domain}' if domain else ''} has a revision of {image}. Apply it first.")
    moving = {s.name: made[s.name] for s in ours if s.serving != made[s.name] or not s.pinned}
    move(place, moving)
    return f"{len(moving)} functions moved to {image}"


def releases(place: Place) -> list[str]:
    """Images released so far, newest first."""
    # `ls` of a name that is not there fails, which a first release cannot be told from an outage by; of a folder not.
    listed = gcloud("storage", "ls", f"gs://{place.bucket}/**", "--project", place.project).split()
    if place.releases not in listed:
        return []
    return gcloud("storage", "cat", place.releases, "--project", place.project).split()


def record(place: Place, image: str) -> str:
    """Put `image` first on the list of releases."""
    if not _BY_DIGEST.fullmatch(image):
        raise ReleaseError("An image is named by its digest: NAME@sha256:…")
    kept = [image, *(i for i in releases(place) if i != image)][: KEPT + 1]
    file = ROOT / "build" / "releases.txt"
    file.parent.mkdir(exist_ok=True)
    file.write_text("\n".join(kept) + "\n")
    gcloud("storage", "cp", str(file), place.releases, "--project", place.project)
    return f"{image} is the release"


def rollback(place: Place, to: int) -> str:
    """Traffic to the release `to` before this one, which becomes the present one; 0 undoes a move that has begun."""
    known = releases(place)
    if not 0 <= to < len(known):
        raise ReleaseError(f"There are {max(0, len(known) - 1)} releases to go back to; {to} is none of them.")
    said = shift(place, known[to])
    return f"{said}\n{record(place, known[to])}" if to else said


# From outside


def smoke(url: str) -> list[str]:
    """What is wrong with the API at `url`; nothing if all is well."""
    checks: list[tuple[str, int, Callable[[Any], bool]]] = [
        ("/api/v1/health", 200, lambda body: body == {"status": "ok", "service": "consentmd"}),
        ("/api/v1/health/ready", 200, lambda body: body.get("status") == "ready"),
        # Refused for being no token of ours: the keys that tokens are verified with can be read.
        ("/api/v1/patients", 401, lambda body: body.get("error", {}).get("reason") == "TOKEN_INVALID"),
        # Workers cannot be reached at all.
        ("/api/v1/tasks/send_email", 404, lambda body: "error" not in body),
    ]
    return [f"{path}: {wrong}" for path, status, fits in checks if (wrong := _ask(url + path, status, fits))]


def _ask(url: str, status: int, fits: Callable[[Any], bool]) -> str:
    try:
        asked = urllib.request.Request(url, headers={"Authorization": "Bearer e30.e30.e30"})
        with urllib.request.urlopen(asked, timeout=30) as answer:
            found, text = answer.status, answer.read()
    except urllib.error.HTTPError as refused:
        found, text = refused.code, refused.read()
    except OSError as lost:
        return f"no answer ({type(lost).__name__})"
    if found != status:
        return f"{found} instead of {status}: {text[:500].decode(errors='replace')}"
    try:
        body = json.loads(text or b"{}")
    except ValueError:
        body = {}
    return "" if fits(body) else f"{status}, but with another body: {text[:500].decode(errors='replace')}"


def _done(options: argparse.Namespace) -> str:
    if options.command == "smoke":
        url = options.url or Place.of(os.environ).url
        if wrong := smoke(url.rstrip("/")):
            raise ReleaseError("The API does not answer as it should:\n" + "\n".join(wrong))
        return f"{url} answers as it should"
    place = Place.of(os.environ)
    match options.command:
        case "hold":
            return hold(place, write=options.write, expect=options.expect)
        case "shift":
            return shift(place, options.image, options.domain)
        case "record":
            return record(place, options.image)
        case _:
            return rollback(place, options.to)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tools.release", description="Move traffic between releases.")
    commands = parser.add_subparsers(dest="command", required=True)
    holding = commands.add_parser("hold", help="new revisions get no traffic")
    holding.add_argument("--write", type=Path, help="keep what serves in this file")
    holding.add_argument("--expect", type=Path, help="fail if something else serves than this file says")
    for name in ("shift", "record"):
        sub = commands.add_parser(name)
        sub.add_argument("--image", required=True, help="image by digest")
        if name == "shift":
            sub.add_argument("--domain", default="", help="only functions of this domain")
    commands.add_parser("smoke", help="try the API").add_argument("--url", default="", help="base URL of the API")
    commands.add_parser("rollback").add_argument("--to", type=int, required=True, help="0 to 3 releases back")
    options = parser.parse_args(arguments)
    try:
        print(_done(options))
    except ReleaseError as failed:
        print(failed, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
