"""Cold start: importing keys, identity and mail loads none of the libraries that their functions load when called."""

import subprocess
import sys

import pytest

HEAVY = {
    "tink",
    "jwt",
    "cryptography",
    "bcrypt",
    "zxcvbn",
    "pyotp",
    "segno",
    "jinja2",
    "smtplib",
    "requests",
    "google.auth",
}


@pytest.mark.parametrize(
    "module",
    ["auth.tokens", "auth.external", "auth.passwords", "auth.mfa", "mail"],
)
def test_importing_is_cheap(module):
    code = f"import sys, shared.{module}; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert "shared" in loaded
    assert not HEAVY & set(loaded)
