"""POST /providers/{providerId}/waitlist."""

from tests.client import refused
from tests.functions.appointments.conftest import open_practice


def test_patients_join_and_staff_put_patients_on_it(api, world, practice, stranger) -> None:
    patient, nurse = world.patient(), world.nurse()
    path, body = f"/providers/{practice.doctor.id}/waitlist", {"from": practice.day(3), "to": practice.day(9)}
    made = api.as_(patient).post(path, body | {"earliest": "9:00 AM", "notes": "Mornings only"})
    assert (made.status, made["state"], made["from"], made["offer"]) == (201, "waiting", practice.day(3), None), made
    assert made["patientId"] == patient.patient_id
    theirs = body | {"patientId": patient.patient_id}
    refused(api.as_(nurse).post(path, theirs), 404, "NOT_FOUND")
    refused(api.as_(stranger).post(path, theirs), 404, "NOT_FOUND")
    refused(api.as_(nurse).post(path, body), 400, "VALIDATION_ERROR")
    world.join_care_team(patient.patient_id, nurse, by=patient)
    assert api.as_(nurse).post(path, theirs).status == 201
    backwards = {"from": practice.day(9), "to": practice.day(3)}
    refused(api.as_(patient).post(path, backwards), 400, "VALIDATION_ERROR")
    past = {"from": practice.day(-9), "to": practice.day(-3)}
    refused(api.as_(patient).post(path, past), 400, "VALIDATION_ERROR")
    nobody = "/providers/00000000-0000-4000-8000-00000000dead/waitlist"
    refused(api.as_(patient).post(nobody, body), 404, "PROVIDER_NOT_FOUND")


def test_what_comes_free_is_offered_in_order(api, world) -> None:
    from tests.conftest import eventually

    clinic = open_practice(world)
    day, booker = clinic.day(6), world.patient()
    made = clinic.booked(booker, date=day, time="10:00")
    late, first, second = (world.patient() for _ in range(3))
    path, body = f"/providers/{clinic.doctor.id}/waitlist", {"from": day, "to": day}
    assert api.as_(late).post(path, body | {"earliest": "14:00"}).status == 201
    for who in (first, second):
        assert api.as_(who).post(path, body).status == 201
    api.as_(booker).delete(f"/appointments/{made['id']}")

    def offered(who):
        return [e["offer"] for e in api.as_(who).get("/waitlist")["data"] if e["state"] == "offered"]

    (offer,) = eventually(lambda: offered(first), "the first is offered the slot")
    assert offer["startsAt"] == made["startsAt"]
    assert offered(second) == offered(late) == []
    refused(clinic.book(second, date=day, time="10:00"), 409, "SLOT_NOT_AVAILABLE")
    entry = api.as_(first).get("/waitlist")["data"][0]
    assert api.as_(first).delete(f"/waitlist/{entry['entryId']}").status == 204
    eventually(lambda: offered(second), "the second is next")
    assert clinic.book(second, date=day, time="10:00").status == 201
    eventually(lambda: api.as_(second).get("/waitlist")["data"][0]["state"] == "booked", "the second is served")
    assert api.as_(late).get("/waitlist")["data"][0]["state"] == "waiting"
