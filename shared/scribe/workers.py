"""What the scribe's workers have in common: each asks the model, may take long, and leaves waiting to its queue."""

from functools import partial
from typing import Final

from shared.errors import AiUnavailable, WorkInProgress
from shared.http import endpoint, workers

#: `@scribe_worker()` declares a worker whose task names a job of the scribe.
scribe_worker: Final = partial(
    endpoint,
    access=workers,
    kind="task",
    queue="scribe",
    errors=[AiUnavailable, WorkInProgress],
    trips=None,
    uses=["genai"],
    timeout=900,
    memory="1024Mi",
)
