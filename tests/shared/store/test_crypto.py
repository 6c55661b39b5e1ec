"""Sealed fields open only where they were sealed; blind tokens find what they should and nothing else."""

import json
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.store.crypto import LONGEST_PREFIX, MOST_TOKENS, SHORTEST_PREFIX, Sealer, SealError, search_words
from shared.store.keys import AEAD_DOMAINS, Keyring
from tools.keys import add, create, promote

# No category excluded: lone surrogates too, which JSON input may carry.
TEXT = st.text(st.characters(exclude_categories=()))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)
PLACE = {"collection": "patients", "document": "p1", "field": "name"}


@pytest.fixture(scope="module")
def directory(tmp_path_factory) -> Path:
    made = tmp_path_factory.mktemp("keys")
    create(made)
    return made


@pytest.fixture(scope="module")
def sealer(directory) -> Sealer:
    return Sealer(Keyring(directory))


@given(value=JSON, domain=st.sampled_from(AEAD_DOMAINS), place=st.tuples(TEXT, TEXT, TEXT))
def test_round_trip(sealer, value, domain, place):
    where = dict(zip(("collection", "document", "field"), place, strict=True))
    sealed = sealer.seal(domain, value, **where)
    assert sealed[:1] == b"\x01"
    opened = sealer.open(domain, sealed, **where)
    assert (json.dumps(opened), type(opened)) == (json.dumps(value), type(value))


@given(places=st.lists(st.tuples(TEXT, TEXT, TEXT), min_size=2, max_size=2, unique=True))
def test_another_place_does_not_open(sealer, places):
    here, there = (dict(zip(("collection", "document", "field"), each, strict=True)) for each in places)
    sealed = sealer.seal("patients", "x", **here)
    with pytest.raises(SealError):
        sealer.open("patients", sealed, **there)


@pytest.mark.parametrize(
    "other",
    [
        {"collection": "patient", "document": "sp1"},
        {"document": "p1/name", "field": ""},
        {"collection": 'patients","p1'},
        {"document": "p2"},
        {"field": "dateOfBirth"},
    ],
)
def test_places_that_look_alike_do_not_open(sealer, other):
    sealed = sealer.seal("patients", "x", **PLACE)
    with pytest.raises(SealError, match="does not open"):
        sealer.open("patients", sealed, **{**PLACE, **other})


def test_another_domain_does_not_open(sealer):
    with pytest.raises(SealError, match="'users'"):
        sealer.open("users", sealer.seal("patients", "x", **PLACE), **PLACE)


@given(data=st.data())
def test_any_change_is_noticed(sealer, data):
    sealed = bytearray(sealer.seal("patients", "Ann", **PLACE))
    at = data.draw(st.integers(0, len(sealed) - 1))
    sealed[at] ^= data.draw(st.integers(1, 255))
    with pytest.raises(SealError):
        sealer.open("patients", bytes(sealed), **PLACE)


@given(length=st.integers(0, 45))
def test_a_truncated_value_is_noticed(sealer, length):
    sealed = sealer.seal("patients", "Ann Example", **PLACE)
    with pytest.raises(SealError):
        sealer.open("patients", sealed[: min(length, len(sealed) - 1)], **PLACE)


def test_equal_values_are_sealed_differently(sealer):
    assert len({sealer.seal("patients", "x", **PLACE) for _ in range(50)}) == 50


def test_nothing_of_the_value_is_in_what_is_stored_or_said(sealer):
    sealed = sealer.seal("patients", {"name": "Marguerite"}, **PLACE)
    assert b"Marguerite" not in sealed
    assert b"name" not in sealed
    with pytest.raises(SealError) as refused:
        sealer.open("patients", sealed, **{**PLACE, "document": "p2"})
    assert "Marguerite" not in str(refused.value)
    assert refused.value.__cause__ is None


@pytest.mark.parametrize("value", [float("nan"), float("inf"), object(), {1, 2}, b"x", {("a",): 1}])
def test_what_is_not_json_is_refused(sealer, value):
    with pytest.raises(SealError, match=r"patients\.name is not JSON"):
        sealer.seal("patients", value, **PLACE)


def test_a_newer_format_is_refused_by_name(sealer):
    sealed = sealer.seal("patients", "x", **PLACE)
    with pytest.raises(SealError, match="unknown sealed format"):
        sealer.open("patients", b"\x02" + sealed[1:], **PLACE)


def test_rotation_keeps_old_values_readable_and_seals_with_the_new_key(tmp_path):
    create(tmp_path)
    sealed = []
    for generation in range(4):
        sealed.append(Sealer(Keyring(tmp_path)).seal("patients", generation, **PLACE))
        add(tmp_path, "patients")
        promote(tmp_path, "patients")
    now = Sealer(Keyring(tmp_path))
    assert [now.open("patients", each, **PLACE) for each in sealed] == [0, 1, 2, 3]
    # Bytes 2 to 5 are Tink's key id.
    assert len({each[1:6] for each in sealed}) == 4


def test_a_process_with_the_keys_of_before_the_rotation_says_what_it_lacks(tmp_path):
    create(tmp_path)
    before = Sealer(Keyring(tmp_path))
    before.seal("patients", "x", **PLACE)
    add(tmp_path, "patients")
    promote(tmp_path, "patients")
    sealed = Sealer(Keyring(tmp_path)).seal("patients", "x", **PLACE)
    with pytest.raises(SealError, match="not in the keyset 'patients'"):
        before.open("patients", sealed, **PLACE)


