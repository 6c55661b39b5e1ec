"""Configurations under which no function starts: each says what is wrong, in one sentence, before it listens."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
KMS = {"KEYSET_KMS_KEY": "projects/p/locations/us-central1/keyRings/r/cryptoKeys/k"}


def start(**variables: str) -> tuple[int, str]:
    """Start one function by the runtime of production; its exit code and what it wrote."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    done = subprocess.run(
        [sys.executable, "-m", "functions_framework", "--target", "health", "--source", "main.py", "--port", "0"],
        cwd=ROOT, env={**kept, **variables}, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize("name", ["FIRESTORE_EMULATOR_HOST", "STORAGE_EMULATOR_HOST", "FIREBASE_AUTH_EMULATOR_HOST"])
@pytest.mark.parametrize("environment", ["production", "staging"])
def test_no_function_starts_on_an_emulator_outside_of_local(environment, name) -> None:
    code, said = start(ENVIRONMENT=environment, **{name: "127.0.0.1:9"}, **KMS)
    assert code != 0
    assert f"{name} is set, but ENVIRONMENT is {environment}, not local." in said
    assert "the function refuses to start; unset it." in said


def test_on_cloud_run_not_even_local_starts_on_an_emulator() -> None:
    code, said = start(ENVIRONMENT="local", K_SERVICE="health", FIRESTORE_EMULATOR_HOST="127.0.0.1:9")
    assert code != 0
    assert "refuses to start" in said


def test_production_does_not_start_with_keysets_in_the_clear() -> None:
    code, said = start(ENVIRONMENT="production")
    assert code != 0
    assert "KEYSET_KMS_KEY is needed in production: keysets must not lie in the clear" in said


def test_an_environment_that_is_not_named_is_production() -> None:
    code, said = start()
    assert code != 0
    assert "KEYSET_KMS_KEY is needed in production" in said


def test_everything_that_is_wrong_is_said_at_once() -> None:
    code, said = start(ENVIRONMENT="production", PORT="many", BCRYPT_COST="2", **KMS)
    assert code != 0
    assert "PORT:" in said
    assert "BCRYPT_COST:" in said
