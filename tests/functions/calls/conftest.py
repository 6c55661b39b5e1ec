"""People who call each other."""

import base64
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from localcloud.gemini.voice import speak
from shared.calls.documents import Call, Recording
from tests.client import Answer, Api
from tests.conftest import Cloud, eventually
from tests.world import Account, World

SAID = [
    ("clinician", "Good morning, what brings you here today?"),
    ("patient", "I have had a headache on the left side for three days."),
    ("clinician", "Do you take anything for it?"),
    ("patient", "Yes, ibuprofen 400 mg twice a day. I have no allergies."),
    ("clinician", "Please keep taking it with food and call us if it gets worse."),
]


@dataclass
class Callers:
    """A patient, those around them, and somebody who is not."""

    api: Api
    cloud: Cloud
    patient: Account
    doctor: Account
    nurse: Account
    stranger: Account
    admin: Account

    def ring(self, by: Account, *to: Account, **fields: Any) -> Answer:
        """A new call."""
        answer = self.api.as_(by).post("/calls/initiate", {"recipientIds": [t.id for t in to], **fields})
        assert answer.status == 201, answer
        return answer

    def talk(self, *, consent: bool = False) -> str:
        """Doctor and patient on a call; its id."""
        call = self.ring(self.doctor, self.patient)["callId"]
        self.post(self.patient, call, "answer")
        if consent:
            self.agree(call)
        return call

    def agree(self, call: str, **fields: Any) -> None:
        """Both agree to everything."""
        for who in (self.doctor, self.patient):
            self.post(who, call, "consent", fields or {"recording": True, "scribe": True})

    def post(self, who: Account, call: str, what: str, body: Any = None, status: int = 200, **options: Any) -> Answer:
        """What somebody does on a call."""
        answer = self.api.as_(who).post(f"/calls/{call}/{what}", body, **options)
        assert answer.status == status, answer
        return answer

    def recorded(self, call: str, said: Any = SAID) -> Recording:
        """A recording of a call with these words in it, stored; the call is over."""
        self.hear(call, said)
        made = self.post(self.doctor, call, "record", {"action": "start"})["recordingId"]
        self.until(made, "recording")
        self.post(self.doctor, call, "record", {"action": "stop"})
        stored = self.until(made, "stored")
        self.post(self.doctor, call, "end")
        return stored

    def hear(self, call: str, said: Any) -> None:
        """What the recordings of a call will hold."""
        audio = said if isinstance(said, bytes) else speak(said)
        body = {"room": self.stored(call).room_id, "audio": base64.b64encode(audio).decode()}
        self.cloud.vendor("/hundredms/_hear", body)

    def until(self, recording: str, state: str) -> Recording:
        """A recording, once it is in a state."""
        return eventually(lambda: self._in(recording, state), f"recording {state}")

    def _in(self, recording: str, state: str) -> Recording | None:
        found = self.cloud.unit().get(Recording, recording)
        return found if found is not None and found.state == state else None

    def stored(self, call: str) -> Call:
        """A call as it is stored."""
        return self.cloud.unit().get(Call, call)

    def rewind(self, call: str, **changes: Any) -> None:
        """Set a scene that no endpoint can set."""
        unit = self.cloud.unit()
        unit.update(unit.get(Call, call), **changes)
        unit.commit()

    def run(self, worker: str, key: str) -> Answer:
        """A worker, as Cloud Tasks calls it."""
        return self.cloud.machine(self.api, "task", worker).post(f"/tasks/{worker}", {"id": key})

    def event(self, call: str, kind: str, **fields: Any) -> dict[str, Any]:
        """A webhook about a call's room."""
        body = {"room": self.stored(call).room_id, "type": kind, **fields}
        return self.cloud.vendor("/hundredms/_event", body)

    def failing(self, answer: str | None, *, on: str = "rooms", times: int = 1) -> None:
        """Let the vendor fail, or not any more: where rooms are made, about one room, or with `media`."""
        self.cloud.vendor("/hundredms/_answers", {"for": on, "answer": answer, "times": times})

    def rooms(self) -> list[dict[str, Any]]:
        """What the vendor knows."""
        return httpx.get(f"http://127.0.0.1:{self.cloud.ports.vendors}/hundredms/_rooms").json()["rooms"]


@pytest.fixture(scope="module")
def callers(api: Api, cloud: Cloud, world: World) -> Callers:
    patient, doctor, nurse = world.patient(name="Pat Caller"), world.doctor(name="Dora Caller"), world.nurse()
    for member in (doctor, nurse):
        world.join_care_team(patient.patient_id, member, by=patient)
    return Callers(api, cloud, patient, doctor, nurse, world.doctor(), world.admin)
