"""What an endpoint can answer besides success: the errors it declares, and those its declaration implies.

One list for everybody: the OpenAPI document is made from it, and the test client fails on an answer that is not in it.
"""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from shared.errors import (
    ApiError,
    BodyTooLarge,
    Contention,
    CredentialsNotVerified,
    DatabaseUnavailable,
    EmailNotVerified,
    EmailTaken,
    IdempotencyKeyReused,
    IdentityIsExternal,
    IdentityProviderUnavailable,
    InternalError,
    InvalidRequest,
    MethodNotAllowed,
    MfaEnrolmentRequired,
    NotFound,
    RateLimited,
    RoleNotAllowed,
    RouteNotFound,
    SessionEnded,
    TokenExpired,
    TokenInvalid,
    TokenMissing,
    UnreadableBody,
    UnreadableParameter,
    UnsupportedMediaType,
    ValidationFailed,
)
from shared.http.endpoint import Endpoint
from shared.store.document import to_camel
from shared.users.documents import Role

#: What any endpoint with an account can answer besides, where IDENTITY_MODE is external: an account is read from its
#: provider when its token is first seen.
OF_EXTERNAL_IDENTITY: frozenset[type[ApiError]] = frozenset({IdentityProviderUnavailable, EmailTaken})


class ErrorDetail(BaseModel):
    """One field that is wrong."""

    model_config = ConfigDict(defer_build=True, extra="forbid")

    field: str = Field(description="JSON path of the field, e.g. `emergencyContact.phone`.")
    message: str = Field(description="What is wrong with it; never the value that was sent.")


class ErrorInfo(BaseModel):
    """What was refused and why."""

    model_config = ConfigDict(defer_build=True, alias_generator=to_camel, populate_by_name=True, extra="forbid")

    code: str = Field(description="Kind of error; each belongs to one status.")
    reason: str = Field(description="The specific case: what a client decides by.")
    message: str = Field(description="For people.")
    details: list[ErrorDetail]
    request_id: str = Field(description="Also in X-Request-Id; quote it to support.")
    path: str
    timestamp: str = Field(description="RFC 3339, UTC.", json_schema_extra={"format": "date-time"})
    number: str | None = Field(None, description="Stable number of the case, where it has one (`AUTH_002`).")
    current: dict[str, Any] | None = Field(None, description="STALE_RECORD of a note: the note as it is now.")
    submitted: dict[str, Any] | None = Field(None, description="STALE_RECORD of a note: the change that was sent.")


class ErrorBody(BaseModel):
    """The one shape of every refusal (RESOLUTIONS: Errors)."""

    model_config = ConfigDict(defer_build=True, extra="forbid")

    success: bool = Field(json_schema_extra={"const": False})
    error: ErrorInfo
    timestamp: str = Field(description="RFC 3339, UTC.", json_schema_extra={"format": "date-time"})


def possible_errors(spec: Endpoint) -> list[type[ApiError]]:
    """Every error `spec` can answer, sorted by status and reason: its own and the pipeline's.

    What becomes of a bug is in it as well (500). Answers of the platform before the function are not: the load
    balancer's own 429 and 502 have no body of ours.
    """
    found = {*spec.errors, *_always(spec), *_by_access(spec), *_by_input(spec)}
    return sorted(found, key=lambda error: (error.status, error.reason))


def _always(spec: Endpoint) -> set[type[ApiError]]:
    # ValidationFailed even without input: a query parameter that an endpoint does not know is refused.
    errors: set[type[ApiError]] = {
        RouteNotFound, MethodNotAllowed, UnreadableParameter, ValidationFailed, InternalError,
    }  # fmt: skip
    if limited_by_address(spec) or spec.limit is not None:
        errors.add(RateLimited)
    if spec.trips != 0 or spec.access.account:
        errors.add(DatabaseUnavailable)
    if spec.writes:
        errors.add(Contention)
    if spec.domain == "auth":
        errors.add(IdentityIsExternal)
    return errors


def _by_access(spec: Endpoint) -> set[type[ApiError]]:
    access = spec.access
    if access.machine:
        return {TokenMissing, TokenInvalid}
    if not access.account:
        return set()
    errors: set[type[ApiError]] = {TokenMissing, TokenInvalid, TokenExpired, SessionEnded, *OF_EXTERNAL_IDENTITY}
    if access.roles != frozenset(Role):
        errors.add(RoleNotAllowed)
    if not access.limited:
        errors |= {EmailNotVerified, MfaEnrolmentRequired}
        if any(role.is_clinician for role in access.roles):
            errors.add(CredentialsNotVerified)
    return errors


def _by_input(spec: Endpoint) -> set[type[ApiError]]:
    errors: set[type[ApiError]] = set()
    if spec.path_parameters:
        errors.add(NotFound)
    if spec.takes_upload or spec.takes_form or spec.body is not None:
        errors |= {UnreadableBody, BodyTooLarge, UnsupportedMediaType}
        if spec.body is not None:
            errors.add(InvalidRequest)
    if keeps_answers(spec):
        errors.add(IdempotencyKeyReused)
    return errors


def limited_by_address(spec: Endpoint) -> bool:
    """Whether requests count against their address: all but machines' and health checks."""
    return spec.kind == "http" and spec.domain != "health"


def keeps_answers(spec: Endpoint) -> bool:
    """Whether `Idempotency-Key` is honoured: keys belong to a user, so only where there is one."""
    return spec.idempotent and spec.access.account
