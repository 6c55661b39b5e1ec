"""A root that is copied twice stays as it was, however Cloud Storage says so; every other refusal is an outage."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from localcloud.httpd import HttpServer, Request, Response
from shared import clients
from shared.audit import copy_root
from shared.config import settings
from shared.context import Context, Trail
from shared.errors import StorageUnavailable
from shared.store.audit_seals import AuditSeal

ACCOUNT = "fn-schedules@consentmd-prod.iam.gserviceaccount.com"
#: In the form of the JSON API: status, reason, message.
DENIED = "does not have storage.objects.delete access to the Google Cloud Storage object."
NO_DELETE = (403, "forbidden", f"{ACCOUNT} {DENIED} Permission 'storage.objects.delete' denied on resource.")
NO_CREATE = (403, "forbidden", NO_DELETE[2].replace("objects.delete", "objects.create"))
RETAINED = (
    403,
    "retentionPolicyNotMet",
    "Object 'roots/1.json' is subject to bucket's retention policy and cannot be deleted or overwritten until 2032.",
)
THERE = (412, "conditionNotMet", "At least one of the pre-conditions you specified did not hold.")
SEAL = AuditSeal(
    id="0000000001", number=1, sealed_at=datetime(2026, 1, 1, tzinfo=UTC), up_to=datetime(2026, 1, 1, tzinfo=UTC),
    previous_root="", entries=[], root="r", signature="s",
)  # fmt: skip


class Bucket:
    """A bucket that answers every upload alike."""

    def __init__(self) -> None:
        self.answer = THERE
        self.asked: list[str] = []

    def __call__(self, request: Request) -> Response:
        request.body.read_all(1 << 20)
        self.asked.append(request.query["ifGenerationMatch"])
        status, reason, message = self.answer
        error = {"code": status, "message": message, "errors": [{"reason": reason, "message": message}]}
        return Response(status, json.dumps({"error": error}).encode())


@pytest.fixture
def bucket(monkeypatch) -> Iterator[Bucket]:
    made = Bucket()
    server = HttpServer.started(0, made)
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", f"http://127.0.0.1:{server.port}")
    clients.storage.cache_clear()
    yield made
    clients.storage.cache_clear()
    server.stop()


@pytest.fixture
def ctx(cloud) -> Context:
    config = settings().changed(audit_bucket="roots", storage_timeout_seconds=2)
    return Context(unit=cloud.unit(), settings=config, trail=Trail("SEAL_AUDIT"), request_id="test")


@pytest.mark.parametrize("answer", [THERE, NO_DELETE, RETAINED], ids=["412", "may not replace", "retained"])
def test_a_root_that_is_there_already_is_copied(bucket, ctx, answer) -> None:
    bucket.answer = answer
    copy_root(ctx, SEAL)
    assert bucket.asked == ["0"], "only if there is none"


def test_a_root_that_may_not_be_written_is_an_outage(bucket, ctx) -> None:
    bucket.answer = NO_CREATE
    with pytest.raises(StorageUnavailable):
        copy_root(ctx, SEAL)
