"""Measure, print, and write docs/performance.md and docs/cost.md (`--help` lists what can be measured by itself)."""

import argparse
import json
import sys
import tempfile
from pathlib import Path

import httpx

from localcloud.stack import Stack
from shared.http.endpoint import Endpoint
from tools import cost
from tools.bench import cold, cpu, engine, imports, scribe, trips
from tools.bench.report import Section, machine, write
from tools.bench.requests import Requests
from tools.bench.world import SETTINGS, World
from tools.image import ROOT, build
from tools.manifest import endpoints

PAGE = ROOT / "docs" / "performance.md"
SCRIBE_PAGE = ROOT / "docs" / "scribe.md"

#: Runs of each cold start, batches of CPU, numbers of related patients.
FULL = (5, 9, (1_000, 100_000))
QUICK = (2, 3, (1_000, 10_000))


def main(arguments: list[str] | None = None) -> int:
    """Measure what is asked for; 1 when the manifest is stale, else 0: what is over a budget is said, not an error."""
    parser = argparse.ArgumentParser(prog="python -m tools.bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer runs and documents; writes nothing")
    parser.add_argument(
        "--only", choices=("cold", "trips", "cpu", "engine", "scribe"), help="just one; writes its part"
    )
    parser.add_argument("--function", action="append", default=[], help="this one; repeatable; writes nothing")
    parser.add_argument("--runs", type=int, default=0, help="runs of each cold start (5, with --quick 2)")
    parser.add_argument(
        "--write", action="store_true", help="write the page from a quick run, too; it says how many runs"
    )
    options = parser.parse_args(arguments)
    specs = endpoints()
    routed = {entry["target"] for entry in json.loads((ROOT / "infra" / "functions.json").read_text()).values()}
    if missing := sorted({spec.name for spec in specs} ^ routed):
        print(f"infra/functions.json is stale ({', '.join(missing)}): run python -m tools.manifest", file=sys.stderr)
        return 1
    print(machine())
    # Not below the user's own temporary folder by name: functions get its path in their environment, nothing else.
    with tempfile.TemporaryDirectory(prefix="consentmd-bench-") as scratch:
        if options.only in {None, "scribe"} and not options.function:
            figures = scribe.measure(Path(scratch) / "scribe")
            print("\n".join(section.text() for section in figures), flush=True)
            if not options.quick or options.write:
                write(SCRIBE_PAGE, figures)
        if options.only == "scribe":
            return 0
        wanted = [spec for spec in specs if not options.function or spec.name in options.function]
        starts, batches, sizes = QUICK if options.quick else FULL
        sections = _measure(wanted, Path(scratch), options.only, (options.runs or starts, batches, sizes))
    if options.write or not (options.quick or options.function):
        write(PAGE, sections, whole=options.only is None)
        print(f"wrote {PAGE.relative_to(ROOT)}")
        if options.only in {None, "trips"}:
            return cost.main([])
    return 0


def _measure(
    specs: list[Endpoint], scratch: Path, only: str | None, amounts: tuple[int, int, tuple[int, ...]]
) -> list[Section]:
    starts, batches, sizes = amounts
    sections: list[Section] = []
    if only in {None, "engine"}:
        sections.append(_engine(engine.measure(scratch / "engine", batches), batches))
        print(sections[-1].text(), flush=True)
    if only == "engine":
        return sections
    stack = Stack(scratch / "data", settings=SETTINGS)
    try:
        stack.start()
        world = World(stack)
        stack.start_api()
        with httpx.Client(base_url=stack.url, timeout=120) as http:
            requests = Requests(specs, world, http)
            if only in {None, "cold", "cpu"}:
                print("building the image's folder", flush=True)
                image = build(scratch / "image")
            if only in {None, "cold"}:
                starter = cold.Starter(image, stack, scratch / "cold.log")
                bare = cold.bare_functions(scratch / "hello", specs)
                groups = imports.alike(specs)
                sections.append(_cold(cold.measure(groups, requests, starter, bare, starts), len(groups), starts))
                print(sections[-1].text(), flush=True)
            if only in {None, "cpu"}:
                world.grow(sizes[0])
                sections.append(_cpu(cpu.measure(specs, requests, stack, image, scratch, batches), batches))
                print(sections[-1].text(), flush=True)
            if only in {None, "trips"}:
                sections.append(_trips(trips.measure(specs, stack, http, sizes), sizes))
                print(sections[-1].text(), flush=True)
    finally:
        stack.stop()
    return sections


def _cold(measured: list[cold.Starts], groups: int, runs: int) -> Section:
    about = (
        f"{len(measured)} functions in {groups} groups: those of a group declare the same SDKs and load the same"
        f" modules but for their own file. One of each group was started {runs} times (medians; only these are held"
        " against the budget), the others once; in turns with the bare functions, from the spawn of the process to the"
        " end of the"
        " answer to a request that reaches Firestore (health, documentation and keys reach nothing). The ratio is to a"
        " bare functions-framework function that imports what the endpoint declares and reads one document."
    )
    return Section("Cold starts", about, cold.table(measured), cold.over(measured))


def _trips(measured: list[trips.Trips], sizes: tuple[int, ...]) -> Section:
    about = (
        "Serial round trips / documents read / documents written, as the endpoint counts them, where one doctor is"
        f" related to {' and '.join(f'{size:,}' for size in sizes)} patients. Declared trips are those of success."
        " Workers: the dearest of the runs that these requests set off by themselves, by what they log; `nothing to do`"
        " where none was."
    )
    return Section("Firestore round trips and billed operations", about, trips.table(measured, sizes),
                   trips.problems(measured))  # fmt: skip


def _cpu(measured: list[cpu.Work], batches: int) -> Section:
    about = (
        f"Processor time of the server (user and system), medians of {batches} batches of {cpu.BATCH} requests, in"
        " turns with a bare function that makes the same Firestore calls without token, validation, encryption, models."
    )
    return Section("CPU of a warm request", about, cpu.table(measured), cpu.over(measured))


def _engine(measured: list[engine.Timing], batches: int) -> Section:
    about = (
        "The real client against the local Firestore engine (on disk) and against a bare gRPC server that answers the"
        f" same messages and does nothing; medians of {batches} batches in turns. A commit waits for the disk, the echo"
        " does not; of a contended transaction the echo sees one attempt."
    )
    return Section("The local Firestore engine", about, engine.table(measured), engine.over(measured))


if __name__ == "__main__":
    sys.exit(main())
