"""From bytes to typed arguments; everything a caller can get wrong about the form of a request ends here."""

import json
import math
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote_to_bytes

from pydantic import BaseModel, ValidationError

from shared.errors import (
    ApiError,
    BodyTooLarge,
    Detail,
    InvalidRequest,
    UnreadableBody,
    UnreadableParameter,
    UnsupportedMediaType,
    ValidationFailed,
)
from shared.http.answers import Form, Upload

if TYPE_CHECKING:
    from flask import Request

    from shared.http.endpoint import Endpoint

_WORST = 20  # details answered at most: a body of a thousand wrong fields is not worth a thousand sentences


def check_text(request: "Request") -> None:
    """Refuse addresses that are not UTF-8 or hold null bytes."""
    raw_path = request.environ.get("PATH_INFO", "").encode("latin-1")
    for raw in (raw_path, unquote_to_bytes(request.query_string.replace(b"+", b" "))):
        try:
            text = raw.decode("utf-8")
        except UnicodeDecodeError:
            raise UnreadableParameter from None
        # Some servers have put the replacement character where bytes were no text.
        if "\x00" in text or "\ufffd" in text:
            raise UnreadableParameter


def path_arguments(spec: "Endpoint", found: Mapping[str, str]) -> dict[str, Any]:
    """Path parameters, each checked against its type."""
    values: dict[str, Any] = {}
    wrong: list[Detail] = []
    for name, adapter in spec.path_parameters.items():
        if name.endswith("Id") and not _is_uuid(found[name]):
            wrong.append(Detail(name, "must be a UUID, e.g. 3f0c9c3e-7e1a-4b62-9d3e-2f6f0f3c8a11"))
            continue
        try:
            values[name] = adapter.validate_python(found[name])
        except ValidationError as refused:
            wrong += [_detail(name, e) for e in refused.errors()]
    if wrong:
        raise ValidationFailed(details=wrong)
    return values


def _is_uuid(text: str) -> bool:
    digits = text.replace("-", "")
    shape = [len(part) for part in text.split("-")] == [8, 4, 4, 4, 12]
    return shape and all(c in "0123456789abcdef" for c in digits)


def query_argument(model: type[BaseModel], request: "Request") -> BaseModel:
    """The query string as `model`."""
    wrong = [Detail(key, "is given more than once") for key in request.args if len(request.args.getlist(key)) > 1]
    if wrong:
        raise ValidationFailed(details=wrong[:_WORST])
    return validated(model, {k: v for k, v in request.args.items() if v != ""})


def body_argument(spec: "Endpoint", request: "Request", limit: int) -> BaseModel | None:
    """The JSON body as the endpoint's model; None when it may be left out and is."""
    model = spec.body
    if model is None:
        return None
    raw = read(request, limit)
    if not raw and spec.body_optional:
        return None
    if request.mimetype != "application/json" and not request.mimetype.endswith("+json"):
        raise UnsupportedMediaType
    return validated(model, read_json(raw))


def peek(request: "Request", limit: int) -> dict[str, Any]:
    """What query and JSON body say before anybody has checked it, as far as it can be read: for what to read early."""
    try:
        body = read_json(read(request, limit)) if request.method != "GET" else {}
    except ApiError:
        body = {}
    return {**request.args, **body}


def read(request: "Request", limit: int) -> bytes:
    """The body, at most `limit` bytes, whether its length was announced or not."""
    from werkzeug.exceptions import ClientDisconnected, RequestEntityTooLarge

    if (request.content_length or 0) > limit:
        raise BodyTooLarge
    request.max_content_length = limit
    try:
        return request.get_data(cache=True)
    except RequestEntityTooLarge:
        raise BodyTooLarge from None
    except ClientDisconnected:
        raise InvalidRequest("The connection ended before the body was complete.") from None


