"""What `infra/functions.json` says about queues and schedules."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from croniter import croniter


class ManifestError(Exception):
    """The manifest cannot be used; the message names the entry and the field."""


@dataclass(frozen=True)
class Schedule:
    """A `kind: schedule` function: its cron expression (five fields) in a time zone, and its timeout in seconds."""

    name: str
    target: str
    cron: str
    zone: ZoneInfo
    timeout: float


@dataclass(frozen=True)
class Manifest:
    """`queues` maps a queue's short name to the longest timeout (seconds) of the functions that it feeds."""

    queues: dict[str, float]
    schedules: list[Schedule]


def read_manifest(path: Path | None) -> Manifest:
    """Read the manifest; without a file there are no queues and no schedules. Raises `ManifestError`."""
    if path is None or not path.exists():
        return Manifest({}, [])
    try:
        entries = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ManifestError(f"{path} is not JSON: {error}") from None
    if not isinstance(entries, dict):
        raise ManifestError(f"{path} must be an object keyed by function name")
    queues: dict[str, float] = {}
    schedules: list[Schedule] = []
    for name, entry in entries.items():
        kind = entry.get("kind") if isinstance(entry, dict) else None
        if kind == "task":
            queue = _text(path, name, entry, "queue")
            queues[queue] = max(queues.get(queue, 0.0), _seconds(path, name, entry, 600))
        elif kind == "schedule":
            schedules.append(_schedule(path, name, entry))
    return Manifest(queues, schedules)


def _schedule(path: Path, name: str, entry: dict[str, Any]) -> Schedule:
    cron = _text(path, name, entry, "schedule")
    if len(cron.split()) != 5 or not croniter.is_valid(cron):
        raise ManifestError(f"{path}: {name}: schedule must be a cron expression of five fields")
    try:
        zone = ZoneInfo(entry.get("timeZone") or "UTC")
    except (ZoneInfoNotFoundError, ValueError, TypeError):
        raise ManifestError(f"{path}: {name}: timeZone must be an IANA time zone, such as America/New_York") from None
    return Schedule(name, _text(path, name, entry, "target"), cron, zone, _seconds(path, name, entry, 180))


def _text(path: Path, name: str, entry: dict[str, Any], field: str) -> str:
    value = entry.get(field)
    if not isinstance(value, str) or not value:
        raise ManifestError(f"{path}: {name}: {field} must be a string")
    return value


def _seconds(path: Path, name: str, entry: dict[str, Any], default: float) -> float:
    value = entry.get("timeout", default)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value <= 0:
        raise ManifestError(f"{path}: {name}: timeout must be a number of seconds")
    return float(value)
