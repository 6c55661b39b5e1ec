"""What handlers take and give: models of bodies and answers, uploads, bare arrays, raw content."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from shared.store.query import PageInfo

T = TypeVar("T")


class Model(BaseModel):
    """Base of request bodies and queries: camelCase, unknown fields refused, text trimmed."""

    model_config = ConfigDict(
        defer_build=True, alias_generator=to_camel, populate_by_name=True, extra="forbid", frozen=True,
        str_strip_whitespace=True, validate_default=False, hide_input_in_errors=True,
    )  # fmt: skip

    def given(self) -> dict[str, Any]:
        """The fields the caller sent, by attribute name."""
        return {name: getattr(self, name) for name in self.model_fields_set}


class Out(BaseModel):
    """Base of answers: camelCase; only declared fields leave."""

    model_config = ConfigDict(
        defer_build=True, alias_generator=to_camel, populate_by_name=True, extra="ignore", from_attributes=True
    )


@dataclass(frozen=True)
class Bare(Generic[T]):
    """A list answered as a bare array, paging in the X- headers (RESOLUTIONS: Shared paths)."""

    rows: list[T]
    pagination: PageInfo


@dataclass(frozen=True)
class Binary:
    """Content that is not JSON."""

    content: bytes
    mime_type: str
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Form:
    """A body sent as application/x-www-form-urlencoded, and the query beside it. What a webhook signs is both."""

    fields: Mapping[str, str]
    query: str


@dataclass(frozen=True)
class Upload:
    """A file that was sent as multipart/form-data, and the form's other fields. Nothing in it is trusted."""

    content: bytes
    file_name: str
    declared_type: str
    fields: Mapping[str, str]
