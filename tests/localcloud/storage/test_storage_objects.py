"""Objects and buckets through the published client."""

import base64
import gzip
import hashlib
import threading

import google_crc32c
import pytest
from google.api_core import exceptions


def put(bucket, name, data=b"x", **options):
    blob = bucket.blob(name)
    blob.upload_from_string(data, **options)
    return blob


def test_an_upload_comes_back_whole_with_right_checksums(bucket):
    data = bytes(range(256)) * 5
    blob = bucket.blob("records/scan 1/ü%2F?.bin")
    blob.metadata = {"patient": "p1", "käse": "ü"}
    blob.cache_control = "no-store"
    blob.content_disposition = 'attachment; filename="scan.bin"'
    blob.upload_from_string(data, content_type="image/png", if_generation_match=0)
    assert blob.download_as_bytes() == data
    found = bucket.get_blob("records/scan 1/ü%2F?.bin")
    assert found.size == len(data)
    assert found.md5_hash == base64.b64encode(hashlib.md5(data).digest()).decode()
    assert found.crc32c == base64.b64encode(google_crc32c.Checksum(data).digest()).decode()
    assert (found.content_type, found.cache_control) == ("image/png", "no-store")
    assert found.content_disposition == 'attachment; filename="scan.bin"'
    assert found.metadata == {"patient": "p1", "käse": "ü"}
    assert (found.generation, found.metageneration) == (blob.generation, 1)
    assert found.time_created


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [(0, 3, b"0123"), (4, None, b"456789"), (9, 9, b"9"), (5, 100, b"56789"), (-3, None, b"789")],
)
def test_ranges(bucket, start, end, expected):
    put(bucket, "digits", b"0123456789")
    assert bucket.blob("digits").download_as_bytes(start=start, end=end) == expected


def test_a_range_past_the_end_is_refused(bucket):
    put(bucket, "digits", b"0123456789")
    with pytest.raises(exceptions.RequestRangeNotSatisfiable):
        bucket.blob("digits").download_as_bytes(start=10)


def test_an_empty_object(bucket):
    put(bucket, "empty", b"")
    assert bucket.get_blob("empty").size == 0
    assert bucket.blob("empty").download_as_bytes() == b""


def test_the_file_interface_reads_and_writes(bucket):
    with bucket.blob("log.txt").open("w") as file:
        file.write("line 1\nline 2\n" * 50_000)
    with bucket.blob("log.txt").open("r", chunk_size=256 * 1024) as file:
        assert file.read() == "line 1\nline 2\n" * 50_000


def test_a_compressed_object_is_decompressed_for_who_cannot(bucket, url, http):
    packed = gzip.compress(b"plain text")
    blob = bucket.blob("notes.txt")
    blob.content_encoding = "gzip"
    blob.upload_from_string(packed, content_type="text/plain")
    assert blob.download_as_bytes() == b"plain text"
    assert blob.download_as_bytes(raw_download=True) == packed
    plain = http.get(
        f"{url}/storage/v1/b/clinic-files/o/notes.txt?alt=media", headers={"Accept-Encoding": "identity"}, timeout=20
    )
    assert plain.content == b"plain text"
    assert "Content-Encoding" not in plain.headers


def test_missing_things_are_not_found(client, bucket):
    assert bucket.get_blob("none") is None
    assert not bucket.blob("none").exists()
    for call in (bucket.blob("none").download_as_bytes, bucket.blob("none").delete, bucket.blob("none").patch):
        with pytest.raises(exceptions.NotFound):
            call()
    with pytest.raises(exceptions.NotFound, match="bucket does not exist"):
        put(client.bucket("no-such-bucket"), "x")
    assert client.lookup_bucket("no-such-bucket") is None


