"""Field types of a patient's record; those of people are in `shared.users.fields`."""

import uuid
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints

from shared.store.crypto import search_words
from shared.users.fields import FIRST_DAY, ISO_DATE, Text, iso_date, no_controls

#: Clocks of devices run ahead.
_SKEW = timedelta(minutes=5)


def _sensible(day: date) -> date:
    if not FIRST_DAY <= day <= date(2200, 1, 1):
        raise ValueError("must be a date between 1900-01-01 and 2200-01-01")
    return day


def _iso_moment(value: Any) -> Any:
    if isinstance(value, datetime) or (isinstance(value, str) and "T" in value.upper()):
        return value
    raise ValueError("must be a time of the form YYYY-MM-DDThh:mm:ssZ")


def _in_utc(moment: datetime) -> datetime:
    """A time without a zone is UTC (RESOLUTIONS: Times)."""
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)


def _measured(moment: datetime) -> datetime:
    if moment.date() < FIRST_DAY or moment > datetime.now(UTC) + _SKEW:
        raise ValueError("must be a time between 1900 and now")
    return moment


def _uuid(text: str) -> str:
    try:
        found = str(uuid.UUID(text))
    except ValueError:
        raise ValueError("must be a UUID") from None
    if found != text.lower():
        raise ValueError("must be a UUID in its usual form")
    return found


#: Several lines of text.
Prose = Annotated[str, AfterValidator(no_controls), StringConstraints(min_length=1, max_length=5000)]
#: VARCHAR(255) and VARCHAR(100) of the sources.
Line = Annotated[Text, StringConstraints(min_length=1, max_length=255)]
ShortLine = Annotated[Text, StringConstraints(min_length=1, max_length=100)]
Version = Annotated[Text, StringConstraints(min_length=1, max_length=50)]
#: VARCHAR(50), unique among patients (000 §1.2).
Mrn = Annotated[
    str, StringConstraints(min_length=1, max_length=50, pattern=r"^[A-Za-z0-9](?:[A-Za-z0-9 ._/\-]*[A-Za-z0-9])?$")
]
#: Any day, such as the end of a course that is still running.
AnyDate = Annotated[date, BeforeValidator(iso_date), AfterValidator(_sensible)]
#: A time of day on a date, UTC unless it says otherwise.
Moment = Annotated[datetime, BeforeValidator(_iso_moment), AfterValidator(_in_utc)]
#: The same, not in the future.
PastMoment = Annotated[Moment, AfterValidator(_measured)]
UserId = Annotated[str, AfterValidator(_uuid), Field(examples=["3f0c9c3e-7e1a-4b62-9d3e-2f6f0f3c8a11"])]


def _searchable(text: str) -> str:
    if not search_words(text):
        raise ValueError("needs at least one letter or digit")
    return text


SearchText = Annotated[
    str,
    Field(max_length=200, description="Beginnings of words of the name, or the MRN.", examples=["John"]),
    AfterValidator(_searchable),
]


def _edge(value: Any) -> Any:
    if isinstance(value, str) and ISO_DATE.fullmatch(value.strip()):
        return date.fromisoformat(value.strip())
    if isinstance(value, str) and "T" in value.upper():
        # In a query string + is a space.
        return datetime.fromisoformat(value.strip().replace(" ", "+").upper())
    raise ValueError("must be a date (YYYY-MM-DD) or a time (YYYY-MM-DDThh:mm:ssZ)")


#: Beginning or end of a span, as a day or as a time.
Edge = Annotated[datetime | date, BeforeValidator(_edge)]


def begins(edge: datetime | date | None) -> datetime | None:
    """The first moment of a span that begins with `edge`; a day begins at midnight UTC."""
    if edge is None or isinstance(edge, datetime):
        return _in_utc(edge) if edge is not None else None
    return datetime(edge.year, edge.month, edge.day, tzinfo=UTC)


def ends(edge: datetime | date | None) -> datetime | None:
    """The first moment behind a span that includes `edge`. Firestore keeps microseconds."""
    if edge is None or isinstance(edge, datetime):
        return _in_utc(edge) + timedelta(microseconds=1) if edge is not None else None
    return datetime(edge.year, edge.month, edge.day, tzinfo=UTC) + timedelta(days=1)
