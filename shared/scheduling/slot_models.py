"""Free slots as they are asked for and answered."""

from datetime import date, datetime

from pydantic import Field

from shared.http.answers import Model, Out
from shared.scheduling.rule_models import Day, Zone


class SlotQuery(Model):
    """Which day's slots."""

    day: Day = Field(alias="date", examples=["2026-12-01"], description="In the provider's zone.")
    duration: int | None = Field(None, ge=5, le=480, description="Minutes; 30, or the service's.")
    service_id: str | None = Field(None, max_length=36)
    time_zone: Zone | None = Field(None, description="Of the viewer; else that of their preferences.")


class SlotOut(Out):
    """A free slot."""

    time: str = Field(examples=["09:00 AM"], description="What booking takes, with the date.")
    start_time: datetime
    end_time: datetime
    viewer_date: date
    viewer_time: str = Field(examples=["03:00 PM"], description="What the viewer's clock shows then.")
    location_id: str | None


class SlotsOut(Out):
    """Free slots of a day (seed 004 §1.2). `slots` and `time` are the provider's wall time."""

    date: date
    provider_id: str
    duration: int
    time_zone: str
    viewer_time_zone: str
    slots: list[str] = Field(examples=[["09:00 AM", "09:30 AM"]])
    details: list[SlotOut]
