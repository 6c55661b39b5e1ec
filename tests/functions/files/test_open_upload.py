"""POST /files/uploads."""

from datetime import UTC, datetime, timedelta

import httpx
import pytest

from tests.client import refused
from tests.configured import configured

UNIT = 256 * 1024
BODY = {"fileName": "mri.dcm", "mimeType": "application/dicom", "size": 3 * UNIT}


def opened(api, account, **fields):
    return api.as_(account).post("/files/uploads", BODY | fields)


def test_where_to_send_it(api, owner) -> None:
    answer = opened(api, owner)
    assert (answer.status, answer.trips) == (201, 2), answer
    assert "mri" not in answer["uploadUrl"]
    assert "/quarantine/" in answer["uploadUrl"]
    left = datetime.fromisoformat(answer["expiresAt"]) - datetime.now(UTC)
    assert timedelta(hours=23) < left <= timedelta(hours=24)


@pytest.mark.parametrize("size", [3 * UNIT - 1, 3 * UNIT + 1, 0])
def test_the_store_takes_as_many_bytes_as_were_announced(api, owner, size) -> None:
    url = opened(api, owner)["uploadUrl"]
    assert httpx.put(url, content=bytes(size)).status_code == 400


def test_it_can_be_sent_in_pieces_after_a_broken_connection(api, owner) -> None:
    url, size = opened(api, owner)["uploadUrl"], BODY["size"]
    first = httpx.put(url, content=bytes(UNIT), headers={"Content-Range": f"bytes 0-{UNIT - 1}/{size}"})
    assert first.status_code == 308
    asked = httpx.put(url, headers={"Content-Range": f"bytes */{size}"})
    assert (asked.status_code, asked.headers["Range"]) == (308, f"bytes=0-{UNIT - 1}")
    rest = {"Content-Range": f"bytes {UNIT}-{size - 1}/{size}"}
    assert httpx.put(url, content=bytes(size - UNIT), headers=rest).status_code == 200


def test_one_larger_than_50_mb_is_refused(api, owner) -> None:
    refused(opened(api, owner, size=52_428_801), 413, "PAYLOAD_TOO_LARGE")
    assert opened(api, owner, size=52_428_800).status == 201


@pytest.mark.parametrize("kind", ["text/html", "image/webp", "application/x-msdownload", "x"])
def test_other_kinds_are_refused_at_once(api, owner, kind) -> None:
    refused(opened(api, owner, mimeType=kind), 422, "FILE_NOT_ACCEPTED")


def test_what_is_missing_is_said(api, owner) -> None:
    refused(opened(api, owner, size=0), 400, "VALIDATION_ERROR")
    refused(opened(api, owner, folder="exports"), 400, "VALIDATION_ERROR")


def test_a_store_that_is_down_changes_nothing(api, owner) -> None:
    with configured(STORAGE_EMULATOR_HOST="http://127.0.0.1:9", STORAGE_TIMEOUT_SECONDS="0.5"):
        refused(opened(api, owner), 503, "STORAGE_UNAVAILABLE")
