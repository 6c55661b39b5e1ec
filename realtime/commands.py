"""What clients ask for over a socket.

A command that changes records is a request to the endpoint that does the same over HTTP, made in this process: the
same checks, the same limits, the same unit of work, audit and log. Its answer is the acknowledgement. Typing, presence
and the announcement of a call change no record: they are events that live for seconds, so that they reach the sockets
of every gateway. Whoever a client says it is, is ignored: the sender is the account of the socket.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Any, Final

from realtime.identity import Who, attempt
from realtime.sockets import Socket
from shared.chats import access_chat, participants_of
from shared.chats.documents import Chat
from shared.context import Context
from shared.errors import ApiError, Detail, ValidationFailed
from shared.http import authenticate
from shared.realtime import Presence

Data = Mapping[str, Any]

#: How long typing, joining and leaving matter.
MOMENT: Final = timedelta(seconds=15)
#: How long the announcement of a call can still be answered.
RINGING: Final = timedelta(seconds=60)

_UUID: Final = re.compile(r"[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}")
_WORD: Final = re.compile(r"[A-Za-z0-9_-]{1,100}")


@dataclass(frozen=True)
class Refusal(Exception):  # noqa: N818 - an answer
    """Why a command was refused, as the API words it."""

    code: str
    reason: str
    message: str
    details: tuple[Detail, ...] = ()

    def data(self) -> dict[str, Any]:
        """The payload of the `error` event."""
        said = [{"field": d.field, "message": d.message} for d in self.details]
        return {"code": self.code, "reason": self.reason, "message": self.message, "details": said}


def refusal(error: ApiError) -> Refusal:
    """A refusal of ours, worded for the socket."""
    return Refusal(error.code, error.reason, error.text, tuple(error.details))


@dataclass(frozen=True)
class Request:
    """A command that an endpoint carries out."""

    method: str
    #: With `{name}` for ids that the command carries.
    path: str
    #: Fields of the command that are the body, and what the endpoint calls them.
    fields: Mapping[str, str]

    def __call__(self, socket: Socket, data: Data) -> dict[str, Any]:
        """Blocks. Raises `Refusal`."""
        path = self.path
        for name in re.findall(r"\{(\w+)\}", self.path):
            path = path.replace(f"{{{name}}}", _id(data, name))
        body = {theirs: data[ours] for ours, theirs in self.fields.items() if data.get(ours) is not None}
        return ask(socket.who, self.method, path, body if self.fields else None)


def ask(who: Who, method: str, path: str, body: dict[str, Any] | None) -> dict[str, Any]:
    """The answer of the endpoint at `path` to `who`. Blocks. Raises `Refusal`."""
    from flask import Request as Asked
    from werkzeug.test import EnvironBuilder

    headers = [("User-Agent", who.peer.user_agent or "realtime"), ("traceparent", who.peer.traceparent)]
    builder = EnvironBuilder(path=path, method=method, json=body, headers=headers)
    environ = builder.get_environ()
    # The peer's address was read from what our own load balancer said, which the pipeline need not do again.
    environ |= {"REMOTE_ADDR": who.peer.address, authenticate.KNOWN_CLAIMS: who.claims()}
    response = _endpoints()(Asked(environ))
    raw = response.get_data()
    answer = json.loads(raw) if raw else {}
    if response.status_code >= 400:
        error = answer["error"]
        details = tuple(Detail(d["field"], d["message"]) for d in error["details"])
        raise Refusal(error["code"], error["reason"], error["message"], details)
    return answer if isinstance(answer, dict) else {"data": answer}


@cache
def _endpoints() -> Callable[[Any], Any]:
    from shared.http.dispatcher import dispatcher

    return dispatcher("")


# What changes no record


def _typing(socket: Socket, data: Data) -> dict[str, Any]:
    chat_id, typing = _id(data, "chatId"), data.get("isTyping", True)
    if not isinstance(typing, bool):
        raise _wrong("isTyping", "must be true or false")

    def rule(ctx: Context) -> None:
        chat = access_chat(ctx, chat_id, to="post")
        ids = {"chatId": chat_id, "userId": ctx.caller.id, "isTyping": str(typing).lower()}
        ctx.emit(_others(ctx, chat), "user:typing", ids, life=MOMENT)

    return _done(socket, "REALTIME_TYPING", rule)


def _join(socket: Socket, data: Data) -> dict[str, Any]:
    chat_id = _id(data, "chatId")
    chats = sorted(socket.chats | {chat_id})
    if len(chats) > MOST_JOINED:
        raise _wrong("chatId", f"a socket joins at most {MOST_JOINED} chats")

    def rule(ctx: Context) -> None:
        chat = access_chat(ctx, chat_id, to="read")
        _lease(ctx, socket, chats)
        ctx.emit([p.user_id for p in participants_of(chat)], "user:joined", _presence(ctx, chat_id), life=MOMENT)

    done = _done(socket, "REALTIME_JOIN", rule)
    socket.chats.add(chat_id)
    return done


def _leave(socket: Socket, data: Data) -> dict[str, Any]:
    chat_id = _id(data, "chatId")
    if chat_id not in socket.chats:
        return {"success": True}
    left = sorted(socket.chats - {chat_id})

    def rule(ctx: Context) -> None:
        chat = ctx.unit.get(Chat, chat_id)
        _lease(ctx, socket, left)
        if chat is not None:
            ctx.emit([p.user_id for p in participants_of(chat)], "user:left", _presence(ctx, chat_id), life=MOMENT)

    done = _done(socket, "REALTIME_LEAVE", rule)
    socket.chats.discard(chat_id)
    return done


def leave_all(socket: Socket) -> None:
    """Say that a socket that had joined chats is gone. Blocks."""
    for chat_id in sorted(socket.chats):
        _leave(socket, {"chatId": chat_id})


def _announce_call(socket: Socket, data: Data) -> dict[str, Any]:
    chat_id, call_id = _id(data, "chatId"), _id(data, "callId")
    kind, room = data.get("callType", "video"), data.get("roomId")
    if kind not in {"voice", "video"}:
        raise _wrong("callType", "must be voice or video")
    if room is not None and not (isinstance(room, str) and _WORD.fullmatch(room)):
        raise _wrong("roomId", "must be 1 to 100 letters, digits, - or _")

    def rule(ctx: Context) -> None:
        chat = access_chat(ctx, chat_id, to="post")
        ids = {"callId": call_id, "chatId": chat_id, "callType": kind, "initiatedBy": ctx.caller.id}
        ctx.emit(_others(ctx, chat), "call:initiated", ids | ({"roomId": room} if room else {}), life=RINGING)

    return _done(socket, "REALTIME_CALL", rule)


def _others(ctx: Context, chat: Chat) -> list[str]:
    return [p.user_id for p in participants_of(chat) if p.user_id != ctx.caller.id]


def _presence(ctx: Context, chat_id: str) -> dict[str, str]:
    return {"chatId": chat_id, "userId": ctx.caller.id}


def _lease(ctx: Context, socket: Socket, chats: list[str]) -> None:
    if not chats:
        ctx.unit.remove(Presence, socket.id)
        return
    until = ctx.now + timedelta(seconds=ctx.settings.realtime_lease_seconds)
    ctx.unit.put(Presence(id=socket.id, user_id=ctx.caller.id, chat_ids=chats, until=until, expires_at=until))


def _done(socket: Socket, action: str, rule: Callable[[Context], None]) -> dict[str, Any]:
    def quietly(ctx: Context) -> None:
        rule(ctx)
        # It shows nobody anything of a record; only a refusal is worth an entry.
        ctx.trail.due = False

    try:
        attempt(socket.who.peer, action, quietly, socket.who.caller)
    except ApiError as refused:
        raise refusal(refused) from None
    return {"success": True}


def _id(data: Data, name: str) -> str:
    value = data.get(name)
    if not isinstance(value, str) or not _UUID.fullmatch(value):
        raise _wrong(name, "must be a UUID")
    return value


def _wrong(name: str, message: str) -> Refusal:
    return refusal(ValidationFailed(details=[Detail(name, message)]))


#: Chats a socket says it is present in.
MOST_JOINED: Final = 100

#: Seed 000's names; Socket.IO's are the same with `-` for `:`.
COMMANDS: Final[Mapping[str, Callable[[Socket, Data], dict[str, Any]]]] = {
    "message:send": Request(
        "POST", "/chats/{chatId}/messages",
        {"content": "content", "type": "type", "fileId": "fileId", "clientMessageId": "clientMessageId"},
    ),
    "message:read": Request("POST", "/messages/{messageId}/read", {}),
    "user:typing": _typing,
    "chat:join": _join,
    "chat:leave": _leave,
    "call:initiated": _announce_call,
    "notification:acknowledge": Request("POST", "/notifications/{notificationId}/acknowledge", {}),
}  # fmt: skip

#: What else the sources call them.
ALIASES: Final[Mapping[str, str]] = {
    "send:message": "message:send",
    "typing": "user:typing",
    "join:chat": "chat:join",
    "leave:chat": "chat:leave",
    "call:initiate": "call:initiated",
}


def command(name: str) -> Callable[[Socket, Data], dict[str, Any]] | None:
    """What carries out the command that a client calls `name`."""
    plain = name.replace("-", ":")
    return COMMANDS.get(ALIASES.get(plain, plain))
