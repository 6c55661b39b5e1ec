"""Bodies and answers about chats and who is in them."""

from datetime import datetime
from typing import Self

from pydantic import Field, field_validator, model_validator

from shared.chats.documents import (
    MOST_RECIPIENTS,
    Chat,
    ChatMember,
    ChatType,
    MessageKind,
)
from shared.chats.models import Id
from shared.chats.wording import worded
from shared.config import Settings
from shared.http.answers import Model, Out
from shared.store.query import Paging
from shared.users.phone import normalise


class NewChat(Model):
    """A chat to be made."""

    model_config = {
        "json_schema_extra": {
            "examples": [
                {
                    "name": "Care Team - John Doe",
                    "type": "Care Team",
                    "patientId": "3f0c9c3e-7e1a-4b62-9d3e-2f6f0f3c8a11",
                    "participantIds": ["6a1f0d52-0f53-4b1e-9d52-0a7a5b1f7c01"],
                }
            ]
        }
    }

    type: ChatType
    name: str | None = Field(None, min_length=1, max_length=255, description="Not of a Direct chat.")
    patient_id: Id | None = Field(None, description="The patient it is about; needed by Care Team and Family Update.")
    participant_ids: list[Id] = Field(
        [], max_length=MOST_RECIPIENTS, description="Users besides the caller; exactly one in a Direct chat."
    )
    phone_number: str | None = Field(
        None, max_length=30, description="Of an SMS chat, E.164.", examples=["+13125550142"]
    )

    @field_validator("phone_number")
    @classmethod
    def _phone(cls, value: str | None) -> str | None:
        return normalise(value) if value is not None else None

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.type == "Direct":
            if self.name is not None or self.patient_id is not None or len(set(self.participant_ids)) != 1:
                raise ValueError("a Direct chat has exactly one other participant, no name and no patient")
        elif self.type in {"Care Team", "Family Update"} and self.patient_id is None:
            raise ValueError(f"a {self.type} chat needs patientId")
        elif self.type == "SMS":
            if self.phone_number is None:
                raise ValueError("an SMS chat needs phoneNumber")
        elif self.name is None and self.type in {"Internal Staff", "Broadcast"}:
            raise ValueError("this type of chat needs a name")
        if self.type != "SMS" and self.phone_number is not None:
            raise ValueError("only an SMS chat has a phoneNumber")
        if self.type == "Broadcast" and self.patient_id is not None:
            raise ValueError("a Broadcast is about no patient")
        return self


class ChatChange(Model):
    """What can be changed of a chat: its name, by its administrators; whether it is pinned, by each for themselves."""

    name: str | None = Field(None, min_length=1, max_length=255, examples=["Updated Chat Name"])
    is_pinned: bool | None = None


class OwnOptions(Model):
    """How the caller keeps a chat."""

    muted: bool | None = Field(None, description="No notifications of new messages.")
    archived: bool | None = Field(None, description="Out of the list, unless asked for with archived=true.")
    is_pinned: bool | None = None


class Pin(Model):
    """Whether a chat shall be pinned; without, it is the other way round afterwards."""

    is_pinned: bool = True


class NewParticipant(Model):
    """Somebody to be added."""

    user_id: Id
    is_admin: bool = False
    share_history: bool | None = Field(
        None,
        description="Whether they see what was written before they join. Left out: staff and the patient do in a chat"
        " about a patient; family, and everybody in other chats, do not.",
    )


class ParticipantChange(Model):
    """Whether a participant administers the chat."""

    is_admin: bool


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


class ChatList(Paging):
    """Which of the caller's chats, those with the latest messages first."""

    type: ChatType | None = None
    pinned: bool | None = Field(None, description="Only those the caller has pinned, or has not.")
    archived: bool = Field(default=False, description="Those put away instead of the others.")
