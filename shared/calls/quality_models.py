"""Bodies and answers about the quality of calls."""

from datetime import datetime
from typing import Literal

from pydantic import ConfigDict, Field

from shared.http.answers import Model, Out


class QualityReport(Model):
    """What an app measured of its connection."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"stage": "during", "packetLossPercent": 0.4, "roundTripMs": 62}]}
    )

    stage: Literal["before", "during", "after"] = Field("during", description="Before: the check ahead of joining.")
    score: int | None = Field(None, ge=0, le=5, description="0 (worst) to 5, as the vendor's SDK grades it.")
    bitrate_kbps: float | None = Field(None, ge=0, le=1e6)
    packet_loss_percent: float | None = Field(None, ge=0, le=100)
    jitter_ms: float | None = Field(None, ge=0, le=1e6)
    round_trip_ms: float | None = Field(None, ge=0, le=1e6)


class QualityOut(Out):
    """Whether the connection will do, by what was measured."""

    call_id: str
    verdict: Literal["good", "fair", "poor"]


class MeasuredOut(Out):
    """What somebody's app measured, and what it means."""

    user_id: str
    stage: Literal["before", "during", "after"]
    verdict: Literal["good", "fair", "poor"]
    score: int | None
    bitrate_kbps: float | None
    packet_loss_percent: float | None
    jitter_ms: float | None
    round_trip_ms: float | None
    created_at: datetime
