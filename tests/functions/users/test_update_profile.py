import pytest

from tests.client import refused


def test_account_record_and_preferences_change_at_once(api, world):
    patient = world.patient()
    sent = {
        "name": "New Name",
        "phone": "+15550100",
        "bloodType": "AB-",
        "dateOfBirth": "1990-02-28",
        "emergencyContact": {"name": "Jane", "relationship": "sister"},
        "preferences": {"language": "es", "darkMode": True},
    }
    answer = api.as_(patient).put("/user/profile", sent)
    assert answer.status == 200, answer
    assert answer.trips == 3
    after = api.as_(patient).get("/user/profile").json
    assert after == answer.json
    assert (after["name"], after["phoneNumber"], after["bloodType"]) == ("New Name", "+15550100", "AB-")
    assert (after["preferences"]["language"], after["preferences"]["darkMode"]) == ("es", True)
    assert after["preferences"]["autoScribe"] is True


@pytest.mark.parametrize(
    "sent",
    [{"bloodType": "C+"}, {"preferences": {"language": "tlh"}}, {"preferences": {"admin": True}}, {"mrn": "MRN-1"},
     {"role": "Admin"}, {"providerId": "x"}, {"name": None}],
)  # fmt: skip
def test_bad_values_change_nothing(api, world, sent):
    patient = world.patient()
    before = api.as_(patient).get("/user/profile").json
    refused(api.as_(patient).put("/user/profile", {"insurance": "x"} | sent), 400, "VALIDATION_ERROR")
    assert api.as_(patient).get("/user/profile").json == before


def test_it_is_for_patients(api, world):
    refused(api.as_(world.family()).put("/user/profile", {}), 403, "ROLE_NOT_ALLOWED")
    refused(api.put("/user/profile", {}), 401, "TOKEN_MISSING")
