"""The Gemini stand-in, as the vendor's own SDK sees it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import httpx
import pytest
from google.genai import Client, errors, types
from google.oauth2.credentials import Credentials
from pydantic import BaseModel

from localcloud.gemini import extract, voice
from localcloud.httpd import HttpServer
from localcloud.vendors.mount import Vendors

TALK = """<conversation>
{"id": "L1", "speaker": "patient", "text": "My left knee hurts since Monday. Thank you!"}
{"id": "L2", "speaker": "clinician", "text": "Any fever?"}
{"id": "L3", "speaker": "patient", "text": "No."}
{"id": "L4", "speaker": "clinician", "text": "Let's start ibuprofen 400 mg three times a day."}
</conversation>"""


class Sentence(BaseModel):
    section: Literal["subjective", "plan"]
    text: str
    citations: list[str]


class Note(BaseModel):
    sentences: list[Sentence]


@pytest.fixture(scope="module")
def url(tmp_path_factory) -> Iterator[str]:
    server = HttpServer(0, Vendors(Path(tmp_path_factory.mktemp("vendors")), {}))
    server.start()
    yield f"http://127.0.0.1:{server.port}/gemini"
    server.stop()


@pytest.fixture(scope="module")
def client(url: str) -> Client:
    options = types.HttpOptions(base_url=url, api_version="v1", timeout=10_000)
    return Client(
        vertexai=True, project="p", location="us-central1", credentials=Credentials(token="t"), http_options=options
    )


def ask(client: Client, *parts, schema=Note, model="gemini-3.5-flash", **config):
    kinds = {"response_mime_type": "application/json", "response_schema": schema} if schema else {}
    return client.models.generate_content(
        model=model, contents=list(parts), config=types.GenerateContentConfig(**kinds, **config)
    )


def test_structured_answers_with_usage(client) -> None:
    answer = ask(client, TALK, system_instruction="Write a note.")
    note = answer.parsed
    assert [(s.section, s.citations) for s in note.sentences] == [
        ("subjective", ["L1"]),
        ("subjective", ["L2", "L3"]),
        ("plan", ["L4"]),
    ]
    assert answer.candidates[0].finish_reason is types.FinishReason.STOP
    assert "stand-in" in answer.model_version
    used = answer.usage_metadata
    assert used.total_token_count == used.prompt_token_count + used.candidates_token_count > 0


def test_sound_is_counted_and_heard(client) -> None:
    class Segment(BaseModel):
        start: float
        speaker: str
        text: str

    class Heard(BaseModel):
        segments: list[Segment]

    sound = types.Part.from_bytes(data=voice.speak([("patient", "Hola, me duele la cabeza.")]), mime_type="audio/wav")
    answer = ask(client, sound, schema=Heard)
    assert [(s.speaker, s.text) for s in answer.parsed.segments] == [("patient", "Hola, me duele la cabeza.")]
    kinds = {d.modality.name: d.token_count for d in answer.usage_metadata.prompt_tokens_details}
    assert kinds["AUDIO"] > 0


@pytest.mark.parametrize(
    ("question", "code"),
    [
        (lambda c: ask(c, TALK, model="claude-9"), 404),
        (lambda c: ask(c, types.Part.from_bytes(data=b"x", mime_type="audio/webm")), 400),
        (lambda c: ask(c, types.Part.from_bytes(data=b"x", mime_type="audio/wav")), 400),
    ],
)
def test_it_refuses_what_the_vendor_refuses(client, question, code) -> None:
    with pytest.raises(errors.ClientError) as refused:
        question(client)
    assert refused.value.code == code


def test_requests_need_a_token_and_contents(url) -> None:
    path = f"{url}/v1/projects/p/locations/us-central1/publishers/google/models/gemini-3.5-flash:generateContent"
    assert httpx.post(path, json={"contents": []}).status_code == 401
    headers = {"Authorization": "Bearer t"}
    for body in (b"{", b"[]", b'{"contents": []}', b'{"contents": [{"parts": [{}]}]}'):
        assert httpx.post(path, content=body, headers=headers).status_code == 400
    assert httpx.post(f"{url}/control/fail", json={"mode": "sulking"}).status_code == 404


@pytest.mark.parametrize(("mode", "code"), [("429", 429), ("500", 500), ("503", 503), ("400", 400)])
def test_it_fails_when_told_to(client, url, mode, code) -> None:
    httpx.post(f"{url}/control/fail", json={"mode": mode})
    with pytest.raises(errors.APIError) as failed:
        ask(client, TALK)
    assert failed.value.code == code
    assert ask(client, TALK).parsed is not None


def test_it_lies_when_told_to(client, url) -> None:
    httpx.post(f"{url}/control/lie", json={"kind": "side"})
    lied = ask(client, TALK).parsed
    httpx.post(f"{url}/control/reset", json={})
    assert "right knee" in lied.sentences[0].text
    assert "left knee" in ask(client, TALK).parsed.sentences[0].text


def test_what_is_extracted_is_quoted() -> None:
    """Every word of a statement was said in the lines it cites."""
    lines = extract.lines_of(TALK)
    said = {line.id: line.text for line in lines}
    for statement in extract.statements(lines):
        source = " ".join(said[key] for key in statement.lines)
        assert all(word.strip("“”:?.,") in source for word in statement.text.split() if word != "asked")
