"""One practice for the tests of providers: made once, changed by nobody but who makes their own doctor."""

import itertools
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from shared.scheduling.npi import with_check_digit
from tests.client import Answer, Api
from tests.world import Account, World

ZONE = "America/New_York"
_numbers = itertools.count(100_000_000 + datetime.now(UTC).microsecond * 100)

#: Once, so that the days of a test are the same on both sides of midnight.
_TODAY = datetime.now(UTC).date()

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday")


def npi() -> str:
    """An identifier no other test uses."""
    return with_check_digit(str(next(_numbers)))


def hours(*, start: str = "09:00", end: str = "12:00", days: tuple[str, ...] = WEEKDAYS, **rest: Any) -> dict[str, Any]:
    """A body of weekly hours."""
    weekly = [{"dayOfWeek": day, "startTime": start, "endTime": end} for day in days]
    return {"timeZone": ZONE, "weekly": weekly, "slotMinutes": 30} | rest


def workday(ahead: int = 0) -> date:
    """A weekday, at least a week from now."""
    day = _TODAY + timedelta(days=7)
    return day + timedelta(days=7 - day.weekday()) + timedelta(days=ahead % 5 + 7 * (ahead // 5))


def refresh(api: Api, cloud: Any, doctor: Account) -> Answer:
    """Have a directory entry brought up to date now."""
    answer = cloud.machine(api, "task", "refresh_provider").post("/tasks/refresh_provider", {"id": doctor.id})
    assert answer.status == 204, answer
    return answer


def slots(api: Api, by: Account, doctor: Account, day: date, **query: Any) -> list[str]:
    """Free slots of a day as somebody sees them."""
    answer = api.as_(by).get(f"/providers/{doctor.id}/available-slots", params={"date": day.isoformat()} | query)
    assert answer.status == 200, answer
    return answer["slots"]


def book(api: Api, by: Account, doctor: Account, day: date, time: str = "09:00 AM", **fields: Any) -> dict[str, Any]:
    """An appointment of a patient, by booking it."""
    body = {
        "providerId": doctor.id, "date": day.isoformat(), "time": time, "type": "consultation",
        "reason": "A visit that a test needs",
    } | fields  # fmt: skip
    answer = api.as_(by).post("/appointments", body)
    assert answer.status == 201, answer
    return answer.json


@dataclass
class Practice:
    """Doctors, and who looks for them."""

    doctor: Account
    other: Account
    nurse: Account
    patient: Account
    pending: Account
    admin: Account

    @property
    def path(self) -> str:
        return f"/providers/{self.doctor.id}"


PROFILE = {
    "title": "MD", "specialty": "family_medicine", "specialties": ["family_medicine", "Preventive Medicine"],
    "bio": "Fifteen years in family medicine.", "languages": ["English", "Spanish"], "yearsOfExperience": 15,
    "education": "Harvard Medical School", "certifications": ["Board Certified in Family Medicine"],
    "insuranceAccepted": ["Aetna", "Blue Cross"], "phone": "+16175550123", "email": "practice@example.org",
    "locations": [{"address": "123 Main St", "city": "Boston", "state": "MA", "zipCode": "02101", "isPrimary": True}],
    "services": [
        {"name": "Physical", "priceCents": 18_000, "durationMinutes": 60, "bufferAfterMinutes": 15, "prepaid": True}
    ],
}  # fmt: skip


def make_practice(api: Api, world: World, cloud: Any) -> Practice:
    doctor = world.doctor(name="Sarah Johnson", specialty="family_medicine")
    practice = Practice(
        doctor=doctor, other=world.doctor(name="Omar Other"), nurse=world.nurse(),
        patient=world.patient(), pending=world.clinician(approved=False), admin=world.admin,
    )  # fmt: skip
    mine = api.as_(doctor)
    answer = mine.put("/providers/me", PROFILE | {"npi": npi()})
    assert answer.status == 200, answer
    answer = mine.put(f"{practice.path}/availability", hours())
    assert answer.status == 200, answer
    refresh(api, cloud, doctor)
    return practice


@pytest.fixture(scope="session")
def practice(api: Api, world: World, cloud: Any) -> Practice:
    return make_practice(api, world, cloud)


@pytest.fixture
def doctor(api: Api, world: World) -> Account:
    """A doctor of the test's own, with hours."""
    made = world.doctor(name="Dora Own")
    answer = api.as_(made).put(f"/providers/{made.id}/availability", hours())
    assert answer.status == 200, answer
    return made
