"""The calls of google.cloud.tasks.v2.CloudTasks, message in and message out; REST and gRPC are shells around it."""

import base64
import binascii
import threading
import time
import uuid
from collections.abc import Callable

from localcloud.database import DiskFullError
from localcloud.tasks import rules
from localcloud.tasks.errors import (
    ServiceError,
    invalid,
    queue_not_found,
    task_gone,
    task_not_found,
    unimplemented,
)
from localcloud.tasks.messages import (
    BASIC,
    FULL,
    PAUSED,
    RUNNING,
    Empty,
    ListQueuesResponse,
    ListTasksResponse,
    Message,
    Queue,
    Task,
    set_micros,
)
from localcloud.tasks.names import check_location, check_queue, split_task
from localcloud.tasks.store import Store, StoredTask

MAX_PAGE = 1000

_UPDATABLE = {
    "rate_limits": ("max_dispatches_per_second", "max_concurrent_dispatches"),
    "retry_config": ("max_attempts", "max_retry_duration", "min_backoff", "max_backoff", "max_doublings"),
}


def now_micros() -> int:
    return time.time_ns() // 1000


class CloudTasks:
    """Queues and tasks over the store. `wake` tells the dispatcher that something may be due; `run` dispatches one."""

    def __init__(self, store: Store, wake: Callable[[], None], run: Callable[[str, str], StoredTask | None]) -> None:
        self._store = store
        # Changes of a queue read it, change it and write it back: one at a time.
        self._queue_guard = threading.RLock()
        self._wake = wake
        self._run = run

    def call(self, method: str, request: Message) -> Message:
        """Answer one RPC by its name. Raises `ServiceError`."""
        handler = _METHODS.get(method)
        if handler is None:
            raise unimplemented(f"{method} is not part of the local Cloud Tasks service.")
        try:
            if method in _CHANGES_QUEUE:
                with self._queue_guard:
                    return handler(self, request)
            return handler(self, request)
        except DiskFullError:
            raise ServiceError(
                "UNAVAILABLE",
                "The disk that holds the local Cloud Tasks data is full: nothing was written. Free some space.",
            ) from None

    # Queues

    def create_queue(self, request: Message) -> Message:
        location = check_location(request.parent, "parent")
        queue = Queue.FromString(request.queue.SerializeToString())
        check_queue(queue.name, "queue.name")
        if queue.name.partition("/queues/")[0] != location:
            raise invalid("queue.name must be in the location that parent names.")
        return self._add_queue(queue)

    def ensure_queue(self, queue: Message) -> None:
        """Make a configured queue where there is none, whatever was deleted under its name before."""
        if self._store.queue(queue.name) is None:
            queue.state = RUNNING
            rules.fill_queue(queue)
            with self._store.write() as db:
                self._store.put_queue(db, queue)

    def get_queue(self, request: Message) -> Message:
        return self._queue(check_queue(request.name, "name"))

    def list_queues(self, request: Message) -> Message:
        location = check_location(request.parent, "parent")
        queues = self._store.queues(location)
        if request.filter:
            field, _, value = (part.strip() for part in request.filter.replace("=", ":").partition(":"))
            if field != "state" or value not in {"RUNNING", "PAUSED"}:
                raise invalid('filter can be "state: RUNNING" or "state: PAUSED" here.')
            queues = [queue for queue in queues if queue.state == (RUNNING if value == "RUNNING" else PAUSED)]
        after, size = _page(request)
        queues = [queue for queue in queues if queue.name > after]
        response = ListQueuesResponse(queues=queues[:size])
        if len(queues) > size:
            response.next_page_token = _token(queues[size - 1].name)
        return response

    def update_queue(self, request: Message) -> Message:
        name = check_queue(request.queue.name, "queue.name")
        stored = self._store.queue(name)
        if stored is None:
            return self._add_queue(Queue.FromString(request.queue.SerializeToString()))
        paths = [_snake(path) for path in request.update_mask.paths] or list(_UPDATABLE)
        for path in paths:
            group, _, field = path.partition(".")
            if group not in _UPDATABLE or (field and field not in _UPDATABLE[group]):
                raise invalid("update_mask may name rate_limits, retry_config and their fields.")
            source, target = getattr(request.queue, group), getattr(stored, group)
            for each in [field] if field else _UPDATABLE[group]:
                target.ClearField(each)
                if source.DESCRIPTOR.fields_by_name[each].message_type is None:
                    setattr(target, each, getattr(source, each))
                elif source.HasField(each):
                    getattr(target, each).CopyFrom(getattr(source, each))
        rules.fill_queue(stored, keep_doublings="retry_config" not in paths)
        return self._save_queue(stored)

    def delete_queue(self, request: Message) -> Message:
        name = self._queue(check_queue(request.name, "name")).name
        with self._store.write() as db:
            self._store.delete_queue(db, name, now_micros())
        return Empty()

    def purge_queue(self, request: Message) -> Message:
        queue = self._queue(check_queue(request.name, "name"))
        now = now_micros()
        with self._store.write() as db:
            set_micros(queue.purge_time, now)
            self._store.purge(db, queue.name, now)
            self._store.put_queue(db, queue)
        return queue

    def pause_queue(self, request: Message) -> Message:
        return self._set_state(request, PAUSED)

    def resume_queue(self, request: Message) -> Message:
        return self._set_state(request, RUNNING)

    # Tasks

    def create_task(self, request: Message) -> Message:
        parent = check_queue(request.parent, "parent")
        task = Task.FromString(request.task.SerializeToString())
        if task.name:
            queue, task_id = split_task(task.name, "task.name")
            if queue != parent:
                raise invalid("task.name must be in the queue that parent names.")
        else:
            task_id = str(uuid.uuid4().int % 10**20)
            task.name = f"{parent}/tasks/{task_id}"
        now = now_micros()
        rules.fill_task(task, now)
        with self._store.write() as db:
            # Inside the transaction, so that a queue deleted meanwhile takes no task.
            self._queue(parent)
            if self._store.task(db, parent, task_id) is not None:
                raise ServiceError("ALREADY_EXISTS", "Requested entity already exists")
            if self._store.existed_recently(db, parent, task_id, now):
                raise ServiceError(
                    "ALREADY_EXISTS",
                    "The task cannot be created because a task with this name existed too recently. For more "
                    "information about task de-duplication see https://cloud.google.com/tasks/docs/reference/rest/v2/"
                    "projects.locations.queues.tasks/create#body.request_body.FIELDS.task.",
                )
            self._store.add_task(db, parent, task_id, task, now)
        self._wake()
        return _viewed(task, request.response_view)

    def get_task(self, request: Message) -> Message:
        return _viewed(self._task(request).message, request.response_view)

    def list_tasks(self, request: Message) -> Message:
        parent = self._queue(check_queue(request.parent, "parent")).name
        after, size = _page(request)
        found = self._store.tasks(parent, after, size + 1)
        response = ListTasksResponse(tasks=[_viewed(each.message, request.response_view) for each in found[:size]])
        if len(found) > size:
            response.next_page_token = _token(found[size - 1].id)
        return response

    def delete_task(self, request: Message) -> Message:
        task = self._task(request)
        with self._store.write() as db:
            if not self._store.remove_task(db, task.queue, task.id, now_micros()):
                raise task_gone()
        return Empty()

    def run_task(self, request: Message) -> Message:
        found = self._task(request)
        task = self._run(found.queue, found.id)
        if task is None:
            raise task_gone()
        return _viewed(task.message, request.response_view)

    # Shared

    def _queue(self, name: str) -> Message:
        queue = self._store.queue(name)
        if queue is None:
            raise queue_not_found()
        return queue

    def _task(self, request: Message) -> StoredTask:
        queue, task_id = split_task(request.name, "name")
        db = self._store.read()
        task = self._store.task(db, queue, task_id)
        if task is not None:
            return task
        self._queue(queue)
        raise task_gone() if self._store.existed_recently(db, queue, task_id, now_micros()) else task_not_found()

    def _add_queue(self, queue: Message) -> Message:
        for field in ("app_engine_routing_override", "purge_time", "state"):
            queue.ClearField(field)
        queue.state = RUNNING
        rules.fill_queue(queue)
        with self._store.write() as db:
            if self._store.queue(queue.name) is not None:
                raise ServiceError("ALREADY_EXISTS", "Queue already exists")
            deleted = self._store.queue_deleted_at(queue.name)
            if deleted is not None and now_micros() - deleted < rules.QUEUE_NAME_HELD:
                raise ServiceError(
                    "FAILED_PRECONDITION",
                    "The queue cannot be created because a queue with this name existed too recently.",
                )
            self._store.put_queue(db, queue)
        return queue

    def _save_queue(self, queue: Message) -> Message:
        with self._store.write() as db:
            self._store.put_queue(db, queue)
        self._wake()
        return queue

    def _set_state(self, request: Message, state: int) -> Message:
        queue = self._queue(check_queue(request.name, "name"))
        queue.state = state
        return self._save_queue(queue)


