"""`python -m tools.create_admin`."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.client import refused
from tests.world import PASSWORD, unique
from tools.create_admin import create_admin

ROOT = Path(__file__).parents[2]


def run(cloud, email, password, name="Ada Admin"):
    command = [sys.executable, "-m", "tools.create_admin", "--email", email, "--name", name, "--password-stdin"]
    return subprocess.run(
        command, input=f"{password}\n", capture_output=True, text=True, check=False, cwd=ROOT,
        env=cloud.child_environment(), timeout=60,
    )  # fmt: skip


def test_the_command_makes_an_administrator(api, cloud):
    email = f"{unique('ada')}@example.org"
    done = run(cloud, email, PASSWORD)
    assert done.returncode == 0, done.stderr
    signed_in = api.post("/auth/login", {"email": email, "password": PASSWORD})
    assert (signed_in["user"]["role"], signed_in["user"]["emailVerified"]) == ("Admin", True)
    assert signed_in["user"]["id"] in done.stdout
    assert PASSWORD not in done.stdout + done.stderr


def test_making_one_leaves_a_trace(api, cloud, world):
    user_id = create_admin(f"{unique('ada')}@example.org", "Ada Admin", PASSWORD)
    found = api.as_(world.admin).get("/audit-logs", params={"entityId": user_id})
    assert [(e["action"], e["status"]) for e in found["data"]] == [("CREATE_ADMIN", "success")]


@pytest.mark.parametrize(
    ("email", "password", "word"), [("nobody", PASSWORD, "email"), ("ada@example.org", "password1", "password")]
)
def test_what_is_wrong_is_said(cloud, email, password, word):
    done = run(cloud, email, password)
    assert done.returncode == 1
    assert word in done.stderr
    assert "Traceback" not in done.stderr
    assert password not in done.stderr


def test_an_address_is_used_once(api, cloud):
    email = f"{unique('ada')}@example.org"
    create_admin(email, "Ada Admin", PASSWORD)
    done = run(cloud, email, "another-Horse-8-battery")
    assert done.returncode == 1
    assert "already exists" in done.stderr
    wrong = {"email": email, "password": "another-Horse-8-battery"}
    refused(api.post("/auth/login", wrong), 401, "INVALID_CREDENTIALS")
