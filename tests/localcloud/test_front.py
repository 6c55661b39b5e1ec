"""One port for API and sockets: requests pass unharmed, sockets are served."""

import asyncio
import io
import random
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from PIL import Image

from localcloud.environment import Ports
from localcloud.front.proxy import Front, is_realtime
from localcloud.ports import choose
from tests.client import Answer, Api, check
from tests.conftest import eventually
from tests.realtime.sockets import Ws

#: What the server of this test's API and its proxy add by themselves.
OF_THE_CONNECTION = {"connection", "date", "server", "x-request-id", "transfer-encoding", "keep-alive", "server-timing"}


@pytest.fixture(scope="module")
def front(cloud: Any) -> Iterator[str]:
    yield cloud.start_realtime("front", in_front=True)
    cloud.kill("front")


def same(front: str, cloud: Any, method: str, path: str, **options: Any) -> httpx.Response:
    """The answer through the front, which is the one without it."""
    through = httpx.request(method, front + path, timeout=60, **options)
    direct = httpx.request(method, cloud.url + path, timeout=60, **options)
    assert through.status_code == direct.status_code

    def plain(answer: httpx.Response) -> dict[str, str]:
        return {k.lower(): v for k, v in answer.headers.items() if k.lower() not in OF_THE_CONNECTION}

    assert plain(through) == plain(direct)
    return through


def test_requests_pass_unharmed(front, cloud, world) -> None:
    patient = world.patient()
    signed = {"Authorization": f"Bearer {patient.token}"}
    assert same(front, cloud, "GET", "/health").status_code == 200
    me = same(front, cloud, "GET", "/api/v1/users/me", headers=signed)
    assert me.json()["id"] == patient.id
    for path in ("/users/me?x=%2F&y=a+b", "/nope/%2e%2e/%2fx?q=%C3%A9", "/api/docs", "/wsx", "/socket.iox"):
        same(front, cloud, "GET", path, headers=signed)
    same(front, cloud, "HEAD", "/health")
    preflight = {"Origin": "http://localhost:5173", "Access-Control-Request-Method": "GET"}
    assert "access-control-allow-origin" in same(front, cloud, "OPTIONS", "/users/me", headers=preflight).headers
    login = same(
        front, cloud, "POST", "/auth/login", json={"email": patient.email, "password": "wrong-Horse-9-battery"}
    )
    assert login.status_code == 401


def test_cookies_and_bodies_of_unknown_length_pass(front, world) -> None:
    patient = world.patient()
    with httpx.Client(base_url=front, timeout=60) as http:
        answer = Api(http).post("/auth/login", {"email": patient.email, "password": patient.password})
        assert len(answer.headers.get_list("set-cookie")) == 2
        named = http.put(
            "/users/me",
            content=iter([b'{"na', b'me": "Streamed"}']),
            headers={"Authorization": f"Bearer {patient.token}", "Content-Type": "application/json"},
        )
        assert named.json()["name"] == "Streamed"


def test_large_bodies_pass_both_ways(front, world) -> None:
    patient = world.patient()
    signed = {"Authorization": f"Bearer {patient.token}"}
    # Read to its end before it is refused: nothing on the way may give up on it.
    huge = {"avatar": ("a.png", b"\x89PNG\r\n\x1a\n" + bytes(31 * 2**20), "image/png")}
    assert httpx.post(f"{front}/users/me/avatar", headers=signed, files=huge, timeout=100).status_code == 413
    noise = io.BytesIO()
    Image.frombytes("RGB", (900, 900), random.Random(1).randbytes(900 * 900 * 3)).save(noise, "PNG")
    sent = {"avatar": ("a.png", noise.getvalue(), "image/png")}
    assert httpx.post(f"{front}/users/me/avatar", headers=signed, files=sent, timeout=100).is_success

    def picture() -> httpx.Response | None:
        answer = httpx.get(f"{front}/users/{patient.id}/avatar", headers=signed, timeout=60)
        return answer if answer.is_success else None

    came = eventually(picture, "the scan of the picture")
    assert Image.open(io.BytesIO(came.content)).tobytes() == Image.open(noise).tobytes()


def test_sockets_are_served_beside(front, world) -> None:
    patient = world.patient()
    for path in ("/ws", "/api/ws", "/api/v1/ws"):
        with Ws(front, path, token=patient.token) as socket:
            assert socket.next("connected")["data"]["userId"] == patient.id
    for path in ("/socket.io/", "/api/v1/socket.io/"):
        opened = httpx.get(f"{front}{path}?EIO=4&transport=polling")
        assert opened.status_code == 200
        assert opened.text.startswith("0{")


@pytest.mark.parametrize(
    ("path", "realtime"),
    [("/ws", True), ("/api/ws", True), ("/api/v1/ws", True), ("/socket.io/", True), ("/api/socket.io/x", True),
     ("/wsx", False), ("/api/v1/users/ws", False), ("/", False), ("/v1/ws", False)],
)  # fmt: skip
def test_whose_path_it_is(path: str, realtime: bool) -> None:
    assert is_realtime(path) is realtime


def test_functions_that_are_away_are_answered_for(cloud) -> None:
    sent: list[dict[str, Any]] = []
    nowhere = choose(Ports(0, 0, 0, 0, 0, 0), {}).api

    async def nothing(_scope: Any, receive: Any, send: Any) -> None:
        scope = {"type": "http", "method": "GET", "path": "/x", "raw_path": b"/x", "query_string": b"", "headers": []}

        async def keep(message: dict[str, Any]) -> None:
            sent.append(message)

        await front(scope, receive, keep)

    front = Front(nothing, f"http://127.0.0.1:{nowhere}")
    asyncio.run(front({"type": "lifespan"}, None, None))
    away(sent)


def test_a_request_under_way_is_answered_for_when_the_server_stops() -> None:
    sent: list[dict[str, Any]] = []

    async def nothing(_scope: Any, receive: Any, send: Any) -> None:
        async def hang(_reader: Any, writer: Any) -> None:
            asked.set()
            await over.wait()
            writer.close()
            await writer.wait_closed()
            closed.set()

        async def keep(message: dict[str, Any]) -> None:
            sent.append(message)

        asked, over, closed = asyncio.Event(), asyncio.Event(), asyncio.Event()
        listening = await asyncio.start_server(hang, "127.0.0.1", port)
        scope = {"type": "http", "method": "GET", "path": "/x", "raw_path": b"/x", "query_string": b"", "headers": []}
        request = asyncio.ensure_future(front(scope, receive, keep))
        await asyncio.wait_for(asked.wait(), 30)
        request.cancel()
        await request
        over.set()
        await asyncio.wait_for(closed.wait(), 30)
        listening.close()
        await listening.wait_closed()

    port = choose(Ports(0, 0, 0, 0, 0, 0), {}).api
    front = Front(nothing, f"http://127.0.0.1:{port}")
    asyncio.run(front({"type": "lifespan"}, None, None))
    away(sent)


def away(sent: list[dict[str, Any]]) -> None:
    """Holds what was sent against the one shape of errors."""
    start, body = sent
    headers = [(name.decode(), value.decode()) for name, value in start["headers"]]
    asked = httpx.Request("GET", "http://localhost/x")
    answer = Answer(httpx.Response(start["status"], headers=headers, content=body["body"], request=asked))
    check(answer)
    assert (answer.status, answer.json["error"]["code"]) == (503, "EXTERNAL_SERVICE_ERROR")
