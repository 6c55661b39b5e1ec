"""Cold starts: from the spawn of a function's process to its first answer, against bare functions.

Functions run from a folder that holds what the image holds, bytecode compiled as the Dockerfile compiles it. The bare
functions live beside them and use the same interpreter and packages: one imports the Firestore client, reads a document
on its first request and answers; others import the further SDKs that endpoints declare. They run in turns with the
endpoints, and each time is compared with the bare runs just before and after it.

Functions that load the same modules (`tools.bench.imports`) start alike: one of each such group is started several
times, the others once, which shows that they start and answer.
"""

import compileall
import os
import signal
import statistics
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from py_compile import PycInvalidationMode

import httpx

from localcloud.environment import Ports
from localcloud.ports import choose
from localcloud.stack import Stack
from shared.http.endpoint import Endpoint
from tools.bench.call import Call
from tools.bench.processor import cpu_seconds
from tools.bench.report import Table
from tools.bench.requests import Requests
from tools.image import Image

#: Of a bare function with a Firestore client; of one that imports the declared SDKs (DESIGN: Budgets).
FIRESTORE_BUDGET, OTHER_BUDGET = 1.35, 1.25

#: What a bare function imports for each SDK an endpoint may declare. Of `identity` only what every sign-in needs.
IMPORTS = {
    "firestore": ("google.cloud.firestore",),
    "storage": ("google.cloud.storage",),
    "mail": ("smtplib", "email.message", "jinja2"),
    "calendar": ("icalendar",),
    "identity": ("bcrypt", "jwt", "jwt.algorithms"),
    "passwords": ("zxcvbn",),
    "genai": ("google.genai", "google.auth"),
    "media": ("av", "PIL.Image"),
    "clamd": (),
    "twilio": ("twilio.rest",),
    "video": ("jwt", "requests"),
    "fcm": ("firebase_admin.messaging",),
    "documents": ("reportlab.platypus", "docx", "segno"),
}

#: Endpoints between two runs of the bare functions.
TURN = 8
_DEADLINE = 60.0
_POLL_SECONDS = 0.002


class ColdStartError(Exception):
    """A function did not answer; the message holds the end of its log."""


@dataclass(frozen=True)
class Start:
    """From the spawn to the end of the first answer: seconds, processor seconds, and the status answered."""

    seconds: float
    cpu: float
    status: int


@dataclass
class Starts:
    """Starts of one endpoint, and of the bare function in the same turns (means of those before and after)."""

    spec: Endpoint
    #: Of the same group and started more often; empty for that one itself.
    like: str = ""
    ours: list[Start] = field(default_factory=list)
    bare: list[Start] = field(default_factory=list)

    @property
    def milliseconds(self) -> float:
        """Median of its times."""
        return statistics.median(start.seconds for start in self.ours) * 1000

    @property
    def budget(self) -> float:
        """The ratio it may have."""
        return FIRESTORE_BUDGET if self.spec.uses == {"firestore"} else OTHER_BUDGET

    @property
    def ratio(self) -> float:
        """Median of the times' ratios."""
        return statistics.median(a.seconds / b.seconds for a, b in zip(self.ours, self.bare, strict=True))

    @property
    def cpu_ratio(self) -> float:
        """The same of processor time, which neighbours and a busy machine disturb less."""
        return statistics.median(a.cpu / b.cpu for a, b in zip(self.ours, self.bare, strict=True))


class Starter:
    """Starts functions of an image on a stack, one at a time."""

    def __init__(self, image: Image, stack: Stack, log: Path) -> None:
        self._image = image
        self._log = log
        inherited = {name: value for name, value in stack.child_environment().items() if not name.startswith("PYTHON")}
        self._environ = {"THREADS": "8", "WORKERS": "1", **inherited}

    def start(self, target: str, call: Call, folder: Path | None = None) -> Start:
        """Spawn `target`, ask it `call` until it answers, and kill it."""
        port = choose(Ports(0, 0, 0, 0, 0, 0), {}).api
        command, workdir, environ = self._image.run("--target", target, "--host", "127.0.0.1", "--port", str(port))
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=_DEADLINE) as http, self._log.open("w") as log:
            began = time.perf_counter()
            process = subprocess.Popen(
                command, cwd=folder or workdir, env=self._environ | environ, stdout=log, stderr=log,
                start_new_session=True,
            )  # fmt: skip
            try:
                answer = self._first_answer(http, call, process)
                seconds = time.perf_counter() - began
                return Start(seconds, cpu_seconds(process.pid), answer.status_code)
            finally:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()

    def _first_answer(self, http: httpx.Client, call: Call, process: "subprocess.Popen[bytes]") -> httpx.Response:
        deadline = time.monotonic() + _DEADLINE
        while True:
            try:
                return call.send(http)
            except httpx.TransportError:
                if process.poll() is not None or time.monotonic() > deadline:
                    raise ColdStartError(self._log.read_text()[-2000:]) from None
                time.sleep(_POLL_SECONDS)


