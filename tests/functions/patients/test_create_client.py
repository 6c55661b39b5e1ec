"""POST /provider/clients."""

import re

import pytest

from tests.client import refused
from tests.functions.patients.conftest import ANONYMOUS, UNVERIFIED, WRONG_ROLE
from tests.world import unique

CLIENT = {
    "name": "Carla Client",
    "phone": "+15550001234",
    "dateOfBirth": "1970-01-31",
    "address": "1 Main St",
    "insurance": "Acme Health 12",
    "emergencyContact": {"name": "Jane", "phone": "+15550009876", "relationship": "sister"},
}


def test_a_client_is_a_patient_whose_provider_is_the_caller(api, world, cloud) -> None:
    doctor, email = world.doctor(), f"{unique('client')}@example.org"
    made = api.as_(doctor).post("/provider/clients", CLIENT | {"email": email})
    assert made.status == 201
    assert {name: made[name] for name in CLIENT} == CLIENT
    assert (made["email"], made["userType"], made["providerId"], made["userId"]) == (email, "client", doctor.id, None)
    patient = api.as_(doctor).get(f"/patients/{made['id']}")
    assert (patient["providerId"], patient["phoneNumber"], patient["mrn"]) == (doctor.id, CLIENT["phone"], made["mrn"])
    code = re.search(r"#token=(\S+)", cloud.wait_for_mail(email)[0]["text"])[1]
    client = world.register("Patient", email=email, inviteCode=code)
    assert client.patient_id == made["id"]


def test_an_administrators_client_has_no_provider(api, world) -> None:
    made = api.as_(world.admin).post("/provider/clients", CLIENT | {"email": f"{unique('client')}@example.org"})
    assert made["providerId"] is None
    assert api.as_(world.admin).get(f"/patients/{made['id']}/care-team")["data"] == []


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"email": None}, "email"),
        ({"email": "client"}, "email"),
        ({"name": None}, "name"),
        ({"phone": "12"}, "phone"),
        ({"dateOfBirth": "2999-01-01"}, "dateOfBirth"),
        ({"providerId": "3f0c9c3e-7e1a-4b62-9d3e-2f6f0f3c8a11"}, "providerId"),
    ],
)
def test_what_is_wrong_is_named(api, circle, wrong, field) -> None:
    answer = api.as_(circle.doctor).post("/provider/clients", CLIENT | {"email": "c@example.org"} | wrong)
    assert refused(answer, 400, "VALIDATION_ERROR").error["details"][0]["field"] == field


def test_who_may_not(api, circle) -> None:
    refused(api.post("/provider/clients", CLIENT), *ANONYMOUS)
    for name in ("patient", "family"):
        refused(api.as_(getattr(circle, name)).post("/provider/clients", CLIENT), *WRONG_ROLE)
    refused(api.as_(circle.unverified).post("/provider/clients", CLIENT), *UNVERIFIED)
