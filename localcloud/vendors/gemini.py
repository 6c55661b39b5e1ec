"""A stand-in for Gemini on Vertex AI: `POST /v1/projects/…/models/<model>:generateContent`.

It checks a request as Vertex does (token, model, parts, media types, response schema) and answers with usage and a
model version that says it is a stand-in. What it answers is extracted from what it is given (`localcloud.gemini`).

Besides, under `/control/`: `POST fail {"mode": …, "times": n}` lets the next calls fail (429, 500, 503, timeout,
malformed, schema, truncated, safety, blocked, not_json), `POST lie {"kind": … | null}` lets it write wrong notes, `POST
reset`, and `GET calls` tells what it was asked: when, for what, and how much; never the content.
"""

import base64
import binascii
import io
import json
import re
import threading
import time
from array import array
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from localcloud.gemini import extract, lies, voice
from localcloud.httpd import Application, Request, Response

MODEL_VERSION: Final = "gemini-stand-in-extractive-1"
_PATH: Final = re.compile(
    r"/v1(?:beta1)?/projects/[^/]+/locations/[a-z0-9-]+/publishers/google/models/([\w.-]+):generateContent"
)
#: Media that Gemini takes (Google's documentation of audio understanding).
_AUDIO: Final = frozenset(f"audio/{kind}" for kind in ("wav", "x-wav", "mp3", "mpeg", "aiff", "aac", "ogg", "flac"))
_TYPES: Final = frozenset({"STRING", "NUMBER", "INTEGER", "BOOLEAN", "ARRAY", "OBJECT"})
_STANDARD: Final = str.maketrans("-_", "+/")
_LARGEST: Final = 20 << 20
#: Audio tokens a second.
_TOKENS_PER_SECOND: Final = 32
#: What is asked for, by a property of the answer's schema that only it has; suggestions after notes, which have both.
_TASKS: Final = {"note": "sentences", "suggestions": "suggestions", "summary": "summary", "transcript": "segments"}
_MODES: Final = frozenset(
    {"429", "500", "503", "400", "timeout", "malformed", "schema", "truncated", "safety", "blocked", "not_json"}
)


class Refused(Exception):  # noqa: N818 - an answer of the vendor
    """An error as Vertex words it."""

    def __init__(self, code: int, status: str, message: str) -> None:
        self.code, self.status, self.message = code, status, message
        super().__init__(message)


def routes(data_dir: Path, environ: Mapping[str, str]) -> Application:
    """The stand-in; it keeps nothing on disk."""
    del data_dir, environ
    return Gemini()


