"""What a worker is sent, when, and how often."""

import base64
import threading
import time
from datetime import UTC, datetime, timedelta

import pytest
from google.auth.transport.requests import Request
from google.oauth2 import id_token

from localcloud.httpd import Response
from tests.localcloud.tasks.conftest import PATIENCE, QUEUE, Service, Worker

FAST = {"minBackoff": "0.01s", "maxBackoff": "0.02s"}


def eventually(service: Service, condition):
    """Poll the service's own overview until `condition` holds; its value."""
    deadline = time.monotonic() + PATIENCE
    while not (found := condition(service.overview())):
        assert time.monotonic() < deadline, "it never came about"
        threading.Event().wait(0.01)
    return found


def finished(name: str):
    return lambda overview: next(
        (t for t in overview["tasks"] if t["name"] == name and t["state"] in ("SUCCEEDED", "FAILED")), None
    )


def test_a_worker_gets_the_request_with_the_services_headers(service: Service, worker: Worker):
    service.queue()
    body = base64.b64encode(b'{"outboxId": "o1"}').decode()
    made = service.task(
        f"{worker.url}/tasks/send?x=1",
        "t1",
        http={
            "body": body,
            "headers": {"Content-Type": "application/json", "X-CloudTasks-TaskName": "forged"},
            "oidcToken": {"serviceAccountEmail": "tasks@clinic.iam.gserviceaccount.com", "audience": "https://worker"},
        },
    )
    assert made.status_code == 200
    got = worker.next()
    assert (got.method, got.path, got.body) == ("POST", "/tasks/send", b'{"outboxId": "o1"}')
    assert got.headers["x-cloudtasks-queuename"] == "mail"
    assert got.headers["x-cloudtasks-taskname"] == "t1"
    assert got.headers["x-cloudtasks-taskretrycount"] == "0"
    assert got.headers["x-cloudtasks-taskexecutioncount"] == "0"
    eta = datetime.fromisoformat(made.json()["scheduleTime"]).timestamp()
    assert float(got.headers["x-cloudtasks-tasketa"]) == pytest.approx(eta, abs=1e-5)
    assert got.headers["user-agent"] == "Google-Cloud-Tasks"
    assert got.headers["content-type"] == "application/json"
    assert "x-cloudtasks-taskpreviousresponse" not in got.headers
    assert eventually(service, finished("t1"))["lastStatus"] == 200

    token = got.headers["authorization"].removeprefix("Bearer ")
    certs = f"{service.url}/oauth2/v1/certs"
    claims = id_token.verify_token(token, Request(service.session), "https://worker", certs_url=certs)
    assert claims["iss"] == "https://accounts.google.com"
    assert claims["email"] == "tasks@clinic.iam.gserviceaccount.com"
    assert claims["email_verified"] is True
    assert claims["exp"] - claims["iat"] == 3600
    assert claims["sub"]
    with pytest.raises(Exception, match="audience"):
        id_token.verify_token(token, Request(service.session), "https://other", certs_url=certs)


def test_the_audience_is_the_url_unless_it_is_given(service: Service, worker: Worker):
    service.queue()
    service.task(f"{worker.url}/x", http={"oidcToken": {"serviceAccountEmail": "a@b.example"}})
    token = worker.next().headers["authorization"].removeprefix("Bearer ")
    certs = f"{service.url}/oauth2/v1/certs"
    assert id_token.verify_token(token, Request(service.session), f"{worker.url}/x", certs_url=certs)


