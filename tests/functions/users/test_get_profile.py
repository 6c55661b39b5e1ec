import pytest

from tests.client import refused


def test_medical_facts_and_preferences_are_there(api, world):
    patient = world.patient(insurance="Acme")
    answer = api.as_(patient).get("/user/profile")
    assert answer.status == 200, answer
    assert answer["insurance"] == "Acme"
    assert answer["bloodType"] is None
    assert answer["mrn"].startswith("MRN-")
    assert answer["preferences"]["notificationsEnabled"] is True
    assert answer.trips == 3


@pytest.mark.parametrize("role", ["Doctor", "Nurse", "Family"])
def test_it_is_for_patients(api, world, role):
    refused(api.as_(world.register(role)).get("/user/profile"), 403, "ROLE_NOT_ALLOWED")


def test_it_takes_somebody(api):
    refused(api.get("/user/profile"), 401, "TOKEN_MISSING")
