"""The ledger's entries whose time is over: what they say is erased, who asked for what and its cost stay."""

from shared.context import Context
from shared.retention import erase_by_age, kept_since
from shared.scribe.documents import GENERATIONS_BY_AGE, Generation, Suggestion
from shared.scribe.erasing import erase_entry


def expire(ctx: Context) -> None:
    """Erase sentences, contexts and suggestions of generations older than RECORD_RETENTION_YEARS, unless held."""
    erase_by_age(
        ctx,
        GENERATIONS_BY_AGE,
        kept_since(ctx, ctx.settings.record_retention_years),
        want=_want,
        erase=_erase,
    )


def _want(ctx: Context, entry: Generation) -> None:
    for suggestion_id in entry.suggestion_ids:
        ctx.unit.want(Suggestion, suggestion_id)


def _erase(ctx: Context, entry: Generation) -> None:
    erase_entry(ctx, entry)
    if entry.patient_id is not None:
        ctx.touch(entry.patient_id)
