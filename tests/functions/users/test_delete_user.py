import uuid

import pytest

from tests.client import refused
from tests.functions.admin.administrators import only_administrator
from tests.world import PASSWORD


def test_the_account_is_kept_but_gone(api, cloud, world):
    patient = world.patient()
    admin = api.as_(world.admin)
    answer = admin.delete(f"/users/{patient.id}")
    assert answer.status == 204, answer
    assert answer.trips == 3
    refused(api.as_(patient).get("/users/me"), 401, "SESSION_ENDED")
    refused(api.post("/auth/refresh", {"refreshToken": patient.refresh_token}), 401, "INVALID_REFRESH_TOKEN")
    refused(api.post("/auth/login", {"email": patient.email, "password": PASSWORD}), 401, "INVALID_CREDENTIALS")
    refused(admin.get(f"/users/{patient.id}"), 404, "NOT_FOUND")
    refused(admin.delete(f"/users/{patient.id}"), 404, "NOT_FOUND")
    stored = cloud.firestore.collection("users").document(patient.id).get().to_dict()
    assert (stored["deleted"], stored["deletedBy"]) == (True, world.admin.id)
    assert stored["deletedAt"]
    assert admin.get(f"/patients/{patient.patient_id}").status == 200


def test_the_address_becomes_free(api, world):
    family = world.family()
    assert api.as_(world.admin).delete(f"/users/{family.id}").status == 204
    assert world.register("Family", email=family.email).id != family.id


@pytest.mark.parametrize("role", ["Doctor", "Patient", "Family"])
def test_it_is_for_administrators(api, world, role):
    victim = world.family()
    refused(api.as_(world.register(role)).delete(f"/users/{victim.id}"), 403, "ROLE_NOT_ALLOWED")
    assert api.as_(victim).get("/users/me").status == 200


def test_a_missing_account(api, world):
    refused(api.as_(world.admin).delete(f"/users/{uuid.uuid4()}"), 404, "NOT_FOUND")
    refused(api.delete(f"/users/{uuid.uuid4()}"), 401, "TOKEN_MISSING")


def test_the_last_administrator_stays(api, cloud, world):
    last = world.new_admin()
    with only_administrator(cloud, last):
        refused(api.as_(last).delete(f"/users/{last.id}"), 409, "LAST_ADMIN")
        assert api.as_(last).get("/users/me").status == 200


def test_one_of_several_administrators_can_go(api, world):
    extra = world.new_admin()
    assert api.as_(world.admin).delete(f"/users/{extra.id}").status == 204
