"""Names of stored fields."""

from hypothesis import given
from hypothesis import strategies as st
from pydantic.alias_generators import to_camel as reference

from shared.store.document import to_camel

# Snake case as attributes are written; digits within and behind words, and the mark behind a keyword.
WORD = st.from_regex(r"[a-z][a-z0-9]{0,7}", fullmatch=True)
NAMES = st.builds(
    lambda words, mark: "_".join(words) + mark, st.lists(WORD, min_size=1, max_size=4), st.sampled_from(["", "_"])
)


@given(NAMES)
def test_names_are_those_that_pydantic_makes(name) -> None:
    assert to_camel(name) == reference(name)


def test_a_name_in_camel_case_stays_as_it_is() -> None:
    assert to_camel("actionItems") == reference("actionItems") == "actionItems"
