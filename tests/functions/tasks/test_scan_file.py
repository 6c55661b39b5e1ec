"""The worker that has files scanned."""

import pytest

from tests.client import refused
from tests.configured import configured
from tests.conftest import eventually
from tests.functions.files import samples
from tests.functions.files.helpers import objects, record_of, scanned, send


@pytest.fixture(autouse=True)
def many_uploads():
    with configured(RATE_LIMIT_UPLOADS_PER_MINUTE="1000"):
        yield


@pytest.fixture(scope="module")
def owner(world):
    return world.nurse()


@pytest.fixture
def run(api, cloud):
    def run(file_id):
        return cloud.machine(api, "task", "scan_file").post("/tasks/scan_file", {"id": file_id})

    return run


def notified(cloud, user_id, file_id):
    found = cloud.stored("notifications", "refId", file_id)
    return [n for n in found if n.to_dict()["userId"] == user_id]


def test_a_clean_file_is_opened(api, cloud, owner, run) -> None:
    sent = send(api, owner).json
    assert scanned(api, owner, sent["id"])["scanState"] == "clean"
    before = record_of(cloud, sent["id"])
    assert run(sent["id"]).status == 204
    assert record_of(cloud, sent["id"]) == before


@pytest.mark.parametrize("content", [samples.INFECTED_PDF, samples.infected_docx()], ids=["pdf", "docx"])
def test_an_infected_one_is_erased_and_told_of(api, cloud, world, owner, content) -> None:
    admin = world.new_admin()
    sent = send(api, owner, content).json
    scanned(api, owner, sent["id"], "infected")
    kept = record_of(cloud, sent["id"])
    assert kept["scanResult"] == "Eicar-Signature"
    assert objects(sent["path"]) == []
    for person in (owner, admin):
        eventually(lambda person=person: notified(cloud, person.id, sent["id"]), "a notification")


def test_without_a_scanner_it_stays_closed_and_is_tried_again(api, cloud, owner, run) -> None:
    cloud.kill("clamd")
    try:
        sent = send(api, owner).json
        seen = scanned(api, owner, sent["id"], "failed")
        assert seen["scanState"] == "failed"
        refused(run(sent["id"]), 503, "SCANNER_UNAVAILABLE")
        assert record_of(cloud, sent["id"])["scanResult"] == "SCANNER_UNAVAILABLE"
        refused(api.as_(owner).get(f"/files/{sent['id']}/download"), 409, "SCAN_FAILED")
    finally:
        cloud.restart("clamd")
    assert run(sent["id"]).status == 204
    assert scanned(api, owner, sent["id"])["scanState"] == "clean"


def test_one_beyond_the_scanners_limit_has_no_verdict_and_no_second_try(api, cloud, owner, run, monkeypatch) -> None:
    from shared.files import clamd
    from shared.files.clamd import Verdict

    cloud.pause("clamd")
    sent = send(api, owner).json
    monkeypatch.setattr(clamd, "scan", lambda *_, **__: Verdict("too_large"))
    try:
        assert run(sent["id"]).status == 204
    finally:
        cloud.resume("clamd")
    assert record_of(cloud, sent["id"])["scanResult"] == "TOO_LARGE_TO_SCAN"


def test_a_store_that_is_down_is_tried_again(api, cloud, owner, run) -> None:
    cloud.pause("clamd")
    try:
        sent = send(api, owner).json
        with configured(STORAGE_EMULATOR_HOST="http://127.0.0.1:9", STORAGE_TIMEOUT_SECONDS="0.5"):
            refused(run(sent["id"]), 503, "STORAGE_UNAVAILABLE")
    finally:
        cloud.resume("clamd")
    scanned(api, owner, sent["id"])


def test_what_is_not_there_is_done(run) -> None:
    assert run("00000000-0000-4000-8000-000000000000").status == 204


def test_a_picture_of_a_user_is_scanned_as_well(api, cloud, owner) -> None:
    assert api.as_(owner).call("POST", "/users/me/avatar", files={"file": ("x.png", samples.png())}).status == 200
    key = cloud.firestore.collection("users").document(owner.id).get().to_dict()["avatarFileId"]
    scanned(api, owner, key)
