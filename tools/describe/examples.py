"""Examples made from schemas: what a model or field declares, else a plausible value of the right form."""

from collections.abc import Mapping
from typing import Any, Final

from pydantic import BaseModel, ValidationError

from tools.describe.schemas import Schema, resolved

UUID: Final = "3f0c9c3e-7e1a-4b62-9d3e-2f6f0f3c8a11"
TIME: Final = "2026-01-15T09:30:00.000Z"

_BY_FORMAT: Final[dict[str, Any]] = {
    "uuid": UUID,
    "date": "2026-01-15",
    "date-time": TIME,
    "time": "09:30:00",
    "email": "pat@example.org",
    "uri": "https://example.org/",
    "binary": "(binary)",
}

#: Numbers and texts of fields that declare no example, by their JSON name.
_NUMBERS: Final = {"expiresIn": 900, "limit": 10}
_BY_NAME: Final[dict[str, str]] = {
    "accessToken": "an-access-token",
    "address": "1 Main Street, Springfield",
    "avatar": "https://api.consentmd.com/api/v1/users/" + UUID + "/avatar",
    "code": "123456",
    "currentPassword": "correct-Horse-9-battery",
    "email": "pat@example.org",
    "language": "en",
    "mrn": "MRN-7K2M9QX4",
    "name": "Pat Example",
    "newPassword": "another-Horse-7-staple",
    "password": "correct-Horse-9-battery",
    "phone": "+15555550123",
    "phoneNumber": "+15555550123",
    "refreshToken": "a-refresh-token",
    "timezone": "America/New_York",
    "timeZone": "America/New_York",
    "token": "a-token",
}

_DEEPEST: Final = 8


class Examples:
    """Makes examples of schemas that may refer to `components`, by name."""

    def __init__(self, components: Mapping[str, Schema]) -> None:
        self._components = components
        # What one model gives as an example of a field is one of the field of that name and form in any other.
        self._declared: dict[tuple[str, str, str], Any] = {}
        for name in sorted(components):
            whole: dict[str, Any] = next(iter(components[name].get("examples", ())), {})
            for field, schema in components[name].get("properties", {}).items():
                own = [value for form in (schema, *_variants(schema)) for value in form.get("examples", ())]
                for value in own + ([whole[field]] if field in whole else []):
                    self._declared.setdefault((field, *self._form(schema)), value)

    def request(self, model: type[BaseModel], schema: Schema) -> Any:
        """An example of a body: what is needed and what declares an example; everything, if that is empty or refused.

        When a rule of the model refuses that too, `tests/tools/test_describe.py` fails and asks for an example to be
        declared.
        """
        needed, whole = (self.of(schema, everything=everything) for everything in (False, True))
        made = [needed, whole] if needed else [whole, needed]
        return next((example for example in made if accepted(model, example)), made[0])

    def of(self, schema: Schema, name: str = "", *, everything: bool = True, depth: int = 0) -> Any:
        """An example of `schema`; without `everything`, optional fields only where they declare one."""
        schema = self._merged(schema)
        for key in ("examples", "enum"):
            if schema.get(key):
                return schema[key][0]
        for key in ("example", "const"):
            if key in schema:
                return schema[key]
        if variants := _variants(schema):
            return self.of(variants[0], name, everything=everything, depth=depth)
        kind = schema.get("type")
        if kind == "object" or "properties" in schema:
            return self._object(schema, everything, depth)
        if kind == "array":
            deep = depth >= _DEEPEST or (not everything and not schema.get("minItems"))
            inner = schema.get("items", {})
            return [] if deep else [self.of(inner, _singular(name), everything=everything, depth=depth + 1)]
        if schema.get("default") is not None:
            return schema["default"]
        if kind == "boolean":
            return True
        return self._simple(schema, name) if kind in {"integer", "number", "string"} else None

    def _simple(self, schema: Schema, name: str) -> Any:
        known = name in _BY_NAME or name == "id" or name.endswith("Id")
        found = None if known else self._declared.get((name, *self._form(schema)))
        if found is not None and (schema["type"] != "integer" or isinstance(found, int)):
            return found
        return _text(schema, name) if schema["type"] == "string" else _NUMBERS.get(name, _number(schema))

    def _object(self, schema: Schema, everything: bool, depth: int) -> dict[str, Any]:
        if depth >= _DEEPEST:
            return {}
        required = set(schema.get("required", ()))
        return {
            key: self.of(value, key, everything=everything, depth=depth + 1)
            for key, value in schema.get("properties", {}).items()
            if everything or key in required or self._merged(value).get("examples")
        }

    def _form(self, schema: Schema) -> tuple[str, str]:
        schema = self._merged(schema)
        if variants := _variants(schema):
            return self._form(variants[0])
        return str(schema.get("type", "")).replace("integer", "number"), str(schema.get("format", ""))

    def _merged(self, schema: Schema) -> Schema:
        # What stands beside a $ref in OpenAPI 3.1 counts too: a field's own examples come before its type's.
        if "$ref" in schema:
            return {**resolved(schema, self._components), **{k: v for k, v in schema.items() if k != "$ref"}}
        if len(schema.get("allOf", ())) == 1:
            return self._merged({**schema["allOf"][0], **{k: v for k, v in schema.items() if k != "allOf"}})
        return schema


def accepted(model: type[BaseModel], example: Any) -> bool:
    """Whether `model` takes `example` as a body."""
    try:
        model.model_validate(example)
    except ValidationError:
        return False
    return True


def _variants(schema: Schema) -> list[Schema]:
    """What a value may be besides null."""
    variants: list[Schema] = schema.get("anyOf") or schema.get("oneOf") or []
    return [each for each in variants if each.get("type") != "null"]


def _singular(name: str) -> str:
    return name.removesuffix("s")


def _number(schema: Schema) -> int | float:
    low = schema.get("minimum", schema.get("exclusiveMinimum"))
    if low is None:
        high = schema.get("maximum", schema.get("exclusiveMaximum"))
        return min(1, high) if high is not None else 1
    value: int | float = low + 1 if "exclusiveMinimum" in schema and "minimum" not in schema else low
    return value


def _text(schema: Schema, name: str) -> str:
    if schema.get("format") in _BY_FORMAT:
        return str(_BY_FORMAT[schema["format"]])
    if name in _BY_NAME:
        text = _BY_NAME[name]
    elif name == "id" or name.endswith("Id"):
        text = UUID
    elif name.endswith("Phone"):
        text = _BY_NAME["phone"]
    else:
        text = "text"
    return text.ljust(schema.get("minLength", 0), "x")[: schema.get("maxLength", 10_000)]
