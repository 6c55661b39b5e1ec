"""Calendar entries, as an independent parser reads them."""

from datetime import UTC, date, datetime, timedelta

import icalendar
from hypothesis import given
from hypothesis import settings as profile
from hypothesis import strategies as st

from shared.config import Settings
from shared.scheduling.booking.calendar import add_links, ics
from shared.scheduling.booking.documents import Appointment, ProviderSummary, Status

SETTINGS = Settings(environment="local", public_url="https://api.example.org", frontend_url="https://app.example.org")
STARTS = st.integers(0, 4 * 366 * 1440).map(lambda minute: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minute))


def appointment(start: datetime, minutes: int = 30, **changes) -> Appointment:
    made = datetime(2026, 1, 1, tzinfo=UTC)
    return Appointment(
        id="3f0c9c3e-7e1a-4b62-9d3e-2f6f0f3c8a11", patient_id="p", patient_name="Paula Secret", provider_id="d",
        provider=ProviderSummary(first_name="Dana", last_name="Okafor"), status=Status.SCHEDULED, type="vaccination",
        start=start, end=start + timedelta(minutes=minutes), day=date(2026, 1, 1), time_zone="America/New_York",
        wall="2026-01-01T10:00", busy_start=0, busy_end=0, places=[], reason="A very private reason", booked_by="p",
        booked_by_role="Patient", created_at=made, updated_at=made,
    ).model_copy(update=changes)  # fmt: skip


@profile(max_examples=30)
@given(STARTS, st.integers(5, 480), st.sampled_from(list(Status)), st.lists(st.integers(5, 20_160), max_size=5))
def test_what_a_calendar_reads(start, minutes, status, reminders) -> None:
    made = appointment(start, minutes, status=status, sequence=3)
    text = ics([made], SETTINGS, reminders=reminders)
    (event,) = icalendar.Calendar.from_ical(text).walk("VEVENT")
    assert (event["DTSTART"].dt, event["DTEND"].dt) == (start, made.end)
    assert (event["UID"], event["SEQUENCE"]) == (f"{made.id}@api.example.org", 3)
    alarms = {-alarm["TRIGGER"].dt // timedelta(minutes=1) for alarm in event.walk("VALARM")}
    assert alarms == (set(reminders) if status.is_open else set())
    for secret in (b"Paula", b"Okafor", b"private", b"vaccination", b"New_York"):
        assert secret not in text
    assert max(len(line) for line in text.split(b"\r\n")) <= 75, "RFC 5545 section 3.1"


def test_the_same_state_is_the_same_file() -> None:
    made = appointment(datetime(2026, 12, 1, 15, tzinfo=UTC))
    assert ics([made], SETTINGS, reminders=[60]) == ics([made], SETTINGS, reminders=[60])


def test_links_name_the_time_and_nothing_else() -> None:
    links = add_links(appointment(datetime(2026, 12, 1, 15, tzinfo=UTC)), SETTINGS)
    assert "dates=20261201T150000Z%2F20261201T153000Z" in links["google"]
    assert "startdt=2026-12-01T15%3A00%3A00Z" in links["outlook"]
    assert not any(name in str(links) for name in ("Paula", "Okafor", "private"))
