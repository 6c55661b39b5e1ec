"""POST /patients."""

import re

import pytest

from tests.client import refused
from tests.world import unique

SENT = {
    "name": "John Doe",
    "dateOfBirth": "1985-03-15",
    "address": "123 Main St, Springfield, IL",
    "phoneNumber": "+1 (234) 567-8900",
    "emergencyContact": "Jane Doe",
    "emergencyContactPhone": "+0987654321",
    "bloodType": "O+",
}


def test_a_doctor_makes_a_record_and_is_on_its_care_team(api, world) -> None:
    doctor = world.doctor()
    mrn = unique("MRN-")
    made = api.as_(doctor).post("/patients", SENT | {"mrn": mrn})
    assert made.status == 201
    assert made["mrn"] == mrn
    assert made["phoneNumber"] == "+12345678900"
    same = SENT.keys() - {"phoneNumber"}
    assert {name: made[name] for name in same} == {name: SENT[name] for name in same}
    assert made["emergencyContactDetails"] == {"name": "Jane Doe", "phone": "+0987654321", "relationship": None}
    assert made["createdBy"] == {"id": doctor.id, "name": "Doctor Example", "role": "Doctor"}
    read = api.as_(doctor).get(f"/patients/{made['id']}")
    assert {name: read[name] for name in made.json} == made.json
    assert read.headers["ETag"] == made.headers["ETag"]
    team = api.as_(doctor).get(f"/patients/{made['id']}/care-team")
    assert [member["userId"] for member in team["data"]] == [doctor.id]


def test_an_mrn_is_made_when_none_is_given(api, world) -> None:
    nurse = world.nurse()
    made = [api.as_(nurse).post("/patients", {"dateOfBirth": "1985-03-15"}) for _ in range(3)]
    assert all(re.fullmatch(r"MRN-[A-Z0-9]{8}", answer["mrn"]) for answer in made), made
    assert len({answer["mrn"] for answer in made}) == 3
    assert made[0]["name"] is None


def test_an_administrator_is_on_no_care_team(api, world) -> None:
    made = api.as_(world.admin).post("/patients", {"dateOfBirth": "1985-03-15", "name": "Nobody's Patient"})
    assert api.as_(world.admin).get(f"/patients/{made['id']}/care-team")["data"] == []


def test_an_emergency_contact_may_be_an_object(api, world) -> None:
    contact = {"name": "Jane Doe", "phone": "+1 555 0100 200", "relationship": "wife"}
    made = api.as_(world.doctor()).post("/patients", {"dateOfBirth": "1985-03-15", "emergencyContact": contact})
    assert made["emergencyContactDetails"] == contact | {"phone": "+15550100200"}
    assert (made["emergencyContact"], made["emergencyContactPhone"]) == ("Jane Doe", "+15550100200")


def test_an_mrn_is_unique_in_any_case(api, world) -> None:
    mrn = unique("mrn-")
    world.record(world.doctor(), mrn=mrn)
    again = api.as_(world.doctor()).post("/patients", {"dateOfBirth": "1985-03-15", "mrn": mrn.upper()})
    refused(again, 409, "MRN_TAKEN")


def test_a_record_can_be_joined_to_an_account_that_has_none(api, world, cloud) -> None:
    from shared.users.documents import User

    patient, doctor = world.patient(name="Has Account"), world.doctor()
    with_record = api.as_(doctor).post("/patients", {"dateOfBirth": "1985-03-15", "userId": patient.id})
    refused(with_record, 400, "VALIDATION_ERROR")
    # As an account of an external issuer has none, which no endpoint makes here.
    unit = cloud.unit()
    unit.update(unit.get(User, patient.id), patient_id=None)
    unit.commit()
    made = api.as_(doctor).post("/patients", {"dateOfBirth": "1985-03-15", "userId": patient.id, "name": "Other"})
    assert made.status == 201, made
    assert (made["userId"], made["patientUserId"], made["name"]) == (patient.id, patient.id, "Has Account")
    assert made["user"]["email"] == patient.email
    assert api.as_(patient).get(f"/patients/{made['id']}").status == 200
    twice = api.as_(doctor).post("/patients", {"dateOfBirth": "1985-03-15", "userId": patient.id})
    assert twice.error["details"][0]["field"] == "userId"


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"dateOfBirth": "1899-12-31"}, "dateOfBirth"),
        ({"dateOfBirth": "2999-01-01"}, "dateOfBirth"),
        ({"dateOfBirth": 0}, "dateOfBirth"),
        ({"dateOfBirth": "15.03.1985"}, "dateOfBirth"),
        ({"bloodType": "C+"}, "bloodType"),
        ({"phoneNumber": "call me"}, "phoneNumber"),
        ({"phoneNumber": "+1234567890123456"}, "phoneNumber"),
        ({"name": ""}, "name"),
        ({"name": "J" * 256}, "name"),
        ({"name": "John\u0007Doe"}, "name"),
        ({"name": 5}, "name"),
        ({"address": "Main\u202eSt"}, "address"),
        ({"mrn": "MRN 1!"}, "mrn"),
        ({"mrn": "1" * 51}, "mrn"),
        ({"userId": "me"}, "userId"),
        ({"emergencyContactPhone": "+12345678", "emergencyContact": None}, "body"),
        ({"emergencyContact": {"name": "", "phone": None}}, "emergencyContact"),
        ({"emergencyContact": {"name": "J", "phone": "?"}}, "emergencyContact"),
        ({"createdBy": "me"}, "createdBy"),
        ({"providerId": "me"}, "providerId"),
    ],
)
def test_what_is_wrong_is_named_and_never_repeated(api, circle, wrong, field) -> None:
    answer = refused(api.as_(circle.doctor).post("/patients", SENT | wrong), 400, "VALIDATION_ERROR")
    assert field in {detail["field"] for detail in answer.error["details"]}, answer
    for value in wrong.values():
        if isinstance(value, str) and len(value) > 3:
            assert value not in answer.response.text


def test_only_verified_clinicians_and_administrators_make_records(api, circle) -> None:
    refused(api.post("/patients", SENT), 401, "TOKEN_MISSING")
    for caller in (circle.patient, circle.family):
        # Before the body is looked at.
        refused(api.as_(caller).post("/patients", {"nonsense": True}), 403, "ROLE_NOT_ALLOWED")
    refused(api.as_(circle.unverified).post("/patients", SENT), 403, "CREDENTIALS_NOT_VERIFIED")


def test_the_same_request_sent_twice_makes_one_record(api, circle) -> None:
    key = {"Idempotency-Key": unique("key")}
    first, second = (api.as_(circle.doctor).post("/patients", SENT, headers=key) for _ in range(2))
    assert first.json == second.json
    assert second.headers["Idempotency-Replayed"] == "true"


def test_nothing_of_a_record_is_stored_in_the_clear(api, circle, cloud) -> None:
    made = api.as_(circle.doctor).post("/patients", SENT | {"name": "Zacharias Quux", "email": "zq@example.org"})
    stored = cloud.firestore.collection("patients").document(made["id"]).get().to_dict()
    relation = cloud.firestore.collection("relationships").document(f"{made['id']}_{circle.doctor.id}").get().to_dict()
    text = repr(stored) + repr(relation)
    for secret in ("Zacharias", "Quux", "zq@", "1985", "12345678900", "Main St", "Jane", made["mrn"], "O+"):
        assert secret not in text, secret
