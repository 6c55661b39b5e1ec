"""Bodies and answers about sessions, their tokens and the keys that sign them."""

from datetime import datetime
from typing import Literal, Self

from pydantic import Field, field_validator

from shared.auth.sessions import Issued
from shared.http.answers import Model, Out
from shared.users.documents import Session


class RefreshToken(Model):
    """A refresh token; without it the cookie is used."""

    refresh_token: str | None = Field(None, max_length=8192)


class Tokens(Out):
    """Tokens of a session; `expiresIn` is the access token's life in seconds."""

    success: Literal[True] = True
    token: str = Field(description="The access token, as seeds 000 and 001 name it.")
    access_token: str
    refresh_token: str
    expires_in: int

    @classmethod
    def of(cls, issued: Issued) -> Self:
        """Freshly issued tokens."""
        return cls(
            token=issued.access_token,
            access_token=issued.access_token,
            refresh_token=issued.refresh_token,
            expires_in=issued.expires_in,
        )


class CsrfToken(Out):
    """What `X-CSRF-Token` has to repeat."""

    csrf_token: str


class SessionOut(Out):
    """A signed-in device."""

    id: str
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    ip_address: str | None
    user_agent: str | None
    device: str
    mfa: bool
    current: bool

    @classmethod
    def of(cls, session: Session, current_id: str) -> Self:
        """A session, as its user sees it."""
        from shared.auth.devices import device_name

        return cls(
            id=session.id, created_at=session.created_at, last_seen_at=session.last_seen_at,
            expires_at=session.expires_at, ip_address=session.ip_address, user_agent=session.user_agent,
            device=device_name(session.user_agent), mfa=session.mfa, current=session.id == current_id,
        )  # fmt: skip


class Keys(Out):
    """A JWK set (RFC 7517)."""

    keys: list[dict[str, str]]

    @field_validator("keys")
    @classmethod
    def _public(cls, keys: list[dict[str, str]]) -> list[dict[str, str]]:
        if any("d" in key for key in keys):
            raise ValueError("holds a private key")
        return keys
