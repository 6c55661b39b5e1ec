"""Which loopback ports the local services listen on."""

import errno
import socket
from collections.abc import Mapping
from dataclasses import asdict, fields
from random import SystemRandom

from localcloud.environment import Ports

#: The command line option of each port.
OPTIONS = {field.name: "--port" if field.name == "api" else f"--{field.name}-port" for field in fields(Ports)}

# Below what Linux (32768) and macOS (49152) hand out to outgoing connections, so that none of those takes a port
# between its choice and the moment its service listens.
CHOICE = range(20_000, 32_000)

# Not the shared generator: two programs that both seeded it would choose the same ports at the same moment.
_DICE = SystemRandom()


class PortError(Exception):
    """A port cannot be used; the message says which and what to do."""


def choose(requested: Ports, remembered: Mapping[str, int]) -> Ports:
    """Return `requested` with every 0 replaced by a free port, where possible the `remembered` one of that name.

    Raises `PortError` when a port that was asked for by number cannot be used or is asked for twice.
    """
    wanted: dict[str, int] = asdict(requested)
    chosen: dict[str, int] = {}
    for name, port in wanted.items():
        if port == 0:
            continue
        if port in chosen.values():
            raise PortError(f"port {port} is asked for twice; choose another with {OPTIONS[name]}")
        _require(port, OPTIONS[name])
        chosen[name] = port
    for name in wanted.keys() - chosen.keys():
        port = remembered.get(name, 0)
        if port in chosen.values() or not usable(port):
            port = _free(set(chosen.values()))
        chosen[name] = port
    return Ports(**chosen)


def usable(port: int) -> bool:
    """Whether a program may listen on this loopback port now."""
    if port == 0:
        return False
    try:
        _bind(port)
    except OSError:
        return False
    return True


def answers(port: int) -> bool:
    """Whether a program accepts connections on this loopback port."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def _require(port: int, option: str) -> None:
    try:
        _bind(port)
    except OSError as error:
        taken = error.errno == errno.EADDRINUSE
        reason = "is taken by another program" if taken else f"cannot be used ({error.strerror})"
        raise PortError(f"port {port} {reason}; choose another with {option}") from None


def _free(others: set[int]) -> int:
    candidates = [port for port in _DICE.sample(CHOICE, 200) if port not in others]
    for port in candidates:
        if usable(port):
            return port
    raise PortError("no free port was found between 20000 and 32000; choose them with the --...-port options")


def _bind(port: int) -> None:
    """Raise `OSError` unless `port` is free on both loopback addresses: `localhost` may mean either."""
    for family, host in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
        try:
            probe = socket.socket(family, socket.SOCK_STREAM)
        except OSError:
            continue  # this machine has no IPv6
        with probe:
            # Without it, connections of the run before that are in TIME_WAIT would make the port look taken.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError as error:
                if family == socket.AF_INET6 and error.errno == errno.EADDRNOTAVAIL:
                    continue
                raise