def test_a_failed_task_comes_again_and_says_so(service: Service, worker: Worker):
    statuses = iter([503, 404, 204])
    worker.answers = lambda _: next(statuses)
    service.queue(retryConfig=FAST)
    service.task(f"{worker.url}/x", "t1")
    first, second, third = worker.next(), worker.next(), worker.next()
    assert [g.headers["x-cloudtasks-taskretrycount"] for g in (first, second, third)] == ["0", "1", "2"]
    assert [g.headers["x-cloudtasks-taskexecutioncount"] for g in (first, second, third)] == ["0", "1", "2"]
    assert second.headers["x-cloudtasks-taskpreviousresponse"] == "503"
    assert third.headers["x-cloudtasks-taskpreviousresponse"] == "404"
    assert "x-cloudtasks-taskretryreason" not in first.headers
    assert second.headers["x-cloudtasks-taskretryreason"] == "HTTP status code 503"
    assert float(third.headers["x-cloudtasks-tasketa"]) > float(first.headers["x-cloudtasks-tasketa"])
    done = eventually(service, finished("t1"))
    assert (done["state"], done["attempts"], done["lastStatus"]) == ("SUCCEEDED", 3, 204)


def test_a_task_that_keeps_failing_is_given_up(service: Service, worker: Worker):
    worker.answers = lambda _: 500
    service.queue(retryConfig={**FAST, "maxAttempts": 3})
    service.task(f"{worker.url}/x", "t1")
    done = eventually(service, finished("t1"))
    assert (done["state"], done["attempts"]) == ("FAILED", 3)
    assert worker.received.qsize() == 3
    assert service.get(f"/v2/{QUEUE}/tasks/t1").status_code == 404
    assert service.task(f"{worker.url}/x", "t1").status_code == 409


def test_a_redirect_is_a_failure(service: Service, worker: Worker):
    worker.answers = lambda got: Response(302, b"", [("Location", "/elsewhere")]) if got.path == "/x" else 200
    service.queue(retryConfig={**FAST, "maxAttempts": 1})
    service.task(f"{worker.url}/x", "t1")
    assert eventually(service, finished("t1"))["state"] == "FAILED"


def test_an_attempt_without_an_answer_is_shown_and_not_counted_as_a_response(service: Service):
    service.queue(retryConfig={"minBackoff": "600s"})
    service.task("http://127.0.0.1:1/closed", "t1")

    def attempted(_):
        task = service.get(f"/v2/{QUEUE}/tasks/t1").json()
        return task if "responseStatus" in task.get("lastAttempt", {}) else None

    task = eventually(service, attempted)
    assert task["dispatchCount"] == 1
    assert "responseCount" not in task
    assert task["lastAttempt"]["responseStatus"]["code"] == 14
    assert datetime.fromisoformat(task["scheduleTime"]) > datetime.now(UTC) + timedelta(seconds=300)


def test_retry_after_moves_the_next_attempt(service: Service, worker: Worker):
    worker.answers = lambda _: Response(429, b"", [("Retry-After", "900")])
    service.queue(retryConfig=FAST)
    service.task(f"{worker.url}/x", "t1")
    worker.next()
    task = eventually(service, lambda o: next((t for t in o["tasks"] if t["lastStatus"] == 429), None))
    assert datetime.fromisoformat(task["scheduleTime"]) > datetime.now(UTC) + timedelta(seconds=600)


def test_a_scheduled_task_waits_for_its_time(service: Service, worker: Worker):
    service.queue()
    at = datetime.now(UTC) + timedelta(seconds=0.4)
    service.task(f"{worker.url}/later", scheduleTime=at.isoformat())
    service.task(f"{worker.url}/now")
    assert worker.next().path == "/now"
    assert worker.next().path == "/later"
    assert datetime.now(UTC) >= at


def test_a_paused_queue_dispatches_nothing_until_it_is_resumed_except_what_is_run(service: Service, worker: Worker):
    service.queue()
    service.post(f"/v2/{QUEUE}:pause")
    for name in ("a", "b"):
        service.task(f"{worker.url}/{name}", name)
    ran = service.post(f"/v2/{QUEUE}/tasks/b:run")
    assert ran.json()["dispatchCount"] == 1
    assert worker.next().path == "/b"
    eventually(service, finished("b"))
    assert [t["name"] for t in service.overview()["tasks"] if t["state"] == "SCHEDULED"] == ["a"]
    assert worker.received.empty()
    service.post(f"/v2/{QUEUE}:resume")
    assert worker.next().path == "/a"
    eventually(service, finished("a"))
    assert service.post(f"/v2/{QUEUE}/tasks/a:run").status_code == 404


