import uuid

import pytest

from tests.client import refused


def verify(api, by, account, **body):
    return api.as_(by).post(f"/admin/users/{account.id}/verify", body)


def test_until_approved_a_clinician_reaches_no_patient(api, cloud, world):
    doctor = world.clinician(approved=False)
    refused(api.as_(doctor).get("/patients"), 403, "CREDENTIALS_NOT_VERIFIED")
    answer = verify(api, world.admin, doctor, decision="approve")
    assert answer.status == 200, answer
    assert answer["verification"] == "approved"
    assert answer.trips == 2
    assert api.as_(doctor).get("/patients").status == 200
    assert cloud.wait_for_mail(doctor.email, having="Your credentials are verified")


def test_a_rejection_says_why(api, cloud, world):
    nurse = world.nurse()
    answer = verify(api, world.admin, nurse, decision="reject", reason="The licence has lapsed.")
    assert answer["verification"] == "rejected"
    refused(api.as_(nurse).get("/patients"), 403, "CREDENTIALS_NOT_VERIFIED")
    mail = cloud.wait_for_mail(nurse.email, having="could not be verified")[0]
    assert "The licence has lapsed." in mail["text"]
    assert api.as_(nurse).get("/users/me")["verificationReason"] == "The licence has lapsed."


def test_approving_twice_tells_once(api, cloud, world):
    doctor, nurse = world.register("Doctor"), world.register("Nurse")
    for clinician in (doctor, doctor, nurse):
        assert verify(api, world.admin, clinician, decision="approve").status == 200
    cloud.wait_for_mail(nurse.email, having="Your credentials are verified")
    assert len(cloud.wait_for_mail(doctor.email, having="Your credentials are verified")) == 1


@pytest.mark.parametrize("role", ["Patient", "Family"])
def test_others_have_no_credentials(api, world, role):
    refused(verify(api, world.admin, world.register(role), decision="approve"), 409, "NOT_A_CLINICIAN")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"decision": "maybe"},
        {"decision": "reject"},
        {"decision": "reject", "reason": " "},
        {"decision": "approve", "role": "Admin"},
    ],
)
def test_bad_decisions_change_nothing(api, world, body):
    doctor = world.clinician(approved=False)
    refused(verify(api, world.admin, doctor, **body), 400, "VALIDATION_ERROR")
    assert api.as_(doctor).get("/users/me")["verification"] == "pending"


def test_nobody_approves_themselves(api, world):
    doctor = world.clinician(approved=False)
    for by in (doctor, world.doctor()):
        refused(verify(api, by, doctor, decision="approve"), 403, "ROLE_NOT_ALLOWED")


def test_a_missing_account(api, world):
    path = f"/admin/users/{uuid.uuid4()}/verify"
    refused(api.as_(world.admin).post(path, {"decision": "approve"}), 404, "NOT_FOUND")
    refused(api.post(path, {"decision": "approve"}), 401, "TOKEN_MISSING")
