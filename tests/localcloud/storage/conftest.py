"""The service in this process and the published google-cloud-storage client."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from google.auth.credentials import AnonymousCredentials
from google.cloud import storage
from google.oauth2 import service_account

from localcloud.storage.server import Server

PATIENCE = 20


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    return tmp_path / "storage"


@pytest.fixture
def server(data_dir: Path) -> Iterator[Server]:
    made = Server(data_dir, buckets=["clinic-files"])
    yield made
    made.stop()


@pytest.fixture
def url(server: Server) -> str:
    return f"http://127.0.0.1:{server.port}"


@pytest.fixture
def http() -> Iterator[requests.Session]:
    with requests.Session() as session:
        yield session


@pytest.fixture
def client(url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[storage.Client]:
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", url)
    made = storage.Client(project="clinic", credentials=AnonymousCredentials())
    yield made
    made.close()


@pytest.fixture
def bucket(client: storage.Client) -> storage.Bucket:
    return client.bucket("clinic-files")


@dataclass
class Signer:
    """Signs as production code does, with the service's own key file."""

    bucket: storage.Bucket
    url: str
    credentials: Any

    def __call__(self, name: str, method: str = "GET", minutes: float = 5, **options: Any) -> str:
        return self.bucket.blob(name).generate_signed_url(
            version="v4",
            expiration=timedelta(minutes=minutes),
            method=method,
            credentials=self.credentials,
            api_access_endpoint=self.url,
            **options,
        )


@pytest.fixture
def sign(bucket: storage.Bucket, url: str, data_dir: Path) -> Callable[..., str]:
    credentials = service_account.Credentials.from_service_account_file(str(data_dir / "service-account.json"))
    return Signer(bucket, url, credentials)
