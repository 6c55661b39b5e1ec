"""Measure the realtime gateway: chats of four, every message to every participant once, and how long it takes.

    python -m tools.bench_realtime                         1,000 sockets, 25 messages a second, 60 seconds
    python -m tools.bench_realtime --chats 50 --rate 10    smaller
    python -m tools.bench_realtime --through store         messages are committed without the API in between
    python -m tools.bench_realtime --kill                  gateway, API, workers, task queue, database killed

One gateway process, the API, the stores and this program share the machine. A message's way begins before it is sent
and ends when a participant's socket has it; messages of the same chat and sender are sent one after the other. With
`--kill` clients come back with their cursor, senders repeat with the same client message id, each message is told of by
an e-mail of its own, and afterwards every channel is counted by its ids (see `tools.bench.channels`).
"""

import argparse
import asyncio
import contextlib
import json
import os
import random
import statistics
import sys
import tempfile
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import websockets
from websockets.asyncio.client import connect

from localcloud.services import MANY
from localcloud.stack import Stack
from shared.chats.documents import Chat, ChatMember, member_id
from shared.chats.posting import post
from shared.store.document import Document, new_id
from shared.users.documents import Role
from tools.bench import channels
from tools.bench.world import SETTINGS, Account, World

MEMBERS = 4
_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")
_SETTLE_SECONDS = 60
#: Who is killed while messages are sent, one after the other; the workers once more when all that is left is theirs.
VICTIMS = ("realtime", "api", "workers", "tasks", "firestore")


@dataclass
class Talk:
    """A chat and what was said in it."""

    chat: Chat
    members: list[Account]
    #: Of the first of them.
    number: str = ""
    #: Message id → when it was sent first.
    sent: dict[str, float] = field(default_factory=dict)
    #: Message id → times at which its commit was acknowledged.
    acknowledged: dict[str, float] = field(default_factory=dict)
    #: Message id → who wrote it.
    senders: dict[str, str] = field(default_factory=dict)
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


@dataclass
class Client:
    """A participant's socket, opened again with its cursor whenever it ends."""

    account: Account
    url: str
    got: dict[str, float] = field(default_factory=dict)
    doubled: int = 0
    reconnects: int = 0
    cursor: str = ""
    connected: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self, gate: asyncio.Semaphore) -> None:
        """Listen for ever."""
        while True:
            with contextlib.suppress(OSError, websockets.WebSocketException, TimeoutError, EOFError):
                async with gate:
                    socket = await connect(self.url, compression=None, open_timeout=60, ping_interval=None)
                    hello = {"token": self.account.token} | ({"since": self.cursor} if self.cursor else {})
                    await socket.send(json.dumps({"event": "auth", "data": hello}))
                    self._take(await socket.recv())
                self.connected.set()
                async for text in socket:
                    self._take(text)
            self.reconnects += 1
            await asyncio.sleep(random.uniform(0.05, 0.5))

    def _take(self, text: str | bytes) -> None:
        frame = json.loads(text)
        self.cursor = frame.get("cursor", self.cursor)
        if frame["event"] == "message:received":
            key = frame["data"]["id"]
            if key in self.got:
                self.doubled += 1
            else:
                self.got[key] = time.monotonic()


def practice(world: World, chats: int, *, muted: bool) -> list[Talk]:
    """Chats of four members of staff each, stored as the backend stores them.

    Unless they have `muted` their chats, they have devices, and one of each four gets text messages, too.
    """
    talks: list[Talk] = []
    documents: list[Document] = []
    for place in range(chats):
        members = [world.account(Role.DOCTOR) for _ in range(MEMBERS)]
        ids = [member.id for member in members]
        chat = Chat(
            id=new_id(), type="Internal Staff", name="Shift", member_ids=ids, admin_ids=ids[:1],
            muted_ids=ids if muted else [], created_at=world.now, updated_at=world.now,
        )  # fmt: skip
        documents.append(chat)
        documents += [
            ChatMember(
                id=member_id(chat.id, m.id), chat_id=chat.id, user_id=m.id, type=chat.type, name=m.user.name,
                role=m.role.value, title="Shift", joined_at=world.now, last_at=world.now, muted=muted,
            )
            for m in members
        ]  # fmt: skip
        talk = Talk(chat, members, number=f"+1555{place:07}")
        if not muted:
            for at, member in enumerate(members):
                documents += channels.reachable(member, number=talk.number if at == 0 else "")
        talks.append(talk)
    world.store(documents)
    return talks


