"""From events, which carry ids, to what each recipient is sent.

Events of a batch are read with one BatchGetDocuments, whatever the number of their recipients, and access is asked
again for each recipient by the same `access_<noun>` functions as everywhere: who has left a chat between the commit
and the delivery, or before a replay, gets nothing. What reaches a socket about a patient is audited before it leaves:
one entry per session, record and hour.
"""

import logging
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from realtime.eventlog import Logged
from realtime.identity import Who, at_work, context, new_unit
from shared import clients
from shared.chats import access_chat, access_message
from shared.chats.documents import Message, Receipt, member_id
from shared.chats.models import shown
from shared.chats.wording import locale_of
from shared.context import PATH_READS, Context
from shared.errors import ApiError, DatabaseUnavailable
from shared.events import SESSION_ENDED, Event
from shared.http.auditing import append_entry
from shared.notifications.documents import Notification
from shared.notifications.models import NotificationOut
from shared.realtime import PRESENT_IN_CHAT
from shared.store.document import Document
from shared.store.unit import Unit
from shared.users.documents import User
from shared.users.language import language
from shared.users.preference_documents import Preferences

log = logging.getLogger("consentmd.realtime")

#: A session's access to the same record is audited once in this time (seconds).
_AUDITED_FOR: Final = 3600.0
#: Sockets of a chat that `user:joined` lists.
_MOST_PRESENT: Final = 200

Data = dict[str, Any]
Wanted = Iterable[tuple[type[Document], str]]


@dataclass(frozen=True)
class Kind:
    """How one event is told.

    `render(ctx, event)` makes the payload for the caller of `ctx`, after asking for access, or None for nothing;
    `wants` names what it reads, so that a batch of events is read at once.
    """

    render: Callable[[Context, Event], Data | None]
    wants: Callable[[Event], Wanted] = lambda _: ()
    socketio: str = ""
    #: Namespace of Socket.IO in which it is told.
    namespace: str = "/"


def _ids(ctx: Context, event: Event) -> Data:
    """An event that says nothing but ids; one about a chat is for those who may read the chat."""
    if "chatId" in event.ids:
        access_chat(ctx, event.ids["chatId"], to="read")
    return dict(event.ids)


def _left(ctx: Context, event: Event) -> Data:
    # Who has left is told so as well, and that is the last they hear.
    if event.ids["userId"] != ctx.caller.id:
        access_chat(ctx, event.ids["chatId"], to="read")
    return dict(event.ids)


def _typing(ctx: Context, event: Event) -> Data | None:
    if event.ids["userId"] == ctx.caller.id:
        return None
    access_chat(ctx, event.ids["chatId"], to="read")
    return {**event.ids, "isTyping": event.ids["isTyping"] == "true"}


def _joined(ctx: Context, event: Event) -> Data:
    chat_id = event.ids["chatId"]
    access_chat(ctx, chat_id, to="read")
    present = ctx.unit.find(PRESENT_IN_CHAT, chatIds=chat_id, span=(ctx.now, None), limit=_MOST_PRESENT)
    connected = [{"socketId": p.id, "userId": p.user_id, "chatId": chat_id} for p in present]
    return {**event.ids, "connectedUsers": connected}


def _message(ctx: Context, event: Event) -> Data | None:
    message, chat = access_message(ctx, event.ids["messageId"], to="read")
    if message.gone:
        return None
    mine = ctx.unit.get(Receipt, member_id(chat.id, ctx.caller.id))
    locale = locale_of(ctx, [message.notice])
    out = shown(message, caller_id=ctx.caller.id, settings=ctx.settings, locale=locale, receipts=None, mine=mine)
    return out.model_dump(mode="json", by_alias=True)


def _message_wants(event: Event) -> Wanted:
    yield Message, event.ids["messageId"]
    # Only what we say ourselves depends on the reader's language.
    if event.ids.get("type") == "system":
        for user_id in event.user_ids:
            yield Preferences, user_id


def _call(ctx: Context, event: Event) -> Data | None:
    ids = event.ids
    if "chatId" in ids:
        access_chat(ctx, ids["chatId"], to="read")
    said: Data = dict(ids)
    if "initiatedBy" in ids:
        caller = ctx.unit.get(User, ids["initiatedBy"])
        said["from"] = {"id": ids["initiatedBy"], "name": caller.name if caller else None}
        said["to"] = {"id": ctx.caller.id, "name": ctx.caller.user.name}
    return said


