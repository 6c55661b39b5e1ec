"""Get what is known of a file: name, type, size, and how far its scan is.

For whoever may open the record it belongs to; while it belongs to none, for its sender.
"""

from shared.files import access_file
from shared.files.models import FileOut
from shared.http import Context, endpoint, signed_in


@endpoint("GET /files/{fileId}", access=signed_in, trips=3)
def get_file(ctx: Context, fileId: str) -> FileOut:
    return FileOut.of(access_file(ctx, fileId), ctx.settings)