def bare_functions(folder: Path, specs: list[Endpoint]) -> dict[frozenset[str], Path]:
    """Write and compile a bare function for every set of SDKs that an endpoint declares; their folders."""
    made = {}
    for uses in sorted({spec.uses for spec in specs}, key=sorted):
        here = folder / "_".join(sorted(uses))
        here.mkdir(parents=True)
        imports = [f"import {module}" for sdk in sorted(uses) for module in IMPORTS[sdk]]
        (here / "main.py").write_text(_BARE.format(imports="\n".join(imports)))
        compileall.compile_dir(str(here), quiet=1, invalidation_mode=PycInvalidationMode.UNCHECKED_HASH)
        made[uses] = here
    return made


_BARE = """\
import os
from functools import cache

{imports}


@cache
def client():
    return google.cloud.firestore.Client(project=os.environ["GOOGLE_CLOUD_PROJECT"])


def hello(request):
    found = client().collection("users").document("nobody").get()
    return {{"found": found.exists}}
"""


def measure(groups: list[list[Endpoint]], requests: Requests, starter: Starter,
            bare: dict[frozenset[str], Path], runs: int) -> list[Starts]:  # fmt: skip
    """Start the first of each group `runs` times, the others once, in turns with the bare functions."""
    measured = {
        spec.name: Starts(spec, like=group[0].name if spec is not group[0] else "")
        for group in groups
        for spec in group
    }
    hello = Call("GET", "/")
    for number in range(runs):
        print(f"cold starts: run {number + 1} of {runs}", flush=True)
        wanted = [spec for group in groups for spec in (group if number == 0 else group[:1])]
        for uses, turn in _turns(wanted):
            folder = bare[uses]
            before = starter.start("hello", hello, folder)
            ours = [starter.start(spec.name, _prepared(spec, requests)) for spec in turn]
            after = starter.start("hello", hello, folder)
            bare_mean = Start((before.seconds + after.seconds) / 2, (before.cpu + after.cpu) / 2, before.status)
            for spec, start in zip(turn, ours, strict=True):
                measured[spec.name].ours.append(start)
                measured[spec.name].bare.append(bare_mean)
    return list(measured.values())


def _prepared(spec: Endpoint, requests: Requests) -> Call:
    """A request, and what it needs, made before its clock starts."""
    call = requests.call(spec)
    if spec.kind == "schedule":
        # What has come together since the schedule's last run is work of that run, not of a start: the API does it.
        call.send(requests.http)
    return call


def _turns(specs: list[Endpoint]) -> Iterator[tuple[frozenset[str], list[Endpoint]]]:
    alike: dict[frozenset[str], list[Endpoint]] = {}
    for spec in specs:
        alike.setdefault(spec.uses, []).append(spec)
    for uses, group in alike.items():
        for start in range(0, len(group), TURN):
            yield uses, group[start : start + TURN]


def table(measured: list[Starts]) -> Table:
    """Endpoint, what it uses, runs, status, milliseconds, ratio and budget, ratio of processor time; slowest first."""
    rows = [
        [
            row.spec.name,
            ", ".join(sorted(row.spec.uses - {"firestore"})) or "-",
            str(len(row.ours)),
            str(row.ours[-1].status),
            f"{row.milliseconds:.0f}",
            f"{row.ratio:.2f}",
            f"{row.budget:.2f}",
            f"{row.cpu_ratio:.2f}",
            f"loads what {row.like} loads" if row.like else "over" if row.ratio > row.budget else "",
        ]
        for row in sorted(measured, key=lambda row: (bool(row.like), -row.ratio / row.budget))
    ]
    return Table(["endpoint", "uses", "runs", "status", "ms", "ratio", "budget", "CPU ratio", ""], rows)


def over(measured: list[Starts]) -> list[str]:
    """A line per endpoint over its budget; of a group, the one that was started several times."""
    found = [row for row in measured if not row.like and row.ratio > row.budget]
    return [f"{r.spec.name} {r.ratio:.2f} of {r.budget:.2f}" for r in sorted(found, key=lambda r: -r.ratio)]
