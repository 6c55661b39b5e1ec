"""Reading a chat's messages: pages both ways from any place, and searches.

Messages stand in the order of their commits, ties by id. A page costs its messages, one count and the receipts of a
small chat's participants, in one round trip, however long the chat is.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from shared.chats.access import sees_from
from shared.chats.documents import AT_ONCE, MESSAGES, MESSAGES_FROM, RECEIPTS_OF_CHAT, Chat, Message, Receipt, member_id
from shared.chats.history_models import MessagePage, MessagePageInfo
from shared.chats.models import shown
from shared.chats.wording import locale_of
from shared.chats.words import wanted
from shared.context import Context
from shared.errors import Detail, ValidationFailed
from shared.store.query import COUNT_CAP, Paging, open_cursor, page_info, seal_cursor

if TYPE_CHECKING:
    from shared.chats.history_models import MessageList
    from shared.chats.models import MessageOut

#: Where a page starts: order values and id of the message it comes behind.
Anchor = tuple[list[Any], str]


class _Wanted(NamedTuple):
    """What a page is made of."""

    older: Anchor | None = None
    newer: Anchor | None = None
    here: Message | None = None
    offset: int = 0


def history(ctx: Context, chat: Chat, query: "MessageList", *besides: Any) -> tuple[MessagePage, list[Any]]:
    """A page of a chat's messages, newest first; `besides` are queries to run beside, and their rows.

    Raises `ValidationFailed` for a place that is none of this chat, `SearchNotEnabled`.
    """
    tokens = wanted(ctx, chat.id, query.search) if query.search is not None else []
    if query.search is not None and not tokens:
        raise ValidationFailed(details=[Detail("search", "has no word")])
    since = sees_from(ctx.unit, chat, ctx.caller.id)
    place = _place(ctx, chat, query, since)
    reads = _reads(ctx, chat, query, place, since, tokens)
    params = {"chatId": chat.id} | ({"words": tokens[0]} if tokens else {})
    counting = ctx.unit.counting(MESSAGES, span=(since, None), **params)
    older, newer, total, receipts, *others = ctx.unit.together(*reads, counting, _receipts(ctx, chat), *besides)
    half = query.limit // 2 if query.around else query.limit
    more_older, more_newer = len(older) > half, len(newer) > half
    rows = [*reversed(newer[:half]), *([place.here] if place.here else []), *older[:half]]
    if place.newer is not None and place.older is None:
        more_older = True
    found = [row for row in rows if set(tokens) <= set(row.words)]
    first, last = (rows[0], rows[-1]) if rows else (None, None)
    info = page_info(total, Paging(page=1, limit=query.limit), None)
    page = MessagePage(
        data=present(ctx, chat, found, receipts),
        pagination=MessagePageInfo(
            **info.model_dump(exclude={"next_cursor"}),
            offset=query.offset,
            next_cursor=_cursor(ctx, chat, query, last, "older") if last and more_older else None,
            previous_cursor=_cursor(ctx, chat, query, first, "newer")
            if first and (more_newer or place.older is not None or place.offset) and not tokens
            else None,
        ),
    )
    ctx.header("X-Total-Count", str(min(total, COUNT_CAP)))
    ctx.header("X-Per-Page", str(query.limit))
    return page, others


def present(ctx: Context, chat: Chat, messages: Sequence[Message], receipts: Sequence[Receipt]) -> list["MessageOut"]:
    """Messages as the caller sees them."""
    me = ctx.caller.id
    mine = ctx.unit.get(Receipt, member_id(chat.id, me))
    known = {r.user_id: r for r in receipts}
    others = [known.get(u) or _none(chat, u) for u in chat.member_ids] if per_recipient(ctx, chat) else None
    locale = locale_of(ctx, (m.notice for m in messages))
    return [shown(m, caller_id=me, settings=ctx.settings, locale=locale, receipts=others, mine=mine) for m in messages]


def _none(chat: Chat, user_id: str) -> Receipt:
    return Receipt(id=member_id(chat.id, user_id), chat_id=chat.id, user_id=user_id)


def per_recipient(ctx: Context, chat: Chat) -> bool:
    """Whether the caller is told who has read: in small chats; recipients of a broadcast learn nothing of others."""
    return len(chat.member_ids) <= AT_ONCE and (chat.type != "Broadcast" or ctx.caller.id in chat.admin_ids)


def _receipts(ctx: Context, chat: Chat) -> Any:
    if not per_recipient(ctx, chat):
        return list
    return ctx.unit.reading(RECEIPTS_OF_CHAT, chatId=chat.id, limit=AT_ONCE * 2)


def _place(ctx: Context, chat: Chat, query: "MessageList", since: datetime | None) -> _Wanted:
    if query.cursor is not None:
        way, _, text = query.cursor.partition(".")
        anchor = open_cursor(MESSAGES, _bound(chat, query, way), ctx.caller.id, text, ctx.unit.sealer)
        return _Wanted(older=anchor) if way == "older" else _Wanted(newer=anchor)
    named = query.before or query.after or query.around
    if named is None:
        return _Wanted(offset=query.offset or 0)
    message = ctx.unit.get(Message, named)
    if message is None or message.chat_id != chat.id or (since is not None and message.order < since):
        field = "before" if query.before else "after" if query.after else "around"
        raise ValidationFailed(details=[Detail(field, "is not a message of this chat")])
    anchor = ([message.order], message.id)
    if query.around:
        return _Wanted(older=anchor, newer=anchor, here=message)
    return _Wanted(older=anchor) if query.before else _Wanted(newer=anchor)


def _reads(
    ctx: Context, chat: Chat, query: "MessageList", place: _Wanted, since: datetime | None, tokens: list[str]
) -> list[Any]:
    half = query.limit // 2 if query.around else query.limit
    search = {"words": tokens[0]} if tokens else {}
    older: Any = list
    newer: Any = list
    if place.newer is None or place.older is not None:
        older = ctx.unit.reading(
            MESSAGES,
            chatId=chat.id,
            span=(since, None),
            after=place.older,
            offset=place.offset,
            limit=half + 1,
            **search,
        )
    if place.newer is not None:
        newer = ctx.unit.reading(MESSAGES_FROM, chatId=chat.id, span=(since, None), after=place.newer, limit=half + 1)
    return [older, newer]


def _bound(chat: Chat, query: "MessageList", way: str) -> dict[str, Any]:
    return {"chatId": chat.id, "way": way, "search": query.search or ""}


def _cursor(ctx: Context, chat: Chat, query: "MessageList", message: Message, way: str) -> str:
    sealed = seal_cursor(
        MESSAGES, _bound(chat, query, way), ctx.caller.id, [message.order], message.id, ctx.unit.sealer
    )
    return f"{way}.{sealed}"
