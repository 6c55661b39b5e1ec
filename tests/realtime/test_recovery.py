"""Whatever happens to a socket or a gateway: coming back with the cursor brings what was missed, once and in order."""

import asyncio
import json
import socket
import threading
import time
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from realtime.eventlog import Logged
from realtime.feed import Feed
from realtime.position import behind, cursor
from shared.context import Context, Trail
from tests.conftest import eventually
from tests.realtime.conftest import SETTINGS
from tests.realtime.sockets import Ws, signed_in


def said(count: int, what: str = "m") -> list[str]:
    return [f"{what}{number} {uuid.uuid4().hex[:6]}" for number in range(count)]


def emit(cloud: Any, user_id: str, events: list[dict[str, str]]) -> None:
    """Events that no endpoint would make so many of at once."""
    from shared.config import settings

    unit = cloud.unit()
    ctx = Context(unit=unit, settings=settings(), trail=Trail("TEST"), request_id="test")
    for ids in events:
        ctx.emit([user_id], "test.event", ids)
    unit.commit()


def test_what_was_missed_comes_once_and_in_order_also_from_another_gateway(gateway, second, practice) -> None:
    first, missed, last = said(2), said(5, "missed"), said(2, "last")
    with signed_in(gateway, practice.nurse) as nurse:
        for text in first:
            practice.say(practice.doctor, text)
        assert nurse.until(first[-1])[-2:] == first
        place = nurse.cursor
    for text in missed:
        practice.say(practice.doctor, text)
    for base in (second, gateway):
        with signed_in(base, practice.nurse, since=place) as nurse:
            greeting = nurse.frames[0]["data"]
            assert greeting["replaying"]
            assert nurse.until(missed[-1]) == missed
            for text in last:
                practice.say(practice.doctor, text)
            assert nurse.until(last[-1])[-2:] == last
            assert len({f["id"] for f in nurse.frames if "id" in f}) == len([f for f in nurse.frames if "id" in f])
            ends = nurse.cursor
        missed, last = [*missed, *last], said(2, "more")
    with Ws(gateway, auth={"token": practice.nurse.token}, since=ends) as nurse:
        nurse.next("replayed")
        # A notification may have come meanwhile; a message has not.
        assert "message:received" not in [f["event"] for f in nurse.frames]


def test_coming_back_while_others_talk_loses_and_doubles_nothing(gateway, practice) -> None:
    chat = practice.chat(practice.nurse)
    texts, done = said(25), threading.Event()

    def talk() -> None:
        for text in texts:
            practice.say(practice.doctor, text, chat)
        done.set()

    with signed_in(gateway, practice.nurse) as start:
        place = start.cursor
    talking = threading.Thread(target=talk)
    talking.start()
    heard: list[str] = []
    while not heard or heard[-1] != texts[-1]:
        with signed_in(gateway, practice.nurse, since=place) as nurse:
            until = time.monotonic() + 0.2
            try:
                while time.monotonic() < until or done.is_set():
                    frame = nurse.receive(1)
                    if frame["event"] == "message:received" and frame["data"]["chatId"] == chat:
                        heard.append(frame["data"]["content"])
                    if heard and heard[-1] == texts[-1]:
                        break
            except TimeoutError:
                pass
            place = nurse.cursor
    talking.join()
    assert heard == texts


def test_a_gateway_that_is_killed_costs_its_clients_nothing(cloud, gateway, practice) -> None:
    chat = practice.chat(practice.nurse)
    dying = cloud.start_realtime("dying", **SETTINGS)
    before, while_dead, after = said(3), said(3, "dead"), said(2, "after")
    with signed_in(dying, practice.nurse) as nurse:
        for text in before:
            practice.say(practice.doctor, text, chat)
        nurse.until(before[-1])
        cloud.kill("dying")
        place = nurse.cursor
    for text in while_dead:
        practice.say(practice.doctor, text, chat)
    cloud.restart("dying")
    for base in (dying, gateway):
        with signed_in(base, practice.nurse, since=place) as nurse:
            assert nurse.until(while_dead[-1]) == while_dead
    with signed_in(dying, practice.nurse) as nurse:
        practice.say(practice.doctor, after[0], chat)
        nurse.until(after[0])
        cloud.processes["dying"].terminate()
        # Told to go: what waits is sent, and every client is told to come back.
        assert nurse.closed() == 1012
        place = nurse.cursor
    practice.say(practice.doctor, after[1], chat)
    with signed_in(gateway, practice.nurse, since=place) as nurse:
        assert nurse.until(after[1]) == [after[1]]


