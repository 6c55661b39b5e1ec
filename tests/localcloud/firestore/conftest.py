"""A real engine on a free port, and the real client pointed at it."""

import itertools
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from blocking import Blocking, Loop
from google.cloud import firestore

from localcloud.firestore import Server, serve

_projects = itertools.count()


def connect(
    port: int, project: str = "test-project", database: str | None = None, loop: Loop | None = None
) -> firestore.Client:
    """A client of the engine at `port`: the synchronous one, or with `loop` the asynchronous one behind its methods."""
    before = os.environ.get("FIRESTORE_EMULATOR_HOST")
    os.environ["FIRESTORE_EMULATOR_HOST"] = f"127.0.0.1:{port}"
    try:
        if loop is not None:
            return cast("firestore.Client", Blocking(firestore.AsyncClient(project=project, database=database), loop))
        return firestore.Client(project=project, database=database)
    finally:
        if before is None:
            del os.environ["FIRESTORE_EMULATOR_HOST"]
        else:
            os.environ["FIRESTORE_EMULATOR_HOST"] = before


@pytest.fixture(scope="session")
def index_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    def index(group: str, *fields: tuple[str, str], scope: str = "COLLECTION") -> dict[str, Any]:
        return {
            "collectionGroup": group,
            "queryScope": scope,
            "fields": [
                {"fieldPath": path, "arrayConfig": mode} if mode == "CONTAINS" else {"fieldPath": path, "order": mode}
                for path, mode in fields
            ],
        }

    up, down = "ASCENDING", "DESCENDING"
    default = [{"order": up}, {"order": down}, {"arrayConfig": "CONTAINS"}]
    grouped = [
        {"order": up, "queryScope": "COLLECTION_GROUP"},
        {"arrayConfig": "CONTAINS", "queryScope": "COLLECTION_GROUP"},
    ]
    file = tmp_path_factory.mktemp("indexes") / "firestore.indexes.json"
    file.write_text(
        json.dumps(
            {
                "indexes": [
                    index("items", ("color", up), ("n", up)),
                    index("items", ("size", up), ("n", up)),
                    index("items", ("n", up), ("m", up)),
                    index("items", ("n", down), ("m", up)),
                    index("items", ("tags", "CONTAINS"), ("n", down)),
                    index("wide", *((f"f{number}", up) for number in range(6))),
                    index("reviews", ("stars", up), ("at", down), scope="COLLECTION_GROUP"),
                ],
                "fieldOverrides": [
                    {"collectionGroup": "items", "fieldPath": "secret", "indexes": []},
                    {"collectionGroup": "reviews", "fieldPath": "stars", "indexes": [*default, *grouped]},
                    {"collectionGroup": "reviews", "fieldPath": "words", "indexes": [*default, *grouped]},
                    {"collectionGroup": "sessions", "fieldPath": "expiresAt", "ttl": True},
                ],
            }
        )
    )
    return file


@pytest.fixture(scope="session")
def server(index_file: Path) -> Iterator[Server]:
    server = serve(None, indexes=index_file)
    yield server
    server.stop()


@pytest.fixture(scope="session")
def event_loop_thread() -> Iterator[Loop]:
    loop = Loop()
    yield loop
    loop.stop()


@pytest.fixture(params=["sync", "async"])
def loop(request: pytest.FixtureRequest, server: Server, monkeypatch: pytest.MonkeyPatch) -> Loop | None:
    """Where the client's calls run: every test that asks for a client is run through both of them."""
    if request.param == "sync":
        return None
    # A bulk writer of the asynchronous client makes itself a synchronous one.
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", f"127.0.0.1:{server.port}")
    loop: Loop = request.getfixturevalue("event_loop_thread")
    return loop


@pytest.fixture
def client(server: Server, loop: Loop | None) -> firestore.Client:
    """A client of a project that no other test uses: an empty database."""
    return connect(server.port, f"project-{next(_projects)}", loop=loop)


@pytest.fixture
def clients(server: Server, loop: Loop | None) -> Callable[..., firestore.Client]:
    """Clients by the name of their project (and database), which is this test's own."""
    number = next(_projects)
    return lambda project, database=None: connect(server.port, f"{project}-{number}", database, loop)
