"""Copies on appointments of who the patient and the provider are, brought up to date after a change of name.

Lists show an appointment from its own document. `rewrite_appointments` goes through everything somebody is part of,
one commit a page; after so many pages it leaves a note of where it is and has itself called again, so that neither a
long history nor a crash makes it begin anew.
"""

import hashlib
from datetime import datetime, timedelta
from typing import Any, ClassVar, NamedTuple

from shared.config import Settings
from shared.context import Context
from shared.patients.documents import Patient
from shared.scheduling.booking.documents import LISTED, Appointment, ProviderSummary
from shared.scheduling.profiles import ProviderProfile
from shared.store.document import Document, new_id
from shared.store.query import Paging
from shared.users.documents import User

#: Appointments one commit rewrites, and pages one call of the worker goes through.
PER_COMMIT = 100
PAGES = 20

#: Whoever was booking when the name changed has done so by then.
SETTLED = timedelta(seconds=10)

_KEPT = timedelta(days=7)


class Rewriting(Document):
    """Where a rewriting that takes several calls has come to."""

    collection = "appointmentRewritings"
    ttl: ClassVar[str] = "expiresAt"

    #: Whose appointments, as they are listed: `p:<patient>` or `u:<provider>`.
    whose: str
    cursor: str
    expires_at: datetime


def summary(user: User, profile: ProviderProfile, settings: Settings) -> ProviderSummary:
    """The provider as lists of appointments show them."""
    from shared.reference.specialties import name_of
    from shared.users.models import avatar_url

    first, _, last = user.name.rpartition(" ")
    specialty = profile.specialty
    return ProviderSummary(
        first_name=first or last,
        last_name=last if first else "",
        title=user.title,
        specialty=name_of(specialty) if specialty else user.specialty,
        npi=profile.npi,
        photo_url=avatar_url(user, settings),
    )


def mark(shown: ProviderSummary) -> str:
    """By which a later summary is seen to differ."""
    return hashlib.sha256(shown.model_dump_json().encode()).hexdigest()[:32]


def renamed_provider(ctx: Context, provider_id: str) -> None:
    """Have the provider's appointments show who they are now."""
    ctx.enqueue("rewrite_appointments", f"u:{provider_id}", at=ctx.now + SETTLED)


def rewrite(ctx: Context, ref: str) -> None:
    """Rewrite every copy of somebody, or go on with it; `ref` is whose, or the id of a `Rewriting`. Safe to repeat.

    Each page rests on the record and the account as they are when it is written: of two runs after two changes the
    slower cannot bring the first change back.
    """
    whose, cursor = ref, None
    if not ref.startswith(("p:", "u:")):
        note = ctx.unit.get(Rewriting, ref)
        if note is None:
            return
        whose, cursor = note.whose, note.cursor
    for _ in range(PAGES):
        found = _now(ctx, whose)
        if found is None:
            return
        page = ctx.unit.page(LISTED, Paging(page=1, limit=PER_COMMIT, cursor=cursor), listed=whose)
        for appointment in page.data:
            if found.applies_to(appointment):
                ctx.unit.update(appointment, **found.copies)
        if ctx.unit.dirty:
            for document in found.rests_on:
                ctx.unit.rest_on(document)
        cursor = page.pagination.next_cursor
        ctx.commit()
        if cursor is None:
            return
    following = Rewriting(id=new_id(), whose=whose, cursor=cursor or "", expires_at=ctx.now + _KEPT)
    ctx.unit.create(following)
    ctx.enqueue("rewrite_appointments", following.id, dedupe_key=following.id)


class _Now(NamedTuple):
    """What the copies are to be, and what that follows from."""

    copies: dict[str, Any]
    rests_on: tuple[Document, ...]
    #: Of staff, only what they are the provider of; None for a patient.
    provider_id: str | None = None

    def applies_to(self, appointment: Appointment) -> bool:
        return self.provider_id in {None, appointment.provider_id}


def _now(ctx: Context, whose: str) -> _Now | None:
    """Read anew; None for somebody who is not there any more."""
    kind, _, owner_id = whose.partition(":")
    wanted: tuple[type[Document], ...] = (Patient,) if kind == "p" else (User, ProviderProfile)
    for cls in wanted:
        ctx.unit.forget(cls, owner_id)
        ctx.unit.want(cls, owner_id)
    if kind == "p":
        patient = ctx.unit.get(Patient, owner_id)
        return None if patient is None else _Now({"patient_name": patient.name}, (patient,))
    user, profile = ctx.unit.get(User, owner_id), ctx.unit.get(ProviderProfile, owner_id)
    if user is None or profile is None:
        return None
    return _Now({"provider": summary(user, profile, ctx.settings)}, (user, profile), owner_id)
