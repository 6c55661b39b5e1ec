"""POST /tasks/rewrite_relationships: copies of a patient in their relationships."""

from concurrent.futures import ThreadPoolExecutor

from shared.patients.documents import Patient, Relationship
from shared.store.document import new_id
from shared.users.documents import User
from tests.client import refused

PATH = "/tasks/rewrite_relationships"


def change(cloud, cls, document_id, **changes) -> None:
    """Change a document behind the back of what would enqueue the worker."""
    unit = cloud.unit()
    unit.update(unit.get(cls, document_id), **changes)
    unit.commit()


def copies(cloud, patient_id, *users) -> list[Relationship]:
    return cloud.unit().get_all(Relationship, [f"{patient_id}_{user.id}" for user in users])


def test_every_copy_is_rewritten_and_nothing_twice(api, world, cloud) -> None:
    doctor, nurse = world.doctor(), world.nurse()
    record = world.record(doctor, name="Before")["id"]
    world.join_care_team(record, nurse, by=doctor)
    before = copies(cloud, record, doctor, nurse)
    change(cloud, Patient, record, name="After", mrn="NEW-1")
    worker = cloud.machine(api, "task", "rewrite_relationships")
    done = worker.post(PATH, {"id": record})
    assert (done.status, done.writes) == (204, 2)
    after = copies(cloud, record, doctor, nurse)
    assert [(c.name, c.mrn) for c in after] == [("After", "NEW-1")] * 2
    # Access itself has not changed.
    assert [(c.sources, c.updated_at) for c in after] == [(c.sources, c.updated_at) for c in before]
    assert [row["name"] for row in api.as_(nurse).get("/patients", params={"search": "after"})["data"]] == ["After"]
    again = worker.post(PATH, {"id": record})
    assert (again.status, again.writes) == (204, 0)


def test_more_copies_than_one_commit_takes(api, world, cloud) -> None:
    from shared.patients.rewriting import PER_COMMIT

    record = world.record(world.doctor(), name="Before")["id"]
    unit = cloud.unit()
    patient = unit.get(Patient, record)
    ids = [f"{record}_{new_id()}" for _ in range(PER_COMMIT + 5)]
    for key in ids:
        unit.create(
            Relationship(
                id=key, patient_id=record, user_id=key[37:], active=False, name="Before", mrn=patient.mrn,
                date_of_birth=None, sort_key=patient.created_at, updated_at=patient.created_at,
            )
        )  # fmt: skip
    unit.commit()
    change(cloud, Patient, record, name="After")
    assert cloud.machine(api, "task", "rewrite_relationships").post(PATH, {"id": record}).writes == PER_COMMIT + 6
    assert {c.name for c in cloud.unit().get_all(Relationship, ids)} == {"After"}


def test_a_name_of_an_account_goes_to_its_record_first(api, world, cloud) -> None:
    patient, doctor = world.patient(name="Before"), world.doctor()
    world.join_care_team(patient.patient_id, doctor, by=patient)
    change(cloud, User, patient.id, name="After")
    assert cloud.machine(api, "task", "rewrite_relationships").post(PATH, {"id": patient.patient_id}).status == 204
    assert cloud.unit().get(Patient, patient.patient_id).name == "After"
    assert [c.name for c in copies(cloud, patient.patient_id, doctor, patient)] == ["After"] * 2


def test_the_last_of_many_changes_stays(api, world, cloud) -> None:
    doctor = world.doctor()
    record = world.record(doctor)["id"]
    worker = cloud.machine(api, "task", "rewrite_relationships")

    def rename(number: int) -> None:
        assert api.as_(doctor).put(f"/patients/{record}", {"name": f"Name {number}"}).status == 200
        # 409: given up for now, the queue would come back.
        assert worker.post(PATH, {"id": record}).status in {204, 409}

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(rename, range(12)))
    assert worker.post(PATH, {"id": record}).status == 204
    assert copies(cloud, record, doctor)[0].name == cloud.unit().get(Patient, record).name


def test_a_slow_run_does_not_bring_an_older_name_back(api, world, cloud, monkeypatch) -> None:
    """A run that is between two of its pages while the name changes again and another run rewrites everything."""
    from shared import clients
    from shared.config import settings
    from shared.context import Context, Trail
    from shared.patients import rewriting
    from shared.store import Unit

    doctor = world.doctor()
    record = world.record(doctor, name="First")["id"]
    members = [doctor, *(world.nurse() for _ in range(3))]
    for nurse in members[1:]:
        world.join_care_team(record, nurse, by=doctor)
    change(cloud, Patient, record, name="Second")
    monkeypatch.setattr(rewriting, "PER_COMMIT", 2)
    overtaken = []

    class Slow(Unit):
        def commit(self, **how: bool) -> None:
            super().commit(**how)
            if not overtaken:
                overtaken.append(True)
                change(cloud, Patient, record, name="Third")
                assert cloud.machine(api, "task", "rewrite_relationships").post(PATH, {"id": record}).status == 204

    unit = Slow(connect=clients.firestore, unlock=clients.sealer, timeout=20, transactional=True)
    rewriting.rewrite(Context(unit=unit, settings=settings(), trail=Trail("TEST"), request_id="test"), record)
    assert overtaken
    assert {c.name for c in copies(cloud, record, *members)} == {"Third"}


def test_a_record_that_is_gone_is_no_error(api, cloud) -> None:
    assert cloud.machine(api, "task", "rewrite_relationships").post(PATH, {"id": new_id()}).status == 204


def test_nobody_but_cloud_tasks_may_call(api, cloud, world) -> None:
    refused(api.post(PATH, {"id": "x"}), 401, "TOKEN_MISSING")
    refused(api.as_(world.admin).post(PATH, {"id": "x"}), 401, "TOKEN_INVALID")
