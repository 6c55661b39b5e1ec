"""Chats follow access: who loses a patient leaves the patient's chats, and large chats are told by task."""

from shared.chats.access import lasts_until, may_message
from shared.chats.documents import AT_ONCE, MEMBERSHIPS, Chat, ChatMember, Message
from shared.chats.membership import leave
from shared.chats.posting import tell
from shared.context import Context
from shared.patients.documents import AccessLoss, Relationship
from shared.patients.relationships import relationship_id
from shared.store.query import Paging

#: Rows looked at in one commit.
PER_COMMIT = 100
#: Participants told in one commit of a fan-out.
PER_RUN = AT_ONCE * 4


def reevaluate(ctx: Context, user_id: str) -> None:
    """Take a user out of the chats of patients they may not message any more; safe to repeat.

    Their access has ended before: see `shared.chats.access`. The mark is cleared only if no other loss came between,
    else this runs again.
    """
    loss = ctx.unit.get(AccessLoss, user_id)
    cursor: str | None = None
    while True:
        page = ctx.unit.page(MEMBERSHIPS, Paging(page=1, limit=PER_COMMIT, cursor=cursor), userId=user_id, active=True)
        _follow(ctx, [row for row in page.data if row.patient_id is not None])
        cursor = page.pagination.next_cursor
        if cursor is None:
            break
        ctx.unit.commit()
    if loss is not None and loss.pending:
        ctx.unit.update(loss, pending=False)


def _follow(ctx: Context, rows: list[ChatMember]) -> None:
    for row in rows:
        ctx.unit.want(Chat, row.chat_id)
    keys = [relationship_id(row.patient_id, row.user_id) for row in rows if row.patient_id is not None]
    relations = ctx.unit.get_all(Relationship, keys) if keys else []
    for row, relation in zip(rows, relations, strict=True):
        sources = relation.in_force(ctx.now) if relation else []
        if may_message(sources):
            ctx.unit.update(row, access_until=lasts_until(sources))
            continue
        chat = ctx.unit.get(Chat, row.chat_id)
        if chat is not None and row.user_id in chat.member_ids:
            leave(ctx, chat, row, row.user_id)
        else:
            ctx.unit.update(row, active=False, left_at=ctx.now)


def fan_out(ctx: Context, message_id: str) -> None:
    """Tell some more participants of a large chat of a message, and go on with the rest in another task.

    How many have been told is written with telling them, so that nobody is told twice or left out. Who joined or left
    meanwhile shifts the list; a notification is made once per user and message all the same.
    """
    message = ctx.unit.get(Message, message_id)
    chat = ctx.unit.get(Chat, message.chat_id) if message is not None else None
    if message is None or chat is None or message.gone:
        return
    first = message.told
    if first >= len(chat.member_ids):
        return
    tell(ctx, chat, message, chat.member_ids[first : first + PER_RUN])
    told = min(first + PER_RUN, len(chat.member_ids))
    ctx.unit.update(message, told=told)
    if told < len(chat.member_ids):
        ctx.enqueue("fan_out_message", message.id, dedupe_key=f"{message.id}:{told}")
