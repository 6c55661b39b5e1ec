"""Steps that many tests of files take."""

from typing import Any

from tests.conftest import eventually
from tests.functions.files import samples


def send(api: Any, account: Any, content: bytes | None = None, name: str = "letter.pdf", folder: str = "user-uploads"):
    """Upload a file as a form."""
    sent = samples.pdf() if content is None else content
    return api.as_(account).call("POST", f"/files/upload/{folder}", files={"file": (name, sent, "text/plain")})


def scanned(api: Any, account: Any, file_id: str, state: str = "clean") -> dict[str, Any]:
    """The file once its scan has ended so; every worker runs as Cloud Tasks would run it."""

    def ended() -> Any:
        answer = api.as_(account).get(f"/files/{file_id}")
        assert answer.status == 200, answer
        return answer.json if answer["scanState"] == state else None

    return eventually(ended, f"the scan to end as {state}")


def stored(api: Any, account: Any, content: bytes | None = None, **options: Any) -> dict[str, Any]:
    """A file that was found clean."""
    answer = send(api, account, content, **options)
    assert answer.status == 201, answer
    return scanned(api, account, answer["id"])


def record_of(cloud: Any, file_id: str) -> dict[str, Any]:
    """What is stored of a file."""
    return cloud.firestore.collection("files").document(file_id).get().to_dict()


def objects(prefix: str = "") -> list[str]:
    """Names of the objects there are."""
    from shared import clients
    from shared.config import settings

    found = clients.storage().bucket(settings().uploads_bucket).list_blobs(prefix=prefix)
    return [blob.name for blob in found]
