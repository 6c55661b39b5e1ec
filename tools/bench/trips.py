"""Serial Firestore round trips and billed operations of every endpoint, at two sizes of the practice.

The figures are what the endpoints themselves count (`Server-Timing`, local runs only): each batch read, query step and
commit that waits for the one before is a trip. An endpoint's declared `trips` are those of the happy path, so only
successful answers are held against them; reads that grow with the collection are named whatever the answer.
"""

from dataclasses import dataclass

import httpx

from localcloud.stack import Stack
from shared.http.endpoint import Endpoint
from shared.users.documents import Role
from tools.bench.report import Table
from tools.bench.requests import Cost, Requests, cost
from tools.bench.world import World

#: Endpoints whose work is the whole audit trail, or all that has come to it: a trip and reads per seal.
TRAIL = frozenset({"verify_audit_log", "seal_audit"})

#: Patients of the world that every endpoint is asked in once before anything counts.
WARM_UP = 50


@dataclass(frozen=True)
class Trips:
    """What an endpoint cost at each size."""

    spec: Endpoint
    at: tuple[Cost, ...]

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
        return "reads grow with the collection" if paged and self.at[-1].reads > self.at[0].reads else ""


def measure(specs: list[Endpoint], stack: Stack, http: httpx.Client, sizes: tuple[int, ...]) -> list[Trips]:
    """Ask every endpoint once in a world of each size, in the same order: only the size differs."""
    found: dict[str, list[Cost]] = {spec.name: [] for spec in specs}
    for number, size in enumerate((WARM_UP, *sizes)):
        print(f"round trips: loading {size:,} patients", flush=True)
        world = World(stack)
        world.grow(size)
        if number == 0:
            for _ in range(20):  # more than a page of what administrators list
                world.account(Role.DOCTOR, approved=False)
        requests = Requests(specs, world, http)
        for spec in specs:
            asked = cost(requests.call(spec).send(http))
            # The first pass fills lists of what belongs to nobody in particular (accounts, audit) beyond a page.
            if number > 0:
                found[spec.name].append(asked)
    return [Trips(spec, tuple(found[spec.name])) for spec in specs]


def table(measured: list[Trips], sizes: tuple[int, ...]) -> Table:
    """Endpoint, status, declared trips, and trips / reads / writes at each size."""
    rows = []
    for row in measured:
        cells = [f"{c.trips} / {c.reads} / {c.writes}" for c in row.at]
        remark = "follows the trail" if row.spec.name in TRAIL else row.problem
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
