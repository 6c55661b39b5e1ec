"""The one exception the engine answers a call with: a gRPC status code and a sentence."""

from __future__ import annotations

import grpc


class StatusError(Exception):
    """Ends a call with `code` and `message`, as the service would word it."""

    def __init__(self, code: grpc.StatusCode, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def invalid(message: str) -> StatusError:
    """INVALID_ARGUMENT: the request itself is wrong."""
    return StatusError(grpc.StatusCode.INVALID_ARGUMENT, message)


def not_found(message: str) -> StatusError:
    """NOT_FOUND: the named document does not exist."""
    return StatusError(grpc.StatusCode.NOT_FOUND, message)


def already_exists(message: str) -> StatusError:
    """ALREADY_EXISTS: the named document exists."""
    return StatusError(grpc.StatusCode.ALREADY_EXISTS, message)


def failed_precondition(message: str) -> StatusError:
    """FAILED_PRECONDITION: right request, wrong state (a precondition, a missing index)."""
    return StatusError(grpc.StatusCode.FAILED_PRECONDITION, message)


def aborted(message: str) -> StatusError:
    """ABORTED: a conflict with another transaction; the client starts over."""
    return StatusError(grpc.StatusCode.ABORTED, message)


def unimplemented(message: str) -> StatusError:
    """UNIMPLEMENTED: something Firestore has and this engine does not."""
    return StatusError(grpc.StatusCode.UNIMPLEMENTED, message)