@pytest.mark.parametrize(
    ("kind", "one", "other"),
    [
        ("email", "Ann@Example.COM ", "ann@example.com"),
        ("email", "ａｎｎ@example.com", "ann@example.com"),
        ("email", "strasse@example.com", "STRAẞE@example.com"),
        ("phone", "+1 (555) 010-0199", "+15550100199"),
        ("phone", "0044 20 7946 0000", "+442079460000"),
        ("phone", "+٤٤٢٠٧٩٤٦٠٠٠٠", "+442079460000"),
        ("mrn", "mrn-0012ab34", "MRN-0012AB34"),
        ("mrn", " MRN-0012AB34", "MRN-0012AB34"),
        ("name", "  Ann \t Example", "ann example"),
        ("name", "Re\u0301mi", "R\u00e9mi"),
    ],
)
def test_spellings_of_the_same_thing_share_a_token(sealer, kind, one, other):
    assert sealer.blind(kind, one) == sealer.blind(kind, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("email", "ann@example.com"), ("name", "ann@example.com")),
        (("email", "ann@example.com"), ("email", "anne@example.com")),
        (("phone", "+15550100199"), ("phone", "+15550100198")),
        (("name", "Ann Example"), ("name", "AnnExample")),
        (("name", "Rémi"), ("name", "Remi")),
        (('a","b', "c"), ("a", 'b","c')),
    ],
)
def test_different_things_do_not(sealer, one, other):
    assert sealer.blind(*one) != sealer.blind(*other)


@given(text=TEXT, kind=st.sampled_from(["email", "phone", "mrn", "name"]))
def test_tokens_are_128_bits_and_need_the_key(sealer, other_sealer, text, kind):
    token = sealer.blind(kind, text)
    assert re.fullmatch(r"[A-Za-z0-9_-]{22}", token)
    assert token == sealer.blind(kind, text)
    assert token != other_sealer.blind(kind, text)


@pytest.fixture(scope="module")
def other_sealer(tmp_path_factory) -> Sealer:
    directory = tmp_path_factory.mktemp("other")
    create(directory)
    return Sealer(Keyring(directory))


def test_an_exact_token_and_a_prefix_token_of_one_text_differ(sealer):
    assert sealer.blind("name", "ann") not in sealer.prefixes("name", "ann")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Ann Example", ["ann", "example"]),
        ("O'Brien-Smith", ["obrien", "smith"]),
        ("D’Arcy", ["darcy"]),
        ("José Ñandú", ["jose", "nandu"]),
        ("Łukasz Bjørn Đorđe", ["lukasz", "bjorn", "dorde"]),
        ("Straße STRASSE", ["strasse", "strasse"]),
        ("İpek", ["ipek"]),
        ("Д'Артаньян Йозеф", ["дартаньян", "иозеф"]),
        ("किरण", ["किरण"]),
        ("李 小龍", ["李", "小龍"]),
        ("  .,- ", []),
        ("J. R. R.", ["j", "r", "r"]),
    ],
)
def test_words(text, words):
    import unicodedata

    assert [unicodedata.normalize("NFC", word) for word in search_words(text)] == [
        # Virama and nukta have a combining class, so they are folded away like accents.
        "".join(c for c in unicodedata.normalize("NFD", word) if not unicodedata.combining(c))
        for word in words
    ]


@given(text=TEXT)
def test_a_word_found_is_searched_for_as_it_stands(text):
    for word in search_words(text):
        assert search_words(word) == [word]


NAMES = st.lists(st.text("abßéłक王'- ", max_size=26), max_size=4).map(" ".join)


@settings(max_examples=300)
@given(text=NAMES, typed=st.text("aAbBßeéłक王", min_size=1, max_size=24), data=st.data())
def test_prefix_search_is_prefix_search(sealer, text, typed, data):
    words = search_words(text)
    # Half of the searches are for a beginning that is there, so that both answers occur often.
    if words and data.draw(st.booleans()):
        word = data.draw(st.sampled_from(words))
        typed = word[: data.draw(st.integers(1, len(word)))]
    sought = search_words(typed)
    if len(sought) != 1:
        return
    (begin,) = sought
    expected = any(
        word == begin or (SHORTEST_PREFIX <= len(begin) <= LONGEST_PREFIX and word.startswith(begin)) for word in words
    )
    assert (sealer.prefix("name", typed) in sealer.prefixes("name", text)) is expected


def test_prefixes_are_sorted_distinct_and_capped(sealer):
    long = " ".join(f"{first}{second}{'x' * 20}" for first in "abcdefgh" for second in "abcdefgh")
    tokens = sealer.prefixes("name", long)
    assert len(tokens) == MOST_TOKENS
    assert tokens == sorted(set(tokens))
    # Whole words survive the cap.
    assert sealer.prefix("name", "hh" + "x" * 20) in tokens
    assert len(sealer.prefixes("name", "ann Ann ÁNN")) == 2


def test_kinds_have_separate_prefixes(sealer):
    assert sealer.prefix("name", "ann") not in sealer.prefixes("street", "ann")


@pytest.mark.parametrize("typed", ["", "two words", "-"])
def test_a_prefix_is_one_word(sealer, typed):
    with pytest.raises(ValueError, match="one word at a time"):
        sealer.prefix("name", typed)
