"""Bring everybody's row of a chat up to date: last message, unread count, names.

One for all messages of about a second. Safe to repeat: what is right already is not written.
"""

from shared.chats.inbox import refresh
from shared.http import Context, endpoint, workers
from shared.jobs import JobRef


@endpoint(access=workers, kind="task", queue="chats", trips=None)
def refresh_inboxes(ctx: Context, body: JobRef) -> None:
    refresh(ctx, body.id)
