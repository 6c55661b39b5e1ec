"""Text messages that staff send, and the log of them."""

from typing import TYPE_CHECKING

from shared.context import Context
from shared.errors import RecipientOptedOut, SmsNotConfigured
from shared.messaging import sms
from shared.messaging.documents import SMS_LOG, SMS_OF_PATIENT, SmsMessage
from shared.messaging.models import SmsLogEntry
from shared.patients.documents import RELATED_BY_PHONE
from shared.store.query import Page
from shared.users.documents import Role

if TYPE_CHECKING:
    from shared.messaging.models import NewSms, SmsPaging


def send_by_staff(ctx: Context, body: "NewSms") -> SmsMessage:
    """Queue a message of the caller's. Raises `SmsNotConfigured`, `RecipientOptedOut`."""
    if not ctx.settings.twilio_account_sid:
        raise SmsNotConfigured
    if sms.has_opted_out(ctx, body.recipient_phone):
        raise ctx.refuse(RecipientOptedOut())
    made = sms.send(ctx, body.recipient_phone, body.message, sender_id=ctx.caller.id, owner_ids=[ctx.caller.id])
    ctx.about("smsMessages", made.id)
    return made


def listed(ctx: Context, query: "SmsPaging") -> Page[SmsLogEntry]:
    """Messages in and out, newest first.

    Administrators see all. Clinicians see those they sent or whose chat they are in; and with the number of a patient
    of theirs, all of that patient's.
    """
    ctx.about("smsMessages", None)
    index = ctx.unit.sealer.blind("phone", query.phone) if query.phone else None
    if ctx.caller.role is Role.ADMIN:
        page = ctx.unit.page(SMS_LOG, query, numberIndex=index, ownerIds=None)
    elif (patient_id := _own_patient(ctx, index)) is not None:
        page = ctx.unit.page(SMS_OF_PATIENT, query, patientId=patient_id)
    else:
        page = ctx.unit.page(SMS_LOG, query, numberIndex=index, ownerIds=ctx.caller.id)
    for row in page.data:
        if row.patient_id:
            ctx.touch(row.patient_id)
    return page.map([SmsLogEntry.of(row, ctx.settings.twilio_phone_number) for row in page.data])


def _own_patient(ctx: Context, index: str | None) -> str | None:
    """The caller's one patient with this number."""
    if index is None:
        return None
    found = ctx.unit.find(RELATED_BY_PHONE, userId=ctx.caller.id, active=True, phoneIndex=index, limit=2)
    in_force = [relation for relation in found if relation.in_force(ctx.now)]
    return in_force[0].patient_id if len(in_force) == 1 else None
