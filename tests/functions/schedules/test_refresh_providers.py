"""POST /schedules/refresh_providers."""

from datetime import timedelta

from shared.scheduling.profiles import ProviderProfile
from tests.client import refused

PATH = "/schedules/refresh_providers"


def test_what_was_not_looked_at_for_a_day(api, cloud, world) -> None:
    stale, fresh = world.doctor(), world.doctor()
    for doctor, hours in ((stale, 21), (fresh, 1)):
        worker = cloud.machine(api, "task", "refresh_provider")
        assert worker.post("/tasks/refresh_provider", {"id": doctor.id}).status == 204
        unit = cloud.unit()
        unit.update(unit.get(ProviderProfile, doctor.id), refreshed_at=unit.now - timedelta(hours=hours))
        unit.commit()
    answer = cloud.machine(api, "schedule", "refresh_providers").post(PATH)
    assert (answer.status, answer.trips) == (204, 2)
    asked = [found.get("ref") for found in cloud.stored("outbox", "job", "refresh_provider") if found.get("at") is None]
    assert stale.id in asked
    assert fresh.id not in asked


def test_only_the_scheduler(api) -> None:
    refused(api.post(PATH), 401, "TOKEN_MISSING")
