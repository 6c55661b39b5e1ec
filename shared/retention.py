"""Retention and legal hold: how long records are kept, and which are kept whatever their age (RESOLUTIONS: Retention).

A legal hold is placed on a patient, or on one chat, by an administrator; while it is in force nothing of that patient
or chat is erased. Whoever erases asks `held` or `held_among` in the unit that erases, right before. One hold per
subject: `legalHolds/{id}`, its id derived from the subject, so that asking is a read by id.
"""

import logging
import uuid
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from shared.context import Context, reads_by_path
from shared.errors import AlreadyDone, NotFound
from shared.http.answers import Model, Out
from shared.store.document import Document, Sealed
from shared.store.query import Page, Paging, Query
from shared.store.unit import chunks

log = logging.getLogger("consentmd.retention")

SubjectKind = Literal["patients", "chats"]

#: Records of one page, and of one commit (each with what goes with it); pages of one run, the next day's goes on.
_PAGE, _PER_COMMIT, _MOST_PAGES = 100, 20, 200

#: A leap year must not end a retention a day early.
DAYS_A_YEAR = 366


class LegalHold(Document):
    """That a subject's records must be kept, since when and why."""

    collection = "legalHolds"
    domain = "platform"

    subject_kind: SubjectKind
    subject_id: str
    reason: Sealed[str]
    active: bool = True
    placed_by: str
    placed_at: datetime
    released_by: str | None = None
    released_at: datetime | None = None


LEGAL_HOLDS = Query("legal_holds", LegalHold, equal=("active",), order=("-placedAt",))


class NewLegalHold(Model):
    """What is to be kept, and why."""

    model_config = {
        "json_schema_extra": {
            "examples": [{"patientId": "3f0c9c3e-7e1a-4b62-9d3e-2f6f0f3c8a11", "reason": "Subpoena 2026-114"}]
        }
    }

    patient_id: str | None = Field(None, pattern=r"^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$")
    chat_id: str | None = Field(None, pattern=r"^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$")
    reason: str = Field(min_length=3, max_length=1000)

    @model_validator(mode="after")
    def _one_subject(self) -> Self:
        if (self.patient_id is None) == (self.chat_id is None):
            raise ValueError("give patientId or chatId, one of them")
        return self

    @property
    def subject(self) -> tuple[SubjectKind, str]:
        """What is held: kind and id."""
        return ("patients", self.patient_id) if self.patient_id is not None else ("chats", str(self.chat_id))


class LegalHoldOut(Out):
    """A legal hold."""

    id: str
    subject_kind: SubjectKind
    subject_id: str
    reason: str
    active: bool
    placed_by: str
    placed_at: datetime
    released_by: str | None
    released_at: datetime | None


class HoldList(Paging):
    """Which holds."""

    active: bool = Field(default=True, description="Those in force, or those released.")


