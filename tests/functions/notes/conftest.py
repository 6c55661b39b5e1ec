"""Notes for tests, made through the interface, about the patient of one circle of people."""

from typing import Any

import pytest

from tests.client import Answer, Api
from tests.functions.patients.conftest import Circle, make_circle
from tests.world import PASSWORD, Account

SOAP = {
    "subjective": "Patient reports feeling well; no chest pain.",
    "objective": "BP 120/80, HR 72.",
    "assessment": "Patient in good health.",
    "plan": "Continue current medications.",
}
NOWHERE = "00000000-0000-4000-8000-00000000dead"


class Notes:
    """What can be done with notes, by whom."""

    def __init__(self, api: Api, circle: Circle) -> None:
        self.api, self.circle = api, circle

    def body(self, **fields: Any) -> dict[str, Any]:
        return {"patientId": self.circle.patient.patient_id, "templateType": "soap", "sections": SOAP} | fields

    def new(self, by: Account | None = None, **fields: Any) -> dict[str, Any]:
        """A note, by the circle's doctor unless somebody else."""
        answer = self.api.as_(by or self.circle.doctor).post("/clinical-notes", self.body(**fields))
        assert answer.status == 201, answer
        return answer.json

    def sign(self, note_id: str, by: Account | None = None, **fields: Any) -> Answer:
        signer = by or self.circle.doctor
        return self.api.as_(signer).post(f"/clinical-notes/{note_id}/sign", {"password": PASSWORD} | fields)

    def signed(self, by: Account | None = None, **fields: Any) -> dict[str, Any]:
        """A signed note."""
        note = self.new(by, **fields)
        answer = self.sign(note["id"], by)
        assert answer.status == 200, answer
        return note | answer.json

    def add(self, note_id: str, by: Account | None = None, **fields: Any) -> Answer:
        body = {"content": "HbA1c 6.8 %.", "password": PASSWORD} | fields
        return self.api.as_(by or self.circle.doctor).post(f"/clinical-notes/{note_id}/addenda", body)

    def cosign(self, note_id: str, by: Account, **fields: Any) -> Answer:
        return self.api.as_(by).post(f"/clinical-notes/{note_id}/cosign", {"password": PASSWORD} | fields)

    def get(self, note_id: str, by: Account | None = None) -> Answer:
        return self.api.as_(by or self.circle.doctor).get(f"/clinical-notes/{note_id}")


@pytest.fixture(scope="session")
def circle(world) -> Circle:
    return make_circle(world)


@pytest.fixture(scope="session")
def notes(api, circle) -> Notes:
    return Notes(api, circle)
