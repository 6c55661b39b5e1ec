"""What became of a draft's sentences, by the text that was signed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.notes.outcomes import decisions

DRAFT = [
    "Patient takes ibuprofen 400 mg twice a day.",
    "No known allergies.",
    "The left knee has hurt since Monday.",
]


@pytest.mark.parametrize(
    ("signed", "became"),
    [
        pytest.param(" ".join(DRAFT), ["accepted"] * 3, id="as it was drafted"),
        pytest.param("\n\n".join(reversed(DRAFT)), ["accepted"] * 3, id="in another order, in paragraphs"),
        pytest.param(
            DRAFT[0].replace("400 mg twice", "600 mg three times"), ["edited", "rejected", "rejected"], id="dose"
        ),
        pytest.param("The RIGHT knee has hurt since Monday.", ["rejected", "rejected", "edited"], id="side"),
        pytest.param("Ibuprofen was discussed. Knees are fine.", ["rejected"] * 3, id="something else about the same"),
        pytest.param("", ["rejected"] * 3, id="nothing"),
    ],
)
def test_sentences_of_a_draft(signed, became) -> None:
    assert decisions(DRAFT, [signed]) == became


def test_a_sentence_that_stands_is_no_edit_of_one_like_it() -> None:
    right, left = "Pain in the right knee when climbing stairs.", "Pain in the left knee when climbing stairs."
    assert decisions([right, left], [right]) == ["accepted", "rejected"]
    assert decisions([right, left], ["Pain in the knee when climbing stairs."]) == ["edited", "edited"]


@given(st.lists(st.text("abc dé.!\n", min_size=1, max_size=30).filter(str.strip), max_size=6), st.data())
def test_each_sentence_becomes_one_thing_and_what_is_left_alone_is_accepted(drafted, data) -> None:
    left = data.draw(st.lists(st.sampled_from(drafted), unique=True)) if drafted else []
    became = decisions(drafted, left)
    assert len(became) == len(drafted)
    assert all(is_now == "accepted" for text, is_now in zip(drafted, became, strict=True) if text in left)
    assert set(decisions(drafted, [])) <= {"rejected"}
