"""What a visit takes: how long, of whom, where, and at what price. From what is asked for and what is offered."""

from typing import NamedTuple

from shared.errors import Detail, ValidationFailed
from shared.scheduling.availability import DEFAULT_MINUTES
from shared.scheduling.booking.fields import TYPES
from shared.scheduling.profiles import Location, Provider, Service
from shared.scheduling.slots import Need

#: A visit is this when nobody says what it is.
DEFAULT_TYPE = "consultation"


class Terms(NamedTuple):
    """What a visit takes."""

    type: str
    service: Service | None
    need: Need
    is_virtual: bool
    amount_cents: int | None
    currency: str | None

    @property
    def prepaid(self) -> bool:
        """Whether it waits to be paid for."""
        return self.service is not None and self.service.prepaid and bool(self.amount_cents)


def terms_of(
    provider: Provider,
    *,
    type_name: str | None,
    service_id: str | None,
    duration: int | None,
    is_virtual: bool | None,
    staff: bool,
) -> Terms:
    """What such a visit takes with this provider. Raises `ValidationFailed`."""
    service = _service(provider, type_name, service_id)
    if service is not None and duration not in {None, service.duration_minutes} and not staff:
        raise _wrong("duration", "of this service is the provider's to set; leave it out")
    minutes = duration or (service.duration_minutes if service else DEFAULT_MINUTES)
    before, after = (service.buffer_before_minutes, service.buffer_after_minutes) if service else (0, 0)
    kind = type_name if type_name in TYPES else DEFAULT_TYPE if service is None else service.name
    amount, currency = _price(provider, service, minutes)
    return Terms(
        type=kind or DEFAULT_TYPE,
        service=service,
        need=provider.schedule.need(minutes, before, after),
        is_virtual=_virtual(kind, service, is_virtual),
        amount_cents=amount,
        currency=currency,
    )


def _service(provider: Provider, type_name: str | None, service_id: str | None) -> Service | None:
    if service_id is not None:
        found = provider.profile.service(service_id)
        if found is None:
            raise _wrong("serviceId", "is not a service of this provider")
        return found
    if type_name is None or type_name in TYPES:
        return None
    wanted = type_name.casefold()
    for service in provider.profile.services:
        if service.is_active and wanted in {service.name.casefold(), service.id.casefold()}:
            return service
    raise _wrong("type", f"must be one of {', '.join(TYPES)}, or a service of this provider")


def _virtual(kind: str | None, service: Service | None, wanted: bool | None) -> bool:
    modality = service.modality if service else "either"
    if (wanted and modality == "in_person") or (wanted is False and modality == "virtual"):
        raise _wrong("isVirtual", "does not fit this service")
    if wanted is not None:
        return wanted
    return modality == "virtual" or (modality == "either" and kind == "telehealth")


def _price(provider: Provider, service: Service | None, minutes: int) -> tuple[int | None, str | None]:
    if service is not None:
        return service.price_cents, service.currency
    if provider.user.hourly_rate is None:
        return None, None
    return round(provider.user.hourly_rate * 100 * minutes / 60), "USD"


def where(provider: Provider, location_id: str | None) -> tuple[str | None, str | None]:
    """Id and address of the place of a visit; the provider's main one when none is named."""
    place = provider.profile.location(location_id)
    return (place.id, address(place)) if place is not None else (None, None)


def address(place: Location) -> str:
    """A location on one line."""
    return ", ".join(filter(None, (place.name, place.address, place.city, f"{place.state} {place.zip_code}")))


def _wrong(field: str, what: str) -> ValidationFailed:
    return ValidationFailed(details=[Detail(field, what)])
