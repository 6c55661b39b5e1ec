"""Bodies and answers about chats and who is in them."""

from datetime import datetime
from typing import Self

from pydantic import Field

from shared.chats.documents import (
    Chat,
    ChatMember,
    ChatType,
    MessageKind,
)
from shared.chats.wording import worded
from shared.config import Settings
from shared.http.answers import Out


class ParticipantOut(Out):
    """Somebody who takes part."""

    id: str = Field(description="The user's id.")
    user_id: str
    name: str
    role: str
    is_admin: bool
    joined_at: datetime
    sees_history_from: datetime | None = Field(description="Sees messages from then on; null: all of them.")

    @classmethod
    def of(cls, chat: Chat, row: ChatMember) -> Self:
        """A participant by their row."""
        return cls(
            id=row.user_id, user_id=row.user_id, name=row.name, role=row.role, is_admin=row.user_id in chat.admin_ids,
            joined_at=row.joined_at, sees_history_from=row.sees_from,
        )  # fmt: skip


class ChatOut(Out):
    """A chat as the caller has it."""

    id: str
    name: str
    type: ChatType
    patient_id: str | None
    phone_number: str | None = None
    avatar: str | None = Field(None, description="URL; fetching it takes a token.")
    is_pinned: bool
    muted: bool
    archived: bool
    is_admin: bool = False
    unread_count: int = Field(description="Up to 100, which stands for that and more.")
    last_message: str | None
    last_message_type: MessageKind | None
    last_message_id: str | None
    last_message_time: datetime | None
    created_at: datetime | None = None
    created_by: str | None = None

    @classmethod
    def of(cls, chat: Chat, row: ChatMember | None, settings: Settings, locale: str) -> Self:
        """A chat, with the caller's row of it if they take part."""
        base = cls.in_list(row, settings, locale) if row is not None else cls._unlisted(chat)
        return base.model_copy(
            update={
                "name": base.name or chat.name or chat.type,
                "phone_number": chat.phone_number,
                "is_admin": row is not None and row.user_id in chat.admin_ids,
                "created_at": chat.created_at,
                "created_by": chat.created_by,
            }
        )

    @classmethod
    def in_list(cls, row: ChatMember, settings: Settings, locale: str) -> Self:
        """A row of the caller's list."""
        base = settings.public_url.rstrip("/")
        return cls(
            id=row.chat_id, name=row.title, type=row.type, patient_id=row.patient_id,
            avatar=f"{base}/api/v1/users/{row.avatar_user_id}/avatar" if row.avatar_user_id else None,
            is_pinned=row.is_pinned, muted=row.muted, archived=row.archived, unread_count=row.unread,
            last_message=worded(row.last_text, row.last_notice, locale),
            last_message_type=row.last_kind, last_message_id=row.last_message_id,
            last_message_time=row.last_at if row.last_message_id else None,
        )  # fmt: skip

    @classmethod
    def _unlisted(cls, chat: Chat) -> Self:
        return cls(
            id=chat.id, name=chat.name or "", type=chat.type, patient_id=chat.patient_id, is_pinned=False, muted=False,
            archived=False, unread_count=0, last_message=None, last_message_type=None, last_message_id=None,
            last_message_time=None,
        )  # fmt: skip
