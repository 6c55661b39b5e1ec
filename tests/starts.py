"""Starting one function alone, and what it must answer whichever it is."""

import re
import subprocess
import uuid
from collections.abc import Callable
from pathlib import Path

import httpx

from localcloud.environment import Ports
from localcloud.ports import choose
from localcloud.stack import Stack, end, serve, wait_until_it_listens
from shared.http.endpoint import Endpoint
from tests.client import Answer, check, refused
from tools.image import Image


def answers_alone(stack: Stack, spec: Endpoint, log: Path, image: Image | None = None) -> None:
    """Start `spec`, from an image's folder if there is one, and ask it: its own route, another path, another method."""
    port = choose(Ports(0, 0, 0, 0, 0, 0), {}).api
    started = serve if image is None else _serve_from(image)
    process = started(spec.name, port, stack.child_environment(), log)
    try:
        wait_until_it_listens(process, port, log)
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as http:
            route = spec.routes[0]
            own = _ask(http, route.method, filled(route.path))
            if spec.access.account or spec.access.machine:
                refused(own, 401, "TOKEN_MISSING")
            else:
                # Without a body, or for a record that is not there: whatever it says, it says as itself.
                assert own.status < 500, own
                assert own.endpoint == spec.name
            refused(_ask(http, "GET", "/no/such/thing"), 404, "ROUTE_NOT_FOUND")
            refused(_ask(http, "TRACE", filled(route.path)), 405, "METHOD_NOT_ALLOWED")
    finally:
        end(process, at_once=True)


def _serve_from(image: Image) -> Callable[[str, int, dict[str, str], Path], "subprocess.Popen[str]"]:
    """By the image's own command, with its interpreter and packages and nothing of this environment's."""

    def start(target: str, port: int, environ: dict[str, str], log: Path) -> "subprocess.Popen[str]":
        command, folder, own = image.run("--target", target, "--host", "127.0.0.1", "--port", str(port))
        clean = {name: value for name, value in environ.items() if not name.startswith("PYTHON")}
        with log.open("a") as sink:
            return subprocess.Popen(
                command, cwd=folder, env={"THREADS": "8", "WORKERS": "1", **clean, **own}, stdin=subprocess.PIPE,
                stdout=sink, stderr=subprocess.STDOUT, text=True, start_new_session=True,
            )  # fmt: skip

    return start


def _ask(http: httpx.Client, method: str, path: str) -> Answer:
    answer = Answer(http.request(method, path))
    check(answer)
    return answer


def filled(path: str) -> str:
    """A path with well-formed identifiers of records that do not exist."""
    return re.sub(r"\{[^}]*\}", lambda _: str(uuid.uuid4()), path)
