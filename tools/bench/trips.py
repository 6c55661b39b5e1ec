"""Serial Firestore round trips and billed operations of every endpoint, at two sizes of the practice.

The figures are what the endpoints themselves count (`Server-Timing`, local runs only; of workers the line that each run
logs): each batch read, query step and commit that waits for the one before is a trip. An endpoint's declared `trips`
are those of the happy path, so only successful answers are held against them; reads that grow with the collection are
named whatever the answer.
"""

import json
import time
from dataclasses import dataclass
from pathlib import Path

import httpx

from localcloud.stack import Stack
from shared.http.endpoint import Endpoint
from shared.users.documents import Role
from tools.bench.report import Table
from tools.bench.requests import Cost, Requests, cost
from tools.bench.world import World

#: Endpoints whose work is the whole audit trail, or all that has come to it: a trip and reads per seal.
TRAIL = frozenset({"verify_audit", "verify_audit_log", "seal_audit"})

#: Rows of the longest page that is asked for without saying how long.
PAGE = 50

#: Said of a worker that no request set off.
IDLE = "nothing to do"

#: How long workers are waited for, and the silence that says that they have ended.
PATIENCE_SECONDS, QUIET_SECONDS = 60.0, 3.0

#: Patients of the world that every endpoint is asked in once before anything counts.
WARM_UP = 50


@dataclass(frozen=True)
class Trips:
    """What an endpoint cost at each size."""

    spec: Endpoint
    at: tuple[Cost, ...]
    #: Whether a worker had something to do.
    worked: bool = True

    @property
    def problem(self) -> str:
        """What is wrong with it, or nothing."""
        if self.spec.name in TRAIL:
            return ""
        declared = self.spec.trips
        if declared is not None and any(c.status < 400 and c.trips > declared for c in self.at):
            return "more trips than declared"
        # A worker reads what has piled up, which is no page.
        paged = self.spec.kind == "http"
        # These requests themselves may still be filling the first page.
        more = self.at[-1].reads - self.at[0].reads
        return "reads grow with the collection" if paged and more > PAGE else ""


def measure(specs: list[Endpoint], stack: Stack, http: httpx.Client, sizes: tuple[int, ...]) -> list[Trips]:
    """Ask every endpoint once in a world of each size, in the same order: only the size differs."""
    found: dict[str, list[Cost]] = {spec.name: [] for spec in specs}
    idle: set[str] = set()
    for number, size in enumerate((WARM_UP, *sizes)):
        print(f"round trips: loading {size:,} patients", flush=True)
        world = World(stack)
        world.grow(size)
        if number == 0:
            for _ in range(20):  # more than a page of what administrators list
                world.account(Role.DOCTOR, approved=False)
        requests = Requests(specs, world, http)
        before = stack.log.stat().st_size
        asked = {spec.name: cost(requests.call(spec).send(http)) for spec in specs}
        # The first pass fills lists of what belongs to nobody in particular (accounts, audit) beyond a page.
        if number == 0:
            continue
        _let_workers_end(stack)
        delivered = _runs(stack.log, before)
        for spec in specs:
            runs = delivered.get(spec.name, []) if spec.kind == "task" else []
            found[spec.name].append(max([asked[spec.name], *runs], key=_dear))
            if spec.kind == "task" and _dear(found[spec.name][-1]) <= _dear(GONE):
                idle.add(spec.name)
    return [Trips(spec, tuple(found[spec.name]), spec.name not in idle) for spec in specs]


#: What a worker does that finds its document gone.
GONE = Cost(204, 1, 1, 0)


def _dear(counted: Cost) -> tuple[bool, int, int]:
    """Sorts by what it costs; a refusal costs whoever asks for a success nothing. A write is three reads."""
    return (counted.status < 400, counted.reads + 3 * counted.writes, counted.trips)


def _runs(log: Path, start: int) -> dict[str, list[Cost]]:
    """What each function did, by the line it logs behind each request; those that met somebody else's commit aside."""
    found: dict[str, list[Cost]] = {}
    with log.open("rb") as lines:
        lines.seek(start)
        for text in lines:
            try:
                line = json.loads(text)
            except ValueError:
                continue
            if isinstance(line, dict) and line.get("logger") == "consentmd.requests" and line.get("attempts") == 1:
                counted = Cost(line["status"], line["trips"], line["reads"], line["writes"])
                found.setdefault(str(line.get("endpoint")), []).append(counted)
    return found


def _let_workers_end(stack: Stack) -> None:
    """Wait until nothing is logged any more; tasks that are due later stay."""
    ends = time.monotonic() + PATIENCE_SECONDS
    size = -1
    while (now := stack.log.stat().st_size) != size and time.monotonic() < ends:
        size = now
        time.sleep(QUIET_SECONDS)


def table(measured: list[Trips], sizes: tuple[int, ...]) -> Table:
    """Endpoint, status, declared trips, and trips / reads / writes at each size."""
    rows = []
    for row in measured:
        cells = [f"{c.trips} / {c.reads} / {c.writes}" for c in row.at]
        remark = "follows the trail" if row.spec.name in TRAIL else row.problem or ("" if row.worked else IDLE)
        rows.append(
            [
                row.spec.name,
                str(row.at[-1].status),
                "grows" if row.spec.trips is None else str(row.spec.trips),
                *cells,
                remark,
            ]
        )
    heads = [f"at {size:,} patients" for size in sizes]
    return Table(["endpoint", "status", "declared", *heads, ""], rows)


def problems(measured: list[Trips]) -> list[str]:
    """A line per endpoint that breaks a rule."""
    return [f"{row.spec.name}: {row.problem}" for row in measured if row.problem]