class Processor:
    """What a process has used."""

    def __init__(self, pid: int) -> None:
        self.pid = pid

    def seconds(self) -> float:
        """Processor time, user and system."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS

    def memory(self) -> int:
        """Resident bytes."""
        return int(Path(f"/proc/{self.pid}/statm").read_text().split()[1]) * _PAGE


async def send(http: httpx.AsyncClient, talk: Talk, number: int, *, through: str) -> None:
    """Send one message, however often that takes."""
    sender = talk.members[number % MEMBERS]
    key = uuid.uuid4().hex
    async with talk.lock:
        began = time.monotonic()
        while True:
            with contextlib.suppress(httpx.HTTPError, OSError):
                message_id = await (_by_api if through == "api" else _by_store)(http, talk, sender, key)
                if message_id:
                    talk.sent[message_id] = began
                    talk.acknowledged[message_id] = time.monotonic()
                    talk.senders[message_id] = sender.id
                    return
            await asyncio.sleep(0.2)


async def _by_api(http: httpx.AsyncClient, talk: Talk, sender: Account, key: str) -> str:
    body = {"content": "How are you feeling today?", "clientMessageId": key}
    headers = {"Authorization": f"Bearer {sender.token}"}
    answer = await http.post(f"/chats/{talk.chat.id}/messages", json=body, headers=headers)
    return str(answer.json()["id"]) if answer.status_code == 201 else ""


async def _by_store(_: httpx.AsyncClient, talk: Talk, sender: Account, key: str) -> str:
    from realtime.identity import Peer, attempt
    from shared.context import Caller

    def rule(ctx: Any) -> str:
        said = post(ctx, talk.chat, kind="text", text="How are you?", sender_id=sender.id, client_id=key)
        return said.id

    return await asyncio.to_thread(attempt, Peer("", None), "BENCH", rule, Caller(sender.user, sender.session))


async def measure(stack: Stack, talks: list[Talk], options: argparse.Namespace, base: str) -> dict[str, Any]:
    """Open the sockets, send, wait for the last delivery; figures."""
    gateway = Processor(stack.processes["realtime"].pid)
    await asyncio.sleep(1)
    empty = gateway.memory()
    url = base.replace("http", "ws", 1) + "/ws"
    clients = {m.id: Client(m, url) for talk in talks for m in talk.members}
    gate = asyncio.Semaphore(20)
    listening = [asyncio.ensure_future(client.run(gate)) for client in clients.values()]
    began = time.monotonic()
    await asyncio.gather(*(client.connected.wait() for client in clients.values()))
    opened = time.monotonic() - began
    await asyncio.sleep(2)
    full, before = gateway.memory(), gateway.seconds()

    async with httpx.AsyncClient(base_url=stack.url, timeout=30, limits=httpx.Limits(max_connections=64)) as http:
        sending = []
        accidents = asyncio.ensure_future(_accidents(stack, options.seconds)) if options.kill else None
        began = time.monotonic()
        for number in range(int(options.rate * options.seconds)):
            await asyncio.sleep(max(0.0, began + number / options.rate - time.monotonic()))
            talk = talks[number % len(talks)]
            sending.append(asyncio.ensure_future(send(http, talk, number // len(talks), through=options.through)))
        await asyncio.gather(*sending)
        say("everything is sent")
        interrupted = 0
        if accidents is not None:
            interrupted = await accidents + await asyncio.to_thread(_crash, stack, "workers")
        deliveries = sum(len(talk.sent) for talk in talks) * MEMBERS
        deadline = time.monotonic() + _SETTLE_SECONDS
        while _delivered(talks, clients) < deliveries and time.monotonic() < deadline:  # noqa: ASYNC110
            await asyncio.sleep(0.1)
        lasted = time.monotonic() - began
    # Of a gateway that was killed neither is known.
    cost: dict[str, Any] = {"deliveries under way when their workers were killed": interrupted}
    if not options.kill:
        used = gateway.seconds() - before
        cost = {
            "gateway CPU per delivery (ms)": used * 1000 / max(1, deliveries),
            "gateway CPU (share of one core)": used / lasted,
        }
    for task in listening:
        task.cancel()
    await asyncio.gather(*listening, return_exceptions=True)
    opening = {
        "seconds to open": opened,
        "seconds": lasted,
        "memory per socket (KiB)": (full - empty) / len(clients) / 1024,
        "gateway memory (MiB)": full / 2**20,
    }
    return _figures(talks, clients, options) | opening | cost


def _delivered(talks: Sequence[Talk], clients: dict[str, Client]) -> int:
    return sum(key in clients[m.id].got for talk in talks for key in talk.sent for m in talk.members)


async def _accidents(stack: Stack, seconds: float) -> int:
    """Kill each of the victims once, a while apart; how many deliveries the workers were at when they were killed."""
    interrupted, began = 0, time.monotonic()
    for place, name in enumerate(VICTIMS, 1):
        # By the clock: starting again takes some of the time until the next.
        await asyncio.sleep(max(0.0, began + place * seconds / (len(VICTIMS) + 1) - time.monotonic()))
        interrupted += await asyncio.to_thread(_crash, stack, name)
    return interrupted


def _crash(stack: Stack, name: str) -> int:
    stack.kill(name)
    interrupted = channels.waiting().claimed if name == "workers" else 0
    stack.restart(name)
    say(f"{name} was killed and started again" + (f", with {interrupted} deliveries under way" if interrupted else ""))
    return interrupted


def _figures(talks: Sequence[Talk], clients: dict[str, Client], options: argparse.Namespace) -> dict[str, Any]:
    way, behind, missing, out_of_order = [], [], 0, 0
    for talk in talks:
        for member in talk.members:
            got = clients[member.id].got
            order = [key for key in got if key in talk.sent]
            sent_order = [key for key in talk.sent if key in got]
            out_of_order += order != sent_order
            for key, began in talk.sent.items():
                if key not in got:
                    missing += 1
                else:
                    way.append((got[key] - began) * 1000)
                    behind.append(max(0.0, got[key] - talk.acknowledged[key]) * 1000)
    strangers = sum(
        key not in talk.sent for talk in talks for m in talk.members for key in clients[m.id].got
    )  # fmt: skip
    api = [(talk.acknowledged[k] - talk.sent[k]) * 1000 for talk in talks for k in talk.sent]
    return {
        "sockets": len(clients),
        "messages": len(api),
        "deliveries": len(way),
        "missing": missing,
        "doubled": sum(client.doubled for client in clients.values()),
        "unknown": strangers,
        "chats out of order": out_of_order,
        "reconnects": sum(client.reconnects for client in clients.values()),
        "sending p50/p95 (ms)": _percentiles(api),
        "send to receipt p50/p95 (ms)": _percentiles(way),
        "acknowledged to receipt p50/p95 (ms)": _percentiles(behind),
        "through": options.through,
    }


def _percentiles(values: Sequence[float]) -> str:
    cuts = statistics.quantiles(values, n=100) if len(values) > 1 else [0.0] * 99
    return f"{cuts[49]:.0f} / {cuts[94]:.0f}"


def expected(talks: Sequence[Talk]) -> channels.Expected:
    """Everybody in a chat is told of a message, but for who wrote it."""
    told = {
        (key, member.id)
        for talk in talks
        for key, sender in talk.senders.items()
        for member in talk.members
        if member.id != sender
    }
    return channels.Expected(frozenset(told), {talk.number: talk.members[0].id for talk in talks})


def say(what: str) -> None:
    """Progress, for whoever waits."""
    print(what, file=sys.stderr, flush=True)


def main(arguments: list[str]) -> int:
    """Measure and print; 1 if anything was lost or doubled."""
    parser = argparse.ArgumentParser(prog="python -m tools.bench_realtime", description=__doc__)
    parser.add_argument("--chats", type=int, default=250)
    parser.add_argument("--rate", type=float, default=25.0, help="messages a second")
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--through", choices=("api", "store"), default="api")
    parser.add_argument("--kill", action="store_true")
    parser.add_argument("--unmuted", action="store_true", help="members are notified by every channel, as with --kill")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        each = {"MESSAGE_EMAIL_MINUTES": "0"} if options.kill else {}
        stack = Stack(Path(folder), durable=options.kill, workers=True, settings={**SETTINGS, **MANY, **each})
        try:
            stack.start()
            stack.start_api()
            base = stack.start_realtime()
            talks = practice(World(stack), options.chats, muted=not (options.kill or options.unmuted))
            figures = asyncio.run(measure(stack, talks, options, base))
            told = True
            if options.kill:
                counted, told = channels.check(stack, expected(talks), say)
                figures |= counted
        finally:
            stack.stop()
    figures["load average at the end"] = os.getloadavg()[0]
    if options.json:
        print(json.dumps(figures))
    else:
        for name, value in figures.items():
            print(f"{name:52} {value:.2f}" if isinstance(value, float) else f"{name:52} {value}")
    whole = figures["missing"] == figures["doubled"] == figures["unknown"] == 0
    return 0 if whole and told else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