_METHODS: dict[str, Callable[[CloudTasks, Message], Message]] = {
    "CreateQueue": CloudTasks.create_queue,
    "GetQueue": CloudTasks.get_queue,
    "ListQueues": CloudTasks.list_queues,
    "UpdateQueue": CloudTasks.update_queue,
    "DeleteQueue": CloudTasks.delete_queue,
    "PurgeQueue": CloudTasks.purge_queue,
    "PauseQueue": CloudTasks.pause_queue,
    "ResumeQueue": CloudTasks.resume_queue,
    "CreateTask": CloudTasks.create_task,
    "GetTask": CloudTasks.get_task,
    "ListTasks": CloudTasks.list_tasks,
    "DeleteTask": CloudTasks.delete_task,
    "RunTask": CloudTasks.run_task,
}


_CHANGES_QUEUE = frozenset({"CreateQueue", "UpdateQueue", "DeleteQueue", "PurgeQueue", "PauseQueue", "ResumeQueue"})


def _viewed(task: Message, view: int) -> Message:
    """The task as a caller sees it: the body only in the FULL view."""
    shown = Task.FromString(task.SerializeToString())
    shown.view = FULL if view == FULL else BASIC
    if shown.view == BASIC:
        shown.http_request.ClearField("body")
    return shown


def _page(request: Message) -> tuple[str, int]:
    """The name to start after and the page's size."""
    if request.page_size < 0:
        raise invalid("page_size must not be negative.")
    try:
        after = base64.urlsafe_b64decode(request.page_token.encode()).decode()
    except (binascii.Error, UnicodeError):
        raise invalid("page_token is not one that this service gave.") from None
    return after, min(request.page_size or MAX_PAGE, MAX_PAGE)


def _token(name: str) -> str:
    return base64.urlsafe_b64encode(name.encode()).decode()


def _snake(path: str) -> str:
    return "".join("_" + c.lower() if c.isupper() else c for c in path)
