"""A patient and everybody around them, talking; for tests that change nobody's access."""

import itertools
from dataclasses import dataclass
from typing import Any

import pytest

from tests.client import Answer, Api
from tests.conftest import eventually
from tests.world import Account, World

_numbers = itertools.count(1)


@dataclass
class Talkers:
    """A patient, those around them, and some who are not."""

    api: Api
    patient: Account
    doctor: Account
    nurse: Account
    #: With a grant that includes messages.
    family: Account
    #: With a grant that does not.
    payer: Account
    stranger: Account
    other_patient: Account
    admin: Account
    #: Care Team: doctor (its administrator), nurse, patient.
    team: str
    #: Family Update: doctor (its administrator), patient, family.
    update: str

    def chat(self, by: Account, **fields: Any) -> str:
        """A new chat; its id."""
        answer = self.api.as_(by).post("/chats", fields)
        assert answer.status == 201, answer
        return answer["id"]

    def care_team(self, *others: Account) -> str:
        """A Care Team chat of its own, made by the doctor."""
        return self.chat(
            self.doctor,
            type="Care Team",
            name=f"Team {next(_numbers)}",
            patientId=self.patient.patient_id,
            participantIds=[other.id for other in others or (self.nurse, self.patient)],
        )

    def say(self, by: Account, chat: str, text: str, **fields: Any) -> Answer:
        """A message, sent."""
        answer = self.api.as_(by).post(f"/chats/{chat}/messages", {"content": text, **fields})
        assert answer.status == 201, answer
        return answer

    def texts(self, by: Account, chat: str, **params: Any) -> list[str]:
        """Texts of a chat's messages as somebody sees them, newest first; those of people."""
        answer = self.api.as_(by).get(f"/chats/{chat}/messages", params=params)
        assert answer.status == 200, answer
        return [m["content"] for m in answer["data"] if m["type"] != "system"]

    def row(self, by: Account, chat: str, **params: Any) -> dict[str, Any] | None:
        """Somebody's row of a chat in their list."""
        answer = self.api.as_(by).get("/chats", params={"limit": 100, **params})
        assert answer.status == 200, answer
        return next((row for row in answer["data"] if row["id"] == chat), None)

    def eventually_row(self, by: Account, chat: str, **expected: Any) -> dict[str, Any]:
        """The row, once it says what is expected."""

        def fits() -> dict[str, Any] | None:
            row = self.row(by, chat)
            return row if row and all(row[name] == value for name, value in expected.items()) else None

        return eventually(fits, f"a row with {expected}")


def make_talkers(api: Api, world: World) -> Talkers:
    patient, doctor, nurse = world.patient(name="Pia Talker"), world.doctor(name="Dr Talker"), world.nurse()
    family, payer = world.family(name="Flo Talker"), world.family()
    record = patient.patient_id
    world.join_care_team(record, doctor, by=patient)
    world.join_care_team(record, nurse, by=doctor)
    world.grant_family(record, family, by=patient, scopes=["messages"])
    world.grant_family(record, payer, by=patient, scopes=["billing"])
    made = Talkers(
        api, patient, doctor, nurse, family, payer, world.doctor(), world.patient(), world.admin, team="", update=""
    )
    made.team = made.care_team()
    made.update = made.chat(
        doctor, type="Family Update", name="News", patientId=record, participantIds=[patient.id, family.id]
    )
    return made


@pytest.fixture(scope="session")
def talkers(api: Api, world: World) -> Talkers:
    return make_talkers(api, world)


def took(answer: Answer) -> int:
    """Round trips of one attempt: a row that its task brings up to date meanwhile makes a second one."""
    return answer.trips // answer.attempts


NOWHERE = "00000000-0000-4000-8000-00000000dead"
HIDDEN = (404, "NOT_FOUND")