def _call_wants(event: Event) -> Wanted:
    if "initiatedBy" in event.ids:
        yield User, event.ids["initiatedBy"]


def _notification(ctx: Context, event: Event) -> Data | None:
    found = ctx.unit.get(Notification, event.ids["notificationId"])
    if found is None or found.user_id != ctx.caller.id:
        return None
    out = NotificationOut.of(found, language(ctx))
    return out.model_dump(mode="json", by_alias=True)


def _notification_wants(event: Event) -> Wanted:
    yield Notification, event.ids["notificationId"]
    for user_id in event.user_ids:
        yield Preferences, user_id


KINDS: Final[Mapping[str, Kind]] = {
    "message:received": Kind(_message, _message_wants),
    "message:updated": Kind(_message, _message_wants),
    "chat:left": Kind(_left),
    "user:typing": Kind(_typing),
    "user:joined": Kind(_joined),
    "call:initiated": Kind(_call, _call_wants),
    "notification:new": Kind(_notification, _notification_wants, socketio="notification", namespace="/notifications"),
}
_PLAIN: Final = Kind(_ids)

#: Told to gateways, not to clients.
INTERNAL: Final = frozenset({SESSION_ENDED})


def kind_of(event: str) -> Kind:
    """How an event is told: as its kind says, or by its ids."""
    return KINDS.get(event, _PLAIN)


def socketio_name(event: str) -> str:
    """What Socket.IO calls an event (seed 003's form): `message:received` is `message-received`."""
    return kind_of(event).socketio or event.replace(":", "-")


@dataclass
class Hydrator:
    """Makes what is sent, for one gateway. Not for two threads at once."""

    _audited: dict[tuple[str, str, str], float] = field(default_factory=dict)
    _swept: float = 0.0

    def __call__(self, work: list[tuple[Logged, list[Who]]]) -> dict[tuple[str, str], Data]:
        """Payloads by event id and session id; what is missing must not be sent. Blocks.

        Raises `DatabaseUnavailable`, and then nothing was made or audited.
        """
        unit = new_unit()
        for logged, recipients in work:
            self._want(unit, logged.event, recipients)
        made: dict[tuple[str, str], Data] = {}
        fresh: dict[tuple[str, str, str], float] = {}
        for logged, recipients in work:
            for who in recipients:
                data = self._render(unit, logged.event, who, fresh)
                if data is not None:
                    made[logged.event.id, who.session_id] = data
        if unit.dirty:
            unit.commit()
        self._remember(fresh)
        return made

    @staticmethod
    def _want(unit: Unit, event: Event, recipients: list[Who]) -> None:
        for wanted in kind_of(event.event).wants(event):
            unit.want(*wanted)
        for name, value in event.ids.items():
            if name in PATH_READS and name in _CHECKED:
                for who in recipients:
                    for wanted in PATH_READS[name](value, who.id):
                        unit.want(*wanted)

    def _render(self, unit: Unit, event: Event, who: Who, fresh: dict[tuple[str, str, str], float]) -> Data | None:
        ctx = context(unit, who.peer, "REALTIME_RECEIVE", who.caller)
        with at_work(ctx, event.traceparent):
            try:
                data = kind_of(event.event).render(ctx, event)
            except DatabaseUnavailable:
                raise
            except ApiError:
                return None
            except Exception:
                # One event that cannot be told must not hold up the others.
                log.exception("event cannot be told", extra={"kind": event.event})
                return None
        if data is not None and ctx.trail.patient_ids:
            key = (who.session_id, "chats", event.ids.get("chatId", "-".join(sorted(ctx.trail.patient_ids))))
            if key not in self._audited and key not in fresh:
                fresh[key] = time.monotonic() + _AUDITED_FOR
                append_entry(ctx, None)
        return data

    def _remember(self, fresh: dict[tuple[str, str, str], float]) -> None:
        self._audited |= fresh
        now = time.monotonic()
        if now - self._swept > 60:
            self._audited = {key: until for key, until in self._audited.items() if until > now}
            self._swept = now


#: Ids whose access is asked for with every event that names them.
_CHECKED: Final = frozenset({"chatId", "messageId"})


def warm() -> None:
    """Load what the first event would wait for."""
    clients.firestore()
    clients.sealer()
    clients.keyring()
