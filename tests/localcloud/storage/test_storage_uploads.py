"""Resumable uploads: the client's own, and the protocol step by step."""

import base64
import io
import os

import google_crc32c
import pytest
from google.api_core import exceptions

UNIT = 256 * 1024
DATA = os.urandom(3 * UNIT + 100)
SIZE = len(DATA)


@pytest.fixture
def session(url, http):
    answer = http.post(
        f"{url}/upload/storage/v1/b/clinic-files/o?uploadType=resumable",
        json={"name": "big", "contentType": "audio/webm"},
        headers={"X-Upload-Content-Length": str(len(DATA))},
        timeout=20,
    )
    assert answer.status_code == 200
    return answer.headers["Location"]


def send(http, session, first, last, total=SIZE, data=None, **headers):
    body = DATA[first : last + 1] if data is None else data
    return http.put(
        session, data=body, headers={"Content-Range": f"bytes {first}-{last}/{total}", **headers}, timeout=20
    )


def status(http, session):
    return http.put(session, headers={"Content-Range": "bytes */*"}, timeout=20)


@pytest.mark.parametrize("size", [0, 1, UNIT - 1, UNIT, UNIT + 1, 5 * UNIT, len(DATA)])
def test_the_clients_chunked_upload(bucket, size):
    data = os.urandom(size)
    blob = bucket.blob("big", chunk_size=UNIT)
    blob.upload_from_file(io.BytesIO(data), content_type="audio/webm")
    assert bucket.blob("big").download_as_bytes() == data
    assert bucket.get_blob("big").content_type == "audio/webm"


def test_an_upload_of_unknown_length(bucket):
    with bucket.blob("big", chunk_size=UNIT).open("wb") as file:
        for start in range(0, len(DATA), 1000):
            file.write(DATA[start : start + 1000])
    assert bucket.blob("big").download_as_bytes() == DATA


def test_step_by_step(bucket, http, session):
    assert status(http, session).status_code == 308
    assert "Range" not in status(http, session).headers
    first = send(http, session, 0, UNIT - 1)
    assert (first.status_code, first.headers["Range"]) == (308, f"bytes=0-{UNIT - 1}")
    assert status(http, session).headers["Range"] == f"bytes=0-{UNIT - 1}"
    assert bucket.get_blob("big") is None
    # A client that lost the answer sends the chunk again, together with the next.
    again = send(http, session, 0, 2 * UNIT - 1)
    assert again.headers["Range"] == f"bytes=0-{2 * UNIT - 1}"
    last = send(http, session, 2 * UNIT, len(DATA) - 1)
    assert (last.status_code, last.json()["size"]) == (200, str(len(DATA)))
    assert bucket.blob("big").download_as_bytes() == DATA
    repeated = status(http, session)
    assert (repeated.status_code, repeated.json()["generation"]) == (200, last.json()["generation"])


@pytest.mark.parametrize(
    ("content_range", "size"),
    [
        (f"bytes {UNIT}-{2 * UNIT - 1}/{len(DATA)}", UNIT),  # a gap
        (f"bytes 0-99/{len(DATA)}", 100),  # no multiple of 256 KiB
        (f"bytes 0-{UNIT - 1}/{len(DATA) + 1}", UNIT),  # another total
        (f"bytes 0-{UNIT - 1}/{len(DATA)}", UNIT - 1),  # shorter than it says
        (f"bytes 0-{UNIT - 1}/{len(DATA)}", UNIT + 1),  # longer than it says
        ("bytes 5-4/*", 10),
        ("bytes 0-10/5", 11),
        ("nonsense", 10),
    ],
)
def test_chunks_that_do_not_fit_are_refused_and_change_nothing(bucket, http, session, content_range, size):
    refused = http.put(session, data=DATA[:size], headers={"Content-Range": content_range}, timeout=20)
    assert refused.status_code == 400
    assert "Range" not in status(http, session).headers
    assert send(http, session, 0, len(DATA) - 1).status_code == 200
    assert bucket.blob("big").download_as_bytes() == DATA