def test_who_is_too_slow_is_dropped_and_catches_up(gateway, cloud, world) -> None:
    somebody = world.family()
    slow = Slow(gateway, somebody.token)
    burst = [{"number": str(n), "filling": "x" * 20_000} for n in range(400)]
    for part in range(0, 400, 50):
        emit(cloud, somebody.id, burst[part : part + 50])
    eventually(slow.is_dropped, "the slow socket is dropped")
    cursor_of_last = slow.read_what_came()
    assert slow.numbers == list(range(len(slow.numbers))), "in order, without a hole"
    assert len(slow.numbers) < 400
    with signed_in(gateway, somebody, since=cursor_of_last) as back:
        back.next("replayed", seconds=60)
        more = [int(f["data"]["number"]) for f in back.frames if f["event"] == "test.event"]
    assert slow.numbers + more == list(range(400))


class Slow:
    """A client that does not read: a bare TCP socket with a small window."""

    def __init__(self, base: str, token: str) -> None:
        port = int(base.rpartition(":")[2])
        self.socket = socket.socket()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self.socket.connect(("127.0.0.1", port))
        self.port = self.socket.getsockname()[1]
        self.socket.sendall(
            f"GET /ws?token={token} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n".encode()
        )
        self.buffer = b""
        self.numbers: list[int] = []
        while b'"connected"' not in self.buffer:
            self.buffer += self.socket.recv(4096)

    def is_dropped(self) -> bool:
        """Whether the gateway has ended its side; looked at without reading."""
        states = {}
        for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
            parts = line.split()
            states[int(parts[1].rpartition(":")[2], 16), int(parts[2].rpartition(":")[2], 16)] = parts[3]
        return states.get((self.socket.getpeername()[1], self.port), "") != "01"

    def read_what_came(self) -> str:
        """Read to the end; the cursor of the last whole frame."""
        self.socket.settimeout(10)
        try:
            while part := self.socket.recv(65536):
                self.buffer += part
        except OSError:
            pass
        self.socket.close()
        place = ""
        data = self.buffer[self.buffer.index(b"\r\n\r\n") + 4 :]
        while len(data) >= 4:
            length, start = data[1] & 127, 2
            if length == 126:
                length, start = int.from_bytes(data[2:4], "big"), 4
            if data[0] != 0x81 or len(data) < start + length:
                break
            frame = json.loads(data[start : start + length])
            data = data[start + length :]
            place = frame.get("cursor", place)
            if frame["event"] == "test.event":
                self.numbers.append(int(frame["data"]["number"]))
        return place


def test_a_cursor_that_is_none_is_refused_and_an_old_one_asks_to_load_again(gateway, practice, cloud) -> None:
    with Ws(gateway, auth={"token": practice.nurse.token, "since": "x" * 51}) as socket_:
        assert socket_.next("error")["data"]["details"][0]["field"] == "since"
        assert socket_.closed() == 4001
    from shared import clients

    ages_ago = datetime.now(UTC) - timedelta(days=8)
    old = cursor(behind(int(ages_ago.timestamp() * 1e9)), clients.sealer())
    with signed_in(gateway, practice.nurse, since=old) as socket_:
        frame = socket_.next("resync")
        assert frame["data"]["reason"] == "TOO_OLD"
        fresh = frame["cursor"]
    with signed_in(gateway, practice.nurse, since=fresh) as socket_:
        socket_.next("replayed")
        assert "resync" not in [f["event"] for f in socket_.frames]


@pytest.mark.parametrize("silent", [True, False])
def test_a_listener_that_stops_without_a_word_is_found_out(cloud, world, silent) -> None:
    """The stream of the first listener gives nothing, as Google's have been seen to do; or breaks off."""
    from shared import clients
    from shared.config import settings

    somebody = world.family()
    quick = settings().changed(realtime_watchdog_seconds=0.3)
    found: list[str] = []

    class Hanging(Feed):
        listeners = 0

        async def _listen(self, since: datetime) -> Any:
            Hanging.listeners += 1
            if Hanging.listeners == 1:
                return Mute(silent=silent)
            return await super()._listen(since)

    async def take(ready: list[Logged], _until: int) -> None:
        found.extend(e.event.ids["number"] for e in ready if e.event.user_ids == [somebody.id])

    async def follow() -> None:
        feed = Hanging(quick, take)
        running = asyncio.ensure_future(feed.run())
        await feed.started.wait()
        for number in range(6):
            await asyncio.to_thread(emit, cloud, somebody.id, [{"number": str(number)}])
            await asyncio.sleep(0.1)
        for _ in range(200):
            if len(found) == 6 and Hanging.listeners > 1:
                break
            await asyncio.sleep(0.05)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

    clients.async_firestore.cache_clear()
    try:
        asyncio.run(follow())
    finally:
        clients.async_firestore.cache_clear()
    assert found == [str(n) for n in range(6)]


class Mute:
    """A stream without messages."""

    def __init__(self, *, silent: bool) -> None:
        self._silent = silent

    def __aiter__(self) -> Any:
        return self

    async def __anext__(self) -> Any:
        if self._silent:
            await asyncio.Event().wait()
        raise ConnectionError("broken off")

    def cancel(self) -> None: ...
