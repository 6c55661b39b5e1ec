"""The pure rules of Cloud Tasks: defaults, limits, retry back-off and the rate's token bucket."""

from localcloud.tasks.errors import invalid
from localcloud.tasks.messages import SECOND, HttpMethod, Message, micros, set_micros

MAX_TASK_BYTES = 1 << 20
MAX_HEADER_BYTES = 80 * 1024
MAX_URL_CHARACTERS = 2083
MAX_SCHEDULE_AHEAD = 30 * 24 * 3600 * SECOND
MAX_RETENTION = 31 * 24 * 3600 * SECOND
DEDUPLICATION = 3600 * SECOND
QUEUE_NAME_HELD = 7 * 24 * 3600 * SECOND
DEFAULT_DEADLINE = 600 * SECOND
MIN_DEADLINE = 15 * SECOND
MAX_DEADLINE = 30 * 60 * SECOND
MAX_RATE = 500.0
MAX_CONCURRENT = 5000

_BODY_METHODS = frozenset({int(HttpMethod.POST), int(HttpMethod.PUT), int(HttpMethod.PATCH)})
_OWN_PREFIXES = ("x-google-", "x-appengine-", "x-cloudtasks-")
_OWN_HEADERS = frozenset({"host", "content-length", "user-agent", "connection", "transfer-encoding"})