def test_the_whole_in_one_request(bucket, http, session):
    assert http.put(session, data=DATA, timeout=20).status_code == 200
    assert bucket.blob("big").download_as_bytes() == DATA


def test_a_whole_of_another_length_than_announced_is_refused(bucket, http, session):
    assert http.put(session, data=DATA[:-1], timeout=20).status_code == 400
    assert bucket.get_blob("big") is None


def test_the_last_chunks_hash_must_hold(bucket, http, session):
    good = "crc32c=" + base64.b64encode(google_crc32c.Checksum(DATA).digest()).decode()
    wrong = send(http, session, 0, len(DATA) - 1, **{"X-Goog-Hash": "crc32c=AAAAAA=="})
    assert wrong.status_code == 400
    assert bucket.get_blob("big") is None
    assert good != "crc32c=AAAAAA=="


def test_a_cancelled_upload_is_gone(bucket, http, session, data_dir):
    send(http, session, 0, UNIT - 1)
    assert http.delete(session, timeout=20).status_code == 499
    assert status(http, session).status_code == 404
    assert list((data_dir / "incoming").iterdir()) == []


def test_a_made_up_session_is_not_found(url, http):
    made_up = f"{url}/upload/storage/v1/b/clinic-files/o?uploadType=resumable&upload_id=../../x"
    assert http.put(made_up, data=b"x", timeout=20).status_code == 404
    assert http.put(made_up.partition("&")[0], data=b"x", timeout=20).status_code == 400


def test_preconditions_hold_at_the_start_and_at_the_end(bucket, url, http):
    start = f"{url}/upload/storage/v1/b/clinic-files/o?uploadType=resumable&name=a&ifGenerationMatch=0"
    session = http.post(start, timeout=20).headers["Location"]
    bucket.blob("a").upload_from_string(b"first")
    assert http.post(start, timeout=20).status_code == 412
    assert http.put(session, data=b"late", timeout=20).status_code == 412
    assert bucket.blob("a").download_as_bytes() == b"first"


def test_the_clients_precondition_on_a_chunked_upload(bucket):
    bucket.blob("a").upload_from_string(b"first")
    with pytest.raises(exceptions.PreconditionFailed):
        bucket.blob("a", chunk_size=UNIT).upload_from_file(io.BytesIO(DATA), if_generation_match=0)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"--b\r\n",
        b"--b\r\nContent-Type: application/json\r\n\r\n{}\r\n--b--\r\n",
        b'--b\r\nContent-Type: application/json\r\n\r\n{"name": "a"}\r\n--b\r\nContent-Type: x/y\r\n\r\nunfinished',
        b"--b\r\nContent-Type: application/json\r\n\r\nnot json\r\n--b\r\n\r\nx\r\n--b--",
    ],
)
def test_broken_multipart_bodies_are_refused(bucket, url, http, data_dir, body):
    answer = http.post(
        f"{url}/upload/storage/v1/b/clinic-files/o?uploadType=multipart",
        data=body,
        headers={"Content-Type": "multipart/related; boundary=b"},
        timeout=20,
    )
    assert answer.status_code == 400
    assert bucket.get_blob("a") is None
    assert list((data_dir / "incoming").iterdir()) == []


@pytest.mark.parametrize("filler", [0, 65530, 65535, 65536, 131072 - 40])
def test_multipart_content_may_hold_near_delimiters_across_reads(bucket, url, http, filler):
    content = b"x" * filler + b"\r\n--" + b"\r\n--boundar" + b"\r\n-" * 20
    head = (
        b'--boundary\r\nContent-Type: application/json\r\n\r\n{"name": "a"}\r\n--boundary\r\nContent-Type: x/y\r\n\r\n'
    )
    answer = http.post(
        f"{url}/upload/storage/v1/b/clinic-files/o?uploadType=multipart",
        data=head + content + b"\r\n--boundary--\r\n",
        headers={"Content-Type": 'multipart/related; boundary="boundary"'},
        timeout=20,
    )
    assert answer.json()["contentType"] == "x/y"
    assert bucket.blob("a").download_as_bytes() == content