def read_json(raw: bytes) -> dict[str, Any]:
    """A JSON object; refuses what JSON or Firestore cannot carry (NaN, null bytes, lone surrogates, huge numbers)."""
    try:
        value = json.loads(raw.decode("utf-8"), parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise UnreadableBody from None
    if not isinstance(value, dict):
        raise UnreadableBody("The body must be one JSON object.")
    if (wrong := _unstorable(value)) is not None:
        raise ValidationFailed(details=[wrong])
    return value


def _no_constant(name: str) -> Any:
    raise ValueError(name)


def _unstorable(value: Any) -> Detail | None:
    pending: list[tuple[str, Any]] = [("", value)]
    while pending:
        at, item = pending.pop()
        if isinstance(item, dict):
            pending += [(f"{at}.{key}".lstrip("."), inner) for key, inner in item.items()]
            pending += [(at, key) for key in item]
        elif isinstance(item, list):
            pending += [(f"{at}.{i}".lstrip("."), inner) for i, inner in enumerate(item)]
        elif isinstance(item, str):
            if "\x00" in item or any("\ud800" <= c <= "\udfff" for c in item):
                return Detail(_safe(at), "holds a null character or half a surrogate pair")
        elif (isinstance(item, float) and not math.isfinite(item)) or (
            isinstance(item, int) and not -(2**63) <= item < 2**63
        ):
            return Detail(_safe(at), "is too large a number")
    return None


def _safe(at: str) -> str:
    return at if at.isascii() and at.isprintable() and len(at) < 100 else "body"


def form_argument(request: "Request", limit: int) -> Form:
    """A form-encoded body; of a field that is repeated, the last value."""
    if request.mimetype != "application/x-www-form-urlencoded":
        raise UnsupportedMediaType("Send the body as application/x-www-form-urlencoded.")
    try:
        text = read(request, limit).decode("utf-8")
        pairs = parse_qsl(text, keep_blank_values=True, strict_parsing=bool(text), errors="strict", max_num_fields=200)
    except ValueError:
        raise UnreadableBody("The body is not form data in UTF-8.") from None
    return Form(dict(pairs), request.query_string.decode("utf-8"))


def upload_argument(request: "Request", limit: int) -> Upload:
    """The one file of a multipart body (part `file`, or `avatar`, `audio`), read whole."""
    from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

    if request.mimetype != "multipart/form-data":
        raise UnsupportedMediaType("Send the file as multipart/form-data.")
    if (request.content_length or 0) > limit:
        raise BodyTooLarge
    request.max_content_length = limit
    try:
        files, form = request.files, request.form
    except RequestEntityTooLarge:
        raise BodyTooLarge from None
    except (HTTPException, ValueError):
        raise UnreadableBody("The multipart body cannot be read.") from None
    sent = [part for name in ("file", "avatar", "audio") for part in files.getlist(name)]
    if len(sent) != 1:
        raise ValidationFailed(details=[Detail("file", "send exactly one file, in the part `file`")])
    content = sent[0].stream.read()
    if not content:
        raise ValidationFailed(details=[Detail("file", "is empty")])
    return Upload(
        content=content,
        file_name=(sent[0].filename or "")[:255],
        declared_type=sent[0].mimetype or "",
        fields={key: value for key, value in form.items() if "\x00" not in value},
    )


def validated(model: type[BaseModel], value: Mapping[str, Any]) -> BaseModel:
    """`value` as `model`; a `ValidationFailed` names fields and rules, never values."""
    try:
        return model.model_validate(value)
    except ValidationError as refused:
        raise ValidationFailed(details=list(_details(refused.errors(include_input=False, include_url=False)))) from None


def _details(errors: Iterable[Any]) -> Iterable[Detail]:
    for error in list(errors)[:_WORST]:
        where = ".".join(str(part) for part in error["loc"] if not str(part).startswith("function-"))
        # The name of an unknown field is the caller's text: keep it only if it looks like a name.
        yield _detail(_safe(where) or "body", error)


def _detail(where: str, error: Any) -> Detail:
    rules = {name: value for name, value in error.get("ctx", {}).items() if name != "error"}
    return Detail(where, sentence(error), error["type"], rules)


def sentence(error: Any) -> str:
    """What is wrong, for people. Texts of our own validators pass; pydantic's are put in our words where they leak."""
    kind = error["type"]
    if kind == "extra_forbidden":
        return "is not a field of this request"
    if kind == "missing":
        return "is required"
    text: str = error["msg"]
    for prefix in ("Value error, ", "Assertion failed, "):
        text = text.removeprefix(prefix)
    if kind.startswith(("date", "time")) and "," in text:
        text = text.split(",")[0]
    if kind == "string_pattern_mismatch":
        return "does not have the required form"
    return text[:1].lower() + text[1:]
