import pytest

from shared.config import settings
from tests.client import refused
from tests.world import PASSWORD, unique


def body(**fields):
    return {"name": "John Doe", "email": f"{unique('new')}@example.org", "password": PASSWORD} | fields


@pytest.mark.parametrize(
    ("sent", "role", "user_type", "verification"),
    [
        ({"role": "Doctor"}, "Doctor", "provider", "pending"),
        ({"role": "nurse"}, "Nurse", "provider", "pending"),
        ({"role": "PATIENT"}, "Patient", "client", "none"),
        ({"role": "Family"}, "Family", "client", "none"),
        ({"userType": "provider"}, "Doctor", "provider", "pending"),
        ({"userType": "client"}, "Patient", "client", "none"),
    ],
)
def test_the_answer_is_the_union_of_the_sources(api, sent, role, user_type, verification):
    answer = api.post("/auth/register", body(**sent))
    assert answer.status == 201, answer
    assert answer["success"] is True
    assert answer["token"] == answer["accessToken"]
    assert answer["expiresIn"] == settings().access_token_minutes * 60
    assert answer["data"] == answer["user"]
    user = answer["user"]
    assert (user["role"], user["userType"], user["verification"]) == (role, user_type, verification)
    assert (user["mfaEnabled"], user["emailVerified"], user["isActive"]) == (False, False, True)
    assert bool(user["patientId"]) == (role == "Patient")
    assert not {"password", "passwordHash", "mfaSecret"} & user.keys()
    me = api.get("/auth/me", token=answer["token"])
    assert me["user"] | {"lastLogin": None} == user | {"lastLogin": None}


def test_a_patient_has_a_record_with_what_they_said(api, world):
    profile = {
        "dateOfBirth": "1985-03-15",
        "address": "123 Main St",
        "insurance": "Acme 12",
        "phone": "+1 (555) 010-0199",
        "emergencyContact": {"name": "Jane Doe", "phone": "+15550100", "relationship": "sister"},
    }
    user = api.post("/auth/register", body(role="Patient", **profile))["user"]
    assert user["dateOfBirth"] == "1985-03-15"
    assert user["phoneNumber"] == user["phone"] == "+15550100199"
    assert user["emergencyContact"] == profile["emergencyContact"]
    assert (user["address"], user["insurance"], user["providerId"]) == ("123 Main St", "Acme 12", None)


def test_a_clinician_has_their_professional_fields(api):
    fields = {"specialty": "Cardiology", "license": "MD-123", "bio": "Hearts.", "hourlyRate": 120.5, "title": "MD"}
    user = api.post("/auth/register", body(role="Doctor", **fields))["user"]
    assert {name: user[name] for name in fields} == fields


def test_it_takes_two_round_trips(api):
    assert api.post("/auth/register", body(role="Patient")).trips == 2


def test_user_register_is_for_patients(api):
    assert api.post("/user/register", body())["user"]["role"] == "Patient"
    refused(api.post("/user/register", body(role="Doctor")), 403, "ROLE_NOT_OPEN")


@pytest.mark.parametrize("sent", [{"role": "Admin"}, {"role": "admin"}, {"role": "ADMIN", "userType": "provider"}])
def test_nobody_registers_as_administrator(api, sent):
    refused(api.post("/auth/register", body(**sent)), 403, "ROLE_NOT_OPEN")


def test_an_address_is_taken_however_it_is_spelt(api):
    first = body(role="Family")
    assert api.post("/auth/register", first).status == 201
    again = refused(api.post("/auth/register", body(role="Family", email=first["email"].upper())), 409, "EMAIL_TAKEN")
    assert again.error["number"] == "USER_002"
    assert first["email"] not in again.response.text.lower()


def test_of_simultaneous_registrations_one_wins(api):
    from concurrent.futures import ThreadPoolExecutor

    import httpx

    same = body(role="Patient")

    def register(_):
        return httpx.post(f"{api.http.base_url}/auth/register", json=same, timeout=60).status_code

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(register, range(8))) == [201] + [409] * 7