class TestPreconditions:
    def test_zero_means_only_when_there_is_none(self, bucket):
        put(bucket, "a", b"1", if_generation_match=0)
        with pytest.raises(exceptions.PreconditionFailed):
            put(bucket, "a", b"2", if_generation_match=0)
        assert bucket.blob("a").download_as_bytes() == b"1"

    def test_an_overwrite_at_the_generation_that_was_read(self, bucket):
        first = put(bucket, "a", b"1")
        second = put(bucket, "a", b"2", if_generation_match=first.generation)
        assert second.generation > first.generation
        with pytest.raises(exceptions.PreconditionFailed):
            put(bucket, "a", b"3", if_generation_match=first.generation)
        with pytest.raises(exceptions.PreconditionFailed):
            put(bucket, "a", b"3", if_generation_not_match=second.generation)
        assert bucket.blob("a").download_as_bytes(if_generation_match=second.generation) == b"2"

    def test_reading_and_deleting(self, bucket):
        blob = put(bucket, "a", b"1")
        with pytest.raises(exceptions.PreconditionFailed):
            bucket.blob("a").download_as_bytes(if_generation_match=1)
        with pytest.raises(exceptions.NotModified):
            bucket.blob("a").reload(if_generation_not_match=blob.generation)
        with pytest.raises(exceptions.PreconditionFailed):
            bucket.blob("a").delete(if_generation_match=1)
        bucket.blob("a").delete(if_generation_match=blob.generation)
        assert bucket.get_blob("a") is None

    def test_metadata_changes_count_the_metageneration(self, bucket):
        blob = put(bucket, "a", b"1")
        blob.metadata = {"k": "1", "other": "x"}
        blob.patch(if_metageneration_match=1)
        assert blob.metageneration == 2
        with pytest.raises(exceptions.PreconditionFailed):
            blob.patch(if_metageneration_match=1)
        again = bucket.get_blob("a")
        again.metadata = {"k": None}
        again.content_type = "text/plain"
        again.patch()
        found = bucket.get_blob("a")
        assert (found.metadata, found.content_type, found.metageneration) == ({"other": "x"}, "text/plain", 3)
        assert found.generation == blob.generation

    def test_of_many_writers_one_wins(self, bucket):
        won, lost = [], []

        def write(number: int) -> None:
            try:
                put(bucket, "slot", str(number).encode(), if_generation_match=0)
                won.append(number)
            except exceptions.PreconditionFailed:
                lost.append(number)

        threads = [threading.Thread(target=write, args=(n,)) for n in range(10)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
        assert (len(won), len(lost)) == (1, 9)
        assert bucket.blob("slot").download_as_bytes() == str(won[0]).encode()

    def test_one_that_is_no_number_is_refused_without_repeating_it(self, bucket, url, http):
        put(bucket, "a")
        answer = http.get(f"{url}/storage/v1/b/clinic-files/o/a?ifGenerationMatch=secret", timeout=20)
        assert answer.status_code == 400
        assert "ifGenerationMatch" in answer.json()["error"]["message"]
        assert "secret" not in answer.text


class TestListing:
    @pytest.fixture(autouse=True)
    def objects(self, bucket):
        for name in ("a/1", "a/2", "a/b/3", "b", "c/4", "d\U0010ffff/5", "é"):
            put(bucket, name)

    def names(self, client, **options):
        return [blob.name for blob in client.list_blobs("clinic-files", **options)]

    def test_all_in_order_of_bytes(self, client):
        assert self.names(client) == ["a/1", "a/2", "a/b/3", "b", "c/4", "d\U0010ffff/5", "é"]

    def test_prefix_and_offsets(self, client):
        assert self.names(client, prefix="a/") == ["a/1", "a/2", "a/b/3"]
        assert self.names(client, prefix="d\U0010ffff") == ["d\U0010ffff/5"]
        assert self.names(client, start_offset="a/2", end_offset="c") == ["a/2", "a/b/3", "b"]

    def test_a_delimiter_folds_what_it_cuts_off(self, client):
        listed = client.list_blobs("clinic-files", delimiter="/")
        assert [blob.name for blob in listed] == ["b", "é"]
        assert listed.prefixes == {"a/", "c/", "d\U0010ffff/"}
        inner = client.list_blobs("clinic-files", prefix="a/", delimiter="/")
        assert [blob.name for blob in inner] == ["a/1", "a/2"]
        assert inner.prefixes == {"a/b/"}

    @pytest.mark.parametrize("size", [1, 2, 3])
    def test_pages_give_each_name_once(self, client, size):
        assert self.names(client, page_size=size) == ["a/1", "a/2", "a/b/3", "b", "c/4", "d\U0010ffff/5", "é"]
        folded = client.list_blobs("clinic-files", delimiter="/", page_size=size)
        assert [blob.name for blob in folded] == ["b", "é"]
        assert folded.prefixes == {"a/", "c/", "d\U0010ffff/"}
        assert all(page.num_items <= size for page in client.list_blobs("clinic-files", page_size=size).pages)

    def test_a_made_up_page_token_is_refused(self, url, http):
        answer = http.get(f"{url}/storage/v1/b/clinic-files/o?pageToken=%21%21", timeout=20)
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, 400)