class Gemini:
    """The application."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._failures: list[str] = []
        self._lie: str | None = None
        self._calls: list[dict[str, Any]] = []

    def __call__(self, request: Request) -> Response:
        """Answer one request."""
        body = request.body.read_all(_LARGEST * 2)
        try:
            if request.path.startswith("/control/"):
                return _json(200, self._control(request, body or b""))
            return self._generate(request, body)
        except Refused as refused:
            error = {"code": refused.code, "message": refused.message, "status": refused.status}
            return _json(refused.code, {"error": error})

    def _control(self, request: Request, body: bytes) -> Any:
        asked = json.loads(body or b"{}")
        with self._guard:
            match request.method, request.path.removeprefix("/control/"):
                case "GET", "calls":
                    return {"calls": self._calls}
                case "POST", "fail" if asked.get("mode") in _MODES:
                    self._failures += [asked["mode"]] * int(asked.get("times", 1))
                case "POST", "lie" if asked.get("kind") in {None, *lies.KINDS}:
                    self._lie = asked.get("kind")
                case "POST", "reset":
                    self._failures, self._lie, self._calls = [], None, []
                case _:
                    raise Refused(404, "NOT_FOUND", "No such control, or not with these values.")
        return {"ok": True}

    def _generate(self, request: Request, body: bytes | None) -> Response:
        found = _PATH.fullmatch(request.path)
        if request.method != "POST" or found is None:
            raise Refused(404, "NOT_FOUND", "The requested URL was not found on this server.")
        if not request.headers.get("Authorization", "").startswith("Bearer "):
            raise Refused(401, "UNAUTHENTICATED", "Request is missing required authentication credential.")
        if not found[1].startswith("gemini-"):
            raise Refused(
                404, "NOT_FOUND", f"Publisher Model `{found[1]}` was not found or your project has no access."
            )
        asked = _Question(_object(body))
        with self._guard:
            failure = self._failures.pop(0) if self._failures else None
            lie = self._lie
            self._calls.append({"at": time.time(), "task": asked.task, "characters": len(asked.text),
                                "audioBytes": sum(map(len, asked.audio)), "failed": failure})  # fmt: skip
        if failure is not None and (early := _failed_early(failure)) is not None:
            return early
        answer = asked.answer()
        if lie is not None:
            answer = lies.told(lie, answer)
        return _json(200, _said(asked, answer, failure))


class _Question:
    """A request body, checked."""

    def __init__(self, body: dict[str, Any]) -> None:
        contents = body.get("contents")
        if not isinstance(contents, list) or not contents:
            raise _invalid("Unable to submit request because at least one contents field is required.")
        self.instructions = "".join(p.get("text", "") for p in (body.get("systemInstruction") or {}).get("parts", []))
        self.text, self.audio = "", list[bytes]()
        for part in [part for content in contents for part in content.get("parts") or []]:
            self._take(part)
        if not self.text and not self.audio:
            raise _invalid("Unable to submit request because it must have a text parameter.")
        config = body.get("generationConfig") or {}
        self.schema: dict[str, Any] = config.get("responseSchema") or {}
        if self.schema and config.get("responseMimeType") != "application/json":
            raise _invalid("Response schema is only supported with response mime type application/json.")
        _check_schema(self.schema)
        self.properties: dict[str, Any] = self.schema.get("properties") or {}

    def _take(self, part: dict[str, Any]) -> None:
        if "text" in part:
            self.text += part["text"]
        elif blob := part.get("inlineData"):
            mime = blob.get("mimeType") or blob.get("mime_type")
            if mime not in _AUDIO:
                raise _invalid(f"Unable to submit request because it has a mimeType with value {mime}, not supported.")
            try:
                # As in protobuf's JSON: either alphabet, padded or not.
                data = blob["data"].translate(_STANDARD)
                self.audio.append(base64.b64decode(data + "=" * (-len(data) % 4), validate=True))
            except (KeyError, ValueError, binascii.Error):
                raise _invalid("Invalid base64 data.") from None
            if len(self.audio[-1]) > _LARGEST:
                raise _invalid("Request payload size exceeds the limit.")
        else:
            raise _invalid("Unable to submit request because a part must have one initialized field.")

    @property
    def task(self) -> str:
        """What is asked for, by the answer's schema."""
        return next((task for task, key in _TASKS.items() if key in self.properties), "text")

    def answer(self) -> Any:
        """What is extracted."""
        match self.task:
            case "note":
                sections = _enum(self.properties["sentences"])
                return extract.note(extract.lines_of(self.text), sections, extract.record_of(self.text))
            case "suggestions":
                return extract.suggestions(extract.lines_of(self.text), _enum(self.properties["suggestions"])[0])
            case "summary":
                return extract.summary(extract.lines_of(self.text))
            case "transcript":
                return _transcript(self.audio)
            case _:
                return {"text": "This is a stand-in: it extracts, and was given nothing to extract into."}

    @property
    def tokens(self) -> tuple[int, int]:
        """Tokens of text and of sound, at four characters a token."""
        heard = sum(round(_seconds(recording) * _TOKENS_PER_SECOND) for recording in self.audio)
        return -(-(len(self.text) + len(self.instructions)) // 4), heard


def _enum(array_schema: dict[str, Any]) -> list[str]:
    sections = array_schema["items"]["properties"]["section"].get("enum")
    if not sections:
        raise _invalid("The stand-in needs the sections as an enum of the response schema.")
    return list(sections)


def _transcript(recordings: list[bytes]) -> dict[str, Any]:
    segments = []
    text = ""
    for recording in recordings:
        for heard in voice.hear(_samples(recording)):
            said = heard.text if heard.text is not None else "[inaudible]"
            text += f" {said}"
            segments.append({"start": heard.start, "end": heard.end, "speaker": heard.speaker, "text": said})
    spanish = len(re.findall(r"\b(?:el|la|los|que|tengo|una?|desde|me|mi|con|por)\b", text.lower()))
    return {"language": "es" if spanish > len(text.split()) / 6 else "en", "segments": segments}


def _samples(recording: bytes) -> "array[int]":
    import av

    sound = array("h")
    try:
        resampler = av.AudioResampler(format="s16", layout="mono", rate=voice.RATE)
        with av.open(io.BytesIO(recording), "r") as container:
            for frame in container.decode(audio=0):
                for block in resampler.resample(frame):
                    sound.frombytes(bytes(block.planes[0])[: block.samples * 2])
    except (av.FFmpegError, ValueError, IndexError):
        raise _invalid("Unable to process the audio.") from None
    return sound


def _seconds(recording: bytes) -> float:
    return len(_samples(recording)) / voice.RATE


def _failed_early(mode: str) -> Response | None:
    match mode:
        case "429":
            raise Refused(429, "RESOURCE_EXHAUSTED", "Resource exhausted. Please try again later.")
        case "500":
            raise Refused(500, "INTERNAL", "Internal error encountered.")
        case "503":
            raise Refused(503, "UNAVAILABLE", "The service is currently unavailable.")
        case "400":
            raise _invalid("Request contains an invalid argument.")
        case "timeout":
            time.sleep(3)
            raise Refused(504, "DEADLINE_EXCEEDED", "Deadline exceeded.")
        case "not_json":
            return Response(200, b"<html>upstream</html>", [("Content-Type", "text/html")])
        case "blocked":
            feedback = {"blockReason": "PROHIBITED_CONTENT"}
            return _json(
                200, {"promptFeedback": feedback, "usageMetadata": {"promptTokenCount": 1, "totalTokenCount": 1}}
            )
    return None


def _said(asked: _Question, answer: Any, failure: str | None) -> dict[str, Any]:
    text = json.dumps(answer, ensure_ascii=False)
    finish = "STOP"
    if failure == "malformed":
        text = text[: len(text) // 2] + "}}"
    elif failure == "truncated":
        text, finish = text[: len(text) // 2], "MAX_TOKENS"
    elif failure == "schema":
        text = json.dumps({"sentences": "none", "segments": 3, "summary": 1, "suggestions": {}})
    elif failure == "safety":
        text, finish = "", "SAFETY"
    sent, heard = asked.tokens
    answered = -(-len(text) // 4)
    details = [{"modality": "TEXT", "tokenCount": sent}]
    if heard:
        details.append({"modality": "AUDIO", "tokenCount": heard})
    candidate: dict[str, Any] = {"finishReason": finish, "index": 0}
    if text:
        candidate["content"] = {"role": "model", "parts": [{"text": text}]}
    return {
        "candidates": [candidate],
        "usageMetadata": {
            "promptTokenCount": sent + heard,
            "candidatesTokenCount": answered,
            "totalTokenCount": sent + heard + answered,
            "promptTokensDetails": details,
        },
        "modelVersion": MODEL_VERSION,
        "responseId": "local",
    }


def _check_schema(schema: dict[str, Any]) -> None:
    if not schema:
        return
    if schema.get("type") not in _TYPES:
        raise _invalid("GenerateContentRequest.generation_config.response_schema: unknown type.")
    if schema["type"] == "ARRAY" and "items" not in schema:
        raise _invalid("response_schema.items: missing field.")
    if schema["type"] == "OBJECT" and not schema.get("properties"):
        raise _invalid("response_schema.properties: should be non-empty for OBJECT type")
    for inner in (*(schema.get("properties") or {}).values(), *([schema["items"]] if "items" in schema else [])):
        _check_schema(inner)


def _object(body: bytes | None) -> dict[str, Any]:
    try:
        found = json.loads(body or b"")
    except ValueError:
        raise _invalid("Invalid JSON payload received.") from None
    if not isinstance(found, dict):
        raise _invalid("Invalid JSON payload received.")
    return found


def _invalid(message: str) -> Refused:
    return Refused(400, "INVALID_ARGUMENT", message)


def _json(status: int, body: Any) -> Response:
    return Response(status, json.dumps(body).encode())
