"""Structured logs: one JSON object a line, with an allow-list of fields.

A field that is not listed here is dropped: PHI, secrets and tokens cannot reach a log line by being passed along.
Exceptions are logged by type and place, never by message, since messages of libraries repeat what they were given.
Every line written while a request is worked on carries its trace, request id and endpoint (`shared.trace`).
"""

import json
import logging
import sys
import traceback
from typing import Any, Final

from shared import trace

#: What a log line may carry besides its message.
ALLOWED: Final = frozenset(
    {
        "requestId", "endpoint", "route", "method", "status", "code", "reason", "ms", "userId", "role",
        "trips", "reads", "writes", "attempts", "bytes", "job", "jobId", "taskRetry", "server", "count", "entryId",
        "replayed", "kind", "seal", "metric", "value", "queue", "call", "outcome",
    }
)  # fmt: skip

_SEVERITY: Final = {10: "DEBUG", 20: "INFO", 30: "WARNING", 40: "ERROR", 50: "CRITICAL"}


class JsonFormatter(logging.Formatter):
    """Cloud Logging's structured form (`severity`, `logging.googleapis.com/trace`, `.../spanId`)."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        line: dict[str, Any] = {
            "severity": _SEVERITY.get(record.levelno, "INFO"),
            "message": record.getMessage() if record.name.startswith("consentmd") else record.msg,
            "logger": record.name,
        }
        if work := trace.current():
            line |= {
                "requestId": work.request_id,
                "endpoint": work.endpoint,
                "logging.googleapis.com/trace": work.resource,
                "logging.googleapis.com/spanId": work.trace.span_id,
                "logging.googleapis.com/trace_sampled": work.trace.sampled,
            }
        line |= {key: record.__dict__[key] for key in ALLOWED & record.__dict__.keys()}
        if record.exc_info and record.exc_info[0]:
            line["exception"] = record.exc_info[0].__name__
            line["stack"] = [
                f"{frame.filename.rsplit('/site-packages/', 1)[-1]}:{frame.lineno} {frame.name}"
                for frame in traceback.extract_tb(record.exc_info[2])
            ]
        return json.dumps(line, ensure_ascii=False, default=lambda value: type(value).__name__)


def configure(level: str) -> None:
    """Log to standard output, which Cloud Run collects; other libraries from WARNING on."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonFormatter())
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("consentmd").setLevel(level.upper())
    # Measures are no messages: whoever wants to read less still wants to be alerted.
    logging.getLogger("consentmd.metrics").setLevel(logging.INFO)
