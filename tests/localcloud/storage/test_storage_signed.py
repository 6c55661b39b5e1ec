"""V4 signed URLs, signed by the published client with the service's key file."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from google.cloud.storage import _signing
from google.oauth2 import service_account

from tests.localcloud.storage.conftest import PATIENCE


@pytest.fixture(autouse=True)
def stored(bucket):
    bucket.blob("records/scan 1+ü.txt").upload_from_string(b"scan", content_type="text/plain")
    bucket.blob("other.txt").upload_from_string(b"other")


NAME = "records/scan 1+ü.txt"


def code(answer) -> str:
    return re.search(r"<Code>(\w+)</Code>", answer.text)[1]


def test_a_link_answers_what_it_was_signed_for(sign, http):
    answer = http.get(sign(NAME), timeout=PATIENCE)
    assert (answer.status_code, answer.content) == (200, b"scan")
    assert answer.headers["Content-Type"] == "text/plain"
    assert http.head(sign(NAME), timeout=PATIENCE).headers["Content-Length"] == "4"
    part = http.get(sign(NAME), headers={"Range": "bytes=1-2"}, timeout=PATIENCE)
    assert (part.status_code, part.content, part.headers["Content-Range"]) == (206, b"ca", "bytes 1-2/4")


def test_the_disposition_is_the_links(sign, http):
    link = sign(NAME, response_disposition='attachment; filename="scan.txt"')
    assert http.get(link, timeout=PATIENCE).headers["Content-Disposition"] == 'attachment; filename="scan.txt"'
    assert "Content-Disposition" not in http.get(sign(NAME), timeout=PATIENCE).headers


def test_an_expired_link_is_refused(sign, http, monkeypatch):
    hour_ago = datetime.now(UTC) - timedelta(hours=1)
    monkeypatch.setattr(_signing, "_NOW", lambda _: hour_ago)
    late = sign(NAME, minutes=59)
    assert code(http.get(late, timeout=PATIENCE)) == "ExpiredToken"
    assert http.get(sign(NAME, minutes=70), timeout=PATIENCE).status_code == 200


def test_a_link_from_the_future_is_refused(sign, http, monkeypatch):
    monkeypatch.setattr(_signing, "_NOW", lambda _: datetime.now(UTC) + timedelta(hours=1))
    assert http.get(sign(NAME), timeout=PATIENCE).status_code == 403


@pytest.mark.parametrize(
    ("pattern", "replacement"),
    [
        (r"records/[^?]*", "other.txt"),
        (r"X-Goog-Expires=\d+", "X-Goog-Expires=604800"),
        (
            r"X-Goog-Date=\d{8}T\d{6}",
            lambda m: m[0][:-6] + "235959" if not m[0].endswith("235959") else m[0][:-6] + "0" * 6,
        ),
        (r"X-Goog-Signature=.", lambda m: m[0][:-1] + ("1" if m[0][-1] == "0" else "0")),
        (r"X-Goog-Signature=.*", "X-Goog-Signature=zz"),
        (r"$", "&response-content-disposition=inline"),
        (r"X-Goog-Credential=[^%]+", "X-Goog-Credential=someone%40else.example"),
    ],
)
def test_a_changed_link_is_refused(sign, http, pattern, replacement):
    link = sign(NAME)
    changed = re.sub(pattern, replacement, link, count=1)
    assert changed != link
    answer = http.get(changed, timeout=PATIENCE)
    assert answer.status_code in {400, 403}
    assert code(answer) in {"SignatureDoesNotMatch", "ExpiredToken", "AccessDenied"}
    assert b"other" not in answer.content


@pytest.mark.parametrize("name", ["Algorithm", "Credential", "Date", "Expires", "SignedHeaders", "Signature"])
def test_every_part_is_required(sign, http, name):
    answer = http.get(re.sub(rf"X-Goog-{name}=[^&]*&?", "", sign(NAME)), timeout=PATIENCE)
    assert code(answer) == "AuthenticationQueryParametersError"


def test_without_a_signature_there_is_nothing(url, http):
    answer = http.get(f"{url}/clinic-files/other.txt", timeout=PATIENCE)
    assert (answer.status_code, code(answer)) == (403, "AccessDenied")
    assert http.put(f"{url}/clinic-files/other.txt", data=b"x", timeout=PATIENCE).status_code == 403


def test_another_method_than_signed_is_refused(sign, http, bucket):
    for method in ("PUT", "DELETE", "POST"):
        answer = http.request(method, sign(NAME), data=b"x", timeout=PATIENCE)
        assert code(answer) == "SignatureDoesNotMatch"
    assert http.get(sign(NAME, "PUT"), timeout=PATIENCE).status_code == 403
    assert bucket.blob(NAME).download_as_bytes() == b"scan"


def test_another_key_is_refused(sign, http):
    key = rsa.generate_private_key(65537, 2048).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    sign.credentials = service_account.Credentials.from_service_account_info(
        {
            "client_email": sign.credentials.signer_email,
            "private_key": key.decode(),
            "token_uri": "http://localhost/token",
        }
    )
    assert code(http.get(sign(NAME), timeout=PATIENCE)) == "SignatureDoesNotMatch"


def test_another_account_with_the_right_key_is_refused(sign, http):
    sign.credentials._service_account_email = "someone@else.example"
    assert "someone%40else.example" in sign(NAME)
    assert code(http.get(sign(NAME), timeout=PATIENCE)) == "SignatureDoesNotMatch"


def test_a_missing_object_is_not_found(sign, http):
    answer = http.get(sign("none"), timeout=PATIENCE)
    assert (answer.status_code, code(answer)) == (404, "NoSuchKey")


class TestUploads:
    def test_a_put_stores_what_the_signed_headers_allow(self, sign, http, bucket):
        headers = {"Content-Type": "audio/webm", "x-goog-meta-visit": "v1", "x-goog-if-generation-match": "0"}
        link = sign("new", "PUT", headers=dict(headers))
        answer = http.put(link, data=b"sound", headers=headers, timeout=PATIENCE)
        assert answer.status_code == 200
        found = bucket.get_blob("new")
        assert (found.content_type, found.metadata) == ("audio/webm", {"visit": "v1"})
        assert answer.headers["X-Goog-Generation"] == str(found.generation)
        assert found.download_as_bytes() == b"sound"
        assert code(http.put(link, data=b"again", headers=headers, timeout=PATIENCE)) == "PreconditionFailed"

    def test_a_header_other_than_signed_is_refused(self, sign, http, bucket):
        link = sign("new", "PUT", content_type="audio/webm")
        wrong = http.put(link, data=b"x", headers={"Content-Type": "text/html"}, timeout=PATIENCE)
        assert code(wrong) == "SignatureDoesNotMatch"
        missing = http.put(link, data=b"x", timeout=PATIENCE)
        assert code(missing) == "SignatureDoesNotMatch"
        extra = {"Content-Type": "audio/webm", "x-goog-meta-a": "b"}
        assert code(http.put(link, data=b"x", headers=extra, timeout=PATIENCE)) == "MalformedSecurityHeader"
        assert bucket.get_blob("new") is None

    @pytest.mark.parametrize(("size", "refusal"), [(1, "EntityTooSmall"), (11, "EntityTooLarge")])
    def test_a_size_outside_the_signed_range_is_refused(self, sign, http, bucket, data_dir, size, refusal):
        headers = {"x-goog-content-length-range": "2,10"}
        link = sign("new", "PUT", headers=dict(headers))
        assert code(http.put(link, data=b"x" * size, headers=headers, timeout=PATIENCE)) == refusal
        assert bucket.get_blob("new") is None
        assert list((data_dir / "incoming").iterdir()) == []
        assert http.put(link, data=b"x" * 10, headers=headers, timeout=PATIENCE).status_code == 200

    def test_a_wrong_md5_is_refused(self, sign, http):
        headers = {"Content-MD5": "AAAAAAAAAAAAAAAAAAAAAA=="}
        link = sign("new", "PUT", headers=dict(headers))
        assert code(http.put(link, data=b"x", headers=headers, timeout=PATIENCE)) == "BadDigest"

    def test_a_signed_start_opens_a_resumable_upload(self, sign, http, bucket):
        unit, headers = 256 * 1024, {"Content-Type": "audio/webm", "x-goog-resumable": "start"}
        link = sign("big", "RESUMABLE", content_type="audio/webm")
        started = http.post(link, headers=headers, timeout=PATIENCE)
        assert started.status_code == 201
        session = started.headers["Location"]
        data = b"z" * (unit + 5)
        first = http.put(
            session, data=data[:unit], headers={"Content-Range": f"bytes 0-{unit - 1}/*"}, timeout=PATIENCE
        )
        assert (first.status_code, first.headers["Range"]) == (308, f"bytes=0-{unit - 1}")
        last = {"Content-Range": f"bytes {unit}-{unit + 4}/{unit + 5}"}
        assert http.put(session, data=data[unit:], headers=last, timeout=PATIENCE).status_code == 200
        assert bucket.blob("big").download_as_bytes() == data
        assert bucket.get_blob("big").content_type == "audio/webm"
        assert code(http.post(sign("big", "POST"), timeout=PATIENCE)) == "MethodNotAllowed"

    @pytest.mark.parametrize(("size", "refusal"), [(0, 400), (4, 400), (6, 400), (5, 200)])
    def test_a_signed_start_binds_the_session_to_a_length(self, sign, http, bucket, size, refusal):
        headers = {
            "Content-Type": "audio/webm",
            "x-goog-resumable": "start",
            "x-goog-content-length-range": "5,5",
            "x-goog-if-generation-match": "0",
        }
        started = http.post(sign("big", "POST", headers=dict(headers)), headers=headers, timeout=PATIENCE)
        session = started.headers["Location"]
        assert started.status_code == 201
        assert http.put(session, data=b"z" * size, timeout=PATIENCE).status_code == refusal
        assert (bucket.get_blob("big") is not None) == (refusal == 200)

    def test_a_signed_start_is_for_a_new_object_only(self, sign, http, bucket):
        headers = {"x-goog-resumable": "start", "x-goog-if-generation-match": "0"}
        session = http.post(sign("big", "POST", headers=dict(headers)), headers=headers, timeout=PATIENCE)
        bucket.blob("big").upload_from_string(b"first")
        assert http.put(session.headers["Location"], data=b"late", timeout=PATIENCE).status_code == 412
        again = http.post(sign("big", "POST", headers=dict(headers)), headers=headers, timeout=PATIENCE)
        assert again.status_code == 412
        assert bucket.blob("big").download_as_bytes() == b"first"

    def test_a_header_that_binds_the_session_cannot_be_changed(self, sign, http):
        headers = {"x-goog-resumable": "start", "x-goog-content-length-range": "5,5"}
        link = sign("big", "POST", headers=dict(headers))
        wider = headers | {"x-goog-content-length-range": "5,5000"}
        assert code(http.post(link, headers=wider, timeout=PATIENCE)) == "SignatureDoesNotMatch"
        without = {"x-goog-resumable": "start"}
        assert http.post(link, headers=without, timeout=PATIENCE).status_code in {400, 403}

    def test_a_browser_may_use_it_from_another_origin(self, sign, http, url):
        origin = {"Origin": "http://localhost:5173"}
        asked = http.options(
            f"{url}/clinic-files/new", headers={**origin, "Access-Control-Request-Method": "PUT"}, timeout=PATIENCE
        )
        assert asked.headers["Access-Control-Allow-Origin"] == "*"
        assert "PUT" in asked.headers["Access-Control-Allow-Methods"]
        answer = http.get(sign(NAME), headers=origin, timeout=PATIENCE)
        assert answer.headers["Access-Control-Allow-Origin"] == "*"


def test_a_delete_link(sign, http, bucket):
    assert http.delete(sign(NAME, "DELETE"), timeout=PATIENCE).status_code == 204
    assert bucket.get_blob(NAME) is None
