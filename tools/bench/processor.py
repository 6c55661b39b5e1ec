"""Processor time of other processes."""

import os
from pathlib import Path


class NoProcError(Exception):
    """The figures are in /proc, which this system has not."""


def cpu_seconds(session: int) -> float:
    """Processor time so far (user and system) of every process of a session: a server and its workers."""
    if not Path("/proc/self/stat").exists():
        raise NoProcError("processor time of other processes is read from /proc, which this system does not have")
    ticks = 0
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                # The name in parentheses may hold anything; what follows it is separated by blanks (proc(5)).
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue  # it has ended
            if int(fields[3]) == session:
                ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")
