"""GET /providers/{providerId}/photo."""

import io

from PIL import Image

from tests.client import refused
from tests.configured import configured
from tests.functions.users.pictures import INFECTED, shown


def test_anybody_signed_in_sees_the_picture(api, cloud, practice, doctor) -> None:
    picture = io.BytesIO()
    Image.new("RGB", (2, 2), "teal").save(picture, "PNG")
    sent = api.as_(doctor).call(
        "POST", "/users/me/avatar", files={"file": ("me.png", picture.getvalue(), "image/png")}
    )  # fmt: skip
    assert sent.status in {200, 201}, sent
    shown(api, doctor)
    me = api.as_(practice.patient)
    answer = me.get(f"/providers/{doctor.id}/photo")
    assert (answer.status, answer.headers["Content-Type"]) == (200, "image/png")
    cloud.machine(api, "task", "refresh_provider").post("/tasks/refresh_provider", {"id": doctor.id})
    with configured(STORAGE_EMULATOR_HOST="http://127.0.0.1:9", STORAGE_TIMEOUT_SECONDS="0.5"):
        refused(me.get(f"/providers/{doctor.id}/photo"), 503, "STORAGE_UNAVAILABLE")
    assert me.get(f"/providers/{doctor.id}")["photoUrl"].endswith(f"/providers/{doctor.id}/photo")


def test_not_one_that_is_infected(api, practice, doctor) -> None:
    me = api.as_(practice.patient)
    assert api.as_(doctor).call("POST", "/users/me/avatar", files={"file": ("me.png", INFECTED)}).status == 200
    refused(me.get(f"/providers/{doctor.id}/photo"), 404, "NOT_FOUND")


def test_refusals(api, practice) -> None:
    me = api.as_(practice.patient)
    refused(api.get(f"{practice.path}/photo"), 401, "TOKEN_MISSING")
    refused(me.get(f"/providers/{practice.patient.id}/photo"), 404, "PROVIDER_NOT_FOUND")
    refused(me.get(f"/providers/{practice.other.id}/photo"), 404, "NOT_FOUND")
