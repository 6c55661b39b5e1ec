"""The caller's own practice."""

from shared.context import Context
from shared.scheduling.availability import Schedule
from shared.scheduling.profiles import (
    Provider,
    ProviderProfile,
    new_profile,
    provider_reads,
)


def own(ctx: Context) -> Provider:
    """The caller, as a provider."""
    user = ctx.caller.user
    for cls, document_id in provider_reads(user.id):
        ctx.unit.want(cls, document_id)
    return Provider(
        user=user,
        profile=ctx.unit.get(ProviderProfile, user.id) or new_profile(user, ctx.now),
        schedule=ctx.unit.get(Schedule, user.id) or Schedule(id=user.id),
    )
