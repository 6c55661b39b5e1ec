"""GET /health/ready: what the API depends on, and what is said when one of it is gone."""

from collections.abc import Iterator

import pytest

from shared import clients
from tests.accidents import backend
from tests.client import refused
from tests.configured import configured
from tests.conftest import eventually

READY = {"status": "ready", "dependencies": ["firestore", "storage", "keysets"]}


@pytest.mark.parametrize("path", ["/health/ready", "/api/health/ready", "/api/v1/health/ready"])
def test_anybody_may_ask_and_every_dependency_is_asked(api, path) -> None:
    answer = api.get(path)
    assert (answer.status, answer.json, answer.trips) == (200, READY, 1)
    assert answer.headers["Cache-Control"] == "no-store"
    assert "RateLimit-Limit" not in answer.headers


def down(api) -> list[str]:
    answer = refused(api.get("/health/ready"), 503, "NOT_READY")
    assert answer.headers["Cache-Control"] == "no-store"
    return [detail["field"] for detail in answer.error["details"]]


def test_what_does_not_answer_is_named_until_it_is_back(tmp_path) -> None:
    with backend(tmp_path, DATABASE_TIMEOUT_SECONDS="1") as (stack, world):
        assert world.api.get("/health/ready").json == READY
        stack.kill("storage")
        assert down(world.api) == ["storage"]
        stack.pause("firestore")
        assert down(world.api) == ["firestore", "storage"]
        assert world.api.get("/health").status == 200
        stack.resume("firestore")
        stack.restart("storage")
        eventually(lambda: world.api.get("/health/ready").status == 200, "ready again")


@pytest.fixture
def fresh_keyring() -> Iterator[None]:
    clients.keyring.cache_clear()
    yield
    clients.keyring.cache_clear()


@pytest.mark.parametrize(
    "files",
    [
        {},
        {"audit.json": "{}"},
        # Wrapped by KMS, but no key is named to unwrap it with.
        {"audit.json": '{"encryptedKeyset": "AAAA"}'},
    ],
    ids=["none", "damaged", "wrapped"],
)
def test_keys_that_cannot_be_used_are_named_and_nothing_of_them(api, fresh_keyring, tmp_path, files) -> None:
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    with configured(KEYSET_DIR=str(tmp_path)):
        assert down(api) == ["keysets"]
        assert str(tmp_path) not in api.get("/health/ready").response.text


def test_keysets_in_the_clear_are_not_used_where_a_kms_key_is_set(api, cloud, fresh_keyring) -> None:
    with configured(KEYSET_KMS_KEY="projects/p/locations/us/keyRings/r/cryptoKeys/k"):
        assert down(api) == ["keysets"]
