import pytest

from shared.config import SETTINGS
from tests.client import refused
from tests.configured import configured
from tests.functions.users.pictures import JPEG, PNG, WEBP, shown


def upload(api, account, content, name="me.png", part="file", declared="image/png"):
    return api.as_(account).call("POST", "/users/me/avatar", files={part: (name, content, declared)})


@pytest.mark.parametrize(("content", "kind"), [(PNG, "image/png"), (JPEG, "image/jpeg"), (WEBP, "image/webp")])
def test_the_kind_is_decided_by_content(api, world, content, kind):
    account = world.family()
    answer = upload(api, account, content, name="me.exe", declared="application/x-msdownload")
    assert answer.status == 200, answer
    assert answer["avatar"].endswith(f"/users/{account.id}/avatar")
    picture = shown(api, account)
    assert (picture.response.content, picture.headers["Content-Type"]) == (content, kind)


def test_another_picture_replaces_the_first(api, cloud, world):
    account = world.family()
    upload(api, account, PNG)
    first = cloud.firestore.collection("users").document(account.id).get().to_dict()["avatarFileId"]
    assert upload(api, account, JPEG, part="avatar").status == 200
    assert shown(api, account).response.content == JPEG
    assert cloud.firestore.collection("files").document(first).get().to_dict()["deleted"] is True


def test_nothing_is_known_of_the_file_by_its_name(api, cloud, world):
    account = world.family()
    upload(api, account, PNG, name="Unmistakable Surname.png")
    key = cloud.firestore.collection("users").document(account.id).get().to_dict()["avatarFileId"]
    stored = cloud.firestore.collection("files").document(key).get().to_dict()
    assert stored["objectName"].startswith("user-uploads/")
    assert "Unmistakable" not in repr(stored)
    assert (stored["size"], stored["mimeType"], stored["ownerId"]) == (len(PNG), "image/png", account.id)


@pytest.mark.parametrize(
    "content",
    [b"<svg xmlns='http://www.w3.org/2000/svg' onload='x'/>", b"%PDF-1.7\n", b"MZ\x90\x00", b"GIF89a" + bytes(20)],
)
def test_other_kinds_are_refused(api, world, content):
    account = world.family()
    refused(upload(api, account, content), 422, "FILE_NOT_ACCEPTED")
    assert api.as_(account).get("/users/me")["avatar"] is None


def test_a_picture_of_more_than_5_mb_is_refused(api, world):
    refused(upload(api, world.family(), PNG + bytes(5_242_880)), 413, "PAYLOAD_TOO_LARGE")


def test_a_store_that_is_down_changes_nothing(api, world):
    account = world.family()
    with configured(STORAGE_EMULATOR_HOST="http://127.0.0.1:9", STORAGE_TIMEOUT_SECONDS="0.5"):
        refused(upload(api, account, PNG), 503, "STORAGE_UNAVAILABLE")
    assert api.as_(account).get("/users/me")["avatar"] is None
    assert upload(api, account, PNG).status == 200


def test_ten_uploads_a_minute(api, world):
    account = world.family()
    with configured(RATE_LIMIT_UPLOADS_PER_MINUTE=str(SETTINGS["rate_limit_uploads_per_minute"].default)):
        for _ in range(10):
            assert upload(api, account, PNG).status == 200
        refused(upload(api, account, PNG), 429, "RATE_LIMITED")


def test_the_form_must_be_a_form(api, world):
    account = world.family()
    refused(api.as_(account).post("/users/me/avatar", {"file": "x"}), 415, "UNSUPPORTED_MEDIA_TYPE")
    refused(upload(api, account, b""), 400, "VALIDATION_ERROR")
    refused(upload(api, account, PNG, part="other"), 400, "VALIDATION_ERROR")


def test_it_takes_somebody(api):
    refused(api.call("POST", "/users/me/avatar", files={"file": ("a.png", PNG)}), 401, "TOKEN_MISSING")
