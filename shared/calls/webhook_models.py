"""What 100ms tells by its webhook."""

from datetime import datetime
from typing import Any

from pydantic import ConfigDict, Field

from shared.http.answers import Model
from shared.store.document import to_camel


class VendorEvent(Model):
    """A webhook of 100ms; what we do not know of it is ignored."""

    model_config = ConfigDict(
        defer_build=True, alias_generator=to_camel, populate_by_name=True, extra="ignore", frozen=True
    )

    id: str = Field(min_length=1, max_length=200)
    type: str = Field(min_length=1, max_length=100)
    timestamp: datetime | None = None
    data: dict[str, Any] = {}
