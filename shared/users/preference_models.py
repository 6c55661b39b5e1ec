"""Bodies and answers about preferences."""

from typing import Annotated, Literal, Self

from pydantic import Field, field_validator

from shared.http.answers import Model, Out
from shared.users.preference_documents import Preferences


class PreferencesOut(Out):
    """Preferences (seed 000 §2.11)."""

    default_template: str | None
    favorite_templates: list[str]
    auto_scribe: bool
    notifications_enabled: bool
    email_notifications: bool
    sms_notifications: bool
    dark_mode: bool
    language: str
    timezone: str

    @classmethod
    def of(cls, preferences: Preferences) -> Self:
        """Stored preferences, as answered."""
        return cls.model_validate(preferences)


class PreferencesChanged(Out):
    """Preferences after a change (seed 000 §2.11)."""

    success: Literal[True] = True
    preferences: PreferencesOut


class NewPreferences(Model):
    """Preferences to change; what is left out stays."""

    default_template: str | None = Field(None, description="A template of GET /templates.", examples=["apso"])
    favorite_templates: Annotated[list[str], Field(max_length=20)] | None = None
    auto_scribe: bool | None = None
    notifications_enabled: bool | None = None
    email_notifications: bool | None = None
    sms_notifications: bool | None = None
    dark_mode: bool | None = None
    language: Literal["en", "es"] | None = None
    timezone: str | None = Field(None, max_length=50, examples=["America/New_York"])

    @field_validator("default_template")
    @classmethod
    def _known(cls, name: str | None) -> str | None:
        from shared.reference.templates import TEMPLATE_IDS

        if name is not None and name not in TEMPLATE_IDS:
            raise ValueError("must be the id of a template; GET /templates lists them")
        return name

    @field_validator("favorite_templates")
    @classmethod
    def _all_known(cls, names: list[str] | None) -> list[str] | None:
        return None if names is None else list(dict.fromkeys(cls._known(name) or "" for name in names))

    @field_validator("timezone")
    @classmethod
    def _zone(cls, name: str | None) -> str | None:
        from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

        if name is not None:
            try:
                ZoneInfo(name)
            except (ZoneInfoNotFoundError, ValueError, OSError):
                raise ValueError("must be an IANA time zone, e.g. America/New_York") from None
        return name