class TestCopies:
    def test_a_copy_has_the_sources_bytes_and_metadata(self, client, bucket):
        blob = bucket.blob("a")
        blob.metadata = {"k": "v"}
        blob.upload_from_string(b"data", content_type="text/plain")
        copied = bucket.copy_blob(blob, bucket, "b", if_generation_match=0)
        blob.delete()
        found = bucket.get_blob("b")
        assert found.download_as_bytes() == b"data"
        assert (found.metadata, found.content_type) == ({"k": "v"}, "text/plain")
        assert copied.generation != blob.generation
        with pytest.raises(exceptions.PreconditionFailed):
            bucket.copy_blob(found, bucket, "b", if_generation_match=0)

    def test_a_rename_and_a_rewrite(self, client, bucket):
        put(bucket, "a", b"data", content_type="text/plain")
        renamed = bucket.rename_blob(bucket.blob("a"), "b")
        assert bucket.get_blob("a") is None
        target = bucket.blob("c")
        target.content_type = "image/png"
        assert target.rewrite(renamed) == (None, 4, 4)
        assert bucket.get_blob("c").content_type == "image/png"
        with pytest.raises(exceptions.NotFound):
            bucket.blob("d").rewrite(bucket.blob("none"))

    def test_compose_joins_objects(self, bucket):
        parts = [put(bucket, f"p{n}", f"part {n};".encode(), content_type="text/plain") for n in range(3)]
        whole = bucket.blob("whole")
        whole.compose(parts)
        assert whole.download_as_bytes() == b"part 0;part 1;part 2;"
        assert whole.component_count == 3
        assert whole.md5_hash is None
        whole.compose([whole, parts[0]], if_generation_match=whole.generation)
        assert whole.download_as_bytes() == b"part 0;part 1;part 2;part 0;"
        with pytest.raises(exceptions.NotFound):
            bucket.blob("x").compose([bucket.blob("none")])


class TestBuckets:
    def test_life_of_a_bucket(self, client):
        made = client.create_bucket("other-bucket")
        assert [each.name for each in client.list_buckets()] == ["clinic-files", "other-bucket"]
        with pytest.raises(exceptions.Conflict):
            client.create_bucket("other-bucket")
        put(made, "x")
        with pytest.raises(exceptions.Conflict, match="not empty"):
            made.delete()
        made.blob("x").delete()
        made.delete()
        assert client.lookup_bucket("other-bucket") is None

    @pytest.mark.parametrize("name", ["Upper", "a", "-a-", "a..b", "goog-x"])
    def test_bad_names_are_refused(self, url, http, name):
        answer = http.post(f"{url}/storage/v1/b?project=p", json={"name": name}, timeout=20)
        assert answer.status_code == 400

    def test_versioning_keeps_what_was_overwritten_and_deleted(self, client, bucket):
        bucket.reload()
        bucket.versioning_enabled = True
        bucket.patch()
        first, second = put(bucket, "a", b"1"), put(bucket, "a", b"2")
        bucket.blob("a").delete()
        assert bucket.get_blob("a") is None
        kept = list(client.list_blobs("clinic-files", versions=True))
        assert [blob.generation for blob in kept] == [first.generation, second.generation]
        assert bucket.blob("a", generation=first.generation).download_as_bytes() == b"1"
        bucket.blob("a", generation=first.generation).delete()
        assert len(list(client.list_blobs("clinic-files", versions=True))) == 1

    def test_retention_and_holds_protect_objects(self, client):
        audit = client.create_bucket("audit-roots")
        audit.retention_period = 3600
        audit.patch()
        put(audit, "root-1")
        for change in (lambda: put(audit, "root-1", b"other"), lambda: audit.blob("root-1").delete()):
            with pytest.raises(exceptions.Forbidden, match="retention policy"):
                change()
        audit.lock_retention_policy()
        audit.retention_period = 60
        with pytest.raises(exceptions.Forbidden, match="only be extended"):
            audit.patch()
        held = put(client.bucket("clinic-files"), "held")
        held.temporary_hold = True
        held.patch()
        with pytest.raises(exceptions.Forbidden, match="hold"):
            held.delete()
        held.temporary_hold = False
        held.patch()
        held.delete()


