"""Bodies and answers of cancelling, and of what it costs."""

from datetime import datetime
from itertools import pairwise
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from shared.http.answers import Model, Out
from shared.scheduling.booking import fields
from shared.scheduling.booking.documents import Tier
from shared.scheduling.booking.fields import StatusName


class Cancellation(Model):
    """Why an appointment is cancelled."""

    reason: fields.Reason = Field(examples=["Feeling better, no longer needed"])
    requested_by: Literal["patient", "practice"] | None = Field(
        None,
        description="Staff: on whose wish. The practice's costs nothing; without it that is what staff cancel on.",
    )
    waive_fee: bool = Field(default=False, description="Staff: no fee, whatever the policy says; needs waiverReason.")
    waiver_reason: fields.Reason | None = Field(None, description="Why the fee is waived.")

    @model_validator(mode="after")
    def _explained(self) -> Self:
        if self.waive_fee != (self.waiver_reason is not None):
            raise ValueError("waiveFee and waiverReason come together")
        return self


class OptionalCancellation(Model):
    """Why an appointment is cancelled, if that is to be said."""

    reason: fields.Reason | None = None


class CancelledOut(Out):
    """That an appointment was cancelled (004 §1.1)."""

    message: str = "Appointment cancelled successfully"
    id: str
    status: StatusName
    cancelled_at: datetime | None
    cancellation_reason: str | None
    fee: float | None = Field(description="What stays with the practice, in units of `currency`.")
    refund: float | None
    currency: str | None


class TierOut(Out):
    """A tier of the policy: the share of the price when at least so many hours are left."""

    hours_before: float
    fee_percent: int


class TierIn(Model):
    """A tier of the policy."""

    hours_before: float = Field(ge=0, le=720, examples=[24])
    fee_percent: int = Field(ge=0, le=100, examples=[0])


class PolicyIn(Model):
    """The practice's terms of cancelling."""

    tiers: Annotated[list[TierIn], Field(min_length=1, max_length=10)]

    @model_validator(mode="after")
    def _ladder(self) -> Self:
        hours = [tier.hours_before for tier in self.tiers]
        if len(set(hours)) != len(hours):
            raise ValueError("two tiers have the same hoursBefore")
        ordered = sorted(self.tiers, key=lambda tier: tier.hours_before)
        if any(early.fee_percent < late.fee_percent for early, late in pairwise(ordered)):
            raise ValueError("a fee may not be higher the earlier somebody cancels")
        return self

    def stored(self) -> list[Tier]:
        """From the longest notice to the shortest."""
        ordered = sorted(self.tiers, key=lambda tier: -tier.hours_before)
        return [Tier(hours_before=tier.hours_before, fee_percent=tier.fee_percent) for tier in ordered]


class PolicyOut(Out):
    """The terms of cancelling."""

    tiers: list[TierOut]
    version: int
    updated_at: datetime | None


class PreviewOut(Out):
    """What cancelling now would come to."""

    appointment_id: str
    can_cancel: bool
    hours_left: float
    tier: TierOut | None
    tiers: list[TierOut]
    amount: float | None
    fee: float | None
    refund: float | None
    currency: str | None
