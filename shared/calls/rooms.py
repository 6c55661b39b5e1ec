"""Rooms, whichever service they are with.

A room's name is the call's id: opaque, and the same for a request that is made again, which so finds the same room.
"""

from typing import NamedTuple

from shared.calls import meet, vendor
from shared.calls.documents import Call, Provider
from shared.context import Context
from shared.errors import CallByMeet, CallsUnavailable


class Room(NamedTuple):
    """An open room: who it is with, what they call it, and where it is joined if not on our own page."""

    provider: Provider
    room_id: str
    url: str | None = None


def open_room(ctx: Context, call_id: str, *, visit: meet.When | None = None) -> Room:
    """The room of a call, made if there is none; by Google Meet only for a visit, where that is configured.

    Raises `CallsUnavailable`, `CallsNotConfigured`.
    """
    if visit is not None and ctx.settings.video_provider == "meet":
        event, url = meet.open_meeting(ctx.settings, call_id, visit)
        return Room("meet", event, url)
    try:
        return Room("100ms", vendor.open_room(ctx.settings, call_id))
    except (vendor.NoSuchRoom, vendor.RecordingRuns):
        raise CallsUnavailable from None


def close_room(ctx: Context, call: Call) -> None:
    """Let nobody go on in the room of a call that is over. Raises `CallsUnavailable`."""
    if call.provider == "100ms":
        vendor.close_room(ctx.settings, call.room_id)


def token(ctx: Context, call: Call) -> str | None:
    """What the caller joins the room with; Meet knows its people itself."""
    part = call.part(ctx.caller.id)
    if part is None or call.provider != "100ms":
        return None
    return vendor.auth_token(ctx.settings, call.room_id, ctx.caller.id, part.room_role)


def ours(call: Call) -> None:
    """Raise `CallByMeet` for a call whose room we neither see into nor have a say in."""
    if call.provider != "100ms":
        raise CallByMeet
