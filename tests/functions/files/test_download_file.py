"""GET /files/{fileId}/download."""

import httpx
import pytest

from shared.config import settings
from tests.client import refused
from tests.configured import configured
from tests.functions.files import samples
from tests.functions.files.helpers import record_of, scanned, send, stored

CONTENT = samples.pdf("Download")
SIZE = len(CONTENT)


@pytest.fixture(scope="module")
def file(api, owner):
    return stored(api, owner, CONTENT, name="Brief an Zoë.pdf")


def ask(api, owner, file, **headers):
    return api.as_(owner).get(f"/files/{file['id']}/download", headers=headers)


def test_all_of_it(api, owner, file) -> None:
    answer = ask(api, owner, file)
    assert (answer.status, answer.response.content, answer.trips) == (200, CONTENT, 2)
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.headers["Content-Length"] == str(SIZE)
    assert answer.headers["Accept-Ranges"] == "bytes"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Content-Disposition"] == "attachment; filename*=UTF-8''Brief%20an%20Zo%C3%AB.pdf"


def test_only_its_head(api, owner, file) -> None:
    answer = api.as_(owner).call("HEAD", f"/files/{file['id']}/download")
    assert (answer.status, answer.headers["Content-Length"], answer.response.content) == (200, str(SIZE), b"")


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [
        ("bytes=0-0", 0, 0),
        ("bytes=10-19", 10, 19),
        ("bytes=10-", 10, SIZE - 1),
        ("bytes=-5", SIZE - 5, SIZE - 1),
        (f"bytes=0-{SIZE * 2}", 0, SIZE - 1),
        (f"bytes=-{SIZE * 2}", 0, SIZE - 1),
    ],
)
def test_a_part_of_it(api, owner, file, asked, first, last) -> None:
    answer = ask(api, owner, file, Range=asked)
    assert (answer.status, answer.response.content) == (206, CONTENT[first : last + 1]), answer
    assert answer.headers["Content-Range"] == f"bytes {first}-{last}/{SIZE}"


@pytest.mark.parametrize("asked", ["bytes=", "bytes=-", "bytes=9-5", "bytes=0-1,4-5", "lines=0-1", "bytes=a-b"])
def test_what_is_no_single_range_is_ignored(api, owner, file, asked) -> None:
    assert ask(api, owner, file, Range=asked).status == 200


@pytest.mark.parametrize("asked", [f"bytes={SIZE}-", f"bytes={SIZE + 5}-{SIZE + 9}", "bytes=-0"])
def test_bytes_there_are_none_of(api, owner, file, asked) -> None:
    answer = refused(ask(api, owner, file, Range=asked), 416, "RANGE_NOT_SATISFIABLE")
    assert answer.headers["Content-Range"] == f"bytes */{SIZE}"


def test_a_part_only_of_the_same_file(api, owner, file) -> None:
    etag = ask(api, owner, file).headers["ETag"]
    same = {"Range": "bytes=0-3", "If-Range": etag}
    assert api.as_(owner).get(f"/files/{file['id']}/download", headers=same).status == 206
    other = {"Range": "bytes=0-3", "If-Range": '"other"'}
    assert api.as_(owner).get(f"/files/{file['id']}/download", headers=other).status == 200


def test_one_too_large_for_an_answer_is_a_link(api, owner, file) -> None:
    with configured(MAX_RESPONSE_BYTES="1024"):
        big = stored(api, owner, CONTENT + bytes(2000))
        answer = ask(api, owner, big)
        assert (answer.status, answer.response.content) == (302, b"")
        assert ask(api, owner, big, Range="bytes=0-9").status == 206
    linked = httpx.get(answer.headers["Location"])
    assert linked.content == CONTENT + bytes(2000)
    assert linked.headers["Content-Disposition"].startswith("attachment")
    assert "X-Goog-Expires=900" in answer.headers["Location"]
    assert "letter" not in answer.headers["Location"].partition("?")[0]


def test_pieces_of_one_that_is_large(api, owner, monkeypatch) -> None:
    from shared.files import objects

    monkeypatch.setattr(objects, "PIECE", 100)
    big = stored(api, owner, CONTENT)
    assert ask(api, owner, big).response.content == CONTENT
    assert ask(api, owner, big, Range="bytes=50-349").response.content == CONTENT[50:350]


def test_nobody_else(api, stranger, world, file) -> None:
    for other in (stranger, world.admin):
        refused(ask(api, other, file), 404, "NOT_FOUND")


def test_not_before_it_was_scanned(api, cloud, owner) -> None:
    cloud.pause("clamd")
    try:
        waiting = send(api, owner).json
        refused(ask(api, owner, waiting), 409, "FILE_NOT_SCANNED")
        refused(api.as_(owner).get(f"/files/{waiting['id']}/thumbnail"), 409, "FILE_NOT_SCANNED")
    finally:
        cloud.resume("clamd")
    scanned(api, owner, waiting["id"])
    assert ask(api, owner, waiting).status == 200


def test_never_when_it_is_infected(api, owner) -> None:
    bad = send(api, owner, samples.INFECTED_PDF).json
    scanned(api, owner, bad["id"], "infected")
    refused(ask(api, owner, bad), 409, "FILE_INFECTED")
    refused(api.as_(owner).get(f"/files/{bad['id']}/thumbnail"), 409, "FILE_INFECTED")


def test_not_without_a_verdict(api, cloud, owner) -> None:
    unit = cloud.unit()
    from shared.files import FileRecord

    key = stored(api, owner)["id"]
    unit.update(unit.get(FileRecord, key), scan_state="failed", scan_result="TOO_LARGE_TO_SCAN")
    unit.commit()
    refused(ask(api, owner, {"id": key}), 409, "SCAN_FAILED")
    refused(api.as_(owner).get(f"/files/{key}/thumbnail"), 409, "SCAN_FAILED")


def test_a_store_that_is_down_is_said_before_the_answer_begins(api, owner, file) -> None:
    with configured(STORAGE_EMULATOR_HOST="http://127.0.0.1:9", STORAGE_TIMEOUT_SECONDS="0.5"):
        refused(ask(api, owner, file), 503, "STORAGE_UNAVAILABLE")


def test_an_object_that_was_changed_is_not_given_out(api, cloud, owner, monkeypatch) -> None:
    from shared import clients
    from shared.files import objects

    changed = stored(api, owner, CONTENT)
    name = record_of(cloud, changed["id"])["objectName"]
    clients.storage().bucket(settings().uploads_bucket).blob(name).upload_from_string(CONTENT[:-1] + b"x")
    refused(ask(api, owner, changed), 503, "STORAGE_UNAVAILABLE")
    # In pieces, the answer has begun: the connection breaks before the last of them.
    monkeypatch.setattr(objects, "PIECE", 100)
    with pytest.raises(httpx.RemoteProtocolError):
        ask(api, owner, changed)
