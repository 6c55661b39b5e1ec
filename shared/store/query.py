"""Named queries and paging.

Queries are declared once, as objects; `tools/manifest.py` derives the composite indexes they need from this
registry (Firestore refuses a query whose index is missing). Every optional filter doubles the indexes, so give few.
"""

import base64
import binascii
import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import combinations
from typing import Any, ClassVar, Generic, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, model_validator

from shared.errors import Detail, ValidationFailed
from shared.store.crypto import Sealer, SealError
from shared.store.document import Document, to_camel

D = TypeVar("D", bound=Document)
T = TypeVar("T")

#: Totals are exact up to here (RESOLUTIONS: Paging): counting costs one read per thousand entries.
COUNT_CAP = 1000

REGISTRY: dict[str, "Query[Any]"] = {}


@dataclass(eq=False, repr=False)
class Query(Generic[D]):
    """One shape of query over one collection.

    `equal` and `optional` are stored field names compared for equality (the latter only when given); `contains` an
    array field; `order` stored names, `-` first for descending; a `range_` parameter limits the first order field.
    `facets` is a map field: any number of its members may be asked for, and all of them must be true. Such a query is
    in order of ids and needs no composite index: Firestore joins the automatic ones of the members.
    """

    name: str
    document: type[D]
    equal: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    contains: str = ""
    optional_contains: str = ""
    facets: str = ""
    order: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.name in REGISTRY:
            raise ImportError(f"two queries are named {self.name}")
        if self.facets and self.order:
            raise ImportError(
                f"{self.name}: facets are listed in the order of ids; an order would need an index for each"
            )
        REGISTRY[self.name] = self

    def indexes(self) -> list[dict[str, Any]]:
        """Composite indexes this needs, in the format of `firestore.indexes.json`."""
        made = []
        arrays = [self.contains] if self.contains else ["", self.optional_contains] if self.optional_contains else [""]
        for count in range(len(self.optional) + 1):
            for chosen in combinations(self.optional, count):
                for array in arrays:
                    equal = [*self.equal, *chosen, *(["deleted"] if self.document.deletable else [])]
                    if not self.order or not (equal or array or len(self.order) > 1):
                        continue
                    fields: list[dict[str, str]] = [{"fieldPath": f, "order": "ASCENDING"} for f in equal]
                    if array:
                        fields.append({"fieldPath": array, "arrayConfig": "CONTAINS"})
                    fields += [
                        {"fieldPath": o.lstrip("-"), "order": "DESCENDING" if o.startswith("-") else "ASCENDING"}
                        for o in self.order
                    ]
                    made.append(
                        {"collectionGroup": self.document.collection, "queryScope": "COLLECTION", "fields": fields}
                    )
        return made

    def searched(self) -> dict[str, set[str]]:
        """Fields that this needs the automatic indexes of, and which: joined for equality, alone for an order.

        Counting leaves the order away, so equality is looked up in them even where a composite index serves the list.
        """
        equal = [*self.equal, *self.optional, *(["deleted"] if self.document.deletable else [])]
        if self.facets:
            equal.append(self.facets)
        made: dict[str, set[str]] = {name: {"ASCENDING"} for name in equal}
        for name in filter(None, (self.contains, self.optional_contains)):
            made.setdefault(name, set()).add("CONTAINS")
        if self.order:
            made.setdefault(self.order[0].lstrip("-"), set()).update({"ASCENDING", "DESCENDING"})
        return made


class Paging(BaseModel):
    """Which part of a list: by `page`, or by the `cursor` of the page before, whose cost does not grow with depth."""

    model_config = ConfigDict(
        defer_build=True, alias_generator=to_camel, populate_by_name=True, extra="forbid", frozen=True
    )
    default_limit: ClassVar[int] = 10

    page: int = Field(1, ge=1, description="Page number, from 1; page × limit may not exceed 1,000.")
    limit: int = Field(0, ge=0, le=100, description="Rows a page.", validate_default=True)
    cursor: str | None = Field(None, max_length=2000, description="`nextCursor` of the page before.")

    @model_validator(mode="before")
    @classmethod
    def _default(cls, values: Any) -> Any:
        if isinstance(values, dict):
            if values.get("limit") in (0, "0"):
                raise ValueError("limit must be 1 to 100")
            return {"limit": cls.default_limit, **values}
        return values

    @model_validator(mode="after")
    def _reachable(self) -> Self:
        if self.page * self.limit > COUNT_CAP:
            raise ValueError("page × limit may not exceed 1,000; go on with the cursor of the page before")
        return self


class PageInfo(BaseModel):
    """Where a page stands in its list."""

    model_config = ConfigDict(defer_build=True, alias_generator=to_camel, populate_by_name=True)

    total: int = Field(description="Rows in the list; exact up to 1,000.")
    page: int
    limit: int
    total_pages: int
    next_cursor: str | None = Field(None, description="Ask for the next page with it; null on the last.")
    total_is_minimum: bool = Field(default=False, description="There are more rows than `total` says.")


class Page(BaseModel, Generic[T]):
    """A page of a list and where it stands."""

    model_config = ConfigDict(defer_build=True)

    data: list[T]
    pagination: PageInfo

    def map(self, rows: list[Any]) -> "Page[Any]":
        """The same page with other rows."""
        return Page[Any].model_construct(data=rows, pagination=self.pagination)


def page_info(total: int, paging: Paging, next_cursor: str | None) -> PageInfo:
    """Pagination figures from a count that stops one above the cap."""
    shown = min(total, COUNT_CAP)
    return PageInfo(
        total=shown,
        page=paging.page,
        limit=paging.limit,
        total_pages=-(-shown // paging.limit),
        next_cursor=next_cursor,
        total_is_minimum=total > COUNT_CAP,
    )


def _binding(query: Query[Any], params: dict[str, Any], user_id: str) -> str:
    text = json.dumps([query.name, user_id, params], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def seal_cursor(
    query: Query[Any], params: dict[str, Any], user_id: str, values: list[Any], row_id: str, sealer: Sealer
) -> str:
    """An opaque cursor behind the row with these order values, good for the same list and caller only."""
    plain = [{"t": v.astimezone(UTC).isoformat()} if isinstance(v, datetime) else v for v in values]
    sealed = sealer.seal(
        "platform", [plain, row_id], collection="cursors", document=_binding(query, params, user_id), field="cursor"
    )
    return base64.urlsafe_b64encode(sealed).decode().rstrip("=")


def open_cursor(
    query: Query[Any], params: dict[str, Any], user_id: str, cursor: str, sealer: Sealer
) -> tuple[list[Any], str]:
    """Order values and id of the row a cursor stands behind; a foreign or damaged cursor is a validation error."""
    try:
        data = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        plain, row_id = sealer.open(
            "platform", data, collection="cursors", document=_binding(query, params, user_id), field="cursor"
        )
    except (SealError, binascii.Error, ValueError):
        raise ValidationFailed(details=[Detail("cursor", "is not a cursor of this list; start without one")]) from None
    values = [datetime.fromisoformat(v["t"]) if isinstance(v, dict) else v for v in plain]
    return values, row_id
