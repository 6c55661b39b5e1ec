"""A thousand providers: what a search reads follows from the page, not from the directory."""

from datetime import date, timedelta

from shared.scheduling.availability import Schedule
from shared.scheduling.directory import publish
from shared.scheduling.profiles import Location, ProviderProfile
from shared.store import new_id
from tests.world import unique


def fill(cloud, town: str, count: int) -> None:
    """Entries as `refresh_provider` writes them, without accounts."""
    place = Location(id="l", address="1 Row", city=town, state="VT", zip_code="05001")
    for start in range(0, count, 200):
        unit = cloud.unit()
        for n in range(start, min(start + 200, count)):
            profile = ProviderProfile(
                id=new_id(),
                name=f"Number {n}",
                specialty="urology",
                specialties=["urology"],
                languages=["English"],
                insurances=["Aetna"] if n % 2 else ["Cigna"],
                locations=[place],
                listed=True,
                next_free=date(2026, 1, 1) + timedelta(days=n % 300),
                refreshed_at=unit.now,
                created_at=unit.now,
                updated_at=unit.now,
            )
            unit.create(profile)
            publish(unit, Schedule(id=profile.id), profile)
        unit.commit()


def test_reads_follow_the_page(api, cloud, practice) -> None:
    me, town, reads = api.as_(practice.patient), unique("city"), []
    wanted = {"location": town, "insuranceAccepted": "aetna", "language": "en", "specialty": "urology", "limit": 20}
    for count, total in ((120, 60), (880, 500)):
        fill(cloud, town, count)
        answer = me.post("/appointments/search-providers", wanted)
        assert (answer.status, answer["total"], len(answer["data"])) == (200, total, 20)
        reads.append(answer.reads)
        following = me.post("/appointments/search-providers", wanted | {"cursor": answer["pagination"]["nextCursor"]})
        assert not {row["id"] for row in following["data"]} & {row["id"] for row in answer["data"]}
        reads.append(following.reads)
    assert len(set(reads)) == 1, reads
    assert reads[0] <= 20 + 1 + 1 + 3
