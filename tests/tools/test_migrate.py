"""python -m tools.migrate: documents of an older schema, brought forward while others write."""

from typing import ClassVar

import pytest

from shared.store import Document, Sealed, new_id
from tools import migrate


class Before(Document):
    """As a release wrote it."""

    collection = "testMigrated"

    amount: int = 0
    obsolete: str = "gone soon"
    secret: Sealed[str | None] = None


class After(Document):
    """As the next release writes it."""

    collection = "testMigrated"
    schema_version: ClassVar[int] = 2
    upgrades = {1: lambda stored: {**stored, "total": stored["amount"] * 100}}

    total: int = 0
    secret: Sealed[str | None] = None


@pytest.fixture
def old(cloud):
    """Some documents of the version before, in a collection that starts empty."""
    for snapshot in cloud.firestore.collection("testMigrated").stream():
        snapshot.reference.delete()
    unit = cloud.unit()
    made = [unit.create(Before(id=new_id(), amount=n, secret=f"secret {n}")) for n in range(7)]
    unit.commit()
    return made


def raw(cloud, document) -> dict:
    return cloud.firestore.collection("testMigrated").document(document.id).get().to_dict()


def test_every_document_is_rewritten_and_a_second_run_finds_nothing(cloud, old, monkeypatch) -> None:
    monkeypatch.setattr(migrate, "PAGE", 3)
    assert migrate.migrate(After) == (7, 7)
    for document in old:
        stored = raw(cloud, document)
        assert (stored["schema"], stored["total"]) == (2, document.amount * 100)
        assert "obsolete" not in stored
        assert cloud.unit().get(After, document.id).secret == document.secret
    assert migrate.migrate(After) == (7, 0)


def test_a_dry_run_counts_and_changes_nothing(cloud, old) -> None:
    assert migrate.migrate(After, dry_run=True) == (7, 7)
    assert raw(cloud, old[0])["schema"] == 1


def test_an_interrupted_run_goes_on_where_it_stopped(cloud, old) -> None:
    unit = cloud.unit()
    unit.update(unit.get(After, old[0].id), total=1)
    unit.commit()
    assert migrate.migrate(After) == (7, 6)
    assert raw(cloud, old[0])["total"] == 1


def test_a_document_changed_meanwhile_is_left_to_who_changed_it(cloud, old, monkeypatch) -> None:
    decode = migrate.decode

    def overtaken(cls, document_id, *rest):
        if document_id == old[3].id:
            unit = cloud.unit()
            unit.update(unit.get(After, document_id), total=999)
            unit.commit()
        return decode(cls, document_id, *rest)

    monkeypatch.setattr(migrate, "decode", overtaken)
    assert migrate.migrate(After) == (7, 6)
    assert raw(cloud, old[3])["total"] == 999


def test_an_unknown_collection_is_refused_with_the_known_ones(cloud, capsys) -> None:
    with pytest.raises(SystemExit):
        migrate.main(["nosuch"])
    assert "patients" in capsys.readouterr().err


def test_the_product_has_nothing_to_migrate_yet(cloud, capsys) -> None:
    assert migrate.main(["patients", "users"]) == 0
    assert "patients: 0 of" in capsys.readouterr().out


def test_who_was_verified_before_there_was_a_directory_gets_an_entry(api, world, cloud, monkeypatch, capsys) -> None:
    from shared.scheduling.directory import ProviderCard
    from shared.scheduling.profiles import ProviderProfile
    from tests.functions.providers.conftest import refresh

    monkeypatch.setattr(migrate, "PAGE", 50)
    earlier, unverified = world.doctor(name="Ella Earlier"), world.clinician(approved=False)
    refresh(api, cloud, earlier)  # so that nothing but the migration does it again
    unit = cloud.unit()
    unit.remove(ProviderCard, unit.get(ProviderProfile, earlier.id).card_id)
    unit.remove(ProviderProfile, earlier.id)
    unit.commit()

    def found() -> list[str]:
        return [row["id"] for row in api.as_(earlier).get("/providers", params={"name": "Ella Earlier"})["data"]]

    assert earlier.id not in found()
    assert migrate.main(["providerCards", "--dry-run"]) == 0
    assert cloud.unit().get(ProviderProfile, earlier.id) is None
    assert migrate.main(["providerCards"]) == 0
    assert earlier.id in found()
    assert cloud.unit().get(ProviderProfile, unverified.id) is None
    entry = cloud.unit().get(ProviderProfile, earlier.id)
    capsys.readouterr()
    assert migrate.main(["providerCards"]) == 0
    assert "providerCards: 0 made of" in capsys.readouterr().out
    assert cloud.unit().get(ProviderProfile, earlier.id) == entry
