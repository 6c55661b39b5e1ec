"""`python -m localcloud up`, `env` and `status`: what a person asks of the local cloud."""

import os
import shlex
import socket
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from localcloud.data_dir import DataDir, DataDirError
from localcloud.environment import Ports, environment
from localcloud.ports import PortError, answers, choose
from localcloud.services import DEMO_ACCOUNTS, DEMO_DOMAIN, DEMO_PASSWORD, everything
from localcloud.supervisor import Supervisor

# Would change how functions-framework serves, or send an SDK to a real project with somebody's real account.
NOT_INHERITED = ("DEBUG", "FUNCTION_SIGNATURE_TYPE", "FUNCTION_USE_ASGI", "GOOGLE_APPLICATION_CREDENTIALS", "K_SERVICE")


class UsageError(Exception):
    """The request cannot be carried out; the message says why and what to do."""


def up(requested: Ports, data_dir: Path, *, reset: bool, seed: bool) -> int:
    """Run the whole cloud until it is told to stop; return the exit code (0 stopped, 1 something failed).

    A port of 0 in `requested` means any free one, the same as in the last run where that is free. Raises `UsageError`
    before anything is started when a port or the data folder cannot be used.
    """
    data = DataDir(data_dir)
    firestore_host = os.environ.get("FIRESTORE_EMULATOR_HOST") or None
    try:
        if firestore_host is not None:
            _require_answer(firestore_host)
        data.hold()
    except DataDirError as error:
        raise UsageError(str(error)) from None
    try:
        if reset:
            data.reset()
        chosen_before = data.ports
        ports = choose(requested, chosen_before)
        free_choice = {name: port for name, port in asdict(ports).items() if asdict(requested)[name] == 0}
        data.ports = {**chosen_before, **free_choice}
        return _run(ports, data, firestore_host, seed=seed)
    except (DataDirError, PortError) as error:
        raise UsageError(str(error)) from None
    finally:
        data.release()


def env(data_dir: Path) -> str:
    """Return `export NAME=value` lines for a shell: what a program needs to reach the local cloud on `data_dir`.

    Raises `UsageError` when none does.
    """
    run = _running(data_dir)
    variables = environment(Ports(**run["ports"]), data_dir, run["firestoreHost"])
    return "\n".join(f"export {name}={shlex.quote(value)}" for name, value in variables.items())


def status(data_dir: Path) -> str:
    """Return a table of the services that run on `data_dir`. Raises `UsageError` when none does."""
    run = _running(data_dir)
    rows = [("service", "state", "port", "process", "log")]
    for service in run["services"]:
        state = "not answering" if service["state"] == "ready" and not answers(service["port"]) else service["state"]
        rows.append((service["name"], state, str(service["port"]), str(service["pid"]), _short(Path(service["log"]))))
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n".join([f"localcloud runs on {_short(data_dir.resolve())} since {run['startedAt']}", "", *lines])


def _run(ports: Ports, data: DataDir, firestore_host: str | None, *, seed: bool) -> int:
    inherited = {name: value for name, value in os.environ.items() if name not in NOT_INHERITED}
    environ = {**inherited, **environment(ports, data.path, firestore_host)}
    record = {"ports": asdict(ports), "firestoreHost": firestore_host}
    plan = everything(ports, data.path, own_firestore=firestore_host is None, seed=seed)
    if firestore_host is not None:
        _say(f"using the Firestore at {firestore_host} (FIRESTORE_EMULATOR_HOST)\n")
    return Supervisor(data, environ, record, _say).run(plan, lambda: _welcome(ports, data))


def _welcome(ports: Ports, data: DataDir) -> str:
    lines = [
        "",
        "ConsentMD runs on this machine.",
        "",
        f"  API        http://localhost:{ports.api}/api/v1",
        f"  API docs   http://localhost:{ports.api}/api/docs",
        f"  Sockets    ws://localhost:{ports.api}/ws   and Socket.IO on the same port (docs/realtime.md)",
        f"  Console    http://localhost:{ports.console}   what was sent, task queues, data",
        f"  Data       {_short(data.path)}   logs in {_short(data.logs)}",
        "",
    ]
    if (data.path / "seeded").exists():
        lines += [f"  Demo accounts, password {DEMO_PASSWORD}", ""]
        lines += [f"    {name}@{DEMO_DOMAIN}" for name in DEMO_ACCOUNTS]
        lines += [""]
    return "\n".join([*lines, "Ctrl-C stops all of it.", ""])


def _running(data_dir: Path) -> dict[str, Any]:
    run = DataDir(data_dir).running()
    if run is None:
        raise UsageError(
            f"no localcloud runs on {_short(data_dir.resolve())}; start it with python -m localcloud up, or name its "
            "folder with --data-dir"
        )
    return run


def _require_answer(host: str) -> None:
    name, _, port = host.rpartition(":")
    try:
        socket.create_connection((name.strip("[]") or "localhost", int(port)), timeout=5).close()
    except (OSError, ValueError, OverflowError):
        # Most often left over from `eval "$(python -m localcloud env)"` of a run that has ended.
        raise UsageError(
            f"FIRESTORE_EMULATOR_HOST is set to {host}, but nothing answers there; start that Firestore, or unset the "
            "variable to use localcloud's own"
        ) from None


def _short(path: Path) -> str:
    """Return the path as its reader would write it from here."""
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)


def _say(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()
