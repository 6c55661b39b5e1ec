"""POST /tasks/refresh_relationship: access whose time is up."""

from datetime import UTC, datetime, timedelta

from shared.patients.documents import Relationship
from tests.client import refused

PATH = "/tasks/refresh_relationship"


def run(api, cloud, key: str):
    return cloud.machine(api, "task", "refresh_relationship").post(PATH, {"id": key})


def test_an_expired_grant_leaves_the_relationship(api, cloud, world) -> None:
    patient, member = world.patient(), world.family()
    world.grant_family(patient.patient_id, member, patient)
    key = f"{patient.patient_id}_{member.id}"
    unit = cloud.unit()
    relation = unit.get(Relationship, key)
    past = datetime.now(UTC) - timedelta(seconds=1)
    unit.update(relation, sources=[s.model_copy(update={"expires_at": past}) for s in relation.sources])
    unit.commit()

    assert run(api, cloud, key).status == 204

    relation = cloud.unit().get(Relationship, key)
    assert (relation.sources, relation.active) == ([], False)
    refused(api.as_(member).get(f"/patients/{patient.patient_id}"), 404, "NOT_FOUND")


def test_a_grant_in_force_stays(api, cloud, world) -> None:
    patient, member = world.patient(), world.family()
    world.grant_family(patient.patient_id, member, patient)
    key = f"{patient.patient_id}_{member.id}"
    answer = run(api, cloud, key)
    assert (answer.status, answer.writes) == (204, 0)
    assert api.as_(member).get(f"/patients/{patient.patient_id}").status == 200


def test_nobody_but_cloud_tasks_may_call(api) -> None:
    refused(api.post(PATH, {"id": "x_y"}), 401, "TOKEN_MISSING")
