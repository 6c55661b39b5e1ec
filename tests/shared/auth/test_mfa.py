"""Time-based codes and backup codes."""

import base64
import re
import struct
import zlib
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, unquote, urlsplit

import pyotp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.auth.mfa import (
    backup_code_hash,
    is_backup_code,
    matching_step,
    new_backup_codes,
    new_secret,
    otpauth_uri,
    qr_data_url,
)

# RFC 6238 appendix B: its SHA-1 secret and the last six digits of its codes.
SECRET = base64.b32encode(b"12345678901234567890").decode()
VECTORS = [
    (59, "287082"),
    (1111111109, "081804"),
    (1111111111, "050471"),
    (1234567890, "005924"),
    (2000000000, "279037"),
    (20000000000, "353130"),
]


@pytest.mark.parametrize(("seconds", "code"), VECTORS)
def test_vectors_of_rfc_6238(seconds, code):
    at = datetime.fromtimestamp(seconds, UTC)
    assert matching_step(SECRET, code, at) == seconds // 30
    assert matching_step(SECRET, f" {code[:3]} {code[3:]}\n", at) == seconds // 30
    assert matching_step(SECRET, f"{code[:3]}-{code[3:]}", at) == seconds // 30


@given(seconds=st.integers(60, 4_000_000_000), off=st.integers(-4, 4))
def test_a_code_is_taken_in_its_step_and_the_two_beside_it(seconds, off):
    step = seconds // 30
    code = pyotp.TOTP(SECRET).generate_otp(max(step + off, 0))
    near = {pyotp.TOTP(SECRET).generate_otp(step + each): step + each for each in (-1, 0, 1)}
    assert matching_step(SECRET, code, datetime.fromtimestamp(seconds, UTC)) == near.get(code)


def test_a_code_used_twice_gives_the_same_step_so_that_it_can_be_refused():
    now = datetime(2026, 3, 1, 12, tzinfo=UTC)
    code = pyotp.TOTP(SECRET).at(now)
    assert matching_step(SECRET, code, now) == matching_step(SECRET, code, now + timedelta(seconds=29))
    assert matching_step(SECRET, code, now + timedelta(seconds=60)) is None


@pytest.mark.parametrize(
    "code",
    [
        "",
        "28708",
        "2870820",
        "28708a",
        "\uff12\uff18\uff17\uff10\uff18\uff12",
        "٢٨٧٠٨٢",
        "-287082x",
        "28.082",
        "x" * 100_000,
    ],
)
def test_what_is_no_code_matches_nothing(code):
    assert matching_step(SECRET, code, datetime.fromtimestamp(59, UTC)) is None


def test_the_first_step_of_all():
    at = datetime.fromtimestamp(0, UTC)
    assert matching_step(SECRET, pyotp.TOTP(SECRET).generate_otp(0), at) == 0


def test_secrets_are_160_bits_and_new_each_time():
    secrets = {new_secret() for _ in range(50)}
    assert len(secrets) == 50
    assert {len(base64.b32decode(each)) for each in secrets} == {20}


@given(email=st.emails())
def test_the_uri_is_what_apps_read(email):
    uri = otpauth_uri(SECRET, email)
    parts = urlsplit(uri)
    assert (parts.scheme, parts.netloc) == ("otpauth", "totp")
    assert unquote(parts.path) == f"/ConsentMD ({email})"
    assert parse_qs(parts.query) == {
        "secret": [SECRET],
        "issuer": ["ConsentMD"],
        "algorithm": ["SHA1"],
        "digits": ["6"],
        "period": ["30"],
    }


def test_the_uri_is_understood_by_another_reader():
    totp = pyotp.parse_uri(otpauth_uri(SECRET, "ann+x@example.com"))
    assert isinstance(totp, pyotp.TOTP)
    assert totp.at(59) == "287082"
    assert (totp.name, totp.issuer) == ("ConsentMD (ann+x@example.com)", "ConsentMD")


def test_the_qr_code_is_a_png():
    url = qr_data_url(otpauth_uri(SECRET, "ann@example.com"))
    head, _, data = url.partition(",")
    png = base64.b64decode(data)
    assert head == "data:image/png;base64"
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", png[16:24])
    assert width == height >= 200
    start = png.index(b"IDAT") + 4
    assert zlib.decompress(png[start : start + struct.unpack(">I", png[start - 8 : start - 4])[0]])


def test_backup_codes():
    codes = new_backup_codes()
    assert len(set(codes)) == 10
    assert all(re.fullmatch(r"[0-9a-hjkmnp-tv-z]{5}-[0-9a-hjkmnp-tv-z]{5}", code) for code in codes)
    assert len({code for _ in range(20) for code in new_backup_codes()}) == 200
    assert len({backup_code_hash(code) for code in codes}) == 10


@pytest.mark.parametrize(
    "typed", ["ab01k-zx9v7", "AB01K-ZX9V7", " ab01kzx9v7 ", "abolk zx9v7", "ab-o1-k zx9v7", "abOIK-ZX9V7"]
)
def test_a_backup_code_is_the_same_however_it_is_typed(typed):
    assert is_backup_code(typed)
    assert backup_code_hash(typed) == backup_code_hash("ab01k-zx9v7")


@pytest.mark.parametrize(
    "typed", ["", "123456", "ab01k-zx9v", "ab01k-zx9v77", "ab01k-zx9vu", "ab01k-zx9vé", "\ud800" * 10]
)
def test_what_is_no_backup_code(typed):
    assert not is_backup_code(typed)
    assert backup_code_hash(typed) != backup_code_hash("ab01k-zx9v7")


def test_the_hash_does_not_change_between_releases():
    # A changed parameter would make every stored code useless.
    assert backup_code_hash("ab01k-zx9v7") == "86a6639ccd7a64078233f185afab9885e77bc08f9a357567902c52f0da7f96e9"
