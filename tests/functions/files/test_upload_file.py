"""POST /files/upload/{folder}."""

import base64

import pytest

from shared.config import settings
from tests.client import refused
from tests.configured import configured
from tests.functions.files import samples
from tests.functions.files.helpers import objects, record_of, scanned, send


def encoded(api, account, content, name="letter.pdf", folder="user-uploads", before=""):
    body = {"base64Data": before + base64.b64encode(content).decode(), "fileName": name}
    return api.as_(account).post(f"/files/upload/{folder}", body)


def test_a_form(api, cloud, owner) -> None:
    answer = send(api, owner, name="../Überweisung.exe")
    assert (answer.status, answer.trips) == (201, 2), answer
    assert (answer["fileName"], answer["mimeType"]) == ("Überweisung.exe.pdf", "application/pdf")
    assert (answer["refKind"], answer["refId"], answer["ownerId"]) == ("uploads", owner.id, owner.id)
    assert (answer["size"], answer["scanState"]) == (len(samples.pdf()), "pending")
    assert answer["url"].endswith(f"/api/v1/files/{answer['id']}/download")
    assert answer["path"].startswith("user-uploads/")
    assert answer["thumbnailUrl"] is None
    assert "berweisung" not in repr(record_of(cloud, answer["id"]))
    assert scanned(api, owner, answer["id"])["scanState"] == "clean"


@pytest.mark.parametrize("before", ["", "data:application/pdf;base64,"])
def test_base64(api, owner, before) -> None:
    answer = encoded(api, owner, samples.pdf(), before=before)
    assert (answer.status, answer["mimeType"], answer["size"]) == (201, "application/pdf", len(samples.pdf()))


def test_base64_of_more_than_other_bodies_may_have(api, owner) -> None:
    large = samples.pdf() + bytes(settings().max_body_bytes)
    assert encoded(api, owner, large).status == 201


@pytest.mark.parametrize("data", ["", "not base64!", "data:application/pdf;base64,", "JVBERi0xLjc"])
def test_what_is_no_base64_is_refused(api, owner, data) -> None:
    body = {"base64Data": data, "fileName": "x.pdf"}
    refused(api.as_(owner).post("/files/upload/user-uploads", body), 400, "VALIDATION_ERROR")


@pytest.mark.parametrize(
    ("asked", "kept"),
    [("chat-files", "chat-files"), ("clinical-notes", "medical-records"), ("call-recordings", "recordings")],
)
def test_folders(api, owner, asked, kept) -> None:
    assert send(api, owner, folder=asked)["path"].startswith(f"{kept}/")


@pytest.mark.parametrize("folder", ["exports", "thumbnails", "quarantine", "..", "nowhere"])
def test_other_folders_are_none(api, owner, folder) -> None:
    answer = send(api, owner, folder=folder)
    assert answer.status in {400, 404}, answer


@pytest.mark.parametrize(
    ("content", "mime_type", "ending"),
    [
        (samples.docx(), "application/vnd.openxmlformats-officedocument.wordprocessingml.document", ".docx"),
        (samples.dicom(), "application/dicom", ".dcm"),
        (samples.mp4(), "video/mp4", ".mp4"),
        (samples.sound("ipod", "aac"), "audio/mp4", ".m4a"),
        (samples.sound("ogg", "libopus"), "audio/ogg", ".ogg"),
        (samples.sound("mp3", "libmp3lame"), "audio/mpeg", ".mp3"),
        (samples.wav(), "audio/wav", ".wav"),
    ],
)
def test_the_content_says_what_it_is(api, owner, content, mime_type, ending) -> None:
    answer = send(api, owner, content, name="anything")
    assert (answer.status, answer["mimeType"], answer["fileName"]) == (201, mime_type, f"anything{ending}")
    recorded = mime_type.startswith(("audio/", "video/"))
    assert (answer["durationSeconds"] is not None) == recorded


def test_an_image_loses_what_it_tells(api, cloud, owner) -> None:
    from shared import clients

    answer = send(api, owner, samples.jpeg(told=True, orientation=6), name="knee.jpg")
    assert (answer["width"], answer["height"]) == (40, 20)
    assert answer["thumbnailUrl"].endswith("/thumbnail")
    kept = clients.storage().bucket(settings().uploads_bucket).blob(answer["path"]).download_as_bytes()
    assert samples.REMARK.encode() not in kept
    assert samples.CAMERA.encode() not in kept
    assert answer["size"] == len(kept)


@pytest.mark.parametrize(
    "content",
    [b"<html>", b"MZ\x90\x00" + bytes(100), samples.webp(), samples.docx(macros=True), samples.jpeg()[:300],
     samples.wav()[:40]],
)  # fmt: skip
def test_other_kinds_and_damaged_ones_are_refused_and_nothing_is_kept(api, owner, content) -> None:
    before = objects("user-uploads/")
    refused(send(api, owner, content), 422, "FILE_NOT_ACCEPTED")
    assert objects("user-uploads/") == before


def test_one_that_is_too_large_is_refused(api, owner) -> None:
    with configured(MAX_UPLOAD_BYTES="2000"):
        refused(send(api, owner, samples.pdf() + bytes(2000)), 413, "PAYLOAD_TOO_LARGE")
        refused(encoded(api, owner, samples.pdf() + bytes(2000)), 413, "PAYLOAD_TOO_LARGE")


def test_a_store_that_is_down_changes_nothing(api, owner) -> None:
    with configured(STORAGE_EMULATOR_HOST="http://127.0.0.1:9", STORAGE_TIMEOUT_SECONDS="0.5"):
        refused(send(api, owner), 503, "STORAGE_UNAVAILABLE")


def test_a_key_uploads_once(api, owner) -> None:
    headers = {"Idempotency-Key": "one-letter"}
    form = {"file": ("letter.pdf", samples.pdf(), "application/pdf")}
    first = api.as_(owner).call("POST", "/files/upload/user-uploads", files=form, headers=headers)
    again = api.as_(owner).call("POST", "/files/upload/user-uploads", files=form, headers=headers)
    assert (first.status, again.status, first["id"]) == (201, 201, again["id"])


def test_ten_a_minute(api, world) -> None:
    account = world.family()
    with configured(RATE_LIMIT_UPLOADS_PER_MINUTE="2"):
        assert [send(api, account).status for _ in range(2)] == [201, 201]
        refused(send(api, account), 429, "RATE_LIMITED")
