"""Resource names of Cloud Tasks and their rules (google.cloud.tasks.v2, field `name` of Queue and Task)."""

import re

from localcloud.tasks.errors import ServiceError, invalid

LOCATION = r"projects/[A-Za-z0-9:.\-]+/locations/[A-Za-z0-9\-]+"
QUEUE = LOCATION + r"/queues/[A-Za-z0-9\-]{1,100}"
TASK = QUEUE + r"/tasks/[A-Za-z0-9_\-]{1,500}"

_LOCATION = re.compile(LOCATION)
_QUEUE = re.compile(QUEUE)
_TASK = re.compile(TASK)


def check_location(name: str, field: str) -> str:
    """Return `name` when it is a location's; raise INVALID_ARGUMENT naming the request's `field` otherwise."""
    if not _LOCATION.fullmatch(name):
        raise _malformed(field, "projects/PROJECT_ID/locations/LOCATION_ID")
    return name


def check_queue(name: str, field: str) -> str:
    """Return `name` when it is a queue's; raise INVALID_ARGUMENT naming the request's `field` otherwise."""
    if not _QUEUE.fullmatch(name):
        raise _malformed(
            field,
            "projects/PROJECT_ID/locations/LOCATION_ID/queues/QUEUE_ID, where QUEUE_ID is 1 to 100 letters, digits "
            "and hyphens",
        )
    return name


def split_task(name: str, field: str) -> tuple[str, str]:
    """Return the queue's name and the task id of a task's name; raise INVALID_ARGUMENT naming `field` otherwise."""
    if not _TASK.fullmatch(name):
        raise _malformed(
            field,
            "projects/PROJECT_ID/locations/LOCATION_ID/queues/QUEUE_ID/tasks/TASK_ID, where TASK_ID is 1 to 500 "
            "letters, digits, hyphens and underscores",
        )
    queue, _, task_id = name.partition("/tasks/")
    return queue, task_id


def _malformed(field: str, form: str) -> ServiceError:
    return invalid(f"Invalid resource field value in the request: {field} must have the form {form}.")
