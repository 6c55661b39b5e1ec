"""The whole service put together: store, dispatcher, schedules, REST and gRPC."""

import re
from pathlib import Path

from localcloud.httpd import HttpServer, Request, Response
from localcloud.tasks.core import CloudTasks
from localcloud.tasks.dispatcher import Dispatcher
from localcloud.tasks.errors import ServiceError
from localcloud.tasks.manifest import read_manifest
from localcloud.tasks.messages import PAUSED as QUEUE_PAUSED
from localcloud.tasks.messages import Message, Queue, micros, rfc3339
from localcloud.tasks.oidc import TokenSigner
from localcloud.tasks.rest import RestApi, json_response
from localcloud.tasks.rpc import serve_grpc
from localcloud.tasks.scheduler import Scheduler
from localcloud.tasks.store import Store, StoredTask

# A worker's machine is this one, shared with everything else: a fan-out must leave the API room to answer.
CONFIGURED_CONCURRENCY = 16
LISTED_TASKS = 200


class Server:
    """A running service. `port` is HTTP, `grpc_port` gRPC; `core` answers calls in process."""

    def __init__(
        self,
        data_dir: Path,
        port: int = 0,
        grpc_port: int = 0,
        *,
        schedules: Path | None = None,
        target: str = "http://127.0.0.1:8080",
        project: str = "consentmd-local",
        location: str = "us-central1",
    ) -> None:
        manifest = read_manifest(schedules)
        self._store = Store(data_dir)
        parent = f"projects/{project}/locations/{location}/queues/"
        self._signer = TokenSigner(data_dir)
        self._dispatcher = Dispatcher(
            self._store, self._signer, {parent + name: timeout for name, timeout in manifest.queues.items()}
        )
        self.core = CloudTasks(self._store, self._dispatcher.wake, self._dispatcher.run)
        for name in manifest.queues:
            queue = Queue(name=parent + name)
            queue.rate_limits.max_concurrent_dispatches = CONFIGURED_CONCURRENCY
            self.core.ensure_queue(queue)
        account = f"scheduler@{project}.iam.gserviceaccount.com"
        self._scheduler = Scheduler(manifest.schedules, target, account, self._signer)
        pages = [
            ("GET", re.compile(r"/oauth2/v1/certs"), self._certificates),
            ("GET", re.compile(r"/tasks\.json"), self._overview),
            ("POST", re.compile(r"/schedules/[^/:]+:run"), self._run_schedule),
        ]
        try:
            self._http = HttpServer(port, RestApi(self.core, pages))
            self._grpc, self.grpc_port = serve_grpc(self.core, grpc_port)
        except OSError:
            if hasattr(self, "_http"):
                self._http.server_close()
            self._store.close()
            raise
        self.port = self._http.port
        self._http.start()
        self._dispatcher.start()
        self._scheduler.start()

    def stop(self) -> None:
        """Stop taking calls, cut dispatches under way (they are made again after the next start), close the store."""
        self._http.stop()
        self._grpc.stop(grace=2).wait()
        self._scheduler.stop()
        self._dispatcher.stop()
        self._store.close()

    def _certificates(self, request: Request) -> Response:
        del request
        response = json_response(self._signer.certificates())
        response.headers.append(("Cache-Control", "public, max-age=300"))
        return response

    def _run_schedule(self, request: Request) -> Response:
        name = request.path.removeprefix("/schedules/").removesuffix(":run")
        if name not in self._scheduler.names():
            known = ", ".join(self._scheduler.names()) or "none"
            raise ServiceError("NOT_FOUND", f"There is no such schedule. Schedules: {known}.")
        outcome = self._scheduler.run(name)
        if outcome is None:
            raise ServiceError("FAILED_PRECONDITION", "This schedule is running; wait for it to end.")
        return json_response({"name": name, "status": outcome.status, "message": outcome.message})

    def _overview(self, request: Request) -> Response:
        """Queues, waiting and recently finished tasks and schedules, as the console shows them; no bodies."""
        del request
        counts = self._store.counts()
        queues = self._store.queues()
        tasks = [_shown(queue, task) for queue in queues for task in self._store.upcoming(queue.name, LISTED_TASKS)]
        tasks += [
            {
                "name": each.id,
                "queue": each.queue.rpartition("/")[2],
                "state": each.state,
                "scheduleTime": rfc3339(each.at),
                "attempts": each.attempts,
                "lastStatus": each.last_status,
            }
            for each in self._dispatcher.finished()
        ]
        return json_response(
            {
                "queues": [
                    {
                        "name": queue.name.rpartition("/")[2],
                        "state": "PAUSED" if queue.state == QUEUE_PAUSED else "RUNNING",
                        "tasks": counts.get(queue.name, 0),
                    }
                    for queue in queues
                ],
                "tasks": tasks,
                "schedules": self._scheduler.overview(),
            }
        )


def _shown(queue: Message, task: StoredTask) -> dict[str, object]:
    return {
        "name": task.id,
        "queue": queue.name.rpartition("/")[2],
        "state": "RUNNING" if task.running else "SCHEDULED",
        "scheduleTime": rfc3339(micros(task.message.schedule_time)),
        "attempts": task.message.dispatch_count,
        "lastStatus": task.last_status,
    }
