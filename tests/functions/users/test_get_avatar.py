import uuid

from tests.client import refused
from tests.configured import configured
from tests.conftest import eventually
from tests.functions.users.pictures import INFECTED, PNG, shown


def with_picture(api, account):
    answer = api.as_(account).call("POST", "/users/me/avatar", files={"file": ("me.png", PNG)})
    assert answer.status == 200, answer
    shown(api, account)
    return account


def test_whoever_sees_the_user_sees_the_picture(api, world):
    nurse = with_picture(api, world.nurse())
    answer = api.as_(world.doctor()).get(f"/users/{nurse.id}/avatar")
    assert answer.status == 200, answer
    assert answer.response.content == PNG
    assert answer.headers["Content-Type"] == "image/png"
    assert answer.headers["Cache-Control"] == "private, max-age=300"
    assert answer.trips == 2
    kept = {"If-None-Match": answer.headers["ETag"]}
    assert api.as_(nurse).get(f"/users/{nurse.id}/avatar", headers=kept).status == 304


def test_strangers_do_not(api, world):
    patient = with_picture(api, world.patient())
    for viewer in (world.patient(), world.doctor()):
        refused(api.as_(viewer).get(f"/users/{patient.id}/avatar"), 404, "NOT_FOUND")


def test_not_before_it_was_found_clean(api, cloud, world):
    family = world.family()
    path = f"/users/{family.id}/avatar"
    sent = api.as_(family).call("POST", "/users/me/avatar", files={"file": ("me.png", INFECTED)})
    assert sent.status == 200, sent
    refused(api.as_(family).get(path), 404, "NOT_FOUND")
    key = cloud.firestore.collection("users").document(family.id).get().to_dict()["avatarFileId"]
    eventually(lambda: api.as_(family).get(f"/files/{key}")["scanState"] == "infected", "the verdict")
    refused(api.as_(family).get(path), 404, "NOT_FOUND")


def test_a_store_that_is_down_is_said(api, world):
    family = with_picture(api, world.family())
    with configured(STORAGE_EMULATOR_HOST="http://127.0.0.1:9", STORAGE_TIMEOUT_SECONDS="0.5"):
        refused(api.as_(family).get(f"/users/{family.id}/avatar"), 503, "STORAGE_UNAVAILABLE")


def test_there_may_be_none(api, world):
    family = world.family()
    refused(api.as_(family).get(f"/users/{family.id}/avatar"), 404, "NOT_FOUND")
    refused(api.as_(family).get(f"/users/{uuid.uuid4()}/avatar"), 404, "NOT_FOUND")
    refused(api.get(f"/users/{family.id}/avatar"), 401, "TOKEN_MISSING")
