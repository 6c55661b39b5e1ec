"""Appointments of the demo patients with the demo doctors."""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tools.seed import Person

#: Type, reason, by video, days ahead at least.
VISITS = (
    ("routine_checkup", "Yearly check of heart and blood pressure", False, 2),
    ("telehealth", "Questions about the new medication", True, 5),
    ("follow_up", "Results of the laboratory tests", False, 12),
    ("vaccination", "Influenza vaccination before the winter", False, 20),
)
#: Days that are looked through for a free slot.
_MOST_DAYS = 14


def seed(doctor: "Person", patients: list["Person"]) -> None:
    """Book what is missing: each patient's visits, the last of them cancelled, a place on the waitlist."""
    for number, patient in enumerate(patients):
        if patient.call("GET", "/appointments?limit=1")["pagination"]["total"]:
            continue
        booked = [made for visit in VISITS if (made := _book(doctor, patient, visit, number))]
        if len(booked) == len(VISITS):
            body = {"reason": "Had the vaccination at the pharmacy"}
            patient.call("POST", f"/appointments/{booked[-1]['id']}/cancel", body)
        today = datetime.now(UTC).date()
        wish = {"from": (today + timedelta(days=1)).isoformat(), "to": (today + timedelta(days=30)).isoformat()}
        patient.call("POST", f"/providers/{doctor.user['id']}/waitlist", wish)


def _book(doctor: "Person", patient: "Person", visit: tuple[str, str, bool, int], number: int) -> dict[str, str] | None:
    kind, reason, is_virtual, ahead = visit
    for days in range(ahead, ahead + _MOST_DAYS):
        day = (datetime.now(UTC).date() + timedelta(days=days)).isoformat()
        slots = patient.call("GET", f"/providers/{doctor.user['id']}/available-slots?date={day}")["slots"]
        if slots:
            body = {
                "providerId": doctor.user["id"],
                "date": day,
                "time": slots[(3 * number + 2) % len(slots)],
                "type": kind,
                "reason": reason,
                "isVirtual": is_virtual,
            }
            made: dict[str, str] = patient.call("POST", "/appointments", body)
            return made
    return None
