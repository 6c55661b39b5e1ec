"""Answers about whether a note, or a copy of one, is genuine."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from shared.http.answers import Out


class LinkCheck(Out):
    """Whether one signature still fits what it was put under."""

    kind: Literal["signature", "cosignature", "addendum"]
    number: int | None = None
    signed_at: datetime
    valid: bool


class Verification(Out):
    """Whether a signed note is what was signed."""

    valid: bool
    hash: str | None = Field(description="SHA-256, hex, that was signed.")
    computed: str | None = Field(description="The same, computed now from what is stored.")
    algorithm: str = "SHA-256 over canonical JSON (RFC 8785)"
    signed_at: datetime | None
    links: list[LinkCheck]


class CopyVerification(Out):
    """Whether a printed copy belongs to a signed note, and whether it is the latest. Says nothing about anybody."""

    valid: bool = Field(description="The stored note is what was signed when this copy became possible.")
    current: bool = Field(description="Nothing has been added or co-signed since.")
    hash: str = Field(description="SHA-256, hex: the copy's fingerprint must be this.")
    signed_at: datetime
    signatures: int
    addenda: int
