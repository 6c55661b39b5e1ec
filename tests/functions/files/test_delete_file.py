"""DELETE /files/{path}."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.client import refused
from tests.conftest import eventually
from tests.functions.files.helpers import objects, record_of, scanned, send


@pytest.fixture
def file(api, owner):
    return send(api, owner).json


@pytest.mark.parametrize("by", ["path", "id"])
def test_one_deletes_ones_own(api, cloud, owner, file, by) -> None:
    # Its scan would come between, and let the request try again.
    scanned(api, owner, file["id"])
    answer = api.as_(owner).delete(f"/files/{file[by]}")
    assert (answer.status, answer.json, answer.trips) == (200, {"message": "File deleted successfully"}, 2), answer
    refused(api.as_(owner).get(f"/files/{file['id']}"), 404, "NOT_FOUND")
    kept = record_of(cloud, file["id"])
    assert (kept["deleted"], kept["deletedBy"]) == (True, owner.id)
    # Somebody may have erred: the content is erased a month later.
    assert file["path"] in objects(file["path"])
    assert timedelta(days=29) < kept["retainUntil"] - datetime.now(UTC) < timedelta(days=31)


def test_nobody_elses(api, stranger, world, owner, file) -> None:
    for other in (stranger, world.admin):
        refused(api.as_(other).delete(f"/files/{file['path']}"), 404, "NOT_FOUND")
    assert api.as_(owner).get(f"/files/{file['id']}").status == 200


@pytest.mark.parametrize(
    "path", ["user-uploads/nothing", "user-uploads/0190c9de-0000-7000-8000-000000000000", "a/b/c", "x", "%2e%2e/x"]
)
def test_what_is_not_there(api, owner, path) -> None:
    refused(api.as_(owner).delete(f"/files/{path}"), 404, "NOT_FOUND")


def test_a_repeated_request_is_answered_as_the_first(api, owner, file) -> None:
    headers = {"Idempotency-Key": "gone"}
    answers = [api.as_(owner).delete(f"/files/{file['path']}", headers=headers) for _ in range(2)]
    assert [answer.status for answer in answers] == [200, 200]


def test_an_administrator_deletes_what_belongs_to_a_record_he_may_open(api, cloud, world, owner, file) -> None:
    from shared.files import FileRecord
    from shared.store.unit import Conflicted

    record = world.record(by=owner)

    def belongs() -> bool:
        # The workers of its upload may be writing, too.
        unit, ref = cloud.unit(), {"ref_kind": "patients", "ref_id": record["id"], "patient_id": record["id"]}
        unit.update(unit.get(FileRecord, file["id"]), **ref)
        try:
            unit.commit()
        except Conflicted:
            return False
        return True

    eventually(belongs, "the file belongs to the record")
    refused(api.as_(world.doctor()).delete(f"/files/{file['id']}"), 404, "NOT_FOUND")
    nurse = world.nurse()
    world.join_care_team(record["id"], nurse, by=owner)
    assert api.as_(nurse).get(f"/files/{file['id']}").status == 200
    refused(api.as_(nurse).delete(f"/files/{file['id']}"), 404, "NOT_FOUND")
    assert api.as_(world.admin).delete(f"/files/{file['id']}").status == 200
