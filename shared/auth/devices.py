"""Telling devices apart well enough to announce a new one by mail."""

import ipaddress
import re

#: What a device may be called, in the order in which names are looked for: later ones also appear in others' headers.
_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
    ("okhttp", "The app"),
    ("CFNetwork", "The app"),
    ("Dart", "The app"),
)
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("Darwin", "an Apple device"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)


def device_name(user_agent: str | None) -> str:
    """A name made of known words only: the header itself is the sender's text, and must not reach a mail."""
    header = user_agent or ""
    browser = next((name for mark, name in _BROWSERS if mark in header), "")
    system = next((name for mark, name in _SYSTEMS if mark in header), "")
    if not browser and not system:
        return "An unknown device"
    return f"{browser or 'A program'} on {system}" if system else browser


def fingerprint(user_agent: str | None, address: str | None) -> str:
    """What two sign-ins of one device have in common: the browser without its versions, and the wider network."""
    return f"{re.sub(r'[0-9._]+', '', user_agent or '')} {_network(address)}"


def _network(address: str | None) -> str:
    try:
        parsed = ipaddress.ip_address(address or "")
    except ValueError:
        return ""
    bits = 16 if parsed.version == 4 else 32
    return str(ipaddress.ip_network((parsed, bits), strict=False))
