"""Documents: what is stored, which fields are sealed, and how both are written to Firestore.

A stored document has the fields of its model in camelCase plus `schema` (its version). A sealed field is stored as
bytes (AES-256-GCM, see `shared.store.crypto`) bound to its collection, document and field; equality and word-prefix
search on sealed fields work over the blind index fields a document declares.
"""

import uuid
from collections.abc import Callable, Mapping
from datetime import date, datetime
from enum import Enum
from functools import cache
from typing import Annotated, Any, ClassVar, NamedTuple, Self, TypeVar

from pydantic import BaseModel, ConfigDict

from shared.store.crypto import Sealer

T = TypeVar("T")


class _SealedMark:
    """Marks a field that only ever reaches Firestore encrypted."""


Sealed = Annotated[T, _SealedMark()]


class Exact(NamedTuple):
    """A blind index for equality: `kind` chooses the normaliser, `source` is the indexed attribute."""

    kind: str
    source: str
    depends: tuple[str, ...] = ()


class Words(NamedTuple):
    """Blind indexes of every word's prefixes (two letters and more), for `array-contains`.

    `source` may be a property; `depends` then names the attributes it is made from.
    """

    kind: str
    source: str
    depends: tuple[str, ...] = ()


def new_id() -> str:
    """A fresh UUIDv4 as text (RESOLUTIONS: Ids)."""
    return str(uuid.uuid4())


@cache
def to_camel(name: str) -> str:
    """The stored and public name of an attribute: `recorded_date` is `recordedDate`, `a_b2c` is `aB2C`.

    As pydantic's generator of this name does for the names that models have, without its four regular expressions:
    every field of every model is named at import.
    """
    if "_" not in name and not name.islower():
        return name
    titled, rest = name.rstrip("_").title(), name[len(name.rstrip("_")) :]
    return titled[0].lower() + titled[1:].replace("_", "") + rest


class Value(BaseModel):
    """Base of what is stored within a document: a map of camelCase names; fields it does not know are passed over."""

    model_config = ConfigDict(
        # Schemas are built when a type is first used: a function pays for those it reads, not for those it imports.
        defer_build=True,
        alias_generator=to_camel,
        populate_by_name=True,
        frozen=True,
        extra="ignore",
    )


class Document(Value):
    """Base of everything stored.

    `collection`, `domain` (whose keyset seals it) and `schema_version` are class facts. A document that is
    `deletable` is only ever soft-deleted (RESOLUTIONS: Deletion); queries leave deleted ones out.
    """

    collection: ClassVar[str]
    domain: ClassVar[str] = "platform"
    schema_version: ClassVar[int] = 1
    upgrades: ClassVar[Mapping[int, Callable[[dict[str, Any]], dict[str, Any]]]] = {}
    deletable: ClassVar[bool] = False
    #: Stored index fields by name.
    blind: ClassVar[Mapping[str, Exact | Words]] = {}
    #: Fields the server sets to its commit time.
    stamped: ClassVar[tuple[str, ...]] = ()
    #: Field by which Firestore's TTL removes the document, if any.
    ttl: ClassVar[str] = ""

    id: str

    @classmethod
    def sealed_fields(cls) -> frozenset[str]:
        """Attribute names of sealed fields."""
        return _sealed_fields(cls)

    def changed(self, other: Self) -> tuple[str, ...]:
        """Stored names of the fields in which this differs from `other`, sorted."""
        fields = type(self).model_fields
        return tuple(
            sorted(info.alias or name for name, info in fields.items() if getattr(self, name) != getattr(other, name))
        )


class Deletable(Document):
    """A document that is soft-deleted, with who and when."""

    deletable: ClassVar[bool] = True

    deleted: bool = False
    deleted_at: datetime | None = None
    deleted_by: str | None = None


@cache
def _sealed_fields(cls: type[Document]) -> frozenset[str]:
    return frozenset(n for n, f in cls.model_fields.items() if any(isinstance(m, _SealedMark) for m in f.metadata))


@cache
def _stored_names(cls: type[Document]) -> dict[str, str]:
    return {name: info.alias or name for name, info in cls.model_fields.items() if name != "id"}


def _plain(value: Any) -> Any:
    """What Firestore takes for a value: dates as ISO text (it has only timestamps), enums by value, models as maps."""
    if isinstance(value, datetime) or value is None or isinstance(value, str | int | float | bool | bytes):
        return value.value if isinstance(value, Enum) else value
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, BaseModel):
        return {info.alias or name: _plain(getattr(value, name)) for name, info in type(value).model_fields.items()}
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value]


def _jsonable(value: Any) -> Any:
    """What sealing takes for a value: JSON types, times and dates as ISO text."""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {key: _jsonable(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_jsonable(item) for item in value]
    plain = _plain(value)
    return _jsonable(plain) if plain is not value and not isinstance(plain, str) else plain


def encode(document: Document, sealer: Sealer, only: frozenset[str] | None = None) -> dict[str, Any]:
    """The stored form of `document`; with `only` (attribute names), just those fields and the indexes over them."""
    cls = type(document)
    sealed = cls.sealed_fields()
    stored: dict[str, Any] = {}
    for name, key in _stored_names(cls).items():
        if (only is not None and name not in only) or key in cls.stamped:
            continue
        value = getattr(document, name)
        if name in sealed and value is not None:
            stored[key] = sealer.seal(
                cls.domain, _jsonable(value), collection=cls.collection, document=document.id, field=key
            )
        else:
            stored[key] = _plain(value)
    for key, index in cls.blind.items():
        if only is None or only & {index.source, *index.depends}:
            text = getattr(document, index.source) or ""
            if isinstance(index, Exact):
                stored[key] = sealer.blind(index.kind, text) if text else None
            else:
                stored[key] = sealer.prefixes(index.kind, text)
    stored["schema"] = cls.schema_version
    return stored


D = TypeVar("D", bound=Document)


class FromTheFuture(Exception):  # noqa: N818 - reads as the sentence it is
    """A stored document has a newer schema than this code; it was written by a later release."""


def upgrade(cls: type[Document], stored: dict[str, Any]) -> dict[str, Any]:
    """`stored` brought to the current schema of `cls`, one version at a time."""
    version = stored.get("schema", 1)
    if version > cls.schema_version:
        raise FromTheFuture(f"{cls.collection} has schema {version}, this release reads up to {cls.schema_version}")
    while version < cls.schema_version:
        stored = cls.upgrades[version](stored)
        version += 1
    return stored


def decode(cls: type[D], document_id: str, stored: dict[str, Any], sealer: Sealer) -> D:
    """The document of type `cls` that `stored` holds, unsealed and at the current schema."""
    stored = upgrade(cls, stored)
    sealed = cls.sealed_fields()
    values: dict[str, Any] = {"id": document_id}
    for name, key in _stored_names(cls).items():
        if key not in stored:
            continue
        value = stored[key]
        if name in sealed and isinstance(value, bytes):
            value = sealer.open(cls.domain, value, collection=cls.collection, document=document_id, field=key)
        values[key] = value
    return cls.model_validate(values)
