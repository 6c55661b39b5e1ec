"""Names and fingerprints of devices."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.auth.devices import device_name, fingerprint

CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{}.0.0.0 Safari/537.36"
)


@pytest.mark.parametrize(
    ("header", "name"),
    [
        (CHROME.format(130), "Chrome on Windows"),
        (CHROME.format(130) + " Edg/130.0", "Edge on Windows"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Version/17.0 Safari/605.1.15", "Safari on macOS"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0", "Firefox on Linux"),
        ("okhttp/4.12.0", "The app"),
        ("curl/8.0", "An unknown device"),
        (None, "An unknown device"),
    ],
)
def test_a_device_is_named_by_known_words(header, name):
    assert device_name(header) == name


@given(st.text())
def test_a_name_never_repeats_the_header(header):
    known = {"Edge", "Opera", "Samsung", "Internet", "Firefox", "Chrome", "Safari", "The", "app", "A", "program", "on",
             "iPhone", "iPad", "Android", "Windows", "macOS", "an", "Apple", "device", "ChromeOS", "Linux", "An",
             "unknown"}  # fmt: skip
    assert set(device_name(header).split()) <= known


def test_an_update_is_the_same_device_another_network_is_not():
    here = fingerprint(CHROME.format(130), "198.51.100.7")
    assert fingerprint(CHROME.format(131), "198.51.7.200") == here
    assert fingerprint(CHROME.format(130), "203.0.113.7") != here
    assert fingerprint("curl/8.0", "198.51.100.7") != here
    assert fingerprint("curl/8.0", "2001:db8:1::1") == fingerprint("curl/8.1", "2001:db8:2::9")
    assert fingerprint(None, None) == fingerprint("", "not an address")
