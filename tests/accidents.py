"""A backend of its own for tests in which something goes wrong: services that are killed, paused, started again."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import httpx

from localcloud.environment import PROJECT
from localcloud.services import ROOT
from localcloud.stack import Stack
from tests.client import Api
from tests.world import PASSWORD, Account, World, unique

#: Quick hashes, no limits; a database that does not answer is given up soon.
SETTINGS = {
    "BCRYPT_COST": "4",
    "RATE_LIMIT_GENERAL_PER_MINUTE": "1000000",
    "RATE_LIMIT_AUTH_PER_MINUTE": "1000000",
    "DATABASE_TIMEOUT_SECONDS": "1",
    "SMTP_TIMEOUT_SECONDS": "2",
}


class Apart(World):
    """A world on another backend than the one this test process is configured for."""

    def new_admin(self) -> Account:
        email = f"{unique('admin')}@example.org"
        subprocess.run(
            [sys.executable, "-m", "tools.create_admin", "--email", email, "--name", "Ada Admin", "--password-stdin"],
            input=f"{PASSWORD}\n", text=True, check=True, capture_output=True, cwd=ROOT,
            env=self.cloud.child_environment(DATABASE_TIMEOUT_SECONDS="20"),
        )  # fmt: skip
        return self.sign_in(email)

    def enrol(self, role: str, *, approved: bool = True, **fields: Any) -> Account:
        """Through the interface: the stores that this process knows are others."""
        account = self.register(role, **fields)
        if approved and role in {"Doctor", "Nurse"}:
            answer = self.api.as_(self.admin).post(f"/admin/users/{account.id}/verify", {"decision": "approve"})
            assert answer.status == 200, answer
        return account


def client(url: str) -> httpx.Client:
    """An HTTP client for a backend in trouble, whose answers are not held against their declared round trips.

    A commit that loses its database asks what became of it and is tried again, within one attempt.
    """

    def uncounted(response: httpx.Response) -> None:
        if "Server-Timing" in response.headers:
            response.headers["Server-Timing"] = response.headers["Server-Timing"].replace("attempts=1", "attempts=0")

    return httpx.Client(base_url=url, timeout=60, event_hooks={"response": [uncounted]})


def database(stack: Stack) -> Any:
    """The real client on the stack's database. This process's own is another: its client is left alone."""
    from google.cloud.firestore import Client

    with patch.dict(os.environ, stack.environ):
        return Client(project=PROJECT)


@contextmanager
def backend(data_dir: Path, **settings: str) -> Iterator[tuple[Stack, Apart]]:
    """Services on durable data, the API as a process of its own, and a world on them."""
    stack = Stack(data_dir, durable=True, settings={**SETTINGS, **settings})
    try:
        stack.start()
        stack.start_api()
        with client(stack.url) as http:
            yield stack, Apart(stack, Api(http))
    finally:
        stack.stop()
