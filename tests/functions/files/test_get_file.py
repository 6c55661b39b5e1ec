"""GET /files/{fileId}."""

import uuid

import pytest

from tests.client import refused
from tests.functions.files.helpers import send


@pytest.fixture(scope="module")
def sent(api, owner):
    return send(api, owner).json


def test_its_sender_sees_it(api, owner, sent) -> None:
    answer = api.as_(owner).get(f"/files/{sent['id']}")
    assert (answer.status, answer.trips) == (200, 2), answer
    changing = {"scanState"}
    assert {k: v for k, v in answer.json.items() if k not in changing} == {
        k: v for k, v in sent.items() if k not in changing
    }


def test_an_upload_that_belongs_to_nothing_is_nobody_elses(api, world, stranger, sent) -> None:
    for other in (stranger, world.admin):
        refused(api.as_(other).get(f"/files/{sent['id']}"), 404, "NOT_FOUND")


def test_a_missing_one_looks_the_same(api, stranger, sent) -> None:
    missing = refused(api.as_(stranger).get(f"/files/{uuid.uuid4()}"), 404, "NOT_FOUND")
    forbidden = refused(api.as_(stranger).get(f"/files/{sent['id']}"), 404, "NOT_FOUND")
    assert missing.error["message"] == forbidden.error["message"]
    assert missing.trips == forbidden.trips


def test_a_picture_is_seen_by_whoever_sees_its_user(api, cloud, world, owner) -> None:
    from tests.functions.files import samples

    form = {"file": ("me.png", samples.png())}
    assert api.as_(owner).call("POST", "/users/me/avatar", files=form).status == 200
    key = cloud.firestore.collection("users").document(owner.id).get().to_dict()["avatarFileId"]
    assert api.as_(world.nurse()).get(f"/files/{key}")["scanState"] in {"pending", "clean"}
    refused(api.as_(world.patient()).get(f"/files/{key}"), 404, "NOT_FOUND")