class TestBadInput:
    @pytest.mark.parametrize(
        ("method", "path", "body", "status"),
        [
            ("POST", "/upload/storage/v1/b/clinic-files/o?uploadType=media", b"x", 400),
            ("POST", "/upload/storage/v1/b/clinic-files/o?uploadType=odd&name=a", b"x", 400),
            ("POST", "/upload/storage/v1/b/clinic-files/o?uploadType=multipart&name=a", b"x", 400),
            ("POST", "/upload/storage/v1/b/clinic-files/o?uploadType=media&name=..", b"x", 400),
            ("POST", "/upload/storage/v1/b/clinic-files/o?uploadType=media&name=a%0Ab", b"x", 400),
            ("POST", "/upload/storage/v1/b/clinic-files/o?uploadType=media&name=" + "n" * 1025, b"x", 400),
            ("PATCH", "/storage/v1/b/clinic-files/o/a", b"{", 400),
            ("PATCH", "/storage/v1/b/clinic-files/o/a", b"[" * 100_000, 400),
            ("PATCH", "/storage/v1/b/clinic-files/o/a", b'{"metadata": {"k": 1}}', 400),
            ("PATCH", "/storage/v1/b/clinic-files/o/a", b'{"contentType": {}}', 400),
            ("POST", "/storage/v1/b/clinic-files/o/a/compose", b"{}", 400),
            ("POST", "/storage/v1/b?project=p", b'{"name": null}', 400),
            ("GET", "/storage/v1/b/clinic-files/o/%FF", b"", 400),
            ("GET", "/storage/v1/b/clinic-files/o/a?generation=x", b"", 400),
            ("GET", "/storage/v1/nonsense", b"", 404),
            ("POST", "/batch/storage/v1", b"", 501),
        ],
    )
    def test_is_answered_in_the_services_shape(self, bucket, url, http, method, path, body, status):
        put(bucket, "a")
        answer = http.request(method, url + path, data=body, timeout=20)
        assert answer.status_code == status
        error = answer.json()["error"]
        assert error["code"] == status
        assert error["errors"][0]["domain"] == "global"

    def test_wrong_hashes_are_refused_and_nothing_is_stored(self, bucket):
        for field in ("md5_hash", "crc32c"):
            blob = bucket.blob("a")
            setattr(blob, field, "AAAAAA==")
            with pytest.raises(exceptions.BadRequest, match="does not match"):
                blob.upload_from_string(b"data", checksum=None)
        assert bucket.get_blob("a") is None

    @pytest.mark.parametrize("name", ["../../etc/passwd", "/etc/passwd", "a/../../b", "..\\x", "x" * 1024])
    def test_names_never_reach_the_disk(self, bucket, data_dir, name):
        put(bucket, name, b"inside")
        assert bucket.blob(name).download_as_bytes() == b"inside"
        outside = [p for p in data_dir.parent.rglob("*") if p.is_file() and data_dir not in p.parents]
        assert outside == []
        files = [p for p in (data_dir / "objects").rglob("*") if p.is_file()]
        assert [p.read_bytes() for p in files] == [b"inside"]


def test_what_is_replaced_or_deleted_leaves_no_file(bucket, data_dir):
    for n in range(3):
        put(bucket, "a", str(n).encode())
    bucket.copy_blob(bucket.blob("a"), bucket, "b")
    bucket.blob("a").delete()
    assert bucket.blob("b").download_as_bytes() == b"2"
    bucket.blob("b").delete()
    assert [p for p in (data_dir / "objects").rglob("*") if p.is_file()] == []
    assert list((data_dir / "incoming").iterdir()) == []
