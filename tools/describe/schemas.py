"""JSON schemas of everything that endpoints take and give, as components of one document."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal, cast

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode

from shared.http.declared import ErrorBody
from shared.http.endpoint import Endpoint
from shared.jobs import JobOut

Schema = dict[str, Any]
Part = Literal["body", "query", "answer"]

REF = "#/components/schemas/"

# `Page[PatientRow]` is called Page_PatientRow_ by pydantic: generated clients deserve a name that can be typed.
_GENERIC = re.compile(r"Page_(\w+?)_")
# Where a rule comes from is for readers of the code; readers of the API have none of those documents.
_IN_PARENTHESES = re.compile(r"\s*\((?:RESOLUTIONS|DESIGN|seeds?)\b[^()]*\)")
_SENTENCE = re.compile(r"\s*\bSources?:.*?(?=\n\n|\Z)", re.DOTALL)


def prose(text: str) -> str:
    """`text` without the references to design documents that stand in parentheses or follow `Source:`."""
    return _SENTENCE.sub("", _IN_PARENTHESES.sub("", text))


class _Generator(GenerateJsonSchema):
    """pydantic's schemas without a title per field, and with every field of an answer required: none is left out."""

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002 - pydantic's signature
        return False

    def field_is_required(self, field: Any, total: bool) -> bool:
        if self.mode == "serialization":
            return not field.get("serialization_exclude", False)
        return super().field_is_required(field, total)


class Schemas:
    """Schemas of `specs`, by endpoint and part, and the components they refer to."""

    def __init__(self, specs: Iterable[Endpoint]) -> None:
        wanted = list(_wanted(specs))
        made, definitions = TypeAdapter.json_schemas(
            wanted, by_alias=True, ref_template=REF + "{model}", schema_generator=_Generator
        )
        self.components: dict[str, Schema] = cleaned(definitions.get("$defs", {}))
        self._made: dict[str, Schema] = {key: cleaned(schema) for (key, _), schema in made.items()}

    def of(self, name: str, part: Part) -> Schema:
        """Schema of the body, query or answer of endpoint `name`."""
        return self._made[f"{name} {part}"]

    def parameter(self, name: str, parameter: str) -> Schema:
        """Schema of a path parameter."""
        return self._made[f"{name} path {parameter}"]

    @property
    def error(self) -> Schema:
        """Schema of the error body."""
        return self._made["error"]

    @property
    def job(self) -> Schema:
        """Schema of the answer of an endpoint whose job takes longer than it waits."""
        return self._made["job"]


def _wanted(specs: Iterable[Endpoint]) -> Iterator[tuple[str, JsonSchemaMode, TypeAdapter[Any]]]:
    # "validation": `number` is there only for errors that have one.
    yield "error", "validation", TypeAdapter(ErrorBody)
    yield "job", "serialization", TypeAdapter(JobOut)
    for spec in specs:
        if spec.body is not None:
            yield f"{spec.name} body", "validation", TypeAdapter(spec.body)
        if spec.query is not None:
            yield f"{spec.name} query", "validation", TypeAdapter(spec.query)
        if spec.adapter is not None:
            yield f"{spec.name} answer", "serialization", spec.adapter
        for name, adapter in spec.path_parameters.items():
            yield f"{spec.name} path {name}", "validation", adapter


def cleaned(value: Any) -> Any:
    """Schemas with readable component names and descriptions for readers of the API."""
    if isinstance(value, Mapping):
        return {_renamed(key): _described(key, item) for key, item in value.items()}
    if isinstance(value, list):
        return [cleaned(item) for item in value]
    return _renamed(value) if isinstance(value, str) and value.startswith(REF) else value


def _described(key: str, value: Any) -> Any:
    return prose(value) if key == "description" and isinstance(value, str) else cleaned(value)


def _renamed(name: str) -> str:
    return _GENERIC.sub(r"\1Page", name)


def resolved(schema: Schema, components: Mapping[str, Schema]) -> Schema:
    """`schema`, or the component it refers to."""
    while "$ref" in schema:
        schema = components[schema["$ref"].removeprefix(REF)]
    return schema


def reachable(document: Mapping[str, Any], components: Mapping[str, Schema]) -> dict[str, Schema]:
    """The components that `document` refers to, directly or through others, by name."""
    found: dict[str, Schema] = {}
    pending = _references(document)
    while pending:
        name = pending.pop()
        if name not in found:
            found[name] = components[name]
            pending |= _references(components[name])
    return {name: found[name] for name in sorted(found)}


def _references(value: Any) -> set[str]:
    return set(cast("list[str]", re.findall(rf'"\$ref": "{REF}([^"]+)"', json.dumps(value))))