def fill_queue(queue: Message, *, keep_doublings: bool = False) -> None:
    """Give a queue the service's defaults where it says nothing, and refuse what is out of range.

    proto3 cannot tell "no doublings" from "not said": a new queue gets the default for 0, and `keep_doublings` keeps
    the 0 that an update set on purpose.
    """
    rate = queue.rate_limits
    if not 0 <= rate.max_dispatches_per_second <= MAX_RATE:
        raise invalid("Queue.rate_limits.max_dispatches_per_second must be between 0 and 500.")
    if not 0 <= rate.max_concurrent_dispatches <= MAX_CONCURRENT:
        raise invalid("Queue.rate_limits.max_concurrent_dispatches must be between 0 and 5000.")
    rate.max_dispatches_per_second = rate.max_dispatches_per_second or MAX_RATE
    rate.max_concurrent_dispatches = rate.max_concurrent_dispatches or 1000
    rate.max_burst_size = max(10, int(rate.max_dispatches_per_second) // 5)
    fill_retry(queue.retry_config, "Queue.retry_config", keep_doublings=keep_doublings)


def fill_retry(retry: Message, field: str, *, keep_doublings: bool = False) -> None:
    """Give a retry configuration the service's defaults, and refuse one that is out of range."""
    retry.max_attempts = retry.max_attempts or 100
    if retry.max_attempts < -1:
        raise invalid(f"{field}.max_attempts must be -1 (unlimited) or more.")
    if retry.max_doublings < 0:
        raise invalid(f"{field}.max_doublings must not be negative.")
    if not keep_doublings:
        retry.max_doublings = retry.max_doublings or 16
    if not retry.HasField("min_backoff"):
        set_micros(retry.min_backoff, SECOND // 10)
    if not retry.HasField("max_backoff"):
        set_micros(retry.max_backoff, 3600 * SECOND)
    for name in ("min_backoff", "max_backoff", "max_retry_duration"):
        if micros(getattr(retry, name)) < 0:
            raise invalid(f"{field}.{name} must not be negative.")
    if micros(retry.min_backoff) > micros(retry.max_backoff):
        raise invalid(f"{field}.min_backoff must not be greater than max_backoff.")


def fill_task(task: Message, now: int) -> None:
    """Give a new task its defaults (`now` in microseconds) and refuse what the service refuses."""
    if task.WhichOneof("message_type") != "http_request":
        raise invalid("Task.http_request must be set: this service dispatches to HTTP targets only.")
    http = task.http_request
    if not http.url.startswith(("http://", "https://")):
        raise invalid("Task.http_request.url must begin with http:// or https://.")
    if len(http.url) > MAX_URL_CHARACTERS:
        raise invalid("Task.http_request.url must not be longer than 2083 characters.")
    http.http_method = http.http_method or int(HttpMethod.POST)
    if http.body and http.http_method not in _BODY_METHODS:
        raise invalid("HTTP request body is allowed only with the HTTP methods POST, PUT and PATCH.")
    if http.WhichOneof("authorization_header") == "oauth_token":
        raise invalid("Task.http_request.oauth_token is for *.googleapis.com targets; use oidc_token.")
    if http.HasField("oidc_token") and not http.oidc_token.service_account_email:
        raise invalid("Task.http_request.oidc_token.service_account_email must be set.")
    _check_headers(http.headers)
    if task.HasField("schedule_time") and micros(task.schedule_time) > now + MAX_SCHEDULE_AHEAD:
        raise invalid("Task.schedule_time is too far in the future: it must be at most 30 days from now.")
    if not task.HasField("schedule_time") or micros(task.schedule_time) < now:
        set_micros(task.schedule_time, now)
    if task.HasField("dispatch_deadline"):
        if not MIN_DEADLINE <= micros(task.dispatch_deadline) <= MAX_DEADLINE:
            raise invalid("Task.dispatch_deadline must be between 15s and 1800s.")
    else:
        set_micros(task.dispatch_deadline, DEFAULT_DEADLINE)
    if task.HasField("retry_config"):
        fill_retry(task.retry_config, "Task.retry_config")
    set_micros(task.create_time, now - now % SECOND)
    for name in ("dispatch_count", "response_count", "first_attempt", "last_attempt", "view"):
        task.ClearField(name)
    if task.ByteSize() > MAX_TASK_BYTES:
        raise invalid("Task size too large: a task must not be larger than 1 MB.")


def _check_headers(headers: Message) -> None:
    size = 0
    for name, value in headers.items():
        size += len(name.encode()) + len(value.encode())
        if not name or any(not (c.isascii() and (c.isalnum() or c in "!#$%&'*+-.^_`|~")) for c in name):
            raise invalid("Task.http_request.headers holds a name that is not an HTTP header name.")
        if any(c in value for c in "\r\n\0"):
            raise invalid("Task.http_request.headers holds a value with a line break or a null character.")
    if size >= MAX_HEADER_BYTES:
        raise invalid("Task.http_request.headers must be smaller than 80 KB.")
    for name in [name for name in headers if name.lower() in _OWN_HEADERS or name.lower().startswith(_OWN_PREFIXES)]:
        del headers[name]
    headers["User-Agent"] = "Google-Cloud-Tasks"


def backoff(retry: Message, failures: int) -> int:
    """Microseconds to wait after the nth failure (from 1): doubling, then linear, then the maximum.

    `RetryConfig.max_doublings`: with 10 s, 300 s and 3 doublings: 10, 20, 40, 80, 160, 240, 300, 300 …
    """
    least, most = micros(retry.min_backoff), micros(retry.max_backoff)
    doublings = min(failures - 1, retry.max_doublings, 62)
    wait = least << doublings
    if failures - 1 > retry.max_doublings:
        wait *= failures - retry.max_doublings
    return int(min(wait, most))


def gives_up(retry: Message, attempts: int, first_attempt: int, created: int, now: int) -> bool:
    """Whether a task that just failed is given up: attempts and retry duration must both be used up."""
    if now - created >= MAX_RETENTION:
        return True
    longest = micros(retry.max_retry_duration)
    attempts_used = bool(0 < retry.max_attempts <= attempts)
    if longest:
        return now - first_attempt >= longest and (attempts_used or bool(retry.max_attempts < 0))
    return attempts_used


class TokenBucket:
    """Dispatch tokens of one queue: `rate` a second, at most `burst` kept. Times are seconds of one clock."""

    def __init__(self, rate: float, burst: int, now: float) -> None:
        self.rate = rate
        self.burst = burst
        self._tokens = float(burst)
        self._at = now

    def available(self, now: float) -> int:
        self._tokens = min(float(self.burst), self._tokens + (now - self._at) * self.rate)
        self._at = now
        return int(self._tokens)

    def take(self, count: int) -> None:
        self._tokens -= count

    def wait(self) -> float:
        """Seconds until the next whole token."""
        return max(0.0, (1.0 - self._tokens) / self.rate)
