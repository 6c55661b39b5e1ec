"""What vital signs can be."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from pydantic.alias_generators import to_camel

from shared.patients.measures import UNITS, NewVitals

#: The limits, written a second time, as a clinician reads them.
LIMITS = {
    "systolic_bp": (30, 300),
    "diastolic_bp": (10, 200),
    "heart_rate": (20, 300),
    "temperature": (20, 45),
    "respiration_rate": (2, 120),
    "oxygen_saturation": (20, 100),
    "weight": (0.2, 650),
    "height": (15, 275),
}
WHOLE = {"systolic_bp", "diastolic_bp", "heart_rate", "respiration_rate"}


def test_every_sign_has_a_unit_and_limits() -> None:
    assert UNITS.keys() == LIMITS.keys()


@pytest.mark.parametrize("name", LIMITS)
@settings(max_examples=150)
@given(data=st.data())
def test_a_value_is_taken_exactly_within_its_limits(name, data) -> None:
    least, most = LIMITS[name]
    numbers = st.integers(-1000, 2000) if name in WHOLE else st.floats(-1000, 2000, allow_nan=False)
    value = data.draw(numbers | st.sampled_from([least, most]))
    # A diastolic pressure never stands alone; the highest systolic one leaves it its whole range.
    beside = {"systolicBp": 300} if name == "diastolic_bp" else {}
    if not least <= value <= most:
        with pytest.raises(ValidationError) as refused:
            NewVitals.model_validate({to_camel(name): value} | beside)
        assert [error["loc"] for error in refused.value.errors()] == [(to_camel(name),)]
        return
    made = NewVitals.model_validate({to_camel(name): value} | beside)
    kept = getattr(made.measures, name)
    assert kept == round(value, 2)
    assert NewVitals.model_validate({to_camel(name): kept} | beside).measures == made.measures


@settings(max_examples=200)
@given(st.integers(30, 300), st.integers(10, 200))
def test_systolic_is_above_diastolic(systolic, diastolic) -> None:
    sent = {"systolicBp": systolic, "diastolicBp": diastolic}
    if systolic > diastolic:
        assert NewVitals.model_validate(sent).measures.systolic_bp == systolic
        return
    with pytest.raises(ValidationError):
        NewVitals.model_validate(sent)


@pytest.mark.parametrize("value", ["72", True, 72.5, float("nan"), float("inf"), [72], None])
def test_whole_numbers_are_whole_numbers(value) -> None:
    with pytest.raises(ValidationError):
        NewVitals.model_validate({"heartRate": value})
