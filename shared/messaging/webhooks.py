"""What Twilio tells us: messages that came in, and what became of those that went out."""

from typing import Any

from shared.context import Context
from shared.errors import Detail, SignatureInvalid, ValidationFailed
from shared.http.answers import Binary, Form
from shared.messaging import sms, threads, vendor
from shared.messaging.documents import SMS_BY_SID, OptOut, SmsMessage, SmsState, inbound_id
from shared.notifications.documents import Notification

#: Keywords as carriers and Twilio understand them, by what they mean (CTIA Messaging Principles §5.1).
KEYWORDS = {
    **dict.fromkeys(("STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"), "STOP"),
    **dict.fromkeys(("START", "UNSTOP", "YES"), "START"),
    **dict.fromkeys(("HELP", "INFO"), "HELP"),
}
#: Twilio's states in our words; what it has only begun with is no news.
_STATES: dict[str, SmsState] = {
    "accepted": "accepted", "queued": "accepted", "sending": "accepted", "sent": "sent", "delivered": "delivered",
    "read": "delivered", "undelivered": "undelivered", "failed": "failed", "canceled": "failed",
}  # fmt: skip
_LONGEST = 1600
#: Nothing to answer. Replies to keywords are Twilio's own, so that a number gets one and not two.
SILENCE = Binary(b'<?xml version="1.0" encoding="UTF-8"?><Response/>', "text/xml")


def require_signature(ctx: Context, form: Form, path: str) -> None:
    """Raise `SignatureInvalid` unless Twilio signed this request; refusals are in the audit log."""
    given = ctx.headers.get("x-twilio-signature", "")
    if not vendor.signed(ctx.settings, path, form.query, form.fields, given):
        raise ctx.refuse(SignatureInvalid())


def receive(ctx: Context, form: Form) -> Binary:
    """Keep an inbound message, once however often it comes; heed what it says; put it into its number's chat."""
    sid, number = _required(form, "MessageSid"), _required(form, "From")
    message_id = inbound_id(sid)
    ctx.unit.want(OptOut, sms.opt_out_id(ctx, number))
    if ctx.unit.get(SmsMessage, message_id) is not None:
        return SILENCE
    text = form.fields.get("Body", "")[:_LONGEST]
    if not text.strip() and form.fields.get("NumMedia", "0") != "0":
        text = "(A picture or file was sent, which SMS does not bring here.)"
    keyword = _keyword(ctx, form, number, text)
    message = SmsMessage(
        id=message_id,
        direction="inbound",
        number=number,
        text=text,
        state="received",
        reason=keyword,
        sid=sid,
        created_at=ctx.now,
        sent_at=ctx.now,
    )
    about: dict[str, Any] = {"patient_id": threads.patient_of(ctx, number)}
    if keyword is not None:
        _heed(ctx, number, keyword)
    else:
        about = threads.file(ctx, message, about["patient_id"])
    if about["patient_id"]:
        ctx.touch(about["patient_id"])
    ctx.about("smsMessages", message.id)
    ctx.unit.create(message.model_copy(update=about))
    return SILENCE


def take_status(ctx: Context, form: Form, message_id: str | None) -> None:
    """What became of a message. Callbacks come twice and out of order: only a step forward changes anything."""
    sid = _required(form, "MessageSid")
    state = _STATES.get(form.fields.get("MessageStatus", ""))
    if message_id is not None:
        # The text message of a notification has its id.
        ctx.unit.want(Notification, message_id)
        found = ctx.unit.get(SmsMessage, message_id)
    else:
        found = next(iter(ctx.unit.find(SMS_BY_SID, sid=sid, limit=1)), None)
    if found is None or state is None:
        return
    code = form.fields.get("ErrorCode", "")
    sms.advance(ctx, found, state, sid, code if code.isascii() and code.isdigit() else None)


def _required(form: Form, name: str) -> str:
    value = form.fields.get(name, "")
    if not 1 <= len(value) <= 64:
        raise ValidationFailed(details=[Detail(name, "is required")])
    return value


def _keyword(ctx: Context, form: Form, number: str, text: str) -> str | None:
    # Where Twilio has decided what a message means, that is what it means: it has acted on it.
    if (decided := form.fields.get("OptOutType")) in {"STOP", "START", "HELP"}:
        return decided
    word = KEYWORDS.get(text.strip().rstrip(".!").upper())
    if word == "START" and not sms.has_opted_out(ctx, number):
        # "Yes" is an answer, too.
        return None
    return word


def _heed(ctx: Context, number: str, keyword: str) -> None:
    if keyword in {"STOP", "START"}:
        ctx.unit.put(
            OptOut(
                id=sms.opt_out_id(ctx, number),
                number=number,
                opted_out=keyword == "STOP",
                keyword=keyword,
                at=ctx.now,
            )
        )
