"""Lists of appointments and the figures of dashboards."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from shared.context import Context
from shared.http.answers import Bare
from shared.patients.documents import Patient, Relationship
from shared.patients.relationships import access_patient, relationship_id
from shared.scheduling import zones
from shared.scheduling.availability import Schedule
from shared.scheduling.booking.documents import (
    LISTED,
    LISTED_LATEST,
    LISTED_NEXT,
)
from shared.scheduling.booking.list_models import ClientDashboard, ProviderDashboard
from shared.scheduling.booking.showing import row, viewer_reads, viewer_zone
from shared.scheduling.days import ProviderDay, day_id
from shared.store.document import Document
from shared.store.query import Page, Paging
from shared.tallies import Tally
from shared.users.documents import Role

if TYPE_CHECKING:
    from shared.scheduling.booking.list_models import AppointmentList, OwnList
    from shared.scheduling.booking.models import AppointmentRow

Reads = Iterable[tuple[type[Document], str]]


def patient_of_list(said: Mapping[str, Any], user_id: str) -> Reads:
    """The patient a list is asked for of, by the query."""
    patient_id = said.get("patientId")
    if not isinstance(patient_id, str) or not patient_id.replace("-", "").isalnum():
        return ()
    return ((Patient, patient_id), (Relationship, relationship_id(patient_id, user_id)))


def appointments(ctx: Context, query: "AppointmentList") -> Page["AppointmentRow"]:
    """Those the caller is part of: as patient, or as staff; administrators see all. Staff may name a patient.

    Raises `NotFound`, `ScopeNotGranted`.
    """
    if query.patient_id is not None:
        access_patient(ctx, query.patient_id, to="read", scope="appointments")
        scope, chooses = f"p:{query.patient_id}", True
    else:
        scope, chooses = _own_scope(ctx)
    return _page(ctx, query, scope, query.status, query.start_date, query.end_date,
                 query.provider_id if chooses else None)  # fmt: skip


def own(ctx: Context, query: "OwnList", *, as_patient: bool) -> Bare["AppointmentRow"]:
    """The caller's own, as a bare array."""
    scope = f"p:{ctx.caller.user.patient_id}" if as_patient else f"u:{ctx.caller.id}"
    first, last = (query.date, query.date) if query.date else (query.start_date, query.end_date)
    page = _page(ctx, query, scope, query.status, first, last, query.provider_id if as_patient else None)
    return Bare(page.data, page.pagination)


def _own_scope(ctx: Context) -> tuple[str, bool]:
    """Whose list it is, and whether it can be narrowed to a provider."""
    match ctx.caller.role:
        case Role.ADMIN:
            return "all", True
        case Role.DOCTOR | Role.NURSE:
            return f"u:{ctx.caller.id}", False
        case _:
            return f"p:{ctx.caller.user.patient_id}", True


def _page(
    ctx: Context,
    paging: Paging,
    scope: str,
    status: str | None,
    first: date | None,
    last: date | None,
    provider_id: str | None,
) -> Page["AppointmentRow"]:
    zone = viewer_zone(ctx)
    state = "open" if status == "upcoming" else status
    token = "|".join(filter(None, (scope, state, provider_id)))
    span: tuple[Any, Any]
    if status == "upcoming":
        order, span = LISTED_NEXT, _ahead(ctx.now, first, last, zone or "UTC")
    else:
        order = LISTED_LATEST if first is None else LISTED
        span = (first.isoformat() if first else None, (last + timedelta(days=1)).isoformat() if last else None)
    page = ctx.unit.page(order, paging, listed=token, span=span)
    ctx.about("appointments", None)
    for appointment in page.data:
        ctx.touch(appointment.patient_id)
    return page.map([row(ctx, appointment, zone) for appointment in page.data])


def _ahead(now: datetime, first: date | None, last: date | None, zone: str) -> tuple[datetime, datetime | None]:
    """From now on, within dates of the caller's zone."""
    begins = zones.instant(zones.bounds(first, zone)[0]) if first else now
    return max(now, begins), zones.instant(zones.bounds(last, zone)[1]) if last else None


# Dashboards


def provider_dashboard_reads(user_id: str) -> Reads:
    """What it needs besides."""
    return (*viewer_reads(user_id), (Schedule, user_id), (Tally, user_id))


def provider_dashboard(ctx: Context) -> ProviderDashboard:
    """The caller's day and figures; both were kept by the commits that made them."""
    schedule = ctx.unit.get(Schedule, ctx.caller.id) or Schedule(id=ctx.caller.id)
    tally = ctx.unit.get(Tally, ctx.caller.id) or Tally(id=ctx.caller.id)
    today = schedule.today(ctx.now)
    ctx.unit.want(ProviderDay, day_id(ctx.caller.id, today))
    following = _following(ctx, f"u:{ctx.caller.id}")
    day = ctx.unit.get(ProviderDay, day_id(ctx.caller.id, today))
    return ProviderDashboard(
        today=today,
        time_zone=schedule.time_zone,
        today_appointments=sum(b.kind == "appointment" for b in day.busy) if day else 0,
        upcoming_appointments=tally.open,
        pending_appointments=tally.pending,
        completed_appointments=tally.completed,
        cancelled_appointments=tally.cancelled,
        no_show_appointments=tally.no_show,
        total_clients=tally.clients,
        next_appointment=following,
    )


def client_dashboard(ctx: Context) -> ClientDashboard:
    """The figures of the caller's record."""
    patient_id = ctx.caller.user.patient_id or ""
    ctx.unit.want(Patient, patient_id)
    ctx.unit.want(Tally, patient_id)
    following = _following(ctx, f"p:{patient_id}")
    tally = ctx.unit.get(Tally, patient_id) or Tally(id=patient_id)
    patient = ctx.unit.get(Patient, patient_id)
    ctx.touch(patient_id)
    return ClientDashboard(
        upcoming_appointments=tally.open,
        pending_appointments=tally.pending,
        completed_appointments=tally.completed,
        cancelled_appointments=tally.cancelled,
        next_appointment=following,
        provider_id=patient.provider_id if patient else None,
    )


def _following(ctx: Context, scope: str) -> "AppointmentRow | None":
    """The next appointment, read beside the batch that has been asked for."""
    query = ctx.unit.reading(LISTED_NEXT, listed=f"{scope}|open", span=(ctx.now, None), limit=1)
    found = ctx.unit.together(query, ctx.unit.reading_wanted())[0]
    if not found:
        return None
    ctx.touch(found[0].patient_id)
    return row(ctx, found[0], viewer_zone(ctx))
