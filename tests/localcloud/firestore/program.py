"""The engine as a program of its own."""

import os
import random
import socket
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]


def steady_port() -> int:
    """A free port to come back to. It is none that the system gives to outgoing connections: a client that knocks while
    nobody listens could be given it, and would be connected to itself.
    """
    for port in random.sample(range(15_000, 30_000), 200):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port
    raise RuntimeError("no port is free")


class Program:
    """`python -m localcloud.firestore` on a directory."""

    def __init__(self, data_dir: Path, port: int = 0) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "localcloud.firestore", "--port", str(port), "--data-dir", str(data_dir)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONWARNINGS": "ignore"},
        )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line.startswith("firestore: listening on 127.0.0.1:"), f"it ended with {self.process.wait()}"
        self.port = int(line.rsplit(":", 1)[1])

    def end(self, number: int) -> int:
        self.process.send_signal(number)
        code = self.process.wait(timeout=30)
        assert self.process.stdout is not None
        self.process.stdout.close()
        return code
