"""Positions and cursors."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.position import BadCursor, Position, behind, cursor, read_cursor
from tests.realtime.keys import SEALER

POSITIONS = st.builds(Position, st.integers(0, 2**63), st.integers(0, 2**16 - 1), st.uuids().map(str))


@given(POSITIONS)
def test_a_cursor_comes_back_as_its_position(position: Position) -> None:
    assert read_cursor(cursor(position, SEALER), SEALER) == position


@given(POSITIONS, st.integers(0, 50), st.characters(codec="utf-8"))
def test_a_changed_cursor_is_refused(position: Position, place: int, other: str) -> None:
    good = cursor(position, SEALER)
    bad = good[:place] + other + good[place + 1 :]
    if bad == good:
        return
    # Unused bits of the last character of base64 are nobody's: the same position, not another.
    with contextlib.suppress(BadCursor):
        assert read_cursor(bad, SEALER) == position


@given(st.text(max_size=80))
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(BadCursor):
        read_cursor(text, SEALER)


@given(POSITIONS)
def test_behind_a_time_is_behind_everything_of_that_time(position: Position) -> None:
    assert position <= behind(position.time) < Position(position.time + 1, 0, position.id)


def test_a_cursor_tells_nothing_of_its_key() -> None:
    one, other = (cursor(Position(5, 0, "00000000-0000-4000-8000-00000000000" + d), SEALER) for d in "12")
    assert len(one) == len(other) == 51
    assert one[-16:] != other[-16:]
