"""Times as people write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.scheduling.booking.fields import wall_clock, wall_minutes


@given(st.integers(0, 1439))
def test_every_minute_of_the_day_in_12_and_24_hours(minute) -> None:
    assert wall_minutes(wall_clock(minute)) == minute
    assert wall_minutes(wall_clock(minute).lower().replace(" ", "")) == minute
    assert wall_minutes(f"{minute // 60}:{minute % 60:02}") == minute


@pytest.mark.parametrize(
    ("text", "minute"), [("12:00 AM", 0), ("12:30 pm", 750), ("1:05 a.m.", 65), ("23:59:00", 1439), (" 9:00 AM ", 540)]
)
def test_as_they_are_written(text, minute) -> None:
    assert wall_minutes(text) == minute


@pytest.mark.parametrize(
    "text", ["", "10", "24:00", "13:00 PM", "0:00 AM", "10:60", "10:00:30", "ten", None, 600, "١٠:٠٠"]
)
def test_what_is_no_time(text) -> None:
    with pytest.raises(ValueError, match="10:00 AM"):
        wall_minutes(text)
