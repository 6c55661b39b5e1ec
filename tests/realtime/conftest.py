"""One gateway on the services of this test process, and a practice that talks."""

from dataclasses import dataclass
from typing import Any

import pytest

from tests.client import Api
from tests.world import Account, World, unique

#: Quick where a test would have to wait.
SETTINGS = {
    "REALTIME_RECHECK_SECONDS": "1",
    "REALTIME_AUTH_SECONDS": "1",
    "REALTIME_QUEUE_FRAMES": "64",
    "REALTIME_FRAMES_PER_SECOND": "20",
    "REALTIME_FRAMES_BURST": "200",
    "REALTIME_LEASE_SECONDS": "4",
}


@pytest.fixture(scope="session")
def gateway(cloud: Any) -> str:
    """Its address; it ends with the cloud."""
    return cloud.start_realtime(**SETTINGS)


@pytest.fixture(scope="session")
def second(cloud: Any) -> str:
    """Another one beside it."""
    return cloud.start_realtime("second", **SETTINGS)


@dataclass
class Practice:
    """A patient, who looks after them, and their chat."""

    api: Api
    world: World
    patient: Account
    doctor: Account
    nurse: Account
    family: Account
    stranger: Account
    #: Doctor (its administrator), nurse, patient.
    team: str

    def chat(self, *others: Account, kind: str = "Care Team") -> str:
        body = {
            "type": kind, "name": unique("Chat "), "patientId": self.patient.patient_id,
            "participantIds": [other.id for other in others or (self.nurse, self.patient)],
        }  # fmt: skip
        answer = self.api.as_(self.doctor).post("/chats", body)
        assert answer.status == 201, answer
        return answer["id"]

    def say(self, by: Account, text: str, chat: str | None = None) -> str:
        answer = self.api.as_(by).post(f"/chats/{chat or self.team}/messages", {"content": text})
        assert answer.status == 201, answer
        return answer["id"]


@pytest.fixture(scope="session")
def practice(api: Api, world: World) -> Practice:
    patient, doctor, nurse, family = world.patient(), world.doctor(), world.nurse(), world.family()
    for member in (doctor, nurse):
        world.join_care_team(patient.patient_id, member, by=patient)
    world.grant_family(patient.patient_id, family, by=patient, scopes=["health_record", "messages"])
    made = Practice(api, world, patient, doctor, nurse, family, world.doctor(), "")
    made.team = made.chat()
    return made


@pytest.fixture
def logs(cloud: Any) -> Any:
    """What was written to the services' log since this test began."""
    start = cloud.log.stat().st_size

    def read() -> str:
        with cloud.log.open("rb") as log:
            log.seek(start)
            return log.read().decode(errors="replace")

    return read
