"""POST /patients/{patientId}/invite."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from tests.client import refused
from tests.functions.patients.conftest import DECIDING, UNVERIFIED, WRONG_ROLE, refusals
from tests.world import PASSWORD, unique


@pytest.fixture
def invited(api, world):
    """A doctor, a record without an account, and an address."""
    doctor = world.doctor()
    return doctor, world.record(doctor, name="As The Clinic Wrote"), f"{unique('invited')}@example.org"


def code_for(cloud, email: str, count: int = 1) -> str:
    newest = cloud.wait_for_mail(email, count)[0]
    return re.search(r"#token=(\S+)", newest["text"])[1]


def register(api, email: str, code: str):
    body = {"email": email, "password": PASSWORD, "name": "As I Write It", "role": "Patient", "inviteCode": code}
    return api.post("/auth/register", body)


def test_the_code_joins_an_account_to_the_record(api, world, cloud, invited) -> None:
    doctor, record, email = invited
    path = f"/patients/{record['id']}"
    sent = api.as_(doctor).post(f"{path}/invite", {"email": email})
    assert sent.status == 201
    assert sent["patientId"] == record["id"]
    days = datetime.fromisoformat(sent["expiresAt"]) - datetime.now(UTC)
    assert timedelta(days=13, hours=23) < days < timedelta(days=14, minutes=1)
    code = code_for(cloud, email)
    assert code not in sent.response.text
    patient = world.register("Patient", email=email, inviteCode=code, name="As I Write It")
    assert patient.patient_id == record["id"]
    own = api.as_(patient).get(path)
    assert (own["userId"], own["name"], own["mrn"]) == (patient.id, "As I Write It", record["mrn"])
    assert api.as_(doctor).get(path).json == own.json
    refused(api.as_(doctor).post(f"{path}/invite", {"email": email}), 409, "PATIENT_HAS_ACCOUNT")


def test_a_code_works_once_for_its_address_and_only_the_newest(api, cloud, invited) -> None:
    doctor, record, email = invited
    path = f"/patients/{record['id']}/invite"
    api.as_(doctor).post(path, {"email": email})
    first = code_for(cloud, email)
    api.as_(doctor).post(path, {"email": email})
    second = code_for(cloud, email, 2)
    assert first != second
    refused(register(api, email, first), 422, "INVITATION_NOT_USABLE")
    refused(register(api, f"{unique('other')}@example.org", second), 422, "INVITATION_NOT_USABLE")
    refused(register(api, email, "x" * 43), 422, "INVITATION_NOT_USABLE")
    assert register(api, email.upper(), second).status == 201
    refused(register(api, f"{unique('late')}@example.org", second), 422, "INVITATION_NOT_USABLE")


def test_a_code_expires_and_goes_with_the_record(api, world, cloud, invited) -> None:
    from shared.auth.tokens import opaque_hash
    from shared.patients.sharing_documents import Invitation

    doctor, record, email = invited
    api.as_(doctor).post(f"/patients/{record['id']}/invite", {"email": email})
    code = code_for(cloud, email)
    unit = cloud.unit()
    invitation = unit.get(Invitation, opaque_hash(code))
    unit.update(invitation, expires_at=datetime.now(UTC) - timedelta(seconds=1))
    unit.commit()
    refused(register(api, email, code), 422, "INVITATION_NOT_USABLE")
    unit = cloud.unit()
    unit.update(unit.get(Invitation, opaque_hash(code)), expires_at=datetime.now(UTC) + timedelta(days=1))
    unit.commit()
    api.as_(world.admin).delete(f"/patients/{record['id']}")
    refused(register(api, email, code), 422, "INVITATION_NOT_USABLE")


def test_the_code_is_stored_hashed_and_the_mail_says_nothing_of_the_patient(api, cloud, invited) -> None:
    doctor, record, email = invited
    api.as_(doctor).post(f"/patients/{record['id']}/invite", {"email": email})
    mail = cloud.wait_for_mail(email)[0]
    code = code_for(cloud, email)
    for secret in ("Clinic", record["mrn"], record["id"], "Doctor Example"):
        assert secret not in mail["text"] + mail["subject"] + mail.get("html", "")
    for collection in ("invitations", "patients", "outbox", "auditLogs", "emails"):
        for stored in cloud.firestore.collection(collection).stream():
            assert code not in repr(stored.to_dict()) + stored.id


def test_an_address_must_be_one(api, invited) -> None:
    doctor, record, _ = invited
    for wrong in ({}, {"email": "nobody"}, {"email": "a@b.example", "code": "mine"}):
        refused(api.as_(doctor).post(f"/patients/{record['id']}/invite", wrong), 400, "VALIDATION_ERROR")


def test_who_may_not(api, circle) -> None:
    wrong = DECIDING | {"patient": WRONG_ROLE, "other_patient": WRONG_ROLE, "unverified": UNVERIFIED}
    refusals(api, circle, "POST", f"{circle.path}/invite", wrong, {"email": "x@example.org"})
