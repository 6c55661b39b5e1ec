import pytest

from tests.client import refused


def test_what_is_given_changes_and_the_rest_stays(api, world):
    doctor = world.register("Doctor", title="MD", specialty="Cardiology")
    sent = {"name": "John Doe Updated", "phoneNumber": "+9876543210", "title": "MD, PhD", "hourlyRate": 80}
    answer = api.as_(doctor).put("/users/me", sent)
    assert answer.status == 200, answer
    me = api.as_(doctor).get("/users/me").json
    assert {name: me[name] for name in sent} == sent
    assert me["specialty"] == "Cardiology"
    assert me["updatedAt"] > doctor.user["updatedAt"]


def test_null_clears(api, world):
    doctor = world.register("Doctor", title="MD")
    assert api.as_(doctor).put("/users/me", {"title": None})["title"] is None


def test_a_patients_record_follows(api, world):
    patient = world.patient()
    sent = {
        "name": "New Name",
        "address": "2 Side St",
        "emergencyContact": "Jane",
        "emergencyContactPhone": "+15550100",
    }
    answer = api.as_(patient).put("/users/me", sent)
    assert answer.status == 200, answer
    assert answer.trips == 3
    assert answer["emergencyContact"] == {"name": "Jane", "phone": "+15550100", "relationship": None}
    record = api.as_(patient).get(f"/patients/{patient.patient_id}")
    assert (record["name"], record["address"]) == ("New Name", "2 Side St")


@pytest.mark.parametrize(
    "field",
    ["role", "userType", "isActive", "emailVerified", "verification", "mfaEnabled", "email", "id", "patientId",
     "passwordHash", "lastLogin", "deleted", "externalId", "avatarFileId"],
)  # fmt: skip
def test_standing_cannot_be_assigned(api, world, field):
    family = world.family()
    answer = refused(api.as_(family).put("/users/me", {"title": "x", field: "Admin"}), 400, "VALIDATION_ERROR")
    assert answer.error["details"][0]["field"] == field
    assert api.as_(family).get("/users/me").json == api.as_(family).get("/auth/me")["user"]
    assert api.as_(family).get("/users/me")["title"] is None


@pytest.mark.parametrize(
    ("role", "sent"),
    [("Family", {"license": "x"}), ("Doctor", {"insurance": "x"}), ("Patient", {"hourlyRate": 1}),
     ("Family", {"dateOfBirth": "1990-01-01"})],
)  # fmt: skip
def test_fields_of_another_role_are_refused(api, world, role, sent):
    answer = refused(api.as_(world.register(role)).put("/users/me", sent), 400, "VALIDATION_ERROR")
    assert [detail["field"] for detail in answer.error["details"]] == [*sent]


@pytest.mark.parametrize(
    "sent",
    [
        {"name": None},
        {"name": ""},
        {"phoneNumber": "x"},
        {"hourlyRate": -1},
        {"phone": "+15550100", "phoneNumber": "+15550101"},
    ],
)
def test_bad_values_change_nothing(api, world, sent):
    account = world.register("Doctor")
    before = api.as_(account).get("/users/me").json
    refused(api.as_(account).put("/users/me", sent), 400, "VALIDATION_ERROR")
    assert api.as_(account).get("/users/me").json == before


def test_another_licence_is_verified_again(api, world):
    doctor = world.doctor(license="MD-1")
    assert api.as_(doctor).put("/users/me", {"bio": "Hearts."})["verification"] == "approved"
    assert api.as_(doctor).put("/users/me", {"license": "MD-2"})["verification"] == "pending"
    refused(api.as_(doctor).get("/patients"), 403, "CREDENTIALS_NOT_VERIFIED")


def test_the_trace_names_fields_and_no_values(api, world):
    family = world.family()
    api.as_(family).put("/users/me", {"name": "Distinctive Surname"})
    found = api.as_(world.admin).get("/audit-logs", params={"userId": family.id, "action": "UPDATE_ME"})
    assert found["data"][0]["changes"] == ["users.name", "users.updatedAt"]
    assert "Distinctive" not in found.response.text


def test_it_takes_somebody(api):
    refused(api.put("/users/me", {"name": "x"}), 401, "TOKEN_MISSING")