@pytest.mark.parametrize("password", ["short", "password123", "x" * 73 + "9!aB", "John Doe"])
def test_a_weak_password_is_refused_with_reasons(api, password):
    answer = refused(api.post("/auth/register", body(role="Family", password=password)), 422, "WEAK_PASSWORD")
    assert answer.error["details"]
    assert {detail["field"] for detail in answer.error["details"]} == {"password"}
    assert password not in answer.response.text


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({}, "role"),
        ({"role": "Wizard"}, "role"),
        ({"role": "Doctor", "userType": "client"}, "body"),
        ({"role": "Family", "email": "nobody"}, "email"),
        ({"role": "Family", "name": " "}, "name"),
        ({"role": "Family", "name": "a\nb"}, "name"),
        ({"role": "Family", "phoneNumber": "call me"}, "phoneNumber"),
        ({"role": "Patient", "dateOfBirth": "1985-13-01"}, "dateOfBirth"),
        ({"role": "Patient", "dateOfBirth": 12}, "dateOfBirth"),
        ({"role": "Patient", "dateOfBirth": "2999-01-01"}, "dateOfBirth"),
        ({"role": "Patient", "hourlyRate": 10}, "hourlyRate"),
        ({"role": "Doctor", "insurance": "x"}, "insurance"),
        ({"role": "Patient", "emergencyContact": {"name": "x", "vip": True}}, "emergencyContact.vip"),
        ({"role": "Patient", "emergencyContactPhone": "+15550100"}, "body"),
        ({"role": "Family", "inviteCode": "x"}, "inviteCode"),
    ],
)
def test_bad_fields_are_named(api, sent, field):
    answer = refused(api.post("/auth/register", body(**sent)), 400, "VALIDATION_ERROR")
    assert [detail["field"] for detail in answer.error["details"]] == [field]


@pytest.mark.parametrize(
    "field", ["isActive", "emailVerified", "verification", "mfaEnabled", "patientId", "id", "passwordHash", "verified"]
)
def test_standing_cannot_be_assigned(api, field):
    refused(api.post("/auth/register", body(role="Doctor", **{field: True})), 400, "VALIDATION_ERROR")


def test_an_unknown_invitation_is_refused(api):
    refused(api.post("/auth/register", body(role="Patient", inviteCode="x" * 43)), 422, "INVITATION_NOT_USABLE")


def test_an_invitation_joins_the_clinics_record(api, cloud, world):
    doctor = world.doctor()
    record = world.record(doctor, name="Pat Clinic")
    email = f"{unique('invited')}@example.org"
    assert api.as_(doctor).post(f"/patients/{record['id']}/invite", {"email": email}).status < 300
    code = cloud.wait_for_mail(email)[0]["links"][0].partition("#token=")[2]

    stranger = body(role="Patient", inviteCode=code)
    refused(api.post("/auth/register", stranger), 422, "INVITATION_NOT_USABLE")
    joined = api.post("/auth/register", body(role="Patient", email=email, inviteCode=code, insurance="Acme"))
    assert joined.status == 201, joined
    assert joined["user"]["patientId"] == record["id"]
    assert joined["user"]["emailVerified"] is True
    assert joined["user"]["insurance"] == "Acme"
    assert api.get(f"/patients/{record['id']}", token=joined["token"]).status == 200


def test_the_address_is_to_be_confirmed(api, cloud):
    sent = body(role="Family")
    api.post("/auth/register", sent)
    mail = cloud.wait_for_mail(sent["email"])[0]
    assert mail["subject"] == "Confirm your e-mail address"
    assert "#token=" in mail["links"][0]


def test_what_is_stored_is_sealed(api, cloud):
    sent = body(role="Patient", name="Zacharias Unmistakable", insurance="Unmistakable Insurance")
    user = api.post("/auth/register", sent)["user"]
    stored = [
        cloud.firestore.collection(name).document(key).get().to_dict()
        for name, key in (("users", user["id"]), ("credentials", user["id"]), ("patients", user["patientId"]))
    ]
    assert all(stored)
    text = repr(stored)
    assert "nmistakable" not in text
    assert sent["email"] not in text
    assert "$2b$" not in text
