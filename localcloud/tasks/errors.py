"""The service's errors: a google.rpc code, its HTTP status and a message."""

HTTP_STATUS = {
    "INVALID_ARGUMENT": 400,
    "FAILED_PRECONDITION": 400,
    "NOT_FOUND": 404,
    "ALREADY_EXISTS": 409,
    "UNIMPLEMENTED": 501,
    "INTERNAL": 500,
    "UNAVAILABLE": 503,
}


class ServiceError(Exception):
    """A call refused as Cloud Tasks refuses it."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message

    @property
    def http_status(self) -> int:
        return HTTP_STATUS[self.code]


def invalid(message: str) -> ServiceError:
    return ServiceError("INVALID_ARGUMENT", message)


def queue_not_found() -> ServiceError:
    return ServiceError(
        "NOT_FOUND",
        "Queue does not exist. If you just created the queue, wait at least a minute for the queue to initialize.",
    )


def task_not_found() -> ServiceError:
    return ServiceError("NOT_FOUND", "Requested entity was not found.")


def task_gone() -> ServiceError:
    return ServiceError(
        "NOT_FOUND",
        "The task no longer exists, though a task with this name existed recently. "
        "The task either successfully completed or was deleted.",
    )


def unimplemented(message: str) -> ServiceError:
    return ServiceError("UNIMPLEMENTED", message)
