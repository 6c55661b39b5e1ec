"""GET /appointments."""

from datetime import timedelta

import pytest

from tests.client import refused
from tests.functions.appointments.conftest import begins_in, open_practice


@pytest.fixture(scope="module")
def history(world):
    """A patient with visits of two providers: three to come, one completed, one cancelled."""
    patient, first, second = world.patient(), open_practice(world), open_practice(world, "Europe/Berlin")
    made = {
        "soon": first.booked(patient, date=first.day(6), time="10:00"),
        "later": first.booked(patient, date=first.day(9), time="10:00"),
        "other": second.booked(patient, date=first.day(7), time="10:00"),
        "done": first.booked(patient, date=first.day(8), time="10:00"),
        "off": second.booked(patient, date=first.day(12), time="10:00"),
    }
    world.api.as_(patient).delete(f"/appointments/{made['off']['id']}")
    begins_in(world, made["done"], -timedelta(hours=1))
    done = world.api.as_(first.doctor).put(f"/appointments/{made['done']['id']}", {"status": "completed"})
    assert done.status == 200, done
    return patient, first, second, made


def names(answer, made) -> list[str]:
    by_id = {row["id"]: name for name, row in made.items()}
    return [by_id[row["id"]] for row in answer["data"]]


def test_all_latest_first(api, history) -> None:
    patient, _, _, made = history
    answer = api.as_(patient).get("/appointments")
    assert (answer.status, answer.trips) == (200, 3)
    assert names(answer, made) == ["off", "later", "done", "other", "soon"]
    assert answer["pagination"] | {"nextCursor": None} == {
        "total": 5, "page": 1, "limit": 20, "totalPages": 1, "nextCursor": None, "totalIsMinimum": False,
    }  # fmt: skip


def test_filters(api, history) -> None:
    patient, first, second, made = history
    caller = api.as_(patient)
    expected = {
        "status=upcoming": ["soon", "other", "later"],
        "status=completed": ["done"],
        "status=cancelled": ["off"],
        "status=scheduled": ["later", "other", "soon"],
        f"providerId={second.doctor.id}": ["off", "other"],
        f"status=upcoming&providerId={first.doctor.id}": ["soon", "later"],
        f"startDate={first.day(7)}": ["other", "done", "later", "off"],
        f"startDate={first.day(7)}&endDate={first.day(8)}": ["other", "done"],
        f"endDate={first.day(7)}": ["other", "soon"],
        f"status=upcoming&startDate={first.day(7)}&endDate={first.day(8)}": ["other"],
    }
    assert {query: names(caller.get(f"/appointments?{query}"), made) for query in expected} == expected
    refused(caller.get("/appointments?status=lost"), 400, "VALIDATION_ERROR")
    refused(caller.get("/appointments?startDate=soon"), 400, "VALIDATION_ERROR")


def test_paging(api, history) -> None:
    patient, _, _, made = history
    caller, found, cursor = api.as_(patient), [], ""
    for _ in range(3):
        page = caller.get(f"/appointments?limit=2{cursor}")
        found += names(page, made)
        cursor = f"&cursor={page['pagination']['nextCursor']}"
    assert found == ["off", "later", "done", "other", "soon"]


def test_whose(api, world, history, stranger) -> None:
    patient, first, _, made = history
    assert names(api.as_(first.doctor).get("/appointments"), made) == ["later", "done", "soon"]
    assert api.as_(stranger).get("/appointments")["data"] == []
    of_patient = f"/appointments?patientId={patient.patient_id}"
    answer = api.as_(first.doctor).get(of_patient)
    assert (names(answer, made), answer.trips) == (["off", "later", "done", "other", "soon"], 3)
    admin = api.as_(world.admin).get(f"/appointments?providerId={first.doctor.id}&status=completed")
    assert names(admin, made) == ["done"]
    refused(api.as_(world.doctor()).get(of_patient), 404, "NOT_FOUND")
    family, payer = world.family(), world.family()
    world.grant_family(patient.patient_id, family, by=patient, scopes=["appointments"])
    world.grant_family(patient.patient_id, payer, by=patient, scopes=["billing"])
    assert len(api.as_(family).get(of_patient)["data"]) == 5
    refused(api.as_(payer).get(of_patient), 403, "SCOPE_NOT_GRANTED")
    assert api.as_(family).get("/appointments")["data"] == []
