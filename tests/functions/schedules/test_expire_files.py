"""The schedule that starts the sweep of files."""

from google.cloud.firestore_v1.base_query import FieldFilter

from tests.conftest import eventually


def test_it_starts_the_sweep_once_a_day(api, cloud) -> None:
    of_sweeps = FieldFilter("job", "==", "sweep_files")

    def sent():
        rows = [e.to_dict() for e in cloud.firestore.collection("outbox").where(filter=of_sweeps).get()]
        return rows if rows and all(row["state"] == "sent" for row in rows) else None

    for _ in range(2):
        assert cloud.machine(api, "schedule", "expire_files").post("/schedules/expire_files").status == 204
    rows = eventually(sent, "the sweep to start")
    assert len(rows) >= 2
    assert len({row["dedupeKey"] for row in rows}) == 1
