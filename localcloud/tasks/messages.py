"""The wire messages of google.cloud.tasks.v2, and times and durations as integer microseconds.

The real client's generated messages are the model: REST reads and writes them as proto3 JSON, gRPC as they are.
`pb()` gives the plain protobuf class; the proto-plus wrappers around it cost several times its work.
"""

from datetime import UTC, datetime
from typing import Any

from google.cloud.tasks_v2 import types
from google.protobuf.duration_pb2 import Duration
from google.protobuf.empty_pb2 import Empty as EmptyMessage
from google.protobuf.timestamp_pb2 import Timestamp

Message = Any  # protobuf classes are made at run time; no stub describes them

SECOND = 1_000_000

Task: Message = types.Task.pb()
Queue: Message = types.Queue.pb()
HttpMethod: Message = types.HttpMethod
ListQueuesResponse: Message = types.ListQueuesResponse.pb()
ListTasksResponse: Message = types.ListTasksResponse.pb()
Empty: Message = EmptyMessage

RUNNING = int(types.Queue.State.RUNNING)
PAUSED = int(types.Queue.State.PAUSED)
BASIC = int(types.Task.View.BASIC)
FULL = int(types.Task.View.FULL)


def request_class(name: str) -> Message:
    """The plain protobuf class of a request message of the service."""
    return getattr(types, name).pb()


def micros(value: Timestamp | Duration) -> int:
    """A timestamp (since 1970) or duration in microseconds; finer digits are cut off, as the service does."""
    return int(value.seconds) * SECOND + int(value.nanos) // 1000


def set_micros(target: Timestamp | Duration, value: int) -> None:
    target.seconds, rest = divmod(value, SECOND)
    target.nanos = rest * 1000


def rfc3339(value: int) -> str:
    """Microseconds since 1970 as an RFC 3339 time in UTC."""
    return datetime.fromtimestamp(value / SECOND, UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
