"""POST /tasks/refresh_provider: what a directory entry says follows from account, rules and bookings."""

import uuid

from shared.scheduling.directory import ProviderCard
from shared.scheduling.profiles import ProviderProfile
from tests.client import refused
from tests.functions.providers.conftest import book, hours, workday

PATH = "/tasks/refresh_provider"


def test_days_that_fill_up_are_not_free(api, cloud, world) -> None:
    doctor, worker = world.doctor(), cloud.machine(api, "task", "refresh_provider")
    day, later = workday(), workday(1)
    rules = hours(start="09:00", end="09:30") | {"minNoticeMinutes": 60 * 24 * 5}
    assert api.as_(doctor).put(f"/providers/{doctor.id}/availability", rules).status == 200
    answer = worker.post(PATH, {"id": doctor.id})
    assert (answer.status, answer.trips) == (204, 2)
    first = cloud.unit().get(ProviderProfile, doctor.id)
    assert first.listed
    assert first.free_days >> (day - first.free_from).days & 3 == 3
    book(api, world.patient(), doctor, day)
    worker.post(PATH, {"id": doctor.id})
    # Safe to repeat.
    worker.post(PATH, {"id": doctor.id})
    after = cloud.unit().get(ProviderProfile, doctor.id)
    assert after.free_days >> (day - after.free_from).days & 3 == 2
    entries = cloud.stored("providerCards", "providerId", doctor.id)
    assert [entry.id for entry in entries] == [after.card_id]
    card = cloud.unit().get(ProviderCard, after.card_id)
    assert card.facets[f"d_{later:%Y%m%d}"]
    assert f"d_{day:%Y%m%d}" not in card.facets
    # What people are called is in no facet, and the rest of the entry is sealed.
    text = str(entries[0].to_dict())
    assert doctor.user["name"].split()[-1] not in text


def test_nothing_to_do(api, cloud) -> None:
    worker = cloud.machine(api, "task", "refresh_provider")
    assert worker.post(PATH, {"id": str(uuid.uuid4())}).status == 204
    refused(api.post(PATH, {"id": str(uuid.uuid4())}), 401, "TOKEN_MISSING")
    refused(cloud.machine(api, "task", "send_email").post(PATH, {"id": "x"}), 401, "TOKEN_INVALID")
