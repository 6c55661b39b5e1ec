"""Finding patients: by words of the name, MRN, telephone number, date of birth (RESOLUTIONS: Name search).

What is stored is sealed, so a search goes through one blind index, the one that finds least, and whatever else was
asked is compared with the opened rows. Everybody but an administrator looks through their relationships.
"""

from collections.abc import Callable
from datetime import date
from typing import Any, NamedTuple

from shared.context import Context
from shared.patients.documents import (
    PATIENTS,
    PATIENTS_BY_BIRTH,
    PATIENTS_BY_PHONE,
    RELATED_BY_BIRTH,
    RELATED_BY_PHONE,
    RELATED_PATIENTS,
    Patient,
    Relationship,
)
from shared.patients.list_models import PatientRow
from shared.patients.relationships import readable
from shared.store.crypto import Sealer, search_words
from shared.store.query import Page, Paging, Query, page_info, seal_cursor
from shared.users.documents import Role

Row = Patient | Relationship

#: Rows opened at most to fill one page with those that fit everything asked: one query, however many fit.
MOST_OPENED = 500


class Wanted(NamedTuple):
    """Whom to find; all that is given must fit."""

    text: str | None = None
    mrn: str | None = None
    phone_number: str | None = None
    date_of_birth: date | None = None

    @property
    def words(self) -> list[str]:
        """Beginnings of words to find, the longest first."""
        return sorted(set(search_words(self.text or "")), key=lambda word: (-len(word), word))

    def query(self, sealer: Sealer, *, everybody: bool) -> tuple[Query[Any], dict[str, Any], bool]:
        """The query that finds least, its parameters, and whether it alone decides."""
        words = self.words
        named = PATIENTS if everybody else RELATED_PATIENTS
        alone = sum((self.phone_number is not None, self.date_of_birth is not None, len(words))) <= 1
        if self.mrn is not None:
            # A number is words, too; only the opened rows tell the whole number from one that begins alike.
            longest = max(search_words(self.mrn), key=len)
            return named, {"nameTokens": sealer.prefix("name", longest)}, False
        if self.phone_number is not None:
            by_phone = PATIENTS_BY_PHONE if everybody else RELATED_BY_PHONE
            return by_phone, {"phoneIndex": sealer.blind("phone", self.phone_number)}, alone
        if self.date_of_birth is not None:
            by_birth = PATIENTS_BY_BIRTH if everybody else RELATED_BY_BIRTH
            return by_birth, {"birthIndex": sealer.blind("birth", self.date_of_birth.isoformat())}, alone
        return named, {"nameTokens": sealer.prefix("name", words[0])} if words else {}, alone

    def fits(self, sealer: Sealer) -> Callable[[Row], bool]:
        """Whether an opened row is one of those wanted."""
        words = self.words
        mrn = sealer.blind("mrn", self.mrn) if self.mrn is not None else None
        phone = sealer.blind("phone", self.phone_number) if self.phone_number is not None else None

        def fit(row: Row) -> bool:
            has = search_words(row.search_text) if words else []
            return (
                all(any(word.startswith(begin) for word in has) for begin in words)
                and (mrn is None or sealer.blind("mrn", row.mrn) == mrn)
                and (phone is None or sealer.blind("phone", row.phone_number or "") == phone)
                and (self.date_of_birth is None or row.date_of_birth == self.date_of_birth)
            )

        return fit


def find_patients(ctx: Context, wanted: Wanted, paging: Paging) -> Page[PatientRow]:
    """A page of the patients wanted among those the caller may open, newest record first; audited by row.

    Where rows have to be compared one by one, `total` counts those found so far (`totalIsMinimum`), and a page may
    be short although `nextCursor` leads on.
    """
    everybody = ctx.caller.role is Role.ADMIN
    query, params, decides = wanted.query(ctx.unit.sealer, everybody=everybody)
    if not everybody:
        params |= {"userId": ctx.caller.id, "active": True}
    fits = wanted.fits(ctx.unit.sealer)

    def open_to_caller(row: Row) -> bool:
        return (isinstance(row, Patient) or readable(row, ctx.now)) and fits(row)

    # Grants without the scope that shows a record are no transient thing, as a grant that ends just now is.
    if decides and ctx.caller.role is not Role.FAMILY:
        page = _page(ctx, query, params, paging, open_to_caller)
    else:
        page = _filtered(ctx, query, params, paging, open_to_caller)
    ctx.about("patients", None)
    rows = [PatientRow.of(row) for row in page.data]
    for row in rows:
        ctx.touch(row.id)
    return page.map(rows)


def _page(
    ctx: Context, query: Query[Any], params: dict[str, Any], paging: Paging, fits: Callable[[Row], bool]
) -> Page[Any]:
    page = ctx.unit.page(query, paging, **params)
    return page.map([row for row in page.data if fits(row)])


def _filtered(
    ctx: Context, query: Query[Any], params: dict[str, Any], paging: Paging, fits: Callable[[Row], bool]
) -> Page[Any]:
    """Open rows in one query of bounded size and keep those that fit; the cursor goes on where it stopped."""
    skip = (paging.page - 1) * paging.limit if paging.cursor is None else 0
    wanted = skip + paging.limit
    # Not a page somebody asked for: the limit of those does not hold for what is opened to fill one.
    opened = ctx.unit.page(query, Paging.model_construct(page=1, limit=MOST_OPENED, cursor=paging.cursor), **params)
    found = [row for row in opened.data if fits(row)]
    shown, cursor = found[skip:wanted], opened.pagination.next_cursor
    whole = cursor is None and paging.cursor is None
    if len(found) > wanted:
        cursor = _behind(ctx, query, params, shown[-1])
    info = page_info(len(found), paging, cursor).model_copy(update={"total_is_minimum": not whole})
    return Page[Any].model_construct(data=shown, pagination=info)


def _behind(ctx: Context, query: Query[Any], params: dict[str, Any], row: Row) -> str:
    """A cursor behind a row in the middle of a chunk, as `Unit.page` makes it behind the last."""
    place = row.created_at if isinstance(row, Patient) else row.sort_key
    bound = {**params, "span": ["None", "None"]}
    return seal_cursor(query, bound, ctx.unit.actor_id, [place], row.id, ctx.unit.sealer)
