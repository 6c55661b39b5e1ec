"""PUT /patients/{patientId}."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.client import refused
from tests.conftest import eventually
from tests.functions.patients.conftest import WRITING, refusals
from tests.world import unique


def test_changes_what_is_sent_and_keeps_the_rest(api, world) -> None:
    doctor = world.doctor()
    record = world.record(
        doctor, address="Old Street", bloodType="A+", emergencyContact="Jane", emergencyContactPhone="+15551234"
    )
    path = f"/patients/{record['id']}"
    changed = api.as_(doctor).put(path, {"bloodType": "O-", "address": None, "emergencyContactPhone": "+15559876"})
    assert changed.status == 200
    assert (changed["bloodType"], changed["address"]) == ("O-", None)
    assert changed["emergencyContactDetails"] == {"name": "Jane", "phone": "+15559876", "relationship": None}
    assert changed["name"] == record["name"]
    assert changed["updatedAt"] > record["updatedAt"]
    assert api.as_(doctor).get(path).json == changed.json


def test_nothing_changed_is_nothing_written(api, circle) -> None:
    before = api.as_(circle.doctor).get(circle.path)
    answer = api.as_(circle.doctor).put(circle.path, {"bloodType": before["bloodType"]})
    assert answer["updatedAt"] == before["updatedAt"]
    # The audit entry alone.
    assert answer.writes == 1


def test_a_name_is_the_accounts_and_the_lists_too(api, world) -> None:
    patient, doctor, nurse = world.patient(name="Maiden Name"), world.doctor(), world.nurse()
    world.join_care_team(patient.patient_id, doctor, by=patient)
    world.join_care_team(patient.patient_id, nurse, by=patient)
    path, new = f"/patients/{patient.patient_id}", unique("Married")
    changed = api.as_(doctor).put(path, {"name": new, "dateOfBirth": "1986-04-16", "phoneNumber": "+15557654321"})
    assert (changed["name"], changed["user"]["name"]) == (new, new)
    for who in (doctor, nurse, patient):
        row = eventually(lambda who=who: api.as_(who).get("/patients", params={"search": new})["data"], "the rename")[0]
        assert (row["name"], row["dateOfBirth"], row["phoneNumber"]) == (new, "1986-04-16", "+15557654321")
        assert api.as_(who).get("/patients", params={"search": "maiden"})["data"] == []


def test_an_mrn_moves_and_is_free_again(api, world) -> None:
    doctor = world.doctor()
    record, other = world.record(doctor, mrn=unique("M")), world.record(doctor, mrn=unique("M"))
    path, new = f"/patients/{record['id']}", unique("N")
    refused(api.as_(doctor).put(path, {"mrn": other["mrn"]}), 409, "MRN_TAKEN")
    assert api.as_(doctor).put(path, {"mrn": new})["mrn"] == new
    assert api.as_(doctor).get(f"/patients/mrn/{new}")["id"] == record["id"]
    assert world.record(doctor, mrn=record["mrn"])["mrn"] == record["mrn"]
    # In other letters it is the same number, and no conflict with itself.
    assert api.as_(doctor).put(path, {"mrn": new.lower()})["mrn"] == new.lower()


def test_a_stale_version_is_refused(api, world) -> None:
    doctor = world.doctor()
    path = f"/patients/{world.record(doctor)['id']}"
    caller = api.as_(doctor)
    read = caller.get(path).headers["ETag"]
    first = caller.put(path, {"bloodType": "A+"}, headers={"If-Match": read})
    assert first.status == 200
    refused(caller.put(path, {"bloodType": "B+"}, headers={"If-Match": read}), 409, "STALE_RECORD")
    assert caller.get(path)["bloodType"] == "A+"
    assert caller.put(path, {"bloodType": "B+"}, headers={"If-Match": f'"x", {first.headers["ETag"]}'}).status == 200
    assert caller.put(path, {"bloodType": "AB-"}, headers={"If-Match": "*"}).status == 200


def test_clinicians_who_write_at_once_lose_nothing(api, world) -> None:
    first = world.doctor()
    record = world.record(first, bloodType="O+", insurance="Old")
    clinicians = [first, *(world.doctor() for _ in range(3))]
    for clinician in clinicians[1:]:
        world.join_care_team(record["id"], clinician, by=first)
    path = f"/patients/{record['id']}"
    changes = [{"bloodType": "AB+"}, {"insurance": "New"}, {"address": "Both"}, {"phoneNumber": "+15550123456"}]
    with ThreadPoolExecutor(4) as pool:
        for _ in range(3):
            blank = {"bloodType": "O+", "insurance": "Old", "address": None, "phoneNumber": None}
            assert api.as_(first).put(path, blank).status == 200
            answers = list(
                pool.map(lambda job: api.as_(job[0]).put(path, job[1]), zip(clinicians, changes, strict=True))
            )
            assert [answer.status for answer in answers] == [200] * 4
            read = api.as_(first).get(path)
            assert all(read[name] == value for change in changes for name, value in change.items()), read


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"name": None}, "name"),
        ({"mrn": None}, "mrn"),
        ({"dateOfBirth": None}, "dateOfBirth"),
        ({"bloodType": "X"}, "bloodType"),
        ({"emergencyContactPhone": "+15551234"}, "emergencyContactPhone"),
        ({"userId": "3f0c9c3e-7e1a-4b62-9d3e-2f6f0f3c8a11"}, "userId"),
        ({"providerId": "3f0c9c3e-7e1a-4b62-9d3e-2f6f0f3c8a11"}, "providerId"),
        ({"deleted": True}, "deleted"),
    ],
)
def test_what_cannot_be_changed_is_refused(api, world, circle, wrong, field) -> None:
    path = f"/patients/{world.record(circle.stranger)['id']}"
    answer = refused(api.as_(circle.stranger).put(path, wrong), 400, "VALIDATION_ERROR")
    assert answer.error["details"][0]["field"] == field


def test_who_may_not(api, circle) -> None:
    refusals(api, circle, "PUT", circle.path, WRITING, {"bloodType": "O+"})
    refused(api.as_(circle.other_patient).put(circle.path, {}), 403, "ROLE_NOT_ALLOWED")
