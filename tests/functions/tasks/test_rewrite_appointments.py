"""POST /tasks/rewrite_appointments: names on appointments."""

import pytest

from shared.scheduling.booking import copies
from shared.scheduling.booking.documents import Appointment
from shared.store.document import new_id
from shared.users.documents import User
from tests.client import refused
from tests.conftest import eventually
from tests.functions.appointments.conftest import open_practice, stored
from tests.functions.providers.conftest import refresh
from tests.functions.tasks.test_rewrite_relationships import change

PATH = "/tasks/rewrite_appointments"


@pytest.fixture(scope="module")
def clinic(world):
    return open_practice(world)


def asked(cloud, ref) -> int:
    """How many times the worker has been asked for."""
    return sum(e.get("job") == "rewrite_appointments" for e in cloud.stored("outbox", "ref", ref))


def copy(cloud, visit, number) -> Appointment:
    """The same visit another day, as only a long history has so many."""
    return visit.model_copy(update={"id": new_id(), "wall": f"2031-01-{number // 24 + 1:02}T{number % 24:02}:00"})


def test_a_patients_new_name_is_on_every_appointment(api, cloud, world, clinic) -> None:
    patient, other = world.patient(name="Before Wedding"), world.patient(name="Olga Other")
    visits = [clinic.booked(patient)["id"] for _ in range(2)]
    theirs = clinic.booked(other)["id"]
    api.as_(patient).delete(f"/appointments/{visits[1]}")
    assert api.as_(patient).put("/users/me", {"name": "After Wedding"}).status == 200
    ref = f"p:{patient.patient_id}"
    assert asked(cloud, ref) == 1
    worker = cloud.machine(api, "task", "rewrite_appointments")
    assert worker.post(PATH, {"id": ref}).status == 204
    assert [stored(world, visit).patient_name for visit in visits] == ["After Wedding"] * 2
    assert stored(world, theirs).patient_name == "Olga Other"
    assert worker.post(PATH, {"id": ref}).writes == 0
    rows = api.as_(clinic.doctor).get("/provider/appointments", params={"limit": 100}).json
    assert {row["patientName"] for row in rows if row["id"] in visits} == {"After Wedding"}


def test_what_shows_of_a_provider(api, cloud, world) -> None:
    clinic, patient = open_practice(world), world.patient()
    visit = clinic.booked(patient)["id"]
    refresh(api, cloud, clinic.doctor)
    ref = f"u:{clinic.doctor.id}"
    assert asked(cloud, ref) == 0
    me = api.as_(clinic.doctor)
    assert me.put("/users/me", {"name": "Dana Newname"}).status == 200
    assert me.put("/providers/me", {"specialty": "dermatology"}).status == 200
    refresh(api, cloud, clinic.doctor)
    assert asked(cloud, ref) == 1
    refresh(api, cloud, clinic.doctor)
    assert asked(cloud, ref) == 1, "nothing has changed since"
    assert cloud.machine(api, "task", "rewrite_appointments").post(PATH, {"id": ref}).status == 204
    (row,) = api.as_(patient).get("/appointments")["data"]
    assert (row["id"], row["provider"]["lastName"], row["provider"]["specialty"]) == (visit, "Newname", "Dermatology")


def test_a_visit_where_one_only_assists_keeps_its_provider(api, cloud, world, clinic) -> None:
    patient, assistant = world.patient(), world.doctor(name="Ada Assists")
    world.join_care_team(patient.patient_id, clinic.doctor, by=patient)
    made = clinic.booked(clinic.doctor, patientId=patient.patient_id, staffIds=[assistant.id])["id"]
    refresh(api, cloud, assistant)
    before = stored(world, made)
    answer = cloud.machine(api, "task", "rewrite_appointments").post(PATH, {"id": f"u:{assistant.id}"})
    assert (answer.status, answer.writes) == (204, 0)
    assert stored(world, made).provider == before.provider


def test_a_long_history_goes_on_where_it_stopped(api, cloud, world, clinic, monkeypatch) -> None:
    monkeypatch.setattr(copies, "PER_COMMIT", 4)
    monkeypatch.setattr(copies, "PAGES", 2)
    patient = world.patient(name="Old Name")
    first = stored(world, clinic.booked(patient)["id"])
    unit = cloud.unit()
    ids = [unit.create(copy(cloud, first, number)).id for number in range(20)]
    unit.commit()
    assert api.as_(patient).put("/users/me", {"name": "New Name"}).status == 200
    ref = f"p:{patient.patient_id}"
    answer = cloud.machine(api, "task", "rewrite_appointments").post(PATH, {"id": ref})
    assert answer.status == 204, answer
    assert answer.reads < 20, "one call does not read everything"
    assert cloud.stored("appointmentRewritings", "whose", ref)

    def names() -> set[str]:
        return {visit.patient_name for visit in cloud.unit().get_all(Appointment, [first.id, *ids])}

    eventually(lambda: names() == {"New Name"}, "the calls after it have done the rest")


def test_a_slow_run_does_not_bring_an_older_name_back(api, cloud, world, clinic, monkeypatch) -> None:
    """The name changes again, and is rewritten, between the read and the commit of a page."""
    from shared import clients
    from shared.config import settings
    from shared.context import Context, Trail
    from shared.store import Unit
    from shared.store.unit import Conflicted

    patient = world.patient(name="First")
    visit = clinic.booked(patient)["id"]
    record = patient.patient_id

    def rename(name: str) -> None:
        from shared.patients.documents import Patient

        change(cloud, User, patient.id, name=name)
        change(cloud, Patient, record, name=name)

    rename("Second")

    class Slow(Unit):
        def commit(self, **how: bool) -> None:
            rename("Third")
            assert cloud.machine(api, "task", "rewrite_appointments").post(PATH, {"id": f"p:{record}"}).status == 204
            super().commit(**how)

    unit = Slow(connect=clients.firestore, unlock=clients.sealer, timeout=20)
    with pytest.raises(Conflicted):
        copies.rewrite(Context(unit=unit, settings=settings(), trail=Trail("TEST"), request_id="test"), f"p:{record}")
    assert stored(world, visit).patient_name == "Third"


def test_nothing_to_do(api, cloud, world) -> None:
    worker = cloud.machine(api, "task", "rewrite_appointments")
    for ref in (f"p:{new_id()}", f"u:{new_id()}", new_id()):
        assert worker.post(PATH, {"id": ref}).writes == 0
    refused(api.post(PATH, {"id": "x"}), 401, "TOKEN_MISSING")
