"""kill -9 of everything that carries a conversation, while it goes on."""

import json
import subprocess
import sys

import pytest

from localcloud.services import ROOT


@pytest.mark.soak
@pytest.mark.timeout(1800)
def test_every_message_reaches_everybody_on_every_channel_once(record_property) -> None:
    """Sockets, notifications, e-mails, pushes and texts, by their ids."""
    command = [sys.executable, "-m", "tools.bench_realtime", "--kill", "--json"]
    size = ["--chats", "10", "--rate", "4", "--seconds", "30"]
    done = subprocess.run([*command, *size], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stdout, done.stderr
    figures = json.loads(done.stdout)
    assert done.returncode == 0, figures
    told = ("messages", "deliveries", "missing", "doubled", "reconnects")
    for name in (*told, *(name for name in figures if "expected, missing" in name or "handed over again" in name)):
        record_property(name, figures[name])
