"""A small Cloud Scheduler: calls the `kind: schedule` functions by their cron expression, each at most once at a time.

As in the service a call carries an OIDC token whose audience is the URL, and `X-CloudScheduler-*` headers, and
schedules follow the wall clock of their zone ("Configure cron job schedules"; what happens on the days the clocks
change is left open there): a time that comes twice is called twice, one that is left out when the clock has passed it.
Differences: a failed call is not retried, and occurrences missed while this was not running are not made up for. One
that comes while the target is still starting is called once it answers.
"""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from croniter import croniter

from localcloud.tasks.attempt import Attempt, Outcome
from localcloud.tasks.manifest import Schedule
from localcloud.tasks.oidc import TokenSigner

log = logging.getLogger(__name__)

PROBE_SECONDS = 0.5
STOP_SECONDS = 5.0


def occurrence_after(schedule: Schedule, moment: datetime) -> datetime:
    """The first time strictly after `moment` at which the schedule is due, in UTC."""
    local = moment.astimezone(schedule.zone)
    found: datetime = croniter(schedule.cron, local).get_next(datetime)
    return found.astimezone(UTC)


@dataclass
class _State:
    schedule: Schedule
    next_at: datetime
    attempt: Attempt | None = None
    last_status: int = 0
    last_message: str = ""
    last_run: datetime | None = None
    runs: int = 0


class Scheduler:
    """Runs schedules against `target` (base URL) once it answers HTTP. `now` gives the time, with its zone."""

    def __init__(
        self,
        schedules: list[Schedule],
        target: str,
        service_account: str,
        signer: TokenSigner,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._target = target.rstrip("/")
        self._service_account = service_account
        self._signer = signer
        self._changed = threading.Condition()
        self._stopping = False
        self._now = now
        started = now()
        self._states = {each.name: _State(each, occurrence_after(each, started)) for each in schedules}
        self._loop = threading.Thread(target=self._work, name="scheduler", daemon=True)

    def start(self) -> None:
        if self._states:
            self._loop.start()

    def stop(self) -> None:
        """Call nothing more and cut the calls under way."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
            for state in self._states.values():
                if state.attempt is not None:
                    state.attempt.cut("stop")
            idle: Callable[[], bool] = lambda: all(state.attempt is None for state in self._states.values())  # noqa: E731
            self._changed.wait_for(idle, timeout=STOP_SECONDS)
        if self._loop.is_alive():
            self._loop.join(STOP_SECONDS)

    def names(self) -> list[str]:
        return sorted(self._states)

    def run(self, name: str) -> Outcome | None:
        """Call one schedule's function now and wait for its answer; None when a call of it is under way.

        Raises `KeyError` for a name that is no schedule's.
        """
        attempt = self._begin(self._states[name])
        return None if attempt is None else self._call(self._states[name], attempt, self._now())

    def overview(self) -> list[dict[str, object]]:
        """Each schedule with its next time and how its last call ended."""
        with self._changed:
            return [
                {
                    "name": name,
                    "schedule": state.schedule.cron,
                    "timeZone": state.schedule.zone.key,
                    "state": "RUNNING" if state.attempt is not None else "SCHEDULED",
                    "scheduleTime": _rfc3339(state.next_at),
                    "lastRun": _rfc3339(state.last_run) if state.last_run else None,
                    "attempts": state.runs,
                    "lastStatus": state.last_status,
                    "lastMessage": state.last_message,
                }
                for name, state in sorted(self._states.items())
            ]

    def _work(self) -> None:
        if not self._wait_for_target():
            return
        while True:
            now = self._now()
            for state in self._states.values():
                if state.next_at <= now:
                    due, state.next_at = state.next_at, occurrence_after(state.schedule, now)
                    attempt = self._begin(state)
                    if attempt is None:
                        log.warning("schedule %s is still running; this occurrence is left out", state.schedule.name)
                        continue
                    threading.Thread(target=self._call, args=(state, attempt, due), daemon=True).start()
            soonest = min(state.next_at for state in self._states.values())
            # In steps: after the machine slept or its clock moved, the wait would otherwise be wrong by that much.
            wait = min(max((soonest - self._now()).total_seconds(), 0.0), 30.0)
            with self._changed:
                if self._changed.wait_for(lambda: self._stopping, timeout=wait):
                    return

    def _wait_for_target(self) -> bool:
        while not self._answers():
            with self._changed:
                if self._changed.wait_for(lambda: self._stopping, timeout=PROBE_SECONDS):
                    return False
        return True

    def _answers(self) -> bool:
        # An accepted connection is not enough: the socket listens before the worker behind it has loaded.
        outcome = Attempt().send("GET", f"{self._target}/health", {}, b"", 5.0)
        return outcome.status > 0

    def _begin(self, state: _State) -> Attempt | None:
        with self._changed:
            if state.attempt is not None or self._stopping:
                return None
            state.attempt = Attempt()
            return state.attempt

    def _call(self, state: _State, attempt: Attempt, due: datetime) -> Outcome:
        outcome = Outcome(0, 13, "INTERNAL(13): the call could not be made")
        try:
            url = f"{self._target}/schedules/{state.schedule.target}"
            headers = {
                "Authorization": f"Bearer {self._signer.token(self._service_account, url)}",
                "User-Agent": "Google-Cloud-Scheduler",
                "Content-Type": "application/octet-stream",
                "X-CloudScheduler": "true",
                "X-CloudScheduler-JobName": state.schedule.name,
                "X-CloudScheduler-ScheduleTime": _rfc3339(due),
            }
            outcome = attempt.send("POST", url, headers, b"", state.schedule.timeout)
        finally:
            with self._changed:
                state.attempt = None
                state.last_status, state.last_message = outcome.status, outcome.message
                state.last_run = self._now()
                state.runs += 1
                self._changed.notify_all()
        if not outcome.succeeded:
            log.warning("schedule %s failed: %s", state.schedule.name, outcome.message)
        return outcome


def _rfc3339(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