def test_a_queue_dispatches_at_most_so_many_at_once(service: Service, worker: Worker):
    service.queue(rateLimits={"maxConcurrentDispatches": 2})
    for n in range(6):
        service.task(f"{worker.url}/hang/{n}")
    worker.next()
    worker.next()
    eventually(service, lambda o: len([t for t in o["tasks"] if t["state"] == "RUNNING"]) == 2)
    worker.release.set()
    for _ in range(4):
        worker.next()
    assert worker.most_at_once == 2


def test_a_queue_dispatches_at_most_so_many_in_a_time(service: Service, worker: Worker):
    # One in a thousand seconds, after the burst of ten that every queue may begin with.
    service.queue(rateLimits={"maxDispatchesPerSecond": 0.001})
    service.post(f"/v2/{QUEUE}:pause")
    for n in range(13):
        assert service.task(f"{worker.url}/t", f"n{n:02}").status_code == 200
    service.post(f"/v2/{QUEUE}:resume")
    first = {worker.next().headers["x-cloudtasks-taskname"] for _ in range(10)}
    eventually(service, lambda o: not any(t["state"] == "RUNNING" for t in o["tasks"]))
    waiting = {t["name"] for t in service.overview()["tasks"] if t["state"] == "SCHEDULED"}
    assert len(waiting) == 3
    assert not first & waiting
    assert worker.received.empty()
    assert service.post(f"/v2/{QUEUE}/tasks/{min(waiting)}:run").status_code == 200  # whatever the rate
    assert worker.next().headers["x-cloudtasks-taskname"] == min(waiting)
    faster = {"rateLimits": {"maxDispatchesPerSecond": 100}}
    url = f"{service.url}/v2/{QUEUE}?updateMask=rateLimits.maxDispatchesPerSecond"
    assert service.session.patch(url, json=faster, timeout=PATIENCE).status_code == 200
    assert {worker.next().headers["x-cloudtasks-taskname"] for _ in range(2)} == waiting - {min(waiting)}


def test_a_request_is_cut_at_its_functions_timeout_and_repeated(service: Service, worker: Worker):
    # "mail-out" comes from the manifest, whose longest timeout is half a second.
    configured = "projects/clinic/locations/us-central1/queues/mail-out"
    url = f"/v2/{configured}/tasks"
    made = service.post(url, {"task": {"httpRequest": {"url": f"{worker.url}/hang"}}})
    assert made.json()["dispatchDeadline"] == "600s"
    worker.next()
    again = worker.next()
    assert again.headers["x-cloudtasks-taskretrycount"] == "1"
    assert again.headers["x-cloudtasks-taskexecutioncount"] == "0"
    assert "x-cloudtasks-taskpreviousresponse" not in again.headers


def test_a_task_deleted_while_it_runs_stays_deleted(service: Service, worker: Worker):
    worker.answers = lambda _: 500
    service.queue(retryConfig=FAST)
    service.task(f"{worker.url}/hang", "t1")
    worker.next()
    assert service.session.delete(f"{service.url}/v2/{QUEUE}/tasks/t1", timeout=PATIENCE).status_code == 200
    worker.release.set()
    service.task(f"{worker.url}/after", "t2")
    assert worker.next().path == "/after"
    assert service.get(f"/v2/{QUEUE}/tasks/t1").status_code == 404


def test_many_clients_at_once_lose_nothing_and_double_nothing(service: Service, worker: Worker):
    service.queue()

    def create(start: int) -> None:
        for n in range(start, start + 10):
            assert service.task(f"{worker.url}/t", f"n{n}").status_code == 200

    threads = [threading.Thread(target=create, args=(n * 10,)) for n in range(20)]
    for each in threads:
        each.start()
    names = [worker.next().headers["x-cloudtasks-taskname"] for _ in range(200)]
    for each in threads:
        each.join()
    assert sorted(names) == sorted(f"n{n}" for n in range(200))
    assert worker.received.empty()
