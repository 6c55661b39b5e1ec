"""The schedule that starts the sweep of files."""

from tests.conftest import eventually


def test_it_starts_the_sweep_once_a_day(api, cloud) -> None:
    def sent():
        rows = [e.to_dict() for e in cloud.stored("outbox", "job", "sweep_files")]
        return rows if rows and all(row["state"] == "sent" for row in rows) else None

    for _ in range(2):
        assert cloud.machine(api, "schedule", "expire_files").post("/schedules/expire_files").status == 204
    rows = eventually(sent, "the sweep to start")
    assert len(rows) >= 2
    assert len({row["dedupeKey"] for row in rows}) == 1
