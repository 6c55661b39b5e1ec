"""Delete a file.

By `path` of its object (`<folder>/<uuid>`, the slash as it is) or by its id; one's own, or as an administrator. What
is part of a record keeps its content, unseen, as long as the record must be kept. Source: seed 003 §19.1.
"""

from shared.files.models import Deleted
from shared.files.uploading import delete
from shared.http import Context, endpoint, signed_in


@endpoint("DELETE /files/{path:path}", access=signed_in, trips=3)
def delete_file(ctx: Context, path: str) -> Deleted:
    delete(ctx, path)
    return Deleted()
