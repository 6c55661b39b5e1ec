"""Bodies and answers about exceptions."""

from datetime import date, datetime
from typing import Annotated, Self

from pydantic import Field, model_validator

from shared.http.answers import Model, Out
from shared.scheduling.availability import ExceptionKind
from shared.scheduling.rule_models import AffectedOut, When, WindowIn
from shared.scheduling.text_fields import Paragraph


class ExceptionIn(Model):
    """Time that is not as usual."""

    from_: When = Field(alias="from", examples=["2026-12-24"], description="Date, local time, or instant.")
    to: When = Field(examples=["2026-12-31"], description="A date counts to its end.")
    kind: ExceptionKind = Field(description="`special_hours` replaces the weekly hours of its dates by `hours`.")
    reason: Paragraph | None = Field(None, max_length=500, description="Not shown to patients.")
    hours: Annotated[list[WindowIn], Field(max_length=10)] | None = Field(None, description="Of `special_hours`.")
    emergency: bool = Field(default=False, description="Patients inside are told at once.")

    @model_validator(mode="after")
    def _fits(self) -> Self:
        special = self.kind == "special_hours"
        if special != (self.hours is not None):
            raise ValueError("hours go with special_hours, and only with it")
        if special and (isinstance(self.from_, datetime) or isinstance(self.to, datetime)):
            raise ValueError("special_hours are for dates")
        if special and self.emergency:
            raise ValueError("an emergency closes time; it has no hours")
        return self


class HoursOfDay(Out):
    """A window of special hours."""

    start_time: str
    end_time: str
    location_id: str | None


class ExceptionOut(Out):
    """Time that is not as usual."""

    id: str
    provider_id: str
    kind: ExceptionKind
    from_: datetime = Field(alias="from")
    to: datetime
    from_date: date = Field(description="First date it touches, in the provider's zone.")
    to_date: date
    time_zone: str
    reason: str | None
    emergency: bool
    hours: list[HoursOfDay]
    created_at: datetime


class ExceptionDetail(ExceptionOut):
    """An exception with the appointments inside it."""

    affected: list[AffectedOut] = Field(description="POST …/rebook moves them; until then they stand as booked.")
