"""Password hashes and the strength check."""

import sys
import unicodedata
from concurrent.futures import ThreadPoolExecutor

import bcrypt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.auth.passwords import (
    LONGEST,
    hash_password,
    needs_rehash,
    password_problems,
    verify_nothing,
    verify_password,
)

COST = 4  # bcrypt's least: what is tested here does not depend on it


@settings(max_examples=60)
@given(password=st.text(min_size=1, max_size=18).filter(lambda p: "\0" not in p), other=st.text(max_size=18))
def test_a_hash_fits_its_password_only(password, other):
    hashed = hash_password(password, COST)
    assert verify_password(password, hashed)
    assert verify_password(other, hashed) is (
        unicodedata.normalize("NFKC", other) == unicodedata.normalize("NFKC", password)
    )


def test_the_hash_is_bcrypt_at_the_cost_asked_for_with_its_own_salt():
    hashed = hash_password("Demo-Passw0rd!", 5)
    assert hashed.startswith("$2b$05$")
    assert bcrypt.checkpw(b"Demo-Passw0rd!", hashed.encode())
    assert hash_password("Demo-Passw0rd!", 5) != hashed


def test_every_byte_counts_up_to_the_longest():
    hashed = hash_password("x" * LONGEST, COST)
    assert not verify_password("x" * (LONGEST - 1) + "y", hashed)
    # bcrypt itself would cut these off and find them equal.
    assert not verify_password("x" * (LONGEST + 1), hashed)
    assert not verify_password("x" * 100_000, hashed)


def test_nothing_after_a_null_byte_is_lost():
    assert not verify_password("secret\0x", hash_password("secret", COST))


@pytest.mark.parametrize("password", ["x" * 73, "é" * 37, "with\0null", "\0"])
def test_what_no_hash_can_hold_is_refused(password):
    with pytest.raises(ValueError, match="at most 72 bytes") as refused:
        hash_password(password, COST)
    assert password not in str(refused.value)


@pytest.mark.parametrize(
    "hashed", ["", "x", "$2b$04$", "$2b$99$" + "." * 53, "plain text", "$argon2id$v=19$", "\ud7ff"]
)
def test_a_damaged_hash_fits_nothing(hashed):
    assert verify_password("anything", hashed) is False


def test_the_same_letters_composed_differently_are_the_same_password():
    assert verify_password("cafe\u0301 noir", hash_password("caf\u00e9 noir", COST))


def test_hashes_of_php_are_taken_and_replaced():
    hashed = hash_password("Demo-Passw0rd!", COST).replace("$2b$", "$2y$")
    assert verify_password("Demo-Passw0rd!", hashed)
    assert needs_rehash(hashed, COST)


def test_a_cheaper_hash_is_replaced_and_a_dearer_one_kept():
    hashed = hash_password("Demo-Passw0rd!", 5)
    assert [needs_rehash(hashed, cost) for cost in (4, 5, 6)] == [False, False, True]
    assert needs_rehash("not a hash", 4)


@pytest.mark.parametrize("password", ["", "right or wrong", "x" * 100_000, "with\0null", "\ud800"])
def test_an_account_that_is_not_there_costs_one_bcrypt_and_fits_nothing(password, monkeypatch):
    costs = []
    genuine = bcrypt.hashpw

    def counting(data, salt):
        costs.append(int(salt[4:6]))
        return genuine(data, salt)

    monkeypatch.setattr(bcrypt, "hashpw", counting)
    assert verify_nothing(password, 5) is False
    assert costs == [5]


@pytest.mark.parametrize("password", ["Demo-Passw0rd!", "correct horse battery", "tránsito-ñandú-42", "kq7#Vw!p2Zx"])
def test_good_passwords(password):
    assert password_problems(password, user_inputs=["ann@example.com", "Ann Example"]) == []


@pytest.mark.parametrize(
    ("password", "sentence"),
    [
        ("", "Use at least 8 characters."),
        ("Ab1!xyz", "Use at least 8 characters."),
        ("x9#" * 24 + "y", "Use at most 72 bytes"),
        ("ñ" * 37, "Use at most 72 bytes"),
        ("good enough\0then", "null character"),
        ("password1", "a very common password"),
        ("aaaaaaaaaaaa", 'Repeats like "aaa"'),
        ("qwertyuiop", "top-100 common password"),
        ("abcdefghij", 'Sequences like "abc"'),
        ("consentmd", "too easy to guess"),
    ],
)
def test_bad_passwords_are_told_why(password, sentence):
    problems = password_problems(password)
    assert sentence in " ".join(problems)
    assert all(problem[0].isupper() and problem.endswith(".") for problem in problems)
    if len(password) > 7:
        assert password not in " ".join(problems)


@pytest.mark.parametrize("known", [["zamorowsky@example.com"], ["Zamorowsky Tillingham"], ["+15550100199 zamorowsky"]])
def test_what_others_know_of_the_user_is_easy_to_guess(known):
    assert password_problems("zamorowsky-7") == []
    assert password_problems("zamorowsky-7", user_inputs=known) != []


def test_checks_at_the_same_time_do_not_share_their_users_words():
    def check(number):
        known = ["zamorowsky"] if number % 2 else []
        return bool(password_problems("zamorowsky-7", user_inputs=known)) is bool(number % 2)

    # Threads change places as often as they can, so that two checks do meet.
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(8) as pool:
            assert all(pool.map(check, range(100)))
    finally:
        sys.setswitchinterval(interval)


@settings(max_examples=40)
@given(password=st.text(max_size=90))
def test_any_text_is_judged(password):
    problems = password_problems(password, user_inputs=[password, ""])
    assert problems or verify_password(password, hash_password(password, COST))
