"""What handlers take and give: models of bodies and answers, uploads, bare arrays, raw content."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, ClassVar, Generic, NamedTuple, TypeVar

from pydantic import BaseModel, ConfigDict

from shared.store.document import to_camel
from shared.store.query import PageInfo

T = TypeVar("T")


class Model(BaseModel):
    """Base of request bodies and queries: camelCase, unknown fields refused, text trimmed."""

    #: A body of this kind may be as long as an upload, since it holds one.
    large: ClassVar[bool] = False

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


class Bare(NamedTuple, Generic[T]):
    """A list answered as a bare array, paging in the X- headers (RESOLUTIONS: Shared paths)."""

    rows: list[T]
    pagination: PageInfo


class Binary(NamedTuple):
    """Content that is not JSON."""

    content: bytes
    mime_type: str
    headers: Mapping[str, str] = MappingProxyType({})


class Stream(NamedTuple):
    """Content that is sent piece by piece. `length` is its bytes; `status` may be 206 or a redirection."""

    pieces: Iterator[bytes]
    mime_type: str
    length: int
    status: int = 200
    headers: Mapping[str, str] = MappingProxyType({})


class Form(NamedTuple):
    """A body sent as application/x-www-form-urlencoded, and the query beside it. What a webhook signs is both."""

    fields: Mapping[str, str]
    query: str


class Upload(NamedTuple):
    """A file that was sent as multipart/form-data, and the form's other fields. Nothing in it is trusted."""

    content: bytes
    file_name: str
    declared_type: str
    fields: Mapping[str, str]
