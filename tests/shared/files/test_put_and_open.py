"""Files: put, open, signed link, over the local store."""

from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from shared import files
from shared.config import settings
from shared.context import Context, Trail
from shared.errors import FileInfected, FileNotAccepted, FileNotScanned, ScanFailed, StorageUnavailable
from shared.http.answers import Upload
from tests.functions.users.pictures import PNG


@pytest.fixture
def ctx(cloud):
    return Context(unit=cloud.unit(), settings=settings(), trail=Trail(action="TEST"), request_id="x")


def scanned(ctx, record, state="clean"):
    ctx.unit.update(ctx.unit.get(files.FileRecord, record.id), scan_state=state)
    ctx.unit.commit()
    return ctx.unit.get(files.FileRecord, record.id)


def stored(ctx, content=PNG, name="Zürich Überweisung.png", accept=files.IMAGES):
    upload = Upload(content=content, file_name=name, declared_type="text/html", fields={})
    record = files.put(ctx, "medical-records", upload, owner_id="u", ref=files.Ref("records", "r"), accept=accept)
    ctx.unit.commit()
    return record


def test_what_is_put_can_be_opened(ctx, cloud):
    record = stored(ctx)
    found = cloud.unit().get(files.FileRecord, record.id)
    assert files.open_file(ctx, scanned(ctx, record)) == PNG
    assert (found.mime_type, found.size, found.scan_state) == ("image/png", len(PNG), "pending")
    assert found.file_name == "Zürich Überweisung.png"
    assert found.object_name.startswith("medical-records/")


def test_a_name_says_nothing(ctx, cloud):
    record = stored(ctx)
    assert "rich" not in repr(cloud.firestore.collection("files").document(record.id).get().to_dict())
    assert "rich" not in record.object_name


@pytest.mark.parametrize("content", [b"<html></html>", b"plain text", b"%PDF-1.7\n"])
def test_content_decides_what_is_accepted(ctx, content):
    with pytest.raises(FileNotAccepted):
        stored(ctx, content)


def test_a_pdf_waits_for_its_scan(ctx):
    assert stored(ctx, b"%PDF-1.7\n" + bytes(100), accept={"application/pdf"}).scan_state == "pending"


def test_a_link_works_without_a_token_for_a_while(ctx):
    link = files.signed_link(ctx, scanned(ctx, stored(ctx)))
    answer = httpx.get(link)
    assert (answer.status_code, answer.content) == (200, PNG)
    assert "attachment" in answer.headers["Content-Disposition"]
    query = parse_qs(urlsplit(link).query)
    assert int(query["X-Goog-Expires"][0]) == 900
    assert httpx.get(link.replace("X-Goog-Expires=900", "X-Goog-Expires=90000")).status_code in {400, 403}


@pytest.mark.parametrize(
    ("state", "error"), [("pending", FileNotScanned), ("infected", FileInfected), ("failed", ScanFailed)]
)
def test_only_what_was_found_clean_is_given_out(ctx, state, error):
    record = scanned(ctx, stored(ctx), state)
    for give_out in (files.open_file, files.signed_link):
        with pytest.raises(error):
            give_out(ctx, record)


def test_an_object_that_was_changed_is_not_given_out(ctx, cloud):
    from shared import clients

    record = scanned(ctx, stored(ctx))
    bucket = clients.storage().bucket(settings().uploads_bucket)
    bucket.blob(record.object_name).upload_from_string(b"something else")
    with pytest.raises(StorageUnavailable):
        files.open_file(ctx, record)


def test_an_object_that_is_gone_is_a_failure_of_the_store(ctx, cloud):
    from shared import clients

    record = scanned(ctx, stored(ctx))
    clients.storage().bucket(settings().uploads_bucket).blob(record.object_name).delete()
    with pytest.raises(StorageUnavailable):
        files.open_file(ctx, record)
    assert record.created_at <= datetime.now(UTC)
