"""The worker that makes thumbnails. What they look like is tried in tests/shared/files/test_images.py."""

import pytest

from tests.client import refused
from tests.configured import configured
from tests.conftest import eventually
from tests.functions.files import samples
from tests.functions.files.helpers import objects, record_of, stored


@pytest.fixture(scope="module")
def owner(world):
    return world.nurse()


@pytest.fixture
def run(api, cloud):
    def run(file_id):
        return cloud.machine(api, "task", "make_thumbnail").post("/tasks/make_thumbnail", {"id": file_id})

    return run


def test_one_of_a_picture_once(api, cloud, owner, run) -> None:
    from shared.files.documents import thumbnail_id

    picture = stored(api, owner, samples.png((500, 500)))
    small = eventually(lambda: record_of(cloud, thumbnail_id(picture["id"])), "a thumbnail")
    assert (small["thumbnailOf"], small["refKind"], small["refId"]) == (picture["id"], "files", picture["id"])
    assert run(picture["id"]).status == 204
    assert record_of(cloud, thumbnail_id(picture["id"])) == small
    assert objects(f"thumbnails/{picture['id']}") == [f"thumbnails/{picture['id']}"]


def test_none_of_a_letter(api, cloud, owner, run) -> None:
    from shared.files.documents import thumbnail_id

    letter = stored(api, owner)
    assert run(letter["id"]).status == 204
    assert record_of(cloud, thumbnail_id(letter["id"])) is None


def test_a_store_that_is_down_is_tried_again(api, owner, run) -> None:
    letter = stored(api, owner)
    with configured(STORAGE_EMULATOR_HOST="http://127.0.0.1:9", STORAGE_TIMEOUT_SECONDS="0.5"):
        refused(run(letter["id"]), 503, "STORAGE_UNAVAILABLE")
