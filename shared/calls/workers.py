"""What the workers have in common that ask 100ms for something."""

from collections.abc import Callable, Sequence
from typing import Any

from shared.errors import ApiError, CallsUnavailable
from shared.http import endpoint, workers


def calls_worker(
    *uses: str, queue: str, errors: Sequence[type[ApiError]] = (), **more: Any
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Declare a worker that asks 100ms: `uses` and `errors` are those besides, `more` is the decorator's."""
    return endpoint(
        access=workers,
        kind="task",
        queue=queue,
        errors=[CallsUnavailable, *errors],
        trips=None,
        uses=["video", *uses],
        secrets=["HUNDRED_MS_API_SECRET"],
        **more,
    )
