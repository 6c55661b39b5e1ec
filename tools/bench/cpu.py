"""CPU of warm requests, against bare functions that make the same Firestore calls.

Each endpoint and its bare twin (`tools.bench.bare`) run side by side as processes of their own and are asked in turns,
batch by batch. What counts is the processor time of the server's processes (user and system, from /proc), not what the
clock says: that would measure the database and the neighbours.
"""

import os
import shutil
import signal
import statistics
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

import httpx

from localcloud.environment import Ports
from localcloud.ports import choose
from localcloud.stack import Stack, wait_until_it_listens
from shared.http.endpoint import Endpoint
from tools.bench.call import Call
from tools.bench.processor import cpu_seconds
from tools.bench.report import Table
from tools.bench.requests import Requests, cost
from tools.image import Image

#: DESIGN: Budgets.
BUDGET = 1.5

#: Endpoints with a bare twin, and the collections whose documents the twin is told to read.
TWINS = {
    "get_me": ("sessions", "users"),
    "list_patients": ("sessions", "users"),
    "get_patient": ("sessions", "users", "patients", "relationships"),
    "record_vitals": ("sessions", "users", "patients", "relationships"),
}
WARM_UP = 30
BATCH = 250


class TwinError(Exception):
    """A bare function does not do what its endpoint does."""


@dataclass
class Work:
    """Milliseconds of CPU a request takes, batch by batch, of an endpoint and of its twin."""

    name: str
    ours: list[float] = field(default_factory=list)
    bare: list[float] = field(default_factory=list)

    @property
    def ratio(self) -> float:
        """Median of the batches' ratios."""
        return statistics.median(a / b for a, b in zip(self.ours, self.bare, strict=True))


def measure(specs: list[Endpoint], requests: Requests, stack: Stack, image: Image, scratch: Path,
            batches: int) -> list[Work]:  # fmt: skip
    """Measure every endpoint that has a twin, over `batches` batches of `BATCH` requests each."""
    here = scratch / "bare"
    here.mkdir(parents=True)
    shutil.copy(Path(__file__).with_name("bare.py"), here / "main.py")
    return [_compare(spec, requests, stack, image, here, batches) for spec in specs if spec.name in TWINS]


def _compare(spec: Endpoint, requests: Requests, stack: Stack, image: Image, bare: Path, batches: int) -> Work:
    print(f"CPU: {spec.name}", flush=True)
    call = requests.call(spec)
    work = Work(spec.name)
    with _served(spec.name, image, stack, None) as ours, _served(spec.name, image, stack, bare) as theirs:
        twin = Call(call.method, "/?" + urlencode(_documents(spec, requests)), json=call.json)
        _require_same(call, ours.http, twin, theirs.http)
        for server, asked in ((ours, call), (theirs, twin)):
            server.ask(asked, WARM_UP)
        for _ in range(batches):
            work.ours.append(ours.ask(call, BATCH))
            work.bare.append(theirs.ask(twin, BATCH))
    return work


def _documents(spec: Endpoint, requests: Requests) -> dict[str, str]:
    world = requests.world
    known = {
        "sessions": world.doctor.session.id,
        "users": world.doctor.id,
        "patients": world.patient_id,
        "relationships": f"{world.patient_id}_{world.doctor.id}",
    }
    return {name: known[name] for name in TWINS[spec.name]}


def _require_same(call: Call, ours: httpx.Client, twin: Call, theirs: httpx.Client) -> None:
    first, second = cost(call.send(ours)), cost(twin.send(theirs))
    if (first.status, first.reads, first.writes) != (second.status, second.reads, second.writes):
        raise TwinError(f"{call.method} {call.path} costs {first}, its twin in tools/bench/bare.py {second}")


@dataclass
class _Server:
    process: "subprocess.Popen[bytes]"
    http: httpx.Client

    def ask(self, call: Call, times: int) -> float:
        """Send `call` so often; milliseconds of CPU the server took for each."""
        before = cpu_seconds(self.process.pid)
        for _ in range(times):
            answer = call.send(self.http)
            if answer.status_code >= 400:
                raise TwinError(f"{call.method} {call.path} answered {answer.status_code}")
        return (cpu_seconds(self.process.pid) - before) / times * 1000


@contextmanager
def _served(target: str, image: Image, stack: Stack, folder: Path | None) -> Iterator[_Server]:
    port = choose(Ports(0, 0, 0, 0, 0, 0), {}).api
    command, workdir, environ = image.run("--target", target, "--host", "127.0.0.1", "--port", str(port))
    log = stack.data_dir / f"cpu-{target}{'-bare' if folder else ''}.log"
    with log.open("w") as sink:
        process = subprocess.Popen(
            command, cwd=folder or workdir, env=stack.child_environment(THREADS="8", WORKERS="1") | environ,
            stdout=sink, stderr=sink, start_new_session=True,
        )  # fmt: skip
    try:
        wait_until_it_listens(process, port, log)
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as http:
            yield _Server(process, http)
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def table(measured: list[Work]) -> Table:
    """Endpoint, milliseconds of CPU of both, ratio and budget."""
    rows = [
        [
            work.name,
            f"{statistics.median(work.ours):.1f}",
            f"{statistics.median(work.bare):.1f}",
            f"{work.ratio:.2f}",
            f"{BUDGET:.2f}",
            "over" if work.ratio > BUDGET else "",
        ]
        for work in measured
    ]
    return Table(["endpoint", "CPU ms", "bare CPU ms", "ratio", "budget", ""], rows)


def over(measured: list[Work]) -> list[str]:
    """A line per endpoint over its budget."""
    return [f"{work.name} {work.ratio:.2f} of {BUDGET:.2f}" for work in measured if work.ratio > BUDGET]
