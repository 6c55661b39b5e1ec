"""How users want things."""

from datetime import datetime

from shared.store.document import Document


class Preferences(Document):
    """How a user wants things (seed 000 §1.13; defaults R-067). Its id is the user's; absent means the defaults."""

    collection = "preferences"

    default_template: str | None = None
    favorite_templates: list[str] = []
    auto_scribe: bool = True
    notifications_enabled: bool = True
    email_notifications: bool = True
    sms_notifications: bool = False
    dark_mode: bool = False
    language: str = "en"
    timezone: str = "UTC"
    updated_at: datetime | None = None
