"""What accounts sign in with."""

from datetime import datetime

from shared.store.document import Document, Sealed


class Credentials(Document):
    """What an account signs in with; read by identity functions only. Its id is the user's."""

    collection = "credentials"
    domain = "users"

    password_hash: Sealed[str | None] = None
    mfa_secret: Sealed[str | None] = None
    mfa_pending_secret: Sealed[str | None] = None
    #: Time step of the last accepted code: a code works once.
    mfa_last_step: int = 0
    backup_code_hashes: list[str] = []
    #: Blind tokens of devices that signed in before, newest last; an unknown one is announced by mail.
    known_devices: list[str] = []
    password_changed_at: datetime | None = None
