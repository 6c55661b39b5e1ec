"""What runs when the whole cloud runs, in the order it starts: services that stay, and steps that end."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from localcloud.environment import AUDIT_BUCKET, LOCATION, PROJECT, UPLOADS_BUCKET, Ports

ROOT = Path(__file__).resolve().parent.parent
"""The repository: the folder every service runs in."""

DEMO_PASSWORD = "Demo-Passw0rd!"
DEMO_DOMAIN = "demo.consentmd.example"
DEMO_ACCOUNTS = ("admin", "doctor", "doctor2", "nurse", "patient", "patient2", "family")


@dataclass(frozen=True)
class Service:
    """A process that runs until localcloud ends.

    It is ready when `GET health` on its port answers 200; without `health`, when it has printed the line
    `<name>: listening on 127.0.0.1:<port>`. `about` says what a reader of the console finds there.
    """

    name: str
    command: tuple[str, ...]
    port: int
    about: str = ""
    health: str | None = None
    environ: Mapping[str, str] = field(default_factory=dict)
    deadline: float = 60.0


@dataclass(frozen=True)
class Step:
    """A process that has to end well before the start goes on. `progress` shows what it prints while it runs.

    With `once`, it runs only until it has succeeded one time in this data folder, which a file of that name remembers.
    """

    name: str
    title: str
    command: tuple[str, ...]
    progress: bool = False
    once: str | None = None
    deadline: float = 600.0


def everything(ports: Ports, data_dir: Path, *, own_firestore: bool = True, seed: bool = True) -> list[Service | Step]:
    """Return everything to start; `own_firestore` is False when somebody else's Firestore is used."""
    services = [_firestore(ports, data_dir)] if own_firestore else []
    # Stores first and the API last: they stop the other way round, so nothing is asked that has already stopped.
    plan: list[Service | Step] = [
        *services,
        _storage(ports, data_dir),
        Service("smtp", _local("smtp", ports.smtp, data_dir), ports.smtp, "Mail server; keeps what it is sent"),
        Service("vendors", _local("vendors", ports.vendors, data_dir), ports.vendors, "Stand-ins for vendors"),
        Service("clamd", _local("clamd", ports.clamd, data_dir), ports.clamd, "Virus scanner; knows EICAR"),
        _tasks(ports, data_dir),
        Service("console", _local("console", ports.console, data_dir), ports.console, "This page", health="/health"),
        Step("keys", "making keys", _python("tools.keys", "create", str(data_dir / "keys"))),
        _functions(ports),
        _workers(ports),
        _api(ports),
    ]
    if seed:
        # Another Firestore may have lost what an earlier run put there (Google's emulator keeps nothing): the demo data
        # is made again on every start, which changes nothing where it is there already.
        once = "seeded" if own_firestore else None
        plan.append(Step("seed", "seeding demo data", _python("tools.seed"), progress=True, once=once))
    return plan


def _firestore(ports: Ports, data_dir: Path) -> Service:
    command = _local("firestore", ports.firestore, data_dir)
    indexes = ROOT / "infra" / "firestore.indexes.json"
    if indexes.exists():
        command += ("--indexes", str(indexes))
    return Service("firestore", command, ports.firestore, "Documents")


def _storage(ports: Ports, data_dir: Path) -> Service:
    command = _local("storage", ports.storage, data_dir)
    for bucket in (UPLOADS_BUCKET, AUDIT_BUCKET):
        command += ("--bucket", bucket)
    return Service("storage", command, ports.storage, "Files")


def _tasks(ports: Ports, data_dir: Path) -> Service:
    command = (
        *_local("tasks", ports.tasks, data_dir),
        *("--grpc-port", "0"),
        *("--schedules", "infra/functions.json"),
        *("--target", f"http://127.0.0.1:{ports.workers}"),
        *("--project", PROJECT, "--location", LOCATION),
    )
    return Service("tasks", command, ports.tasks, "Task queues and schedules")


def _functions(ports: Ports) -> Service:
    return Service(
        "functions",
        every_function(ports.functions),
        ports.functions,
        "Every function, by the code that serves one",
        health="/health",
        environ=MANY,
    )


def _workers(ports: Ports) -> Service:
    return Service(
        "workers",
        (*YIELDING, *every_function(ports.workers)),
        ports.workers,
        "The same functions for the task queue; they yield to requests",
        health="/health",
        environ=FEW,
    )


#: In production workers run on instances of their own; here they take the processor's time that nobody waits for.
YIELDING = (sys.executable, str(ROOT / "localcloud" / "yielding.py"))
#: As many requests at a time as one instance of a busy function takes.
MANY = {"THREADS": "16", "WORKERS": "1"}
#: Few at a time: what they ask of the database cannot yield, and requests wait for the same one.
FEW = {"THREADS": "4", "WORKERS": "1"}


def every_function(port: int, target: str = "everything", python: str = sys.executable) -> tuple[str, ...]:
    """The command that serves `target` of main.py by the runtime of production."""
    # Loopback only, where the framework's own default is every interface of the machine.
    framework = ("--target", target, "--source", "main.py", "--host", "127.0.0.1", "--port", str(port))
    return (python, "-m", "functions_framework", *framework)


def _api(ports: Ports) -> Service:
    behind = ("--functions", f"http://127.0.0.1:{ports.functions}")
    return Service(
        "api",
        _python("localcloud.front", "--port", str(ports.api), *behind),
        ports.api,
        "The API's port: sockets are served here, requests passed on to the functions",
        health="/health",
    )


def _local(name: str, port: int, data_dir: Path) -> tuple[str, ...]:
    folder = data_dir if name == "console" else data_dir / name
    return _python(f"localcloud.{name}", "--port", str(port), "--data-dir", str(folder))


def _python(module: str, *arguments: str) -> tuple[str, ...]:
    return (sys.executable, "-m", module, *arguments)
