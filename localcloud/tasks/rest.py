"""The REST form of Cloud Tasks (https://cloud.google.com/tasks/docs/reference/rest) over the same core as gRPC."""

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from google.protobuf import json_format

from localcloud.httpd import Request, Response
from localcloud.tasks.core import CloudTasks
from localcloud.tasks.errors import ServiceError, invalid
from localcloud.tasks.messages import Message, request_class

MAX_BODY_BYTES = 10 << 20

_SYSTEM_PARAMETERS = frozenset(
    {
        "$alt",
        "alt",
        "key",
        "prettyPrint",
        "fields",
        "access_token",
        "oauth_token",
        "quotaUser",
        "$.xgafv",
        "$prettyPrint",
    }
)
_LOCATION = "projects/[^/]+/locations/[^/]+"
_QUEUE = _LOCATION + "/queues/[^/:]+"
_TASK = _QUEUE + "/tasks/[^/:]+"


@dataclass(frozen=True)
class Route:
    """How an HTTP request becomes an RPC: `field` takes the path's name, `body` the JSON ("*": the whole request)."""

    http_method: str
    path: str
    rpc: str
    field: str
    body: str = ""


# The `google.api.http` annotations of google/cloud/tasks/v2/cloudtasks.proto.
ROUTES = (
    Route("GET", f"({_LOCATION})/queues", "ListQueues", "parent"),
    Route("POST", f"({_LOCATION})/queues", "CreateQueue", "parent", "queue"),
    Route("GET", f"({_QUEUE})", "GetQueue", "name"),
    Route("PATCH", f"({_QUEUE})", "UpdateQueue", "queue.name", "queue"),
    Route("DELETE", f"({_QUEUE})", "DeleteQueue", "name"),
    Route("POST", f"({_QUEUE}):pause", "PauseQueue", "name", "*"),
    Route("POST", f"({_QUEUE}):resume", "ResumeQueue", "name", "*"),
    Route("POST", f"({_QUEUE}):purge", "PurgeQueue", "name", "*"),
    Route("GET", f"({_QUEUE})/tasks", "ListTasks", "parent"),
    Route("POST", f"({_QUEUE})/tasks", "CreateTask", "parent", "*"),
    Route("GET", f"({_TASK})", "GetTask", "name"),
    Route("DELETE", f"({_TASK})", "DeleteTask", "name"),
    Route("POST", f"({_TASK}):run", "RunTask", "name", "*"),
)

Page = Callable[[Request], Response]


class RestApi:
    """The HTTP application: the v2 API, and `pages` of the local service's own by (method, path pattern)."""

    def __init__(self, core: CloudTasks, pages: Sequence[tuple[str, re.Pattern[str], Page]]) -> None:
        self._core = core
        self._pages = pages

    def __call__(self, request: Request) -> Response:
        try:
            for method, pattern, page in self._pages:
                if method == request.method and pattern.fullmatch(request.path):
                    return page(request)
            return self._answer(request)
        except ServiceError as error:
            return error_response(error)

    def _answer(self, request: Request) -> Response:
        path = unquote(request.path)
        for route in ROUTES:
            match = re.fullmatch("/v2/" + route.path, path) if route.http_method == request.method else None
            if match:
                message = _message(route, match[1], request)
                integers = "enum-encoding=int" in request.query.get("$alt", "")
                answer = self._core.call(route.rpc, message)
                return json_response(json_format.MessageToDict(answer, use_integers_for_enums=integers))
        raise ServiceError("NOT_FOUND", "There is no such method and path in the local Cloud Tasks service.")


def json_response(value: Any, status: int = 200) -> Response:
    return Response(status, json.dumps(value).encode())


def error_response(error: ServiceError) -> Response:
    """The error shape of Google's REST APIs."""
    body = {"error": {"code": error.http_status, "message": error.message, "status": error.code}}
    return json_response(body, error.http_status)


def _message(route: Route, name: str, request: Request) -> Message:
    value = _json_object(request) if route.body else {}
    fields: dict[str, Any] = value if route.body == "*" else ({route.body: value} if route.body else {})
    mask = ""
    for key, text in request.query_pairs:
        if key in ("updateMask", "update_mask"):
            mask = text
        elif key not in _SYSTEM_PARAMETERS:
            fields[key] = text
    outer, _, inner = route.field.partition(".")
    if inner:
        fields[outer][inner] = name
    else:
        fields[outer] = name
    _check_base64(fields)
    message = request_class(f"{route.rpc}Request")()
    try:
        json_format.ParseDict(fields, message)
    except json_format.ParseError as error:
        raise invalid(_what_is_wrong(str(error))) from None
    if mask:
        message.update_mask.paths.extend(path.strip() for path in mask.split(","))
    return message


def _check_base64(fields: dict[str, Any]) -> None:
    """Refuse a task's body that is not base64: protobuf's JSON parser would skip what it cannot read."""
    task = fields.get("task")
    http = (task.get("httpRequest") or task.get("http_request")) if isinstance(task, dict) else None
    body = http.get("body") if isinstance(http, dict) else None
    if isinstance(body, str) and not re.fullmatch(r"[A-Za-z0-9+/_\-]*={0,2}", body):
        raise invalid("Invalid value at 'task.http_request.body': Base64 decoding failed.")


def _json_object(request: Request) -> dict[str, Any]:
    text = request.body.read_all(MAX_BODY_BYTES)
    if text is None:
        raise invalid("Request payload size exceeds the limit: 10485760 bytes.")
    try:
        value = json.loads(text) if text.strip() else {}
    except (ValueError, RecursionError):
        raise invalid("Invalid JSON payload received. The body is not JSON.") from None
    if not isinstance(value, dict):
        raise invalid("Invalid JSON payload received. The body must be a JSON object.")
    return value


def _what_is_wrong(parse_error: str) -> str:
    """Name the field that protobuf's JSON parser stumbled over, without the value that its message repeats."""
    unknown = re.search(r'no field named "([A-Za-z0-9_.$]+)"', parse_error)
    if unknown:
        return f'Invalid JSON payload received. Unknown name "{unknown[1]}": Cannot find field.'
    fields = re.findall(r"Failed to parse ([A-Za-z0-9_.]+) field", parse_error)
    return f"Invalid value at '{'.'.join(fields)}'." if fields else "Invalid JSON payload received."
