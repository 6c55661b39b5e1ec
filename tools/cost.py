"""What a deployment costs, from what its endpoints do: docs/cost.md.

    python -m tools.cost [COUNTERS]

COUNTERS is a page with the table of round trips and billed operations that `python -m tools.bench` makes: by default
docs/performance.md; the terminal's output of `python -m tools.bench --only trips` will do as well. Prices are list
prices without free tiers, discounts and taxes.
"""

import json
import re
import sys
import textwrap
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tools.url_map import PUBLIC_KINDS, all_name

ROOT: Final = Path(__file__).parents[1]
PAGE: Final = ROOT / "docs" / "cost.md"
COUNTERS: Final = ROOT / "docs" / "performance.md"

#: What the prices are of: Cloud Run, queues and logs in us-central1, the database in nam5.
PRICED: Final = "us-central1 and nam5 in US dollars, as published up to November 2026"

# Read in copies of Google's pricing pages.
# Firestore, per document; cloud.google.com/firestore/pricing, multi-region.
READ: Final = 0.06 / 100_000
WRITE: Final = 0.18 / 100_000
# Cloud Run, request-based billing, tier 1; cloud.google.com/run/pricing.
VCPU_SECOND: Final = 0.000024
GIB_SECOND: Final = 0.0000025
IDLE_VCPU_SECOND: Final = 0.0000025
REQUEST: Final = 0.40 / 1_000_000
# The same, instance-based, for what is always on.
ALWAYS_VCPU_SECOND: Final = 0.000018
ALWAYS_GIB_SECOND: Final = 0.000002
# Cloud Load Balancing (five forwarding rules cost the same as one); cloud.google.com/load-balancing/pricing.
FORWARDING_HOUR: Final = 0.025
BALANCED_GIB: Final = 0.008

# Not read again: what was generally known of these pages at that date.
# Cloud Armor Standard; cloud.google.com/armor/pricing.
ARMOR_POLICY_MONTH: Final = 5.0
ARMOR_RULE_MONTH: Final = 1.0
ARMOR_REQUEST: Final = 0.75 / 1_000_000
# Premium tier to the Internet within North America; cloud.google.com/vpc/network-pricing.
EGRESS_GIB: Final = 0.12
# Cloud Logging: intake, which includes 30 days, and what is kept longer; cloud.google.com/stackdriver/pricing.
LOG_GIB: Final = 0.50
LOG_GIB_MONTH: Final = 0.01
# Cloud Tasks, Cloud Scheduler, Secret Manager, KMS (software keys); their pricing pages.
TASK_OPERATION: Final = 0.40 / 1_000_000
SCHEDULE_MONTH: Final = 0.10
SECRET_VERSION_MONTH: Final = 0.06
KEY_VERSION_MONTH: Final = 0.06

# Assumptions, none of them measured in the cloud; the page states each.
TRIP_SECONDS: Final = 0.020
WORK_SECONDS: Final = 0.015
#: A password's hash or its comparison, at bcrypt's cost 12.
HASH_SECONDS: Final = 0.25
HASHING: Final = frozenset(
    {
        "add_addendum", "change_password", "cosign_note", "disable_mfa", "login", "register", "reset_password",
        "sign_note",
    }
)  # fmt: skip
#: An answer of the language model: workers that declare it wait for one, and so does who waits for their job.
MODEL_SECONDS: Final = 6.0
WAITING: Final = frozenset(
    {"request_call_summary", "request_note", "request_suggestions", "transcribe_call_recording", "transcribe_voice"}
)
ANSWER_BYTES: Final = 4_000
LOG_LINE_BYTES: Final = 700
#: Data access audit logs: one entry for each call of Firestore's API.
AUDIT_LOG_BYTES: Final = 1_500
LOG_MONTHS: Final = 72
#: A change wakes the dispatcher, which starts one task: two creations, two deliveries.
TASK_OPERATIONS: Final = 4

MONTH_SECONDS: Final = 30 * 86_400
GIB: Final = 1024**3

#: Requests of a clinician's minute, by how often each comes: the mix of the "typical request".
MIX: Final = {"get_patient": 8, "list_patients": 4, "list_vitals": 3, "record_vitals": 2, "refresh": 2, "login": 1}


@dataclass(frozen=True)
class Counters:
    """What one successful request does."""

    trips: int
    reads: int
    writes: int


@dataclass(frozen=True)
class Price:
    """Dollars per million requests of one endpoint."""

    firestore: float
    run: float
    edge: float
    logs: float
    tasks: float

    @property
    def total(self) -> float:
        """All of it."""
        return self.firestore + self.run + self.edge + self.logs + self.tasks


