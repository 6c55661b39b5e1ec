"""The practice's terms of cancelling, as administrators set them."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from shared.context import Context
from shared.scheduling.booking.cancelling_models import PolicyOut
from shared.scheduling.booking.documents import CancellationPolicy
from shared.scheduling.booking.policy import PRACTICE, default_tiers
from shared.store.document import Document

if TYPE_CHECKING:
    from shared.scheduling.booking.cancelling_models import PolicyIn


def policy_reads(_: str) -> Iterable[tuple[type[Document], str]]:
    """The terms, read with the session."""
    return ((CancellationPolicy, PRACTICE),)


def policy(ctx: Context) -> PolicyOut:
    """The terms that appointments are booked under now."""
    stored = ctx.unit.get(CancellationPolicy, PRACTICE)
    if stored is None:
        return PolicyOut.model_validate({"tiers": default_tiers(), "version": 0, "updated_at": None})
    return PolicyOut.model_validate(stored)


def set_policy(ctx: Context, body: "PolicyIn") -> PolicyOut:
    """Change the terms for what is booked from now on."""
    stored = ctx.unit.get(CancellationPolicy, PRACTICE)
    ctx.about("cancellationPolicies", None)
    changes: dict[str, Any] = {"tiers": body.stored(), "updated_by": ctx.caller.id, "updated_at": ctx.now}
    if stored is None:
        made = ctx.unit.create(CancellationPolicy(id=PRACTICE, **changes))
    else:
        made = ctx.unit.update(stored, version=stored.version + 1, **changes)
    return PolicyOut.model_validate(made)
