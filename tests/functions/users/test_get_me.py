from tests.client import refused

ACCOUNT = {
    "id", "name", "role", "userType", "title", "avatar", "specialty", "bio", "email", "phoneNumber", "phone",
    "phoneVerified", "patientId", "mfaEnabled", "emailVerified", "isActive", "verification", "verificationReason",
    "license",
    "hourlyRate", "createdAt", "updatedAt", "lastLogin", "dateOfBirth", "address", "insurance", "providerId",
    "emergencyContact",
}  # fmt: skip


def test_the_account_is_the_union_of_the_sources(api, world):
    patient = world.patient(address="1 Main St", phoneNumber="+15550100")
    answer = api.as_(patient).get("/users/me")
    assert answer.status == 200, answer
    assert answer.json.keys() == ACCOUNT
    assert (answer["address"], answer["dateOfBirth"]) == ("1 Main St", "1985-03-15")
    assert answer["phone"] == answer["phoneNumber"] == "+15550100"
    assert answer.trips == 3


def test_reading_ones_own_record_leaves_a_trace(api, world):
    patient = world.patient()
    api.as_(patient).get("/users/me")
    found = api.as_(world.admin).get("/audit-logs", params={"userId": patient.id, "action": "GET_ME"})
    assert [entry["patientIds"] for entry in found["data"]] == [[patient.patient_id]]


def test_an_unverified_clinician_reads_their_own(api, world):
    answer = api.as_(world.clinician(approved=False)).get("/users/me")
    assert answer["verification"] == "pending"
    assert answer.trips == 1


def test_it_takes_somebody(api):
    refused(api.get("/users/me"), 401, "TOKEN_MISSING")
