"""Bodies and answers about devices."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from shared.http.answers import Model, Out

DEVICE_ID = r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"


class NewDevice(Model):
    """An app that takes push notifications."""

    token: str = Field(
        min_length=20, max_length=4096, pattern=r"^[A-Za-z0-9_:.\-]+$", description="FCM registration token.",
        examples=["dGhpcyBpcyBhIHRva2Vu:APA91bH0example"],
    )  # fmt: skip
    platform: Literal["ios", "android", "web"]
    replaces: str | None = Field(
        None,
        pattern=DEVICE_ID,
        description="`deviceId` whose token this one takes the place of, when FCM gave the app a new one.",
    )


class DeviceOut(Out):
    """A registered device."""

    device_id: str
    platform: Literal["ios", "android", "web"]
    registered_at: datetime
