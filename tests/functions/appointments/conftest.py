"""A practice that can be booked, and people who book."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.client import Answer, Api
from tests.world import Account, World

REASON = "Annual physical examination"


@dataclass
class Practice:
    """A doctor with hours every day of the week, 09:00 to 17:00 of their zone."""

    world: World
    doctor: Account
    time_zone: str
    _free: Iterator[tuple[int, str]] = field(
        default_factory=lambda: itertools.product(range(5, 170), [f"{hour:02}:00" for hour in range(9, 17)])
    )

    def __post_init__(self) -> None:
        # Once, so that the days of a test are the same on both sides of midnight.
        self._today = datetime.now(ZoneInfo(self.time_zone)).date()

    def slot(self) -> dict[str, str]:
        """A date and time that no test has used."""
        ahead, time = next(self._free)
        return {"date": self.day(ahead), "time": time}

    def day(self, ahead: int = 7) -> str:
        """A date so many days from now, where the doctor is."""
        return (self._today + timedelta(days=ahead)).isoformat()

    def body(self, **fields: Any) -> dict[str, Any]:
        when = {} if "date" in fields else self.slot()
        return {"providerId": self.doctor.id, "type": "routine_checkup", "reason": REASON} | when | fields

    def unlimited(self, by: Account) -> Api:
        """Somebody whose attempts are forgotten: ten an hour are allowed, and tests make more."""
        from shared.http.limits import Attempts, attempts_id

        unit = self.world.cloud.unit()
        unit.remove(Attempts, attempts_id("bookings", by.id))
        unit.commit()
        return self.world.api.as_(by)

    def book(self, by: Account, **fields: Any) -> Answer:
        return self.unlimited(by).post("/appointments", self.body(**fields))

    def booked(self, by: Account, **fields: Any) -> dict[str, Any]:
        """What a booking answers, made by a patient or, with `patientId`, by staff."""
        answer = self.book(by, **fields)
        assert answer.status == 201, answer
        return answer.json


def open_practice(
    world: World, time_zone: str = "America/New_York", *, doctor: Account | None = None, **profile: Any
) -> Practice:
    """A practice of its own."""
    from shared.scheduling.availability import WEEKDAYS, Schedule, WeeklyHours
    from shared.scheduling.profiles import new_profile
    from shared.users.documents import User

    doctor = doctor or world.doctor(name="Dana Okafor", specialty="cardiology", title="MD")
    unit = world.cloud.unit()
    user = unit.get(User, doctor.id)
    hours = [WeeklyHours(weekday=weekday, start=9 * 60, end=17 * 60) for weekday in WEEKDAYS]
    unit.put(Schedule(id=doctor.id, time_zone=time_zone, weekly=hours))
    unit.put(new_profile(user, datetime.now(UTC)).model_copy(update=profile))
    unit.commit()
    return Practice(world, doctor, time_zone)


def service(**fields: Any) -> Any:
    """Something a provider offers."""
    from shared.scheduling.profiles import Service

    return Service(**{"id": "svc-1", "name": "Stress test", "price_cents": 20_000, "duration_minutes": 60} | fields)


def rewind(world: World, appointment_id: str, **changes: Any) -> None:
    """Change a stored appointment as only time would."""
    from shared.scheduling.booking.documents import Appointment

    unit = world.cloud.unit()
    unit.update(unit.get(Appointment, appointment_id), **changes)
    unit.commit()


def begins_in(world: World, appointment: dict[str, Any], delta: timedelta) -> None:
    """Let an appointment begin so far from now (before now: it has begun)."""
    start = datetime.now(UTC) + delta
    rewind(world, appointment["id"], start=start, end=start + timedelta(minutes=appointment["duration"]))


def stored(world: World, appointment_id: str) -> Any:
    from shared.scheduling.booking.documents import Appointment

    return world.cloud.unit().get(Appointment, appointment_id)


def busy(world: World, owner_id: str, day: str) -> list[Any]:
    """What is busy on a day."""
    from shared.scheduling.days import ProviderDay, day_id

    found = world.cloud.unit().get(ProviderDay, day_id(owner_id, date.fromisoformat(day)))
    return found.busy if found else []


@pytest.fixture(scope="session")
def practice(world: World) -> Practice:
    return open_practice(world)


@pytest.fixture(scope="session")
def patient(world: World) -> Account:
    return world.patient(name="Paula Visit")


@pytest.fixture(scope="session")
def stranger(world: World) -> Account:
    return world.patient(name="Stan Stranger")
