"""Queues and tasks through the published client, over REST and over gRPC."""

from datetime import UTC, datetime, timedelta

import pytest
from google.api_core import exceptions
from google.cloud import tasks_v2
from google.protobuf import duration_pb2, field_mask_pb2

from tests.localcloud.tasks.conftest import LOCATION, QUEUE, Service

FAR = "http://127.0.0.1:9/never"


def later(**delta: float) -> datetime:
    return datetime.now(UTC) + timedelta(**delta)


def task(name: str = "", **fields):
    http = {"url": FAR, **fields.pop("http", {})}
    fields.setdefault("schedule_time", later(hours=1))
    return tasks_v2.Task(name=f"{QUEUE}/tasks/{name}" if name else "", http_request=http, **fields)


@pytest.fixture
def queue(client) -> tasks_v2.Queue:
    return client.create_queue(parent=LOCATION, queue={"name": QUEUE})


def test_queues_are_created_listed_updated_and_deleted(client, queue):
    assert queue.state == tasks_v2.Queue.State.RUNNING
    assert queue.rate_limits.max_burst_size == 100
    with pytest.raises(exceptions.Conflict):
        client.create_queue(parent=LOCATION, queue={"name": QUEUE})
    assert [each.name.rpartition("/")[2] for each in client.list_queues(parent=LOCATION)] == ["mail", "mail-out"]
    assert [q.name for q in client.list_queues(request={"parent": LOCATION, "page_size": 1})] == [
        QUEUE,
        f"{LOCATION}/queues/mail-out",
    ]
    changed = client.update_queue(
        queue={"name": QUEUE, "retry_config": {"max_attempts": 7, "max_doublings": 2}},
        update_mask=field_mask_pb2.FieldMask(paths=["retry_config.max_attempts"]),
    )
    assert (changed.retry_config.max_attempts, changed.retry_config.max_doublings) == (7, 16)
    assert client.get_queue(name=QUEUE).retry_config.max_attempts == 7
    client.delete_queue(name=QUEUE)
    with pytest.raises(exceptions.NotFound):
        client.get_queue(name=QUEUE)
    with pytest.raises(exceptions.BadRequest, match="existed too recently"):
        client.create_queue(parent=LOCATION, queue={"name": QUEUE})


def test_an_update_of_a_missing_queue_creates_it(client):
    made = client.update_queue(queue={"name": QUEUE, "rate_limits": {"max_dispatches_per_second": 5}})
    assert made.rate_limits.max_dispatches_per_second == 5
    assert client.get_queue(name=QUEUE) == made


@pytest.mark.parametrize(
    "bad",
    [
        {"rate_limits": {"max_dispatches_per_second": 501}},
        {"rate_limits": {"max_concurrent_dispatches": 5001}},
        {"retry_config": {"max_attempts": -2}},
        {
            "retry_config": {
                "min_backoff": duration_pb2.Duration(seconds=9),
                "max_backoff": duration_pb2.Duration(seconds=8),
            }
        },
    ],
)
def test_queue_settings_out_of_range_are_refused(client, bad):
    with pytest.raises(exceptions.BadRequest):
        client.create_queue(parent=LOCATION, queue={"name": QUEUE, **bad})


def test_an_unknown_queue_takes_no_tasks(client):
    with pytest.raises(exceptions.NotFound, match="Queue does not exist"):
        client.create_task(parent=QUEUE, task=task())


def test_a_task_has_the_services_defaults_and_hides_its_body_in_the_basic_view(client, queue):
    made = client.create_task(parent=QUEUE, task=task(http={"body": b"{}", "headers": {"X-AppEngine-Fake": "1"}}))
    assert made.name.startswith(f"{QUEUE}/tasks/")
    assert made.http_request.http_method == tasks_v2.HttpMethod.POST
    assert made.dispatch_deadline == timedelta(minutes=10)
    assert made.create_time
    assert dict(made.http_request.headers) == {"User-Agent": "Google-Cloud-Tasks"}
    assert made.http_request.body == b""
    assert client.get_task(name=made.name).http_request.body == b""
    full = client.get_task(request={"name": made.name, "response_view": tasks_v2.Task.View.FULL})
    assert full.http_request.body == b"{}"


def test_tasks_are_listed_in_pages_and_deleted(client, queue):
    names = [client.create_task(parent=QUEUE, task=task(f"t{n}")).name for n in range(5)]
    assert [each.name for each in client.list_tasks(request={"parent": QUEUE, "page_size": 2})] == names
    client.delete_task(name=names[0])
    with pytest.raises(exceptions.NotFound, match="existed recently"):
        client.get_task(name=names[0])
    with pytest.raises(exceptions.NotFound, match="Requested entity"):
        client.get_task(name=f"{QUEUE}/tasks/other")
    assert [each.name for each in client.list_tasks(parent=QUEUE)] == names[1:]


