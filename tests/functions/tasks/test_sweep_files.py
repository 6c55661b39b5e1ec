"""The worker that erases what is left over of files, and what has been kept long enough."""

from datetime import timedelta

import httpx
import pytest

from shared import clients
from shared.config import settings
from shared.files import FileRecord
from shared.files.documents import FileUpload, new_object
from tests.client import refused
from tests.configured import configured
from tests.functions.files import samples
from tests.functions.files.helpers import objects, record_of, scanned, send, stored


@pytest.fixture(autouse=True)
def many_uploads():
    with configured(RATE_LIMIT_UPLOADS_PER_MINUTE="1000"):
        yield


@pytest.fixture(scope="module")
def owner(world):
    return world.doctor()


@pytest.fixture
def sweep(api, cloud):
    def run():
        return cloud.machine(api, "task", "sweep_files").post("/tasks/sweep_files", {"id": "files"})

    return run


def change(cloud, file_id, cls=FileRecord, **changes):
    unit = cloud.unit()
    unit.update(unit.get(cls, file_id, deleted=True), **changes)
    unit.commit()
    return unit.now


def bucket():
    return clients.storage().bucket(settings().uploads_bucket)


def test_content_whose_time_is_over_is_erased_and_leaves_a_trace(api, cloud, owner, sweep) -> None:
    picture = stored(api, owner, samples.png((400, 400)), name="Private.png")
    kept = stored(api, owner)
    bucket().blob(picture["path"]).upload_from_string(b"an earlier version is behind this")
    now = cloud.unit().now
    change(cloud, picture["id"], retain_until=now - timedelta(seconds=1))
    assert sweep().status == 204
    assert objects(picture["path"]) == []
    assert list(bucket().list_blobs(prefix=picture["path"], versions=True)) == []
    assert objects(f"thumbnails/{picture['id']}") == []
    left = record_of(cloud, picture["id"])
    assert (left["deleted"], left["erasedAt"] is not None, left["retainUntil"]) == (True, True, None)
    assert left["sha256"]
    refused(api.as_(owner).get(f"/files/{picture['id']}"), 404, "NOT_FOUND")
    assert api.as_(owner).get(f"/files/{kept['id']}/download").status == 200
    assert sweep().status == 204


def test_a_deleted_one_is_erased_a_month_later(api, cloud, owner, sweep) -> None:
    file = stored(api, owner)
    assert api.as_(owner).delete(f"/files/{file['path']}").status == 200
    sweep()
    assert objects(file["path"]) == [file["path"]]
    now = cloud.unit().now
    change(cloud, file["id"], retain_until=now - timedelta(seconds=1))
    sweep()
    assert objects(file["path"]) == []


@pytest.mark.parametrize("by", ["patient", "chat"])
def test_a_legal_hold_keeps_it(api, cloud, world, owner, sweep, by) -> None:
    file = stored(api, owner)
    patient = world.record(by=owner)["id"]
    chat = "0f0c9c3e-7e1a-4b62-9d3e-2f6f0f3c8a1" + ("1" if by == "chat" else "2")
    subject = {"patientId": patient} if by == "patient" else {"chatId": chat}
    hold = api.as_(world.admin).post("/admin/legal-holds", {**subject, "reason": "Subpoena"})
    assert hold.status == 201, hold
    now = cloud.unit().now
    change(
        cloud, file["id"], ref_kind="chats", ref_id=chat, patient_id=patient, retain_until=now - timedelta(seconds=1)
    )
    sweep()
    assert objects(file["path"]) == [file["path"]]
    assert record_of(cloud, file["id"])["retainUntil"] > now + timedelta(days=29)
    assert api.as_(world.admin).delete(f"/admin/legal-holds/{hold['id']}").status in {200, 204}
    change(cloud, file["id"], retain_until=now - timedelta(seconds=1))
    sweep()
    assert objects(file["path"]) == []


def test_an_upload_that_was_not_completed_is_dropped(api, cloud, owner, sweep) -> None:
    body = {"fileName": "a.pdf", "mimeType": "application/pdf", "size": 10}
    opened = api.as_(owner).post("/files/uploads", body).json
    assert httpx.put(opened["uploadUrl"], content=bytes(10)).status_code == 200
    sweep()
    assert objects(f"quarantine/{opened['uploadId']}") != []
    now = cloud.unit().now
    change(cloud, opened["uploadId"], FileUpload, expires_at=now - timedelta(seconds=1))
    sweep()
    assert objects(f"quarantine/{opened['uploadId']}") == []
    refused(api.as_(owner).post(f"/files/uploads/{opened['uploadId']}/complete"), 404, "NOT_FOUND")


@pytest.fixture
def yesterday(monkeypatch):
    """Objects are named as if they were made thirty hours ago."""
    from shared.files import records

    with monkeypatch.context() as patch:
        patch.setattr(records, "new_object", lambda folder, at: new_object(folder, at - timedelta(hours=30)))
        yield


def test_an_object_that_nothing_knows_is_erased_a_day_later(api, cloud, owner, sweep, yesterday) -> None:
    now = cloud.unit().now
    known, young = stored(api, owner), new_object("chat-files", now)
    orphan = new_object("chat-files", now - timedelta(hours=30))
    for name in (orphan, young):
        bucket().blob(name).upload_from_string(b"x")
    assert sweep().status == 204
    there = objects()
    assert orphan not in there
    assert {young, known["path"]} <= set(there)


def test_one_that_was_deleted_is_no_orphan(api, owner, sweep, yesterday) -> None:
    file = stored(api, owner)
    assert api.as_(owner).delete(f"/files/{file['id']}").status == 200
    sweep()
    assert objects(file["path"]) == [file["path"]]


def test_a_scan_that_was_given_up_is_begun_anew(api, cloud, owner, sweep) -> None:
    file = stored(api, owner)
    now = cloud.unit().now
    change(cloud, file["id"], scan_state="failed", created_at=now - timedelta(hours=7))
    sweep()
    assert scanned(api, owner, file["id"])["scanState"] == "clean"


def test_a_store_that_is_down_is_tried_again(sweep) -> None:
    with configured(STORAGE_EMULATOR_HOST="http://127.0.0.1:9", STORAGE_TIMEOUT_SECONDS="0.5"):
        refused(sweep(), 503, "STORAGE_UNAVAILABLE")


def test_how_long_what_is_kept(api, cloud, owner) -> None:
    for folder, days in (("user-uploads", None), ("chat-files", 7), ("medical-records", 7)):
        made = record_of(cloud, send(api, owner, folder=folder)["id"])
        until = made["retainUntil"]
        assert (until - made["createdAt"]).days == days if days else until is None
