"""The HTTP server under the local services: framing, keep-alive, garbage and clients that leave."""

import socket
import threading
from collections.abc import Iterator

import pytest
import requests

from localcloud.httpd import HttpServer, Request, Response


def echo(request: Request) -> Response:
    if request.path == "/unread":
        return Response(200, b"unread")
    if request.path == "/fails":
        raise KeyError("secret")
    return Response(200, request.body.read_all(1 << 24) or b"", [("X-Note", "a\r\nInjected: yes")])


@pytest.fixture
def port() -> Iterator[int]:
    server = HttpServer(0, echo)
    server.start()
    yield server.port
    server.stop()


def exchange(port: int, data: bytes) -> bytes:
    """Send raw bytes, end the sending side, and read all that comes back."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as sock:
        sock.sendall(data)
        sock.shutdown(socket.SHUT_WR)
        parts = []
        while part := sock.recv(65536):
            parts.append(part)
    return b"".join(parts)


def post(body: bytes, *headers: str, path: str = "/") -> bytes:
    lines = [f"POST {path} HTTP/1.1", "Host: localhost", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def test_one_connection_carries_many_requests(port: int):
    answers = exchange(port, post(b"one", "Content-Length: 3") + post(b"two", "Content-Length: 3"))
    assert answers.count(b"HTTP/1.1 200") == 2
    assert b"one" in answers
    assert answers.endswith(b"two")


def test_an_unread_body_is_not_taken_for_the_next_request(port: int):
    answers = exchange(port, post(b"GET /x HTTP/1.1", "Content-Length: 15", path="/unread") + post(b"", "X-A: b"))
    assert answers.count(b"HTTP/1.1 ") == 2


def test_chunked_bodies_are_read(port: int):
    chunked = b"3\r\nabc\r\n4;x=y\r\ndefg\r\n0\r\nTrailer: t\r\n\r\n"
    answers = exchange(port, post(chunked, "Transfer-Encoding: chunked") + post(b"next", "Content-Length: 4"))
    assert b"abcdefg" in answers
    assert answers.endswith(b"next")


@pytest.mark.parametrize(
    "data",
    [
        post(b"x", "Content-Length: -1"),
        post(b"x", "Content-Length: abc"),
        post(b"x", "Content-Length: 1", "Transfer-Encoding: chunked"),
        post(b"zz\r\n", "Transfer-Encoding: chunked"),
        post(b"x", "Transfer-Encoding: gzip"),
        b"nonsense\r\n\r\n",
        b"GET / HTTP/9.9.9\r\n\r\n",
    ],
)
def test_garbage_is_refused(port: int, data: bytes):
    status = exchange(port, data).split(b"\r\n")[0]
    assert b" 400 " in status or b" 505 " in status


def test_a_client_that_leaves_does_no_harm(port: int):
    assert exchange(port, post(b"only some", "Content-Length: 999999")) == b""
    assert exchange(port, post(b"ff\r\nshort", "Transfer-Encoding: chunked")) == b""
    assert b"200" in exchange(port, post(b"", "X: y"))


def test_an_error_tells_nothing_of_itself(port: int):
    answer = requests.get(f"http://127.0.0.1:{port}/fails", timeout=20)
    assert answer.status_code == 500
    assert "secret" not in answer.text


def test_a_value_cannot_add_a_header(port: int):
    answer = requests.get(f"http://127.0.0.1:{port}/", timeout=20)
    assert "Injected" not in answer.headers


@pytest.mark.parametrize(
    ("host", "status"),
    [("localhost", 200), ("127.0.0.1:80", 200), ("[::1]:80", 200), ("evil.example", 403), ("", 403)],
)
def test_only_loopback_names_are_answered(port: int, host: str, status: int):
    answer = requests.get(f"http://127.0.0.1:{port}/", headers={"Host": host}, timeout=20)
    assert answer.status_code == status


def test_fifty_clients_at_once_each_get_their_own_answer(port: int):
    wrong = []

    def client(number: int) -> None:
        with requests.Session() as session:
            for each in range(20):
                body = f"{number}-{each}".encode() * 50
                if session.post(f"http://127.0.0.1:{port}/", data=body, timeout=60).content != body:
                    wrong.append(number)

    threads = [threading.Thread(target=client, args=(n,)) for n in range(50)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert wrong == []
