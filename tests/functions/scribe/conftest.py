"""A visit by chat, and what the scribe makes of it; `Gemini` drives the vendor's stand-in."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from shared.scribe.documents import Generation
from tests.client import Answer, Api
from tests.conftest import Cloud, eventually
from tests.world import Account, World

NOWHERE = "00000000-0000-4000-8000-00000000dead"

#: Who says what: D the doctor, P the patient.
VISIT = (
    ("D", "Good morning, what brings you in?"),
    ("P", "I've had a sore throat and a fever of 101.5 for three days."),
    ("D", "Any cough?"),
    ("P", "No."),
    ("P", "I take lisinopril 10 mg once a day. I'm allergic to penicillin."),
    ("D", "This is likely strep throat. Let's start azithromycin 500 mg once a day for 3 days."),
    ("D", "If it does not improve we could consider a throat culture."),
)


class Gemini:
    """The controls of the stand-in."""

    def __init__(self, cloud: Cloud) -> None:
        self.url = f"{cloud.environ['AI_URL']}/control"

    def fail(self, mode: str, times: int = 1) -> None:
        httpx.post(f"{self.url}/fail", json={"mode": mode, "times": times}).raise_for_status()

    def lie(self, kind: str | None) -> None:
        httpx.post(f"{self.url}/lie", json={"kind": kind}).raise_for_status()

    def reset(self) -> None:
        httpx.post(f"{self.url}/reset", json={}).raise_for_status()

    @property
    def calls(self) -> list[dict[str, Any]]:
        return httpx.get(f"{self.url}/calls").json()["calls"]


@dataclass
class Practice:
    """A doctor, a patient of theirs, and others."""

    api: Api
    cloud: Cloud
    doctor: Account
    patient: Account
    nurse: Account
    stranger: Account

    def chat(self, *said: tuple[str, str]) -> str:
        """A new chat about the patient in which this was said; its id."""
        body = {
            "type": "Care Team",
            "name": "Visit",
            "patientId": self.patient.patient_id,
            "participantIds": [self.patient.id, self.nurse.id],
        }
        made = self.api.as_(self.doctor).post("/chats", body)
        assert made.status == 201, made
        for who, text in said:
            speaker = {"D": self.doctor, "P": self.patient, "N": self.nurse}[who]
            sent = self.api.as_(speaker).post(f"/chats/{made['id']}/messages", {"content": text})
            assert sent.status == 201, sent
        return made["id"]

    def ask(self, chat: str, by: Account | None = None, **fields: Any) -> Answer:
        headers = fields.pop("headers", {})
        body = {"chatId": chat, "templateType": "soap"} | fields
        return self.api.as_(by or self.doctor).post("/scribe/generate-note", body, headers=headers)

    def note(self, *said: tuple[str, str], **fields: Any) -> dict[str, Any]:
        """A note drafted from a new chat."""
        answer = self.ask(self.chat(*(said or VISIT)), **fields)
        assert answer.status == 200, answer
        return answer.json

    def decide(self, note_id: str, suggestion_id: str, body: Any = None, by: Account | None = None) -> Answer:
        path = f"/clinical-notes/{note_id}/accept-suggestion/{suggestion_id}"
        return self.api.as_(by or self.doctor).post(path, body)

    def job(self, job_id: str, by: Account | None = None) -> Answer:
        return self.api.as_(by or self.doctor).get(f"/jobs/{job_id}")

    def ended(self, job_id: str) -> dict[str, Any]:
        """The job, once it has ended."""

        def over() -> dict[str, Any] | None:
            found = self.job(job_id).json
            return found if found["status"] not in {"queued", "running"} else None

        return eventually(over, "the end of the job", seconds=60)

    def ledger(self, generation_id: str) -> Generation:
        found = self.cloud.unit().get(Generation, generation_id)
        assert found is not None
        return found


def make_practice(api: Api, cloud: Cloud, world: World) -> Practice:
    doctor, patient, nurse = world.doctor(name="Dr Scribe"), world.patient(name="Pat Scribe"), world.nurse()
    world.join_care_team(patient.patient_id, doctor, by=patient)
    world.join_care_team(patient.patient_id, nurse, by=doctor)
    return Practice(api, cloud, doctor, patient, nurse, world.doctor())


@pytest.fixture(scope="session")
def practice(api: Api, cloud: Cloud, world: World) -> Practice:
    return make_practice(api, cloud, world)


@pytest.fixture(scope="session")
def drafted(practice: Practice) -> dict[str, Any]:
    """A note that tests only read."""
    return practice.note()


@pytest.fixture
def gemini(cloud: Cloud) -> Iterator[Gemini]:
    controls = Gemini(cloud)
    controls.reset()
    yield controls
    controls.reset()
