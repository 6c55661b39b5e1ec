"""Appointments as they are answered."""

from collections.abc import Iterable

from shared.context import Context
from shared.scheduling.availability import Schedule
from shared.scheduling.booking.access import access_appointment
from shared.scheduling.booking.calendar import add_links, sync_status
from shared.scheduling.booking.documents import (
    Appointment,
    CalendarFeed,
)
from shared.scheduling.booking.models import AppointmentOut, AppointmentRow, ProviderContact, row_values
from shared.scheduling.profiles import Provider, ProviderProfile, new_profile, provider_reads
from shared.store.document import Document
from shared.users.documents import User
from shared.users.preference_documents import Preferences

Reads = Iterable[tuple[type[Document], str]]


def viewer_zone(ctx: Context) -> str | None:
    """The caller's zone, if they have told it; read with the session where the endpoint asks for it."""
    preferences = ctx.unit.get(Preferences, ctx.caller.id)
    return preferences.timezone if preferences is not None else None


def row(ctx: Context, appointment: Appointment, zone: str | None) -> AppointmentRow:
    """An appointment in a list."""
    return AppointmentRow.model_validate(row_values(appointment, ctx.settings.frontend_url, zone))


def shown(ctx: Context, appointment: Appointment, provider: Provider | None) -> AppointmentOut:
    """An appointment in full."""
    values = row_values(appointment, ctx.settings.frontend_url, viewer_zone(ctx))
    contact = ProviderContact(id=appointment.provider_id, **appointment.provider.model_dump())
    if provider is not None:
        contact.phone, contact.email = provider.profile.phone, provider.profile.email
    feed = ctx.unit.get(CalendarFeed, ctx.caller.id)
    values |= {
        "provider": contact,
        "calendar": {**add_links(appointment, ctx.settings), "sync_status": sync_status(feed, appointment)},
        "sequence": appointment.sequence,
    }
    return AppointmentOut.model_validate(values)


def contact(ctx: Context, provider_id: str) -> Provider | None:
    """The provider, also one who does not practise any more; None when the account is gone."""
    user = ctx.unit.get(User, provider_id)
    if user is None:
        return None
    profile = ctx.unit.get(ProviderProfile, provider_id) or new_profile(user, ctx.now)
    schedule = ctx.unit.get(Schedule, provider_id) or Schedule(id=provider_id)
    return Provider(user=user, profile=profile, schedule=schedule)


def viewer_reads(user_id: str) -> Reads:
    """What every endpoint that shows appointments reads with the session."""
    return ((Preferences, user_id), (CalendarFeed, user_id))


def one(ctx: Context, appointment_id: str) -> AppointmentOut:
    """An appointment in full. Raises `NotFound`, `ScopeNotGranted`."""
    stored = ctx.unit.get(Appointment, appointment_id)
    if stored is not None:
        for cls, document_id in provider_reads(stored.provider_id):
            ctx.unit.want(cls, document_id)
    appointment = access_appointment(ctx, appointment_id, to="read")
    return shown(ctx, appointment, contact(ctx, appointment.provider_id))