def hold_id(kind: SubjectKind, subject_id: str) -> str:
    """Id of the hold on a subject."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"consentmd:hold:{kind}:{subject_id}"))


reads_by_path("legalHoldId", lambda key, _: ((LegalHold, key),))


def held(ctx: Context, patient_id: str | None, chat_id: str | None = None) -> bool:
    """Whether records of this patient (or of this chat) must be kept whatever their age."""
    return bool(held_among(ctx, [(patient_id, chat_id)]))


def held_among(ctx: Context, records: Iterable[tuple[str | None, str | None]]) -> set[tuple[str | None, str | None]]:
    """Those of these (patient id, chat id) that are under a hold; one batch for all, with what is wanted else.

    Read anew each time: a run that erases may take long, and a hold counts from when it is placed.
    """
    asked = {record: _holds_of(*record) for record in records}
    ids = sorted({key for keys in asked.values() for key in keys})
    for key in ids:
        ctx.unit.forget(LegalHold, key)
    holds = ctx.unit.get_all(LegalHold, ids) if ids else []
    active = {hold.id for hold in holds if hold is not None and hold.active}
    return {record for record, keys in asked.items() if active & set(keys)}


def _holds_of(patient_id: str | None, chat_id: str | None) -> list[str]:
    ids = [hold_id("patients", patient_id)] if patient_id is not None else []
    return [*ids, hold_id("chats", chat_id)] if chat_id is not None else ids


def kept_since(ctx: Context, years: int) -> datetime:
    """The time before which records that are kept `years` have run out."""
    return ctx.now - timedelta(days=years * DAYS_A_YEAR)


def erase_by_age(
    ctx: Context,
    query: Query[Any],
    until: datetime,
    *,
    erase: Callable[[Context, Any], object],
    want: Callable[[Context, Any], object] = lambda _, __: None,
) -> None:
    """Erase records older than `until`, but for those about a patient, or of a chat, under a hold.

    `query` is by age of what its one flag says is not erased yet; `want` asks for what goes with a record, `erase`
    erases both. A few records are a commit, and what is erased is not found again: a run that ends half-way is simply
    gone on with.
    """
    there: dict[str, Any] = dict.fromkeys(query.equal, False)
    cursor: str | None = None
    erased = kept = 0
    for _ in range(_MOST_PAGES):
        paging = Paging(page=1, limit=_PAGE, cursor=cursor)
        page = ctx.unit.page(query, paging, span=(None, until), **there)
        for batch in chunks(page.data, _PER_COMMIT):
            for record in batch:
                want(ctx, record)
            holds = held_among(ctx, {(record.patient_id, record.chat_id) for record in batch})
            due = [record for record in batch if (record.patient_id, record.chat_id) not in holds]
            for record in due:
                erase(ctx, record)
            ctx.unit.commit()
            erased += len(due)
            kept += len(batch) - len(due)
        cursor = page.pagination.next_cursor
        if cursor is None:
            break
    if erased or kept:
        what = query.document.collection
        ctx.about(what, None)
        ctx.trail.details |= {f"{what}Erased": erased, f"{what}Held": kept}
        log.info("expired", extra={"collection": what, "count": erased})


def place(ctx: Context, body: NewLegalHold) -> LegalHoldOut:
    """Put a subject under a legal hold. Raises `AlreadyDone` while one is in force.

    Whether the subject exists is not asked: a hold may come before the record, or outlast it.
    """
    kind, subject_id = body.subject
    key = hold_id(kind, subject_id)
    ctx.about(kind, subject_id)
    if kind == "patients":
        ctx.touch(subject_id)
    stored = ctx.unit.get(LegalHold, key)
    if stored is not None and stored.active:
        raise AlreadyDone("This is under a legal hold already.")
    fresh = LegalHold(
        id=key,
        subject_kind=kind,
        subject_id=subject_id,
        reason=body.reason,
        placed_by=ctx.caller.id,
        placed_at=ctx.now,
    )
    if stored is None:
        return LegalHoldOut.model_validate(ctx.unit.create(fresh))
    changes = {name: getattr(fresh, name) for name in LegalHold.model_fields if name != "id"}
    return LegalHoldOut.model_validate(ctx.unit.update(stored, **changes))


def release(ctx: Context, key: str) -> LegalHoldOut:
    """End a hold; what has run out meanwhile is erased at the next run. Raises `NotFound`, `AlreadyDone`."""
    hold = ctx.unit.get(LegalHold, key)
    if hold is None:
        raise ctx.refuse(NotFound())
    ctx.about(hold.subject_kind, hold.subject_id)
    if hold.subject_kind == "patients":
        ctx.touch(hold.subject_id)
    if not hold.active:
        raise AlreadyDone("This hold has been released already.")
    return LegalHoldOut.model_validate(
        ctx.unit.update(hold, active=False, released_by=ctx.caller.id, released_at=ctx.now)
    )


def holds(ctx: Context, query: HoldList) -> Page[LegalHoldOut]:
    """A page of holds, the latest first."""
    page = ctx.unit.page(LEGAL_HOLDS, query, active=query.active)
    return page.map([LegalHoldOut.model_validate(hold) for hold in page.data])
