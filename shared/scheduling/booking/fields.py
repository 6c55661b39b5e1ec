"""Field types of bookings."""

import re
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints

from shared.users.fields import Text, iso_date, no_controls

#: 004 §1.1; beside these, the name or id of a service the provider offers (RESOLUTIONS: Type).
TYPES = (
    "routine_checkup", "follow_up", "consultation", "urgent_care", "procedure", "lab_work", "vaccination", "telehealth",
)  # fmt: skip

_TWELVE = re.compile(r"(\d{1,2}):(\d\d)\s*([AaPp])\.?[Mm]\.?", re.ASCII)
_TWENTY_FOUR = re.compile(r"(\d{1,2}):(\d\d)(?::00)?", re.ASCII)


def wall_minutes(value: Any) -> int:
    """Minutes since midnight of a time such as `10:00 AM`, `2:30pm` or `14:30` (RESOLUTIONS: Times)."""
    text = value.strip() if isinstance(value, str) else ""
    if found := _TWELVE.fullmatch(text):
        hour, minute, half = int(found[1]), int(found[2]), found[3].lower()
        if 1 <= hour <= 12 and minute < 60:
            return (hour % 12 + (12 if half == "p" else 0)) * 60 + minute
    elif found := _TWENTY_FOUR.fullmatch(text):
        hour, minute = int(found[1]), int(found[2])
        if hour < 24 and minute < 60:
            return hour * 60 + minute
    raise ValueError("must be a time such as 10:00 AM or 14:30")


def wall_clock(minute: int) -> str:
    """`10:00 AM`, as 004 writes times."""
    hour, rest = divmod(minute, 60)
    return f"{(hour + 11) % 12 + 1:02}:{rest:02} {'AM' if hour < 12 else 'PM'}"


_TIME_SCHEMA = {"type": "string", "examples": ["10:00 AM"]}

#: A time of the provider's clock, as minutes since midnight.
WallTime = Annotated[
    int,
    BeforeValidator(wall_minutes),
    Field(description="In the provider's time zone, in 12 or 24 hours.", json_schema_extra=_TIME_SCHEMA),
]
Day = Annotated[
    date, BeforeValidator(iso_date), Field(description="In the provider's time zone.", examples=["2026-12-15"])
]
#: Minutes of a visit.
Duration = Annotated[int, Field(ge=5, le=480, description="Minutes.", examples=[30])]
TypeName = Annotated[Text, StringConstraints(min_length=1, max_length=100)]
#: 004 §4.1: 10 to 500 characters.
Reason = Annotated[str, AfterValidator(no_controls), StringConstraints(min_length=10, max_length=500)]
Notes = Annotated[str, AfterValidator(no_controls), StringConstraints(max_length=1000)]
Item = Annotated[Text, StringConstraints(min_length=1, max_length=100)]
Items = Annotated[list[Item], Field(max_length=20)]
Place = Annotated[Text, StringConstraints(min_length=1, max_length=200)]
StatusName = Literal["pending", "scheduled", "confirmed", "checked_in", "completed", "cancelled", "no_show"]
