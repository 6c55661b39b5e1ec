"""Voice messages, as apps send them."""

from typing import Any

import httpx

from localcloud.gemini.voice import speak
from shared.config import settings
from tests.conftest import eventually

#: Long enough to be worth a summary.
LONG = (
    ("patient", "I have had a headache on the right side for two weeks and it is worse in the morning."),
    ("patient", "I take ibuprofen 400 mg twice a day and it does not help me at all any more."),
    ("patient", "I have no fever and I have not been sick."),
)
SHORT = (("patient", "I feel much better today, thank you."),)


def voice_message(api: Any, by: Any, chat: str, recording: bytes | None = None, **fields: str) -> dict[str, Any]:
    """A voice message whose recording was found clean."""
    sent = {"audio": ("voice.wav", speak(SHORT) if recording is None else recording, "audio/wav")}
    answer = api.as_(by).call("POST", f"/chats/{chat}/messages", files=sent, data={"type": "voice"} | fields)
    assert answer.status == 201, answer

    def clean() -> bool:
        return api.as_(by).get(f"/files/{answer['fileId']}")["scanState"] == "clean"

    eventually(clean, "the scan of a recording")
    return answer.json


def failing(mode: str, times: int) -> None:
    """Let the stand-in for the language model fail the next calls."""
    control("fail", {"mode": mode, "times": times})


def control(what: str, body: dict[str, Any] | None = None) -> Any:
    """Tell the stand-in for the language model something."""
    url = f"{settings().ai_url}/control/{what}"
    answer = httpx.get(url) if body is None else httpx.post(url, json=body)
    answer.raise_for_status()
    return answer.json()
