"""Which endpoints answered what during a run, so that a full run can fail for one that never succeeded."""

import json
import os
from collections import defaultdict
from pathlib import Path


class Seen:
    """Successful answers and refusals' reasons, by endpoint."""

    def __init__(self) -> None:
        self.success: set[str] = set()
        self.reasons: dict[str, set[str]] = defaultdict(set)

    def write(self, config: object) -> None:
        """Keep it for the gate that runs after all test processes have ended."""
        folder = os.environ.get("CONSENTMD_SEEN_DIR")
        if folder:
            Path(folder).mkdir(parents=True, exist_ok=True)
            text = json.dumps(
                {"success": sorted(self.success), "reasons": {k: sorted(v) for k, v in self.reasons.items()}}
            )
            (Path(folder) / f"{os.getpid()}.json").write_text(text)


SEEN = Seen()
