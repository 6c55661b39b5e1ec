"""POST /files/uploads/{uploadId}/complete."""

import uuid
from datetime import timedelta

import httpx

from shared.files.documents import FileUpload
from tests.client import refused
from tests.configured import configured
from tests.functions.files import samples
from tests.functions.files.helpers import objects, scanned


def sent(api, account, content, **fields):
    """An upload whose bytes are there; its id."""
    body = {"fileName": "scan.dcm", "mimeType": "application/dicom", "size": len(content)} | fields
    opened = api.as_(account).post("/files/uploads", body)
    assert opened.status == 201, opened
    assert httpx.put(opened["uploadUrl"], content=content).status_code == 200
    return opened["uploadId"]


def complete(api, account, upload_id):
    return api.as_(account).post(f"/files/uploads/{upload_id}/complete")


def test_it_becomes_a_file(api, owner) -> None:
    content = samples.dicom() + bytes(1_000_000)
    upload = sent(api, owner, content, folder="medical-records")
    assert f"quarantine/{upload}" in objects("quarantine/")
    answer = complete(api, owner, upload)
    assert (answer.status, answer.trips) == (201, 2), answer
    assert (answer["mimeType"], answer["size"], answer["fileName"]) == ("application/dicom", len(content), "scan.dcm")
    assert answer["path"].startswith("medical-records/")
    scanned(api, owner, answer["id"])
    assert f"quarantine/{upload}" not in objects("quarantine/")
    assert api.as_(owner).get(f"/files/{answer['id']}/download").response.content == content


def test_doing_it_twice_makes_one(api, owner) -> None:
    upload = sent(api, owner, samples.dicom())
    first, again = complete(api, owner, upload), complete(api, owner, upload)
    assert (again.status, again["id"]) == (201, first["id"])


def test_the_content_decides(api, owner) -> None:
    upload = sent(api, owner, samples.jpeg(told=True), mimeType="application/pdf", fileName="x.pdf")
    answer = complete(api, owner, upload)
    assert (answer["mimeType"], answer["fileName"]) == ("image/jpeg", "x.pdf.jpg")
    assert answer["size"] < len(samples.jpeg(told=True))


def test_what_is_not_accepted_becomes_none(api, owner) -> None:
    upload = sent(api, owner, b"MZ" + bytes(500))
    refused(complete(api, owner, upload), 422, "FILE_NOT_ACCEPTED")


def test_it_has_to_be_complete(api, owner) -> None:
    body = {"fileName": "a.pdf", "mimeType": "application/pdf", "size": 100}
    upload = api.as_(owner).post("/files/uploads", body)["uploadId"]
    refused(complete(api, owner, upload), 409, "UPLOAD_INCOMPLETE")


def test_nobody_elses(api, owner, stranger, world) -> None:
    upload = sent(api, owner, samples.dicom())
    for other in (stranger, world.admin):
        refused(complete(api, other, upload), 404, "NOT_FOUND")
    refused(complete(api, owner, uuid.uuid4()), 404, "NOT_FOUND")


def test_not_after_a_day(api, cloud, owner) -> None:
    upload = sent(api, owner, samples.dicom())
    unit = cloud.unit()
    unit.update(unit.get(FileUpload, upload), expires_at=unit.now - timedelta(seconds=1))
    unit.commit()
    refused(complete(api, owner, upload), 404, "NOT_FOUND")


def test_a_store_that_is_down_changes_nothing(api, owner) -> None:
    upload = sent(api, owner, samples.dicom())
    with configured(STORAGE_EMULATOR_HOST="http://127.0.0.1:9", STORAGE_TIMEOUT_SECONDS="0.5"):
        refused(complete(api, owner, upload), 503, "STORAGE_UNAVAILABLE")
    assert complete(api, owner, upload).status == 201