def counters(text: str) -> dict[str, Counters]:
    """Counters by endpoint, from a page's table or a terminal's; the last size measured. Raises `ValueError`."""
    found = {}
    for line in text.splitlines():
        row = re.match(r"\|? ?(\w+)\s*\|?\s+(\d{3})\s*\|?\s+(?:\d+|grows)\s*\|?\s+(.*)", line)
        sizes = re.findall(r"(\d+) / (\d+) / (\d+)", row[3]) if row else []
        # A worker that had nothing to do says nothing about one that has; the audit trail's follow its length.
        if row and sizes and int(row[2]) < 400 and not re.search(r"nothing to do|follows the trail", row[3]):
            found[row[1]] = Counters(*(int(number) for number in sizes[-1]))
    if not found:
        raise ValueError("There is no table of round trips and billed operations; run python -m tools.bench.")
    return found


def price(counted: Counters, *, public: bool, memory_mib: int, work_seconds: float = WORK_SECONDS) -> Price:
    """What a million such requests cost when each is alone on its instance, the dearest case."""
    # Google bills an instance's time in steps of 100 ms.
    seconds = -(-(counted.trips * TRIP_SECONDS + work_seconds) // 0.1) * 0.1
    logged = (LOG_LINE_BYTES + counted.trips * AUDIT_LOG_BYTES) / GIB
    answered = ANSWER_BYTES / GIB
    million = 1_000_000
    return Price(
        firestore=million * (counted.reads * READ + counted.writes * WRITE),
        run=million * (seconds * (VCPU_SECOND + memory_mib / 1024 * GIB_SECOND) + REQUEST),
        edge=million * (answered * (EGRESS_GIB + BALANCED_GIB) + ARMOR_REQUEST) if public else 0.0,
        logs=million * logged * (LOG_GIB + LOG_GIB_MONTH * (LOG_MONTHS - 1)),
        # Each change commits an outbox document or two; reads write their audit entry and nothing else.
        tasks=million * TASK_OPERATIONS * TASK_OPERATION if counted.writes > 1 else 0.0,
    )


def at_rest(manifest: dict[str, Any], counted: dict[str, Counters], warm: int) -> dict[str, float]:
    """Dollars a month of a deployment that nobody uses, by what costs them."""
    scheduled = {name: entry for name, entry in manifest.items() if entry["kind"] == "schedule"}
    each_minute = [entry["target"] for entry in scheduled.values() if entry["schedule"] == "* * * * *"]
    runs = MONTH_SECONDS / 60 / 1_000_000
    idle = [counted[target] for target in each_minute if target in counted]
    rules = sum(
        text.count('"') // 2 for text in re.findall(r"rule_sets = \[(.*)\]", _read("modules/edge_policy/main.tf"))
    )
    gateways = int(re.findall(r"default += \{ least = (\d+)", _read("variables.tf"))[0])
    keysets = set(re.findall(r'"(\w+)"', _read("secrets.tf").partition("keysets_of = {")[2].partition("}")[0]))
    return {
        "Load balancer": FORWARDING_HOUR * MONTH_SECONDS / 3600,
        "Cloud Armor": 2 * (ARMOR_POLICY_MONTH + (rules + 3) * ARMOR_RULE_MONTH),
        f"{gateways} realtime gateway{'s' if gateways > 1 else ''}, always on": gateways
        * MONTH_SECONDS
        * 2
        * (ALWAYS_VCPU_SECOND + ALWAYS_GIB_SECOND),
        f"{warm} warm instances": warm * MONTH_SECONDS * (IDLE_VCPU_SECOND + 0.5 * GIB_SECOND),
        f"{len(each_minute)} schedules each minute": sum(
            runs * price(c, public=False, memory_mib=512).total for c in idle
        ),
        f"{len(scheduled)} schedules, {len(keysets) + 3} secrets in two places, 2 keys": len(scheduled) * SCHEDULE_MONTH
        + (len(keysets) + 3) * 2 * SECRET_VERSION_MONTH
        + 2 * KEY_VERSION_MONTH,
    }


def page(manifest: dict[str, Any], counted: dict[str, Counters]) -> str:
    """docs/cost.md."""
    priced = {
        entry["target"]: price(
            counted[entry["target"]],
            public=entry["kind"] in PUBLIC_KINDS,
            memory_mib=_mib(entry),
            work_seconds=_work_seconds(entry),
        )
        for entry in manifest.values()
        if entry["target"] in counted
    }
    production = (ROOT / "infra" / "env" / "prod.tfvars").read_text()
    warm = sum(int(n) for n in re.findall(r"= (\d+)", production.partition("min_instances = {")[2].partition("}")[0]))
    resting = at_rest(manifest, counted, warm)
    weight = sum(MIX[name] for name in MIX if name in priced)
    typical = sum(MIX[name] * priced[name].total for name in MIX if name in priced) / weight
    shared = len({all_name(entry["domain"]) for entry in manifest.values() if entry["kind"] in PUBLIC_KINDS})
    mix = ", ".join(f"{times} × {name}" for name, times in MIX.items())
    lines = [
        "# What it costs",
        "",
        "<!-- Generated by `python -m tools.cost`; changes here are lost. -->",
        "",
        _paragraph(
            f"Computed from the operations each endpoint counts (`make bench`) and list prices of {PRICED}; no free"
            " tiers, no discounts, no taxes, and no vendors (mail, SMS, payments, calls). The prices are constants of"
            " `tools/cost.py`, which says of each what it is for and whether it was read in Google's page or not;"
            " compare them before relying on a sum."
        ),
        "",
        "## At rest",
        "",
        _paragraph(
            f"{len(manifest)} functions and {shared} for whole domains cost nothing while nobody calls them. What does,"
            " in production, a month:"
        ),
        "",
        *_table(["what", "USD a month"], ([what, f"{dollars:.2f}"] for what, dollars in resting.items())),
        f"| **together** | **{sum(resting.values()):.2f}** |",
        "",
        _paragraph(
            "Stored data comes on top, per GiB and month: 0.18 in Firestore, 0.18 for its seven days of history, 0.03"
            " for its backups, 0.026 in buckets. Building and scanning images, alerts and the uptime check are not"
            " counted."
        ),
        "",
        "## Per million requests",
        "",
        _paragraph(f"A typical request, of the mix {mix}: **{typical:.2f} USD per million**."),
        "",
        _paragraph(
            "Assumed, not measured in the cloud: each request is alone on its instance (sharing one makes Cloud Run"
            f" cheaper, down to a sixteenth); a round trip to nam5 takes {TRIP_SECONDS * 1000:.0f} ms, the work between"
            f" them {WORK_SECONDS * 1000:.0f} ms, a password's hash {HASH_SECONDS * 1000:.0f} ms and the language model"
            f" {MODEL_SECONDS:.0f} s, for who waits for it as well (the model's own price is not in it); an answer has"
            f" {ANSWER_BYTES:,} bytes; our log line has {LOG_LINE_BYTES} and the audit log of each call of Firestore"
            f" {AUDIT_LOG_BYTES:,} bytes, kept for {LOG_MONTHS // 12} years. Counted: what an endpoint does when it"
            " succeeds, with full pages where it lists."
        ),
        "",
        *_table(
            [
                "endpoint",
                "trips",
                "reads",
                "writes",
                "Firestore",
                "Cloud Run",
                "edge",
                "logs",
                "tasks",
                "USD per million",
            ],
            (
                [name, *_numbers(counted[name]), *_dollars(priced[name])]
                for name in sorted(priced, key=lambda name: -priced[name].total)
            ),
        ),
        "",
    ]
    if missing := sorted(entry["target"] for entry in manifest.values() if entry["target"] not in counted):
        lines += [f"Not measured: {', '.join(missing)}.", ""]
    return "\n".join(lines)


def _work_seconds(entry: dict[str, Any]) -> float:
    hashing = HASH_SECONDS if entry["target"] in HASHING else 0.0
    waiting = MODEL_SECONDS if "genai" in entry["uses"] or entry["target"] in WAITING else 0.0
    return WORK_SECONDS + hashing + waiting


def _paragraph(text: str) -> str:
    return textwrap.fill(text, 118, break_long_words=False, break_on_hyphens=False)


def _numbers(counted: Counters) -> list[str]:
    return [str(counted.trips), str(counted.reads), str(counted.writes)]


def _dollars(priced: Price) -> list[str]:
    parts = (priced.firestore, priced.run, priced.edge, priced.logs, priced.tasks, priced.total)
    return [f"{part:.2f}" for part in parts]


def _table(heads: list[str], rows: Iterable[list[str]]) -> list[str]:
    return ["| " + " | ".join(cells) + " |" for cells in [heads, ["---"] * len(heads), *rows]]


def _mib(entry: dict[str, Any]) -> int:
    number, unit = re.fullmatch(r"(\d+)(Mi|Gi)", entry["memory"]).groups()  # type: ignore[union-attr]
    return int(number) * (1024 if unit == "Gi" else 1)


def _read(name: str) -> str:
    return (ROOT / "infra" / name).read_text()


def main(arguments: list[str]) -> int:
    """Write the page; 1 when there is nothing to compute it from."""
    source = Path(arguments[0]) if arguments else COUNTERS
    if not source.exists():
        print(f"{source} is missing: run python -m tools.bench first", file=sys.stderr)
        return 1
    try:
        counted = counters(source.read_text())
    except ValueError as nothing:
        print(f"{source}: {nothing}", file=sys.stderr)
        return 1
    PAGE.write_text(page(json.loads(_read("functions.json")), counted))
    print(f"wrote {PAGE.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
