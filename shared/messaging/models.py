"""Bodies and answers about text messages."""

from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, StringConstraints

from shared.http.answers import Model, Out
from shared.messaging.documents import SmsMessage, SmsState
from shared.store.query import Paging
from shared.users.phone import normalise


def _international(text: str) -> str:
    number = normalise(text)
    if not number.startswith("+") or number.startswith("+0"):
        raise ValueError("must be an international number, +<country><number>")
    return number


InternationalNumber = Annotated[str, Field(max_length=30, examples=["+12345678900"]), AfterValidator(_international)]


class NewSms(Model):
    """A text message to send (seed 000 §2.9)."""

    recipient_phone: InternationalNumber = Field(description="E.164.")
    message: Annotated[str, StringConstraints(min_length=1, max_length=1600)] = Field(
        description="At most 1,600 characters; it leaves the protected system.",
        examples=["Your appointment is tomorrow at 2 PM"],
    )


class SmsAccepted(Out):
    """A text message on its way."""

    message_id: str
    status: SmsState
    sent_at: datetime


class SmsPaging(Paging):
    """Which part of the log."""

    phone: InternationalNumber | None = Field(None, description="Only messages with this number.")


class SmsLogEntry(Out):
    """A text message in or out (seed 000 §2.9)."""

    id: str
    direction: Literal["inbound", "outbound"]
    from_: str = Field(serialization_alias="from", validation_alias="from")
    to: str
    message: str | None = Field(
        description="Null for codes and notifications, whose text is not kept, and once its retention is over."
    )
    purpose: Literal["message", "notification", "verification"]
    status: SmsState
    error_code: str | None = Field(description="Twilio's code, or OPTED_OUT.")
    patient_id: str | None
    chat_id: str | None
    sender_id: str | None
    sent_at: datetime
    delivered_at: datetime | None

    @classmethod
    def of(cls, row: SmsMessage, own_number: str) -> Self:
        """A stored message; `own_number` is ours."""
        inbound = row.direction == "inbound"
        return cls.model_validate(
            {
                "id": row.id,
                "direction": row.direction,
                "from": row.number if inbound else own_number,
                "to": own_number if inbound else row.number,
                "message": row.text if row.purpose == "message" else None,
                "purpose": row.purpose,
                "status": row.state,
                "error_code": row.reason,
                "patient_id": row.patient_id,
                "chat_id": row.chat_id,
                "sender_id": row.sender_id,
                "sent_at": row.sent_at or row.created_at,
                "delivered_at": row.delivered_at,
            }
        )


class StatusQuery(Model):
    """What the status callback's address says."""

    message_id: str | None = Field(None, max_length=36, description="Our id of the message.")


class PhoneToVerify(Model):
    """The number to verify; the account's, if it is left out."""

    phone_number: InternationalNumber | None = None


class CodeSent(Out):
    """A code is on its way."""

    success: Literal[True] = True
    expires_at: datetime = Field(description="Until when the code is good.")


class PhoneCode(Model):
    """The code that came by SMS."""

    code: Annotated[str, StringConstraints(pattern=r"^\d{6}$")] = Field(examples=["482913"])


class PhoneVerified(Out):
    """The number is verified, and the account's."""

    success: Literal[True] = True
    phone_number: str
    phone_verified: Literal[True] = True
