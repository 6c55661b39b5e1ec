"""GET /files/{fileId}/thumbnail. What a file that is not open answers is tried with its download."""

import io

import pytest
from PIL import Image

from tests.client import refused
from tests.configured import configured
from tests.conftest import eventually
from tests.functions.files import samples
from tests.functions.files.helpers import stored


@pytest.fixture(scope="module")
def picture(api, owner):
    return stored(api, owner, samples.jpeg((1000, 500), told=True, orientation=6), name="knee.jpg")


def made(api, owner, file):
    def there():
        answer = api.as_(owner).get(f"/files/{file['id']}/thumbnail")
        return answer if answer.status == 200 else None

    return eventually(there, "a thumbnail")


def test_it_is_small_and_upright(api, owner, picture) -> None:
    answer = made(api, owner, picture)
    assert (answer.trips, answer.headers["Content-Type"]) == (2, "image/jpeg")
    assert answer.headers["Cache-Control"] == "no-store"
    assert Image.open(io.BytesIO(answer.response.content)).size == (160, 320)


def test_nobody_else(api, owner, stranger, picture) -> None:
    made(api, owner, picture)
    refused(api.as_(stranger).get(f"/files/{picture['id']}/thumbnail"), 404, "NOT_FOUND")


def test_a_letter_has_none(api, owner) -> None:
    refused(api.as_(owner).get(f"/files/{stored(api, owner)['id']}/thumbnail"), 404, "NOT_FOUND")


def test_a_store_that_is_down_is_said(api, owner, picture) -> None:
    made(api, owner, picture)
    with configured(STORAGE_EMULATOR_HOST="http://127.0.0.1:9", STORAGE_TIMEOUT_SECONDS="0.5"):
        refused(api.as_(owner).get(f"/files/{picture['id']}/thumbnail"), 503, "STORAGE_UNAVAILABLE")
