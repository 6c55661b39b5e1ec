"""Providers: found, shown, and what they say about themselves."""

from typing import TYPE_CHECKING, Any

from shared.context import Context
from shared.errors import Detail, NpiTaken, StaleRecord, ValidationFailed
from shared.files.downloads import picture
from shared.http.answers import Binary
from shared.scheduling import directory, facets
from shared.scheduling.practice import own
from shared.scheduling.profiles import (
    Location,
    Position,
    Provider,
    ProviderProfile,
    Service,
    copied,
    practises,
    provider,
)
from shared.scheduling.provider_models import OwnProvider, ProviderDetail, ProviderOut, ProviderPage
from shared.scheduling.provider_search_models import wanted_facets
from shared.scheduling.refreshing import changed
from shared.store.document import new_id
from shared.users.documents import User

if TYPE_CHECKING:
    from shared.scheduling.provider_bodies import LocationIn, ProviderUpdate, ServiceIn
    from shared.scheduling.provider_search_models import ProviderSearch

#: Fields of the body that the profile has under the same name.
_PLAIN = (
    "languages", "years_of_experience", "education", "certifications", "skills", "phone", "email",
    "accepting_new_patients",
)  # fmt: skip
_ACCOUNT = ("title", "bio", "specialty")


def find_providers(ctx: Context, wanted: "ProviderSearch") -> ProviderPage:
    """One page of the providers that have all that is asked: who takes new patients first, then the soonest free."""
    asked = wanted_facets(wanted, ctx.now.date())
    if wanted.name is not None:
        asked += facets.named(wanted.name, ctx.unit.sealer)
    page = directory.search(ctx, asked, wanted)
    info = page.pagination
    for name, value in (("X-Total-Count", info.total), ("X-Page", info.page), ("X-Per-Page", info.limit)):
        ctx.header(name, str(value))
    return ProviderPage(
        data=[ProviderOut.of_card(card, ctx.settings, ctx.now) for card in page.data],
        total=info.total,
        pagination=info,
    )


def show_provider(ctx: Context, provider_id: str) -> ProviderDetail:
    """A provider, whole. Raises `ProviderNotFound`."""
    return ProviderDetail.of(provider(ctx, provider_id), ctx.settings, ctx.now)


def photo(ctx: Context, provider_id: str) -> Binary:
    """A provider's picture, for anybody signed in. Raises `ProviderNotFound`, `NotFound`, `StorageUnavailable`."""
    return picture(ctx, provider(ctx, provider_id).user.avatar_file_id)


def show_own(ctx: Context) -> OwnProvider:
    """The caller's own profile."""
    return OwnProvider.of(own(ctx), ctx.settings, ctx.now)


def update_own(ctx: Context, body: "ProviderUpdate") -> OwnProvider:
    """Change the caller's profile. Raises `StaleRecord`, `NpiTaken`, `ValidationFailed`."""
    me = own(ctx)
    given = body.given()
    profile = ctx.unit.get(ProviderProfile, me.id)
    if given.pop("version", None) not in {None, me.profile.version}:
        raise StaleRecord
    if profile is None:
        profile = ctx.unit.create(me.profile)
    ctx.about("providerProfiles", me.id)
    user = _account(ctx, me.user, given)
    changes: dict[str, Any] = {name: _cleared(profile, name, given[name]) for name in _PLAIN if name in given}
    changes |= _lists(profile, body, given)
    if "npi" in given:
        _claim_npi(ctx, profile, given["npi"])
        changes["npi"] = given["npi"]
    changes |= _specialties(user, profile, given)
    fresh = ctx.unit.update(profile, **changes)
    if fresh != me.profile or user != me.user:
        fresh = ctx.unit.update(fresh, version=profile.version + 1, updated_at=ctx.now)
    fresh = directory.publish(ctx.unit, me.schedule, fresh)
    changed(ctx, me.id)
    return OwnProvider.of(Provider(user=user, profile=fresh, schedule=me.schedule), ctx.settings, ctx.now)


def _account(ctx: Context, user: User, given: dict[str, Any]) -> User:
    """What is the account's own: what the profile repeats of it must not differ."""
    own_fields = {name: given[name] for name in _ACCOUNT if name in given}
    if all(getattr(user, name) == value for name, value in own_fields.items()):
        return user
    return ctx.unit.update(user, **own_fields, updated_at=ctx.now)


def _specialties(user: User, profile: ProviderProfile, given: dict[str, Any]) -> dict[str, Any]:
    listed = given.get("specialties", profile.specialties) or []
    main = given.get("specialty", profile.specialty)
    before = profile.model_copy(update={"specialties": list(dict.fromkeys(listed)), "specialty": main})
    return {**copied(user, before), "listed": practises(user)}


def _cleared(profile: ProviderProfile, name: str, value: Any) -> Any:
    """`null` clears: a list becomes empty."""
    return [] if value is None and isinstance(getattr(profile, name), list) else value


def _lists(profile: ProviderProfile, body: "ProviderUpdate", given: dict[str, Any]) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    if "insurance_accepted" in given:
        changes["insurances"] = body.insurance_accepted or []
    if "professional_history" in given:
        changes["history"] = [Position(**p.model_dump()) for p in body.professional_history or []]
    if "locations" in given:
        changes["locations"] = _locations(profile, body.locations or [])
    if "services" in given:
        changes["services"] = _services(profile, body.services or [])
    return changes


def _locations(profile: ProviderProfile, wanted: list["LocationIn"]) -> list[Location]:
    _known("locations", {place.id for place in profile.locations}, [place.id for place in wanted])
    main = next((n for n, place in enumerate(wanted) if place.is_primary), 0)
    return [
        Location(**place.model_dump() | {"id": place.id or new_id(), "is_primary": n == main})
        for n, place in enumerate(wanted)
    ]


def _services(profile: ProviderProfile, wanted: list["ServiceIn"]) -> list[Service]:
    _known("services", {service.id for service in profile.services}, [service.id for service in wanted])
    return [Service(**service.model_dump() | {"id": service.id or new_id()}) for service in wanted]


def _known(field: str, there: set[str], named: list[str | None]) -> None:
    ids = [name for name in named if name is not None]
    wrong = [n for n, name in enumerate(named) if name is not None and (name not in there or ids.count(name) > 1)]
    if wrong:
        raise ValidationFailed(
            details=[
                Detail(f"{field}.{n}.id", "must be of one that is there, once; leave it out for a new one")
                for n in wrong
            ]
        )


def _claim_npi(ctx: Context, profile: ProviderProfile, npi: str | None) -> None:
    if npi == profile.npi:
        return
    if profile.npi is not None:
        ctx.unit.release("npi", profile.npi)
    if npi is not None:
        ctx.unit.reserve("npi", npi, profile.id, NpiTaken)
