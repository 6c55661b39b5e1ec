"""GET /client/provider."""

from tests.client import refused
from tests.world import unique


def test_the_provider_who_made_the_record(api, world, cloud, practice) -> None:
    email = f"{unique('client')}@example.org"
    doctor = world.doctor(name="Petra Primary", specialty="pediatrics")
    made = api.as_(doctor).post("/provider/clients", {"email": email, "name": "Cleo Client"})
    assert made.status == 201, made
    link = next(found for found in cloud.wait_for_mail(email)[0]["links"] if "#token=" in found)
    client = world.register("Patient", email=email, inviteCode=link.partition("#token=")[2])
    answer = api.as_(client).get("/client/provider")
    assert (answer.status, answer["id"]) == (200, doctor.id), answer
    assert answer.trips <= 3
    api.as_(world.admin).post(f"/admin/users/{doctor.id}/deactivate", {"reason": "Left the practice"})
    refused(api.as_(client).get("/client/provider"), 404, "PROVIDER_NOT_FOUND")


def test_none_has_been_assigned(api, patient, practice) -> None:
    refused(api.as_(patient).get("/client/provider"), 404, "NOT_FOUND")
    refused(api.as_(practice.doctor).get("/client/provider"), 403, "ROLE_NOT_ALLOWED")
