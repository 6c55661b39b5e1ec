"""Bodies and answers about what a user is notified of, and how."""

from typing import Annotated

from pydantic import AfterValidator, Field

from shared.events import NotificationType
from shared.http.answers import Model, Out
from shared.notifications.documents import Channel


def _wall(text: str) -> str:
    hour, _, minute = text.partition(":")
    if not (len(text) == 5 and hour.isdigit() and minute.isdigit() and hour < "24" and minute < "60"):
        raise ValueError("must be a time of the form HH:MM, from 00:00 to 23:59")
    return text


WallTime = Annotated[str, AfterValidator(_wall), Field(examples=["22:00"])]


class NewQuietHours(Model):
    """Quiet hours to change; what is left out stays."""

    enabled: bool | None = None
    start: WallTime | None = None
    end: WallTime | None = None


class NewNotificationPreferences(Model):
    """Notification preferences to change; what is left out stays."""

    types: dict[NotificationType, dict[Channel, bool]] | None = Field(
        None,
        description="Type → channel → wanted.",
        examples=[{"message": {"email": False}, "appointment_reminder": {"sms": True}}],
    )
    quiet_hours: NewQuietHours | None = None
    reminder_minutes: Annotated[list[Annotated[int, Field(ge=5, le=20_160)]], Field(max_length=5)] | None = Field(
        None, description="Minutes before a visit at which to be reminded, at most five.", examples=[[1440, 60]]
    )


class QuietHoursOut(Out):
    """When a user is not to be disturbed, in the `timezone` of their preferences."""

    enabled: bool
    start: str
    end: str


class NotificationPreferencesOut(Out):
    """What a user wants on which channel."""

    types: dict[NotificationType, dict[Channel, bool]]
    quiet_hours: QuietHoursOut
    reminder_minutes: list[int]
    time_zone: str = Field(description="Zone of the quiet hours; PUT /users/me/preferences changes it.")
    urgent: list[NotificationType] = Field(description="Types that do not wait for the end of quiet hours.")
