"""Field types of a patient's record, and telephone numbers."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from shared.patients import fields
from shared.patients.records import generate_mrn
from shared.users import phone
from shared.users.fields import PastDate


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("+1 (234) 567-8900", "+12345678900"),
        ("0044 20 7946 0958", "+442079460958"),
        ("020 7946 0958", "02079460958"),
        ("+49/30/901820", "+4930901820"),
        ("+1\u2011234\u00a0567", "+1234567"),
        ("12345", "12345"),
    ],
)
def test_a_number_has_one_form(typed, kept) -> None:
    assert phone.normalise(typed) == kept
    assert phone.normalise(kept) == kept


@pytest.mark.parametrize(
    "wrong", ["", "1234", "+", "++123456", "12+34567", "1234567890123456", "call me", "١٢٣٤٥٦", "12345x9"]
)
def test_what_is_no_number_is_refused_without_being_repeated(wrong) -> None:
    with pytest.raises(ValueError, match="telephone number") as refused:
        phone.normalise(wrong)
    assert len(wrong) < 2 or wrong not in str(refused.value)


@settings(max_examples=200)
@given(st.from_regex(r"\+?[0-9 ().\-/]{1,25}", fullmatch=True))
def test_normalising_twice_is_normalising_once(typed) -> None:
    try:
        once = phone.normalise(typed)
    except ValueError:
        return
    assert phone.normalise(once) == once
    assert re.fullmatch(r"\+?[0-9]{5,15}", once)


def takes(kind, value) -> bool:
    try:
        TypeAdapter(kind).validate_python(value)
    except ValidationError:
        return False
    return True


def test_days_that_have_begun_somewhere_are_not_in_the_future() -> None:
    furthest = (datetime.now(UTC) + timedelta(hours=14)).date()
    assert takes(PastDate, furthest.isoformat())
    assert not takes(PastDate, (furthest + timedelta(days=1)).isoformat())
    assert takes(PastDate, "1900-01-01")
    assert not takes(PastDate, "1899-12-31")


@pytest.mark.parametrize(
    "wrong", ["2024-02-30", "20240101", "2024-1-1", "2024-01-01T00:00:00Z", 1704067200, None, True]
)
def test_a_date_is_written_in_one_way(wrong) -> None:
    assert not takes(fields.AnyDate, wrong)
    assert not takes(PastDate, wrong)


@pytest.mark.parametrize("wrong", ["2024-01-01", "12:00", 1704067200, "2024-01-01T25:00:00Z", "T"])
def test_a_time_is_a_date_and_a_time(wrong) -> None:
    assert not takes(fields.Moment, wrong)


def test_a_time_without_a_zone_is_utc() -> None:
    read = TypeAdapter(fields.Moment).validate_python
    assert read("2024-01-01T10:00:00") == read("2024-01-01T10:00:00Z") == read("2024-01-01T05:00:00-05:00")


@given(st.dates(date(1901, 1, 1), date(2100, 1, 1)))
def test_a_span_of_one_day_holds_all_of_it_and_nothing_else(day) -> None:
    first, behind = fields.begins(day), fields.ends(day)
    assert behind - first == timedelta(days=1)
    assert (first.date(), (behind - timedelta(microseconds=1)).date()) == (day, day)


@pytest.mark.parametrize(
    ("text", "good"),
    [
        ("MRN-001234", True),
        ("A/7 b.c_d", True),
        ("-1", False),
        ("1-", False),
        ("", False),
        ("x" * 51, False),
        ("é", False),
    ],
)
def test_medical_record_numbers(text, good) -> None:
    assert takes(fields.Mrn, text) is good


def test_made_numbers_are_of_letters_nobody_mistakes() -> None:
    made = {generate_mrn() for _ in range(500)}
    assert len(made) == 500
    assert all(re.fullmatch(r"MRN-[^0125OILZSBU8]{8}", number) and takes(fields.Mrn, number) for number in made)
