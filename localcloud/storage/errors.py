"""Refusals of the service, in the two shapes of its APIs: JSON (`Error.errors[]`) and XML (`<Error><Code>`)."""

import json
from xml.sax.saxutils import escape

from localcloud.httpd import Response


class StorageError(Exception):
    """A request refused as Cloud Storage refuses it: HTTP status, JSON `reason`, XML `code` and a message."""

    def __init__(self, status: int, reason: str, code: str, message: str, details: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.reason = reason
        self.code = code
        self.message = message
        self.details = details

    def as_json(self) -> Response:
        entry = {"message": self.message, "domain": "global", "reason": self.reason}
        if self.status == 412:
            entry |= {"locationType": "header", "location": "If-Match"}
        if self.status == 401:
            entry |= {"locationType": "header", "location": "Authorization"}
        body = {"error": {"code": self.status, "message": self.message, "errors": [entry]}}
        return Response(self.status, json.dumps(body).encode())

    def as_xml(self) -> Response:
        details = f"<Details>{escape(self.details)}</Details>" if self.details else ""
        text = (
            f"<?xml version='1.0' encoding='UTF-8'?><Error><Code>{self.code}</Code>"
            f"<Message>{escape(self.message)}</Message>{details}</Error>"
        )
        return Response(self.status, text.encode(), [("Content-Type", "application/xml; charset=UTF-8")])


class NotModifiedError(Exception):
    """A read whose ifGenerationNotMatch or ifMetagenerationNotMatch does not hold: 304 without a body."""


def invalid(message: str, reason: str = "invalid") -> StorageError:
    return StorageError(400, reason, "InvalidArgument", message)


def required(field: str) -> StorageError:
    return StorageError(400, "required", "InvalidArgument", f"Required parameter: {field}")


def no_bucket() -> StorageError:
    return StorageError(404, "notFound", "NoSuchBucket", "The specified bucket does not exist.")


def no_object(bucket: str, name: str) -> StorageError:
    return StorageError(
        404, "notFound", "NoSuchKey", f"No such object: {bucket}/{name}", f"No such object: {bucket}/{name}"
    )


def no_upload() -> StorageError:
    return StorageError(404, "notFound", "NoSuchUpload", "The requested upload session was not found.")


def precondition_failed() -> StorageError:
    return StorageError(
        412,
        "conditionNotMet",
        "PreconditionFailed",
        "At least one of the pre-conditions you specified did not hold.",
    )


def bad_digest(kind: str) -> StorageError:
    return StorageError(
        400, "invalid", "BadDigest", f"Provided {kind} does not match the {kind} calculated from the data received."
    )


def unavailable() -> StorageError:
    return StorageError(
        503,
        "backendError",
        "ServiceUnavailable",
        "The local storage service cannot write to its data directory; is the disk full?",
    )


def unimplemented(what: str) -> StorageError:
    return StorageError(501, "notImplemented", "NotImplemented", f"The local storage service does not have {what}.")
