"""The stand-in for clamd, spoken to as its protocol is documented, and our client on it."""

import socket
import struct
import threading
from collections.abc import Iterator

import pytest

from localcloud.clamd.scanner import EICAR
from localcloud.clamd.server import REFUSE, Clamd
from shared.files import clamd
from shared.files.clamd import NoVerdictError, Verdict
from tests.functions.files import samples

MOST = 1_000_000


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("clamd")


@pytest.fixture(scope="module")
def server(folder) -> Iterator[Clamd]:
    running = Clamd(0, folder, MOST)
    running.start()
    yield running
    running.stop()


def said(host: str, port: int, sent: bytes) -> bytes:
    """Everything the server answers to `sent`, until it closes."""
    with socket.create_connection((host, port), timeout=10) as connection:
        connection.sendall(sent)
        connection.shutdown(socket.SHUT_WR)
        answer = b""
        while part := connection.recv(4096):
            answer += part
        return answer


def stream(content: bytes, chunk: int = 1000) -> bytes:
    parts = [content[at : at + chunk] for at in range(0, len(content), chunk)]
    return b"".join(struct.pack(">I", len(part)) + part for part in parts) + bytes(4)


@pytest.mark.parametrize(
    ("sent", "answer"),
    [
        (b"zPING\0", b"PONG\0"),
        (b"nPING\n", b"PONG\n"),
        (b"PING\n", b"PONG\n"),
        (b"zNONSENSE\0", b"UNKNOWN COMMAND\0"),
        (b"zINSTREAM\0" + stream(b"good"), b"stream: OK\0"),
        (b"nINSTREAM\n" + stream(b"good"), b"stream: OK\n"),
        (b"zINSTREAM\0" + stream(b""), b"stream: OK\0"),
        (b"zINSTREAM\0" + stream(EICAR, 7), b"stream: Eicar-Signature FOUND\0"),
        (
            b"zIDSESSION\0zPING\0zINSTREAM\0" + stream(EICAR) + b"zEND\0",
            b"1: PONG\x002: stream: Eicar-Signature FOUND\0",
        ),
        (b"zINSTREAM\0" + struct.pack(">I", 10) + b"broken", b""),
    ],
)
def test_the_protocol(server, sent, answer) -> None:
    assert said("127.0.0.1", server.port, sent) == answer


def test_it_says_what_it_is(server) -> None:
    assert said("127.0.0.1", server.port, b"zVERSION\0").startswith(b"ClamAV ")
    assert b"INSTREAM" in said("127.0.0.1", server.port, b"nVERSIONCOMMANDS\n")


def test_a_stream_beyond_the_limit_is_refused(server) -> None:
    sent = b"zINSTREAM\0" + stream(bytes(MOST + 1), 100_000)
    assert said("127.0.0.1", server.port, sent) == b"INSTREAM size limit exceeded. ERROR\0"


def ask(server: Clamd, content: bytes) -> Verdict:
    return clamd.scan(content, host="127.0.0.1", port=server.port, timeout=10)


@pytest.mark.parametrize("content", [b"", b"x", samples.pdf(), bytes(clamd.CHUNK), bytes(clamd.CHUNK + 1)])
def test_our_client_finds_clean_what_is(server, content) -> None:
    assert ask(server, content) == Verdict("clean")


@pytest.mark.parametrize(
    "content", [EICAR, samples.INFECTED_PDF, samples.infected_docx(), samples.docx(member=samples.infected_docx())]
)
def test_our_client_is_told_of_malware_also_inside_of_archives(server, content) -> None:
    assert ask(server, content) == Verdict("infected", "Eicar-Signature")


@pytest.mark.parametrize("size", [MOST + 1, MOST * 20])
def test_our_client_learns_that_it_is_too_large(server, size) -> None:
    assert ask(server, bytes(size)) == Verdict("too_large")


def test_an_error_is_no_verdict(server, folder) -> None:
    (folder / REFUSE).touch()
    try:
        with pytest.raises(NoVerdictError):
            ask(server, b"x")
    finally:
        (folder / REFUSE).unlink()


def test_nobody_there_is_no_verdict() -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        with pytest.raises(NoVerdictError):
            clamd.scan(b"x", host="127.0.0.1", port=nobody.getsockname()[1], timeout=1)


def test_silence_and_a_broken_connection_are_no_verdict() -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        port = mute.getsockname()[1]
        with pytest.raises(NoVerdictError):
            clamd.scan(b"x", host="127.0.0.1", port=port, timeout=0.2)

        def hang_up() -> None:
            mute.accept()[0].close()

        # The first to be accepted is the connection above, which has ended already.
        for _ in range(2):
            threading.Thread(target=hang_up, daemon=True).start()
        with pytest.raises(NoVerdictError):
            clamd.scan(b"x" * 100, host="127.0.0.1", port=port, timeout=1)
