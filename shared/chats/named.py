"""What a request about chats names in its body or query, read with its session.

Ids are looked for before anything is checked: what is no id names nothing, and the rules decide.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from shared.chats.access import first_batch
from shared.chats.documents import MOST_RECIPIENTS, ChatMember, Message, Receipt, direct_chat_id, member_id
from shared.patients.documents import Patient, Relationship
from shared.patients.relationships import relationship_id
from shared.store.document import Document
from shared.users.documents import User
from shared.users.language import reads as language

Wanted = Iterable[tuple[type[Document], str]]

_ID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def _ids(*values: Any) -> list[str]:
    return [v.lower() for v in values if isinstance(v, str) and _ID.fullmatch(v.lower())]


def _of_two(other: str, user_id: str) -> Wanted:
    """The Direct chat of two people, and what deciding about it takes."""
    chat_id = direct_chat_id(user_id, other)
    yield from first_batch(chat_id, user_id)
    yield ChatMember, member_id(chat_id, other)
    yield User, other


def receiver(said: Mapping[str, Any], user_id: str) -> Wanted:
    """Of a direct message: whom it is for, and the chat of the two."""
    for other in _ids(said.get("receiverId")):
        yield from _of_two(other, user_id)


def conversation(said: Mapping[str, Any], user_id: str) -> Wanted:
    """Of a list of direct messages: the chat, and how far the other one has read."""
    yield from language(user_id)
    for other in _ids(said.get("conversationWith")):
        chat_id = direct_chat_id(user_id, other)
        yield from first_batch(chat_id, user_id)
        yield Receipt, member_id(chat_id, other)


def founders(said: Mapping[str, Any], user_id: str) -> Wanted:
    """Of a chat to be made: who is to take part, and their relationships to the patient it is about."""
    several = said.get("participantIds")
    people = _ids(*several[:MOST_RECIPIENTS]) if isinstance(several, list) else []
    if said.get("type") == "Direct":
        for other in people[:1]:
            yield from _of_two(other, user_id)
        return
    for other in people:
        yield User, other
    for patient_id in _ids(said.get("patientId")):
        yield Patient, patient_id
        for somebody in (*people, user_id):
            yield Relationship, relationship_id(patient_id, somebody)


def newcomer(said: Mapping[str, Any], _user_id: str) -> Wanted:
    """Of somebody to be added to a chat: their account, and their row if they were in it before."""
    for chat_id in _ids(said.get("chatId")):
        for other in _ids(said.get("userId")):
            yield User, other
            yield ChatMember, member_id(chat_id, other)


def place(said: Mapping[str, Any], _user_id: str) -> Wanted:
    """Of a page of messages: the message it begins at."""
    for named in _ids(said.get("before"), said.get("after"), said.get("around")):
        yield Message, named
