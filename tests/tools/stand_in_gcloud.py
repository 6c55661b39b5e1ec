"""As much of the gcloud command as releasing uses, on a state in a file. Answers in its forms; refuses the rest."""
# ruff: noqa: T201 - a command prints

import fcntl
import json
import os
import sys
from pathlib import Path

STATE = Path(os.environ["STAND_IN_STATE"])


def option(arguments: list[str], name: str) -> str:
    return arguments[arguments.index(name) + 1]


def listed_service(name: str, service: dict) -> dict:
    traffic = {"revisionName": service["serving"], "percent": 100}
    return {
        "metadata": {"name": name, "labels": {"domain": service["domain"]}},
        "spec": {"template": {"spec": {"containers": [{"image": service["image"]}]}}},
        "status": {"traffic": [traffic if service["pinned"] else traffic | {"latestRevision": True}]},
    }


def listed_revision(name: str, revision: dict) -> dict:
    return {
        "metadata": {
            "name": name,
            "labels": {"serving.knative.dev/service": revision["service"]},
            "creationTimestamp": revision["made"],
        },
        "spec": {"containers": [{"image": revision["image"]}]},
    }


def main(arguments: list[str]) -> int:
    with STATE.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        state = json.loads(STATE.read_text())
        state["calls"].append(arguments)
        code = answer(arguments, state)
        STATE.write_text(json.dumps(state))
        return code


def answer(arguments: list[str], state: dict) -> int:
    objects = state["objects"]
    match arguments[:3]:
        case ["run", "services", "list"]:
            print(json.dumps([listed_service(*item) for item in state["services"].items()]))
        case ["run", "revisions", "list"]:
            print(json.dumps([listed_revision(*item) for item in state["revisions"].items()]))
        case ["run", "services", "update-traffic"]:
            revision, percent = option(arguments, "--to-revisions").split("=")
            service = state["services"][arguments[3]]
            if arguments[3] in state["stuck"] or percent != "100" or revision not in state["revisions"]:
                print("ERROR: (gcloud.run.services.update-traffic) ABORTED", file=sys.stderr)
                return 1
            service |= {"serving": revision, "pinned": True}
        case ["storage", "ls", pattern]:
            found = [name for name in objects if name.startswith(pattern.removesuffix("**"))]
            print("\n".join(found))
        case ["storage", "cat", name]:
            print(objects[name], end="")
        case ["storage", "cp", *_] if arguments[-1] == "--quiet" or "--project" in arguments:
            objects[arguments[3]] = Path(arguments[2]).read_text()
        case ["storage", "cp", *_]:
            *sources, target = arguments[2:]
            for source in sources:
                if source.startswith("gs://"):
                    (Path(target) / source.rsplit("/", 1)[1]).write_text(objects[source])
                else:
                    objects[target + Path(source).name] = Path(source).read_text()
        case ["artifacts", "docker", "images"] if arguments[3] == "scan":
            print("projects/demo/locations/us/scans/1")
        case ["artifacts", "docker", "images"] if arguments[3] == "list-vulnerabilities":
            print("\n".join("\t".join(row) for row in state["vulnerabilities"]))
        case _:
            print(f"not stood in for: {arguments}", file=sys.stderr)
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
