"""What is wanted of a recording. A worker carries it out, and asks again what is wanted before and after it does."""

from typing import Any

from shared.calls.documents import RUNNING, Call, Recording
from shared.context import Context


def stop_wanted(ctx: Context, call: Call) -> Recording | None:
    """Have the running recording of a call stopped, if there is one."""
    found = ctx.unit.get(Recording, call.recording_ids[-1]) if call.recording_ids else None
    if found is None or found.state not in RUNNING:
        return None
    return changed_wish(ctx, found, state="stopping", stopped_at=ctx.now)


def changed_wish(ctx: Context, recording: Recording, **changes: Any) -> Recording:
    """The recording as it is wanted now, with a task that sees to it."""
    after = ctx.unit.update(recording, version=recording.version + 1, updated_at=ctx.now, **changes)
    ctx.enqueue("drive_recording", recording.id, dedupe_key=f"drive:{recording.id}:{after.version}")
    return after
