"""Rate limits (RESOLUTIONS: Rate limits).

Per address: a bucket in the process, no Firestore; Cloud Armor holds the same limits at the edge, across instances.
Per user: a counter document per user and limit, read and written with the request's own batch and commit.
"""

import threading
import time
from datetime import datetime, timedelta
from typing import NamedTuple

from shared.config import Settings
from shared.errors import RateLimited, TooManyFailures
from shared.store.document import Document
from shared.store.unit import Unit


class AddressBuckets:
    """Generic cell rate algorithm: one number per key, forgotten once it lies in the past."""

    def __init__(self) -> None:
        self._arrival: dict[str, float] = {}
        self._lock = threading.Lock()
        self._swept = 0.0

    def take(self, key: str, limit: int, seconds: float) -> tuple[int, float]:
        """Take one of `limit` per `seconds`: (how many remain, seconds to wait); the wait is 0 when one was free."""
        now = time.monotonic()
        step = seconds / limit
        with self._lock:
            if now - self._swept > seconds:
                self._arrival = {k: at for k, at in self._arrival.items() if at > now}
                self._swept = now
            arrival = max(self._arrival.get(key, now), now)
            if arrival - now > seconds - step:
                return 0, arrival - now - seconds + step
            self._arrival[key] = arrival + step
            return int((seconds - (arrival + step - now)) / step), 0.0


BUCKETS = AddressBuckets()


def limit_address(address: str, *, auth: bool, settings: Settings) -> dict[str, str]:
    """Take from the address's buckets; the `RateLimit-*` headers of the tighter one. Raises `RateLimited`."""
    limits = [("general", settings.rate_limit_general_per_minute)]
    if auth:
        limits.append(("auth", settings.rate_limit_auth_per_minute))
    headers: dict[str, str] = {}
    for name, limit in limits:
        remaining, wait = BUCKETS.take(f"{name}:{address}", limit, 60.0)
        headers = limit_headers(limit, remaining, wait)
        if wait:
            raise RateLimited(headers=headers)
    return headers


def limit_headers(limit: int, remaining: int, wait: float) -> dict[str, str]:
    """`RateLimit-*` headers, and `Retry-After` (whole seconds, at least 1) when there is a wait."""
    headers = {
        "RateLimit-Limit": str(limit),
        "RateLimit-Remaining": str(remaining),
        "RateLimit-Reset": str(max(1, round(wait)) if wait else 60),
    }
    if wait:
        headers["Retry-After"] = str(max(1, -int(-wait // 1)))
    return headers


class UserLimit(NamedTuple):
    """So many attempts per user and period, whether they succeed or not."""

    name: str
    setting: str
    seconds: int


UPLOADS = UserLimit("uploads", "rate_limit_uploads_per_minute", 60)
BOOKINGS = UserLimit("bookings", "rate_limit_bookings_per_hour", 3600)
HOLDS = UserLimit("holds", "rate_limit_holds_per_hour", 3600)


class Attempts(Document):
    """Times of the recent attempts of one user at one thing."""

    collection = "attempts"
    ttl = "expiresAt"

    times: list[datetime] = []
    expires_at: datetime


def attempts_id(name: str, key: str) -> str:
    """Document id of the counter of `key` for limit `name`."""
    return f"{name}_{key}"


def limit_user(unit: Unit, user_id: str, limit: UserLimit, settings: Settings) -> None:
    """Count an attempt. Raises `RateLimited`."""
    allowed = getattr(settings, limit.setting)
    counted = count_attempt(unit, attempts_id(limit.name, user_id), limit.seconds, allowed)
    if counted is not None:
        raise RateLimited(headers=limit_headers(allowed, 0, counted))


def count_attempt(unit: Unit, key: str, seconds: int, allowed: int) -> float | None:
    """Record an attempt in a window of `seconds`; the seconds to wait if there were `allowed` already.

    The record outlives a refusal. A refused attempt is not recorded: the window would never end for a client that
    keeps trying.
    """
    recent = recent_attempts(unit, key, seconds)
    if len(recent) >= allowed:
        return (recent[0] + timedelta(seconds=seconds) - unit.now).total_seconds()
    record_attempt(unit, key, seconds, recent)
    return None


def recent_attempts(unit: Unit, key: str, seconds: int) -> list[datetime]:
    """Attempts recorded within the last `seconds`, oldest first."""
    stored = unit.get(Attempts, key)
    return [at for at in (stored.times if stored else []) if at > unit.now - timedelta(seconds=seconds)]


def record_attempt(unit: Unit, key: str, seconds: int, recent: list[datetime]) -> None:
    """Add an attempt now."""
    stored = unit.get(Attempts, key)
    times, expires_at = [*recent, unit.now], unit.now + timedelta(seconds=seconds)
    if stored is None:
        unit.create(Attempts(id=key, times=times, expires_at=expires_at), keep=True)
    else:
        unit.update(stored, times=times, expires_at=expires_at, keep=True)


def forbid_failures(wait: float, allowed: int) -> TooManyFailures:
    """The refusal of somebody who failed too often."""
    return TooManyFailures(headers=limit_headers(allowed, 0, wait))
