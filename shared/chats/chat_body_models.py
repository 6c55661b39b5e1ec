"""Bodies that make and change chats."""

from typing import Self

from pydantic import Field, field_validator, model_validator

from shared.chats.documents import (
    MOST_RECIPIENTS,
    ChatType,
)
from shared.chats.models import Id
from shared.http.answers import Model
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


class ChatList(Paging):
    """Which of the caller's chats, those with the latest messages first."""

    type: ChatType | None = None
    pinned: bool | None = Field(None, description="Only those the caller has pinned, or has not.")
    archived: bool = Field(default=False, description="Those put away instead of the others.")