def test_a_task_name_is_taken_while_it_exists_and_after(client, queue):
    client.create_task(parent=QUEUE, task=task("once"))
    with pytest.raises(exceptions.Conflict):
        client.create_task(parent=QUEUE, task=task("once"))
    client.delete_task(name=f"{QUEUE}/tasks/once")
    with pytest.raises(exceptions.Conflict, match="existed too recently"):
        client.create_task(parent=QUEUE, task=task("once"))
    client.create_task(parent=QUEUE, task=task("twice"))
    client.purge_queue(name=QUEUE)
    assert list(client.list_tasks(parent=QUEUE)) == []
    with pytest.raises(exceptions.Conflict):
        client.create_task(parent=QUEUE, task=task("twice"))


def test_limits_are_refused_by_field(client, queue):
    def refused(each, field):
        with pytest.raises(exceptions.BadRequest, match=field):
            client.create_task(parent=QUEUE, task=each)

    refused(task(schedule_time=later(days=30, minutes=1)), "schedule_time")
    client.create_task(parent=QUEUE, task=task(schedule_time=later(days=29, hours=23)))
    refused(task(http={"body": b"x" * (1 << 20)}), "1 MB")
    client.create_task(parent=QUEUE, task=task(http={"body": b"x" * 1_000_000}))
    refused(task(http={"headers": {"X-Long": "x" * 81920}}), "80 KB")
    refused(task(http={"headers": {"X-Split": "a\r\nb"}}), "line break")
    refused(task(http={"url": "ftp://x"}), "url")
    refused(task(http={"url": "http://x/" + "y" * 2083}), "2083")
    refused(task(http={"http_method": "GET", "body": b"x"}), "POST, PUT and PATCH")
    refused(task(dispatch_deadline=timedelta(seconds=14)), "dispatch_deadline")
    refused(task(dispatch_deadline=timedelta(seconds=1801)), "dispatch_deadline")
    refused(tasks_v2.Task(), "http_request")
    refused(task(http={"oidc_token": {"audience": "x"}}), "service_account_email")
    refused(tasks_v2.Task(name=f"{LOCATION}/queues/other/tasks/x", http_request={"url": FAR}), "parent")
    refused(tasks_v2.Task(name=f"{QUEUE}/tasks/a b", http_request={"url": FAR}), "task.name")


def test_malformed_names_are_refused(client):
    for call in (client.get_queue, client.delete_queue, client.pause_queue, client.purge_queue):
        with pytest.raises(exceptions.BadRequest, match="name must have the form"):
            call(name=f"{LOCATION}/queues/under_score")


def test_what_the_service_lacks_is_said(client, queue):
    with pytest.raises((exceptions.MethodNotImplemented, exceptions.NotFound)):
        client.get_iam_policy(request={"resource": QUEUE})


class TestRestBodies:
    """What only REST can get wrong."""

    @pytest.fixture(autouse=True)
    def with_queue(self, service: Service) -> None:
        service.queue()

    def test_errors_have_googles_shape(self, service: Service):
        answer = service.post(f"/v2/{LOCATION}/queues/none/tasks", {"task": {"httpRequest": {"url": FAR}}})
        assert answer.status_code == 404
        assert answer.json()["error"]["status"] == "NOT_FOUND"
        service.task(FAR, "a", scheduleTime="2999-01-01T00:00:00Z")
        assert service.task(FAR, "b", scheduleTime=later(hours=1).isoformat()).status_code == 200
        twin = service.task(FAR, "b")
        assert (twin.status_code, twin.json()["error"]["status"]) == (409, "ALREADY_EXISTS")

    @pytest.mark.parametrize(
        ("body", "said"),
        [
            (b"{", "not JSON"),
            (b"[1]", "must be a JSON object"),
            (b"\xff\xfe", "not JSON"),
            (b"[" * 100_000, "not JSON"),
            (b'{"task": {"nonsense": 1}}', "nonsense"),
            (b'{"task": {"scheduleTime": "secret-value"}}', "scheduleTime"),
            (b'{"task": {"httpRequest": {"url": 7}}}', "Invalid"),
            (b'{"task": {"httpRequest": {"url": "http://x", "body": "%%"}}}', "body"),
        ],
    )
    def test_bad_bodies_are_refused_without_repeating_them(self, service: Service, body, said):
        answer = service.session.post(f"{service.url}/v2/{QUEUE}/tasks", data=body, timeout=20)
        assert answer.status_code == 400
        assert answer.json()["error"]["status"] == "INVALID_ARGUMENT"
        assert said in answer.json()["error"]["message"]
        assert "secret-value" not in answer.text

    def test_another_host_name_is_refused(self, service: Service):
        answer = service.session.get(f"{service.url}/tasks.json", headers={"Host": "evil.example"}, timeout=20)
        assert answer.status_code == 403

    def test_an_unknown_path_is_not_found(self, service: Service):
        assert service.get("/v2/projects/x").status_code == 404
