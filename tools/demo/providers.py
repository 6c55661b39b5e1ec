"""Demo profiles and hours of the demo practice's doctors, through the API; what is there is left as it is."""

from collections.abc import Callable, Sequence
from typing import Any

from shared.scheduling.npi import with_check_digit

#: City, state, zip code, street and time zone of the practice's five sites.
SITES = (
    ("Chicago", "IL", "60611", "240 E Ontario St", "America/Chicago"),
    ("Boston", "MA", "02115", "75 Francis St", "America/New_York"),
    ("Denver", "CO", "80205", "1600 Downing St", "America/Denver"),
    ("Phoenix", "AZ", "85006", "1111 E McDowell Rd", "America/Phoenix"),
    ("San Francisco", "CA", "94115", "2333 Buchanan St", "America/Los_Angeles"),
)
INSURANCES = ("Aetna", "Blue Cross Blue Shield", "Cigna", "Humana", "Kaiser Permanente", "Medicare", "UnitedHealthcare")
LANGUAGES = ("Spanish", "French", "German", "Mandarin", "Hindi", "Arabic", "Portuguese", "Polish")
SCHOOLS = ("Northwestern University", "Johns Hopkins University", "University of Michigan", "Emory University")
WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday")

#: Which of the doctors takes no new patients.
FULL = 7


def profile(number: int, specialty: str) -> dict[str, Any]:
    """A profile that differs from doctor to doctor, and is the same on every machine."""
    city, state, zip_code, street, _ = SITES[number % len(SITES)]
    name = specialty.replace("_", " ").title()
    since = 1995 + number % 25
    return {
        "specialty": specialty,
        "npi": with_check_digit(f"15{number:03}04{number % 89:02}"),
        "bio": f"{name} for adults and families, in person in {city} and by video.",
        "languages": ["English", LANGUAGES[number % len(LANGUAGES)]],
        "yearsOfExperience": 2026 - since,
        "education": f"MD, {SCHOOLS[number % len(SCHOOLS)]}",
        "certifications": [f"Board Certified in {name}"],
        "professionalHistory": [{"position": "Attending", "organization": f"{city} General", "fromYear": since}],
        "insuranceAccepted": [INSURANCES[(number + n) % len(INSURANCES)] for n in (0, 2, 5)],
        "phone": f"+1312555{1000 + number:04}",
        "email": f"practice{number}@demo.consentmd.example",
        "locations": [{"address": street, "city": city, "state": state, "zipCode": zip_code, "isPrimary": True}],
        "services": [
            {"name": "Consultation", "priceCents": 15_000, "durationMinutes": 30, "bufferAfterMinutes": 5},
            {"name": "Video visit", "priceCents": 9_000, "durationMinutes": 20, "modality": "virtual", "prepaid": True},
            {"name": "Physical examination", "priceCents": 22_000, "durationMinutes": 60, "modality": "in_person",
             "preparation": "Please come fasting: nothing but water for eight hours.", "equipment": ["ECG"]},
        ],
        "acceptingNewPatients": number != FULL,
    }  # fmt: skip


def hours(number: int) -> dict[str, Any]:
    """Weekdays with a break at noon; every third doctor has evenings on Thursdays instead."""
    usual, evening = (("09:00", "12:00"), ("13:00", "17:00")), (("14:00", "20:00"),)
    return {
        "timeZone": SITES[number % len(SITES)][4],
        "weekly": [
            {"dayOfWeek": day, "startTime": start, "endTime": end}
            for day in WEEK
            for start, end in (evening if day == "thursday" and number % 3 == 2 else usual)
        ],
        "slotMinutes": 30,
        "bufferMinutes": 0 if number < 2 else 5,
        "minNoticeMinutes": 60,
    }


def seed(doctors: Sequence[tuple[Any, str]], say: Callable[[str], None] = print) -> None:
    """Give each of these doctors (account, specialty) a profile and hours, unless they have them."""
    made = 0
    for number, (doctor, specialty) in enumerate(doctors):
        if doctor.call("GET", "/providers/me")["npi"] is not None:
            continue
        doctor.call("PUT", "/providers/me", profile(number, specialty))
        doctor.call("PUT", f"/providers/{doctor.user['id']}/availability", hours(number))
        made += 1
    say(f"profiles and hours of {made or len(doctors)} doctors, one taking no new patients")
