"""Stored documents of text messages.

`smsMessages/{id}`: every SMS in or out. Of codes and notifications the text is erased once it has been handed over; of
messages between people it stays, sealed, as long as messages are kept. An inbound message's id derives from Twilio's
`MessageSid`: a webhook that comes twice finds it there.

`smsOptOuts/{token of the number}`: what a number last said with STOP or START.

`phoneVerifications/{userId}`: a code on its way, as a keyed hash.
"""

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import ClassVar, Literal

from shared.store.document import Document, Exact, Sealed, Words
from shared.store.query import Query

#: queued: waiting or on its way to Twilio · accepted, sent, delivered, undelivered, failed: as Twilio says · blocked:
#: the number has opted out · superseded: its reason had gone before it was due · received: inbound.
SmsState = Literal[
    "queued", "accepted", "sent", "delivered", "undelivered", "failed", "blocked", "superseded", "received"
]
#: States in the order in which they may follow each other; callbacks arrive in any order, and never lead back.
RANK: Mapping[str, int] = {"queued": 0, "accepted": 1, "sent": 2, "delivered": 3, "undelivered": 3, "failed": 3}


class SmsMessage(Document):
    """A text message."""

    collection = "smsMessages"
    domain = "messaging"
    ttl = "expiresAt"
    blind: ClassVar[Mapping[str, Exact | Words]] = {"numberIndex": Exact("phone", "number")}

    direction: Literal["inbound", "outbound"]
    #: The other side's number, E.164.
    number: Sealed[str]
    text: Sealed[str | None]
    purpose: Literal["message", "notification", "verification"] = "message"
    state: SmsState
    #: Why it ended badly: Twilio's error code, or a word of ours.
    reason: str | None = None
    #: Twilio's id of it.
    sid: str | None = None
    sender_id: str | None = None
    patient_id: str | None = None
    chat_id: str | None = None
    #: The chat's message that this is the SMS of.
    message_id: str | None = None
    notification_id: str | None = None
    #: Who finds it in their log: who sent it, and who takes part in the chat it belongs to.
    owner_ids: list[str] = []
    attempts: int = 0
    lease_until: datetime | None = None
    #: When it was first handed to Twilio, perhaps.
    tried_at: datetime | None = None
    created_at: datetime
    sent_at: datetime | None = None
    delivered_at: datetime | None = None
    expires_at: datetime | None = None
    #: Its retention is over: number and text are gone.
    expired: bool = False


class OptOut(Document):
    """What a number last said about messages from us (CTIA: STOP, START). Its id is the number's blind token."""

    collection = "smsOptOuts"
    domain = "messaging"

    number: Sealed[str]
    opted_out: bool
    keyword: str
    at: datetime


class PhoneVerification(Document):
    """A code that was sent to a number; gone once it is used. Its id is the user's."""

    collection = "phoneVerifications"
    domain = "messaging"
    ttl = "expiresAt"

    number: Sealed[str]
    code_hash: str
    wrong: int = 0
    expires_at: datetime


SMS_LOG = Query("sms_log", SmsMessage, optional=("numberIndex",), optional_contains="ownerIds", order=("-createdAt",))
SMS_OF_PATIENT = Query("sms_of_patient", SmsMessage, equal=("patientId",), order=("-createdAt",))
SMS_BY_AGE = Query("sms_by_age", SmsMessage, equal=("expired",), order=("createdAt",))
SMS_BY_SID = Query("sms_by_sid", SmsMessage, equal=("sid",))


def inbound_id(sid: str) -> str:
    """Id of the message that Twilio calls `sid`."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"consentmd:sms:{sid}"))
