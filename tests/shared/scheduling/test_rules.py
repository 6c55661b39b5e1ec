"""Small rules: check digits, the horizon, the taxonomy, busy time, completeness, ranks."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.reference import specialties
from shared.scheduling import facets
from shared.scheduling.availability import WeeklyHours, last_day
from shared.scheduling.completeness import _WEIGHTS, missing, score
from shared.scheduling.days import Busy, ProviderDay
from shared.scheduling.directory import next_free, rank
from shared.scheduling.npi import check_npi, with_check_digit
from shared.scheduling.profiles import ProviderProfile
from shared.scheduling.rule_models import wall_minute

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)


def profile(**fields) -> ProviderProfile:
    return ProviderProfile(id="p", name="A B", created_at=NOW, updated_at=NOW, **fields)


def test_the_example_of_the_standard() -> None:
    """45 CFR 162.406; the example of CMS's own document on the check digit."""
    assert check_npi("1234567893") == "1234567893"


@given(st.integers(100_000_000, 299_999_999), st.integers(0, 9), st.integers(1, 9))
def test_one_wrong_digit_is_found(nine, place, by) -> None:
    right = with_check_digit(str(nine))
    assert check_npi(right) == right
    digit = str((int(right[place]) + by) % 10)
    with pytest.raises(ValueError, match="National Provider Identifier"):
        check_npi(right[:place] + digit + right[place + 1 :])


@given(st.dates(date(2020, 1, 1), date(2040, 1, 1)))
def test_six_months_ahead(today) -> None:
    last = last_day(today)
    assert (last.year * 12 + last.month) - (today.year * 12 + today.month) == 6
    assert last.day == today.day or (last.day < today.day and (last + timedelta(days=1)).day == 1)


def test_every_specialty_has_a_lineage() -> None:
    for slug, node in specialties.taxonomy().items():
        own, *above = specialties.lineage(slug)
        assert (own, above) == (slug, specialties.lineage(node.parent) if node.parent else [])
        assert len(above) <= 2
        assert specialties.node_of(slug) == specialties.node_of(node.name.upper()) == node
    assert specialties.taxonomy()["obstetrics_gynecology"].name == "Obstetrics & Gynecology"
    assert specialties.slug_of("primary_care") is None
    assert specialties.slug_of("") is None


@pytest.mark.parametrize(
    ("text", "minute"),
    [("9:05", 545), ("09:05 am", 545), ("12:00 AM", 0), ("12:30 PM", 750), ("24:00", 1440), ("14:30:00", 870)],
)
def test_times_of_day(text, minute) -> None:
    assert wall_minute(text) == minute


@pytest.mark.parametrize("text", ["", "9", "24:01", "13:00 PM", "0:30 AM", "12:60", "noon", 9, None, "09:00:30"])
def test_no_times_of_day(text) -> None:
    with pytest.raises(ValueError, match="time of day"):
        wall_minute(text)


def test_every_other_week_counts_from_the_week_of_its_first_day() -> None:
    rule = WeeklyHours(weekday="monday", start=0, end=60, valid_from=date(2026, 3, 4), every_weeks=2)
    covered = [
        date(2026, 3, 2) + timedelta(weeks=n) for n in range(6) if rule.covers(date(2026, 3, 2) + timedelta(weeks=n))
    ]
    # The first Monday of the rule's own week lies before the rule begins.
    assert covered == [date(2026, 3, 16), date(2026, 3, 30)]


def test_holds_are_busy_for_others_until_they_expire() -> None:
    day = ProviderDay(id="p_2026-03-04", provider_id="p", date=date(2026, 3, 4), busy=[
        Busy(start=0, end=30, kind="hold", ref_id="h", user_id="me", expires_at=NOW + timedelta(minutes=5)),
        Busy(start=60, end=90, kind="appointment", ref_id="a", before=10, after=5),
    ])  # fmt: skip
    assert len(day.busy_for(NOW)) == 2
    assert [span.start for span in day.busy_for(NOW, user_id="me")] == [60]
    assert [span.start for span in day.busy_for(NOW + timedelta(minutes=5))] == [60]
    assert day.busy_for(NOW, without=["a", "h"]) == []
    assert day.busy[1].visit == (70, 85)
    assert day.appointments([day.busy[1].visit]) == [day.busy[1]]
    assert day.appointments([day.busy[0].span]) == []


def test_completeness() -> None:
    assert sum(_WEIGHTS.values()) == 100
    assert (score(profile()), missing(profile())[:2]) == (0, ["specialty", "npi"])
    some = profile(npi="1234567893", bio="x")
    assert score(some) == _WEIGHTS["npi"] + _WEIGHTS["bio"]
    assert "npi" not in missing(some)


def test_who_stands_first() -> None:
    soon, later, full, closed = (
        rank(profile(**fields))
        for fields in (
            {"next_free": date(2026, 3, 5)}, {"next_free": date(2026, 12, 5)}, {},
            {"next_free": date(2026, 3, 5), "accepting_new_patients": False},
        )
    )  # fmt: skip
    assert soon < later < full < closed


def test_days_pass_without_a_refresh() -> None:
    first = date(2026, 3, 1)
    assert next_free(None, 0, "UTC", NOW) is None
    assert next_free(first, 0b1, "UTC", NOW) is None
    assert next_free(first, 0b1001, "UTC", NOW) == date(2026, 3, 4)
    assert next_free(first, 0b110001, "UTC", NOW) == date(2026, 3, 5)
    # At noon UTC it is tomorrow already on Kiritimati.
    assert next_free(first, 0b11000, "Pacific/Kiritimati", NOW) == date(2026, 3, 5)


def test_facets_are_field_names() -> None:
    assert facets.language("ES") == facets.language("spanish") == "g_spanish"
    assert facets.place("Boston, MA 02101") == ["l_boston", "l_ma", "l_02101"]
    assert facets.place("!") == [facets.NOBODY]
    odd = facets.insurance("Страховая компания " * 5)
    assert odd.isascii()
    assert odd.replace("_", "").isalnum()
    assert odd == facets.insurance("страховая  компания " * 5)
