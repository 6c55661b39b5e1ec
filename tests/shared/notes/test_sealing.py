"""Canonical content and its hash."""

import json

from hypothesis import given
from hypothesis import strategies as st

from shared.notes.sealing import canonical

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-1000, 1000) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.from_regex(r"[a-zA-Z]{1,5}", fullmatch=True), inner),
    max_leaves=8,
)


@given(VALUES)
def test_it_says_everything_once(value) -> None:
    """Different contents have different forms: nothing can be changed without changing what is hashed."""
    assert json.loads(canonical(value)) == value
    assert canonical(json.loads(canonical(value))) == canonical(value)


@given(st.dictionaries(st.from_regex(r"[a-zA-Z]{1,5}", fullmatch=True), TEXT))
def test_the_order_of_members_does_not_matter(value) -> None:
    assert canonical(dict(reversed(value.items()))) == canonical(value)


def test_the_form_of_rfc_8785() -> None:
    """Its examples of strings and sorting (section 3.2), as far as they have no numbers."""
    assert canonical({"b": '\u20ac$\u000f\nA\'B"\\\\"/', "a": [None, True, False]}) == (
        '{"a":[null,true,false],"b":"\u20ac$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}'.encode()
    )
