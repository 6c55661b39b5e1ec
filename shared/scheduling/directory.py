"""The directory patients search: one entry per provider who practises, in the order they are free.

`providerCards/{rank}` copies what a result shows, so that a page of results is one query. The rank is the document's
id, since a search by facets comes in the order of ids: those who take new patients first, then by next free day. It
moves when that day does. The card is derived from the profile alone; `refresh_provider` brings both up to date.
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from pydantic import BaseModel, ConfigDict

from shared.context import Context
from shared.scheduling import availability, days, facets, zones
from shared.scheduling.availability import Schedule
from shared.scheduling.profiles import Location, ProviderProfile, copied, new_profile, practises, provider_reads
from shared.store.document import Document, Sealed
from shared.store.query import Page, Paging, Query
from shared.store.unit import Unit
from shared.users.documents import User

#: A profile that nothing has changed is looked at again after this: days pass by themselves.
STALE_AFTER = timedelta(hours=20)

#: Profiles that one run of the schedule hands out.
_MOST_AT_ONCE = 400

_NEVER = "9999-12-31"


class Shown(BaseModel):
    """What a search result shows of a profile."""

    model_config = ConfigDict(defer_build=True, from_attributes=True, frozen=True, extra="ignore")

    name: str
    title: str | None
    specialty: str | None
    specialties: list[str]
    npi: str | None
    bio: str | None
    languages: list[str]
    years_of_experience: int | None
    education: str | None
    certifications: list[str]
    insurances: list[str]
    phone: str | None
    email: str | None
    has_photo: bool
    locations: list[Location]
    accepting_new_patients: bool
    rating: float
    review_count: int


class ProviderCard(Document):
    """An entry of the directory. Its id is `<rank>_<provider id>`."""

    collection = "providerCards"
    domain = "users"

    provider_id: str
    facets: Mapping[str, bool]
    shown: Sealed[Shown]
    free_from: date | None = None
    free_days: int = 0
    time_zone: str = "UTC"
    updated_at: datetime


DIRECTORY = Query("directory", ProviderCard, facets="facets")
PROFILES_TO_REFRESH = Query("profiles_to_refresh", ProviderProfile, equal=("listed",), order=("refreshedAt",))


def refresh(ctx: Context, provider_id: str) -> None:
    """Bring profile and directory entry of a provider up to date with account, rules and bookings. Safe to repeat."""
    for cls, document_id in provider_reads(provider_id):
        ctx.unit.want(cls, document_id)
    # The zone is not known yet; one day more on either side is in it wherever the provider is.
    around = availability.dates(
        ctx.now.date() - timedelta(days=1), ctx.now.date() + timedelta(days=facets.HORIZON_DAYS + 1)
    )
    days.want_days(ctx.unit, provider_id, around)
    user = ctx.unit.get(User, provider_id, deleted=True)
    profile = ctx.unit.get(ProviderProfile, provider_id)
    if user is None or not user.role.is_provider or (profile is None and not practises(user)):
        return
    schedule = ctx.unit.get(Schedule, provider_id) or Schedule(id=provider_id)
    if profile is None:
        profile = ctx.unit.create(new_profile(user, ctx.now))
    found = _free_days(ctx, schedule)
    fresh = ctx.unit.update(profile, **copied(user, profile), **found, refreshed_at=ctx.now)
    publish(ctx.unit, schedule, _told_to_appointments(ctx, user, fresh, is_new=profile.refreshed_at is None))


def _told_to_appointments(ctx: Context, user: User, profile: ProviderProfile, *, is_new: bool) -> ProviderProfile:
    """Have the copies on appointments rewritten, if what they show of the provider has changed."""
    # Here, since all who search the directory import what this is part of.
    from shared.scheduling.booking.copies import mark, renamed_provider, summary

    shown = mark(summary(user, profile, ctx.settings))
    if shown != profile.summary_mark and not (is_new and profile.summary_mark is None):
        renamed_provider(ctx, profile.id)
    return ctx.unit.update(profile, summary_mark=shown)


def _free_days(ctx: Context, schedule: Schedule) -> dict[str, Any]:
    first = schedule.today(ctx.now)
    every = availability.dates(first, first + timedelta(days=facets.HORIZON_DAYS - 1))
    need = schedule.need()
    free = [
        availability.has_free(schedule, day, need=need, now=ctx.now)
        for day in days.read_days(ctx.unit, schedule.id, every)
    ]
    return {
        "free_from": first,
        "free_days": sum(1 << n for n, is_free in enumerate(free) if is_free),
        "next_free": next((day for day, is_free in zip(every, free, strict=True) if is_free), None),
    }


def publish(unit: Unit, schedule: Schedule, profile: ProviderProfile) -> ProviderProfile:
    """Write the entry that follows from a profile, or take it out; the profile, with its entry's id."""
    card_id = rank(profile) if profile.listed else None
    if profile.card_id is not None and profile.card_id != card_id:
        unit.remove(ProviderCard, profile.card_id)
    if card_id is not None:
        unit.put(
            ProviderCard(
                id=card_id,
                provider_id=profile.id,
                facets=facets.of(profile, schedule, unit.sealer),
                shown=Shown.model_validate(profile),
                free_from=profile.free_from,
                free_days=profile.free_days,
                time_zone=schedule.time_zone,
                updated_at=unit.now,
            )
        )
    return unit.update(profile, card_id=card_id)


def rank(profile: ProviderProfile) -> str:
    """Where a provider stands: who takes new patients before who does not, sooner before later."""
    free = profile.next_free.isoformat() if profile.next_free else _NEVER
    return f"{0 if profile.accepting_new_patients else 1}_{free}_{profile.id}"


def next_free(free_from: date | None, free_days: int, time_zone: str, now: datetime) -> date | None:
    """The next day with a free slot, as last computed, that is not over where the provider is."""
    if free_from is None:
        return None
    passed = max(0, (zones.today(now, time_zone) - free_from).days)
    left = free_days >> passed
    return free_from + timedelta(days=passed + (left & -left).bit_length() - 1) if left else None


def search(ctx: Context, wanted: list[str], paging: Paging) -> Page[ProviderCard]:
    """Entries that have every wanted facet."""
    return ctx.unit.page(DIRECTORY, paging, facets=sorted(set(wanted)))


def refresh_stale(ctx: Context) -> int:
    """Hand out the profiles that have not been looked at for a while; how many."""
    stale = ctx.unit.find(PROFILES_TO_REFRESH, listed=True, span=(None, ctx.now - STALE_AFTER), limit=_MOST_AT_ONCE)
    for profile in stale:
        ctx.enqueue("refresh_provider", profile.id, dedupe_key=f"provider-{profile.id}-{ctx.now:%Y%m%d%H}")
    return len(stale)
