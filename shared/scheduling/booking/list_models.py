"""Queries of lists of appointments, and the answers of dashboards."""

from datetime import date
from typing import Literal

from pydantic import Field

from shared.http.answers import Out
from shared.patients.fields import UserId
from shared.scheduling.booking import fields
from shared.scheduling.booking.fields import StatusName
from shared.scheduling.booking.models import AppointmentRow
from shared.store.query import Paging


class AppointmentList(Paging):
    """Which appointments to list."""

    default_limit = 20

    status: StatusName | Literal["upcoming"] | None = Field(
        None, description="A status; `upcoming`: still to come and neither cancelled nor missed, soonest first."
    )
    start_date: fields.Day | None = None
    end_date: fields.Day | None = Field(None, description="Included.")
    provider_id: UserId | None = None
    patient_id: UserId | None = Field(None, description="Staff: of this patient.")


class OwnList(Paging):
    """Which of one's own appointments to list."""

    default_limit = 20

    status: StatusName | Literal["upcoming"] | None = None
    date: fields.Day | None = None
    start_date: fields.Day | None = None
    end_date: fields.Day | None = None
    provider_id: UserId | None = Field(None, description="For patients.")


class ProviderDashboard(Out):
    """A provider's day and figures (seed 001)."""

    today: date
    time_zone: str
    today_appointments: int = Field(description="Visits that begin today, cancelled ones left out.")
    upcoming_appointments: int = Field(description="Neither held, cancelled nor missed yet.")
    pending_appointments: int
    completed_appointments: int
    cancelled_appointments: int
    no_show_appointments: int
    total_clients: int
    next_appointment: AppointmentRow | None


class ClientDashboard(Out):
    """A patient's figures (seed 001)."""

    upcoming_appointments: int
    pending_appointments: int
    completed_appointments: int
    cancelled_appointments: int
    next_appointment: AppointmentRow | None
    provider_id: str | None = Field(description="The client's own provider.")
