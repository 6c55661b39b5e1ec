"""Complete a direct upload: what was sent becomes a file of one's own.

Its type is decided by its content now. Safe to repeat: the same file is answered.
"""

from shared.errors import FileNotAccepted, StorageUnavailable, UploadIncomplete
from shared.files.models import FileOut
from shared.files.uploading import complete_upload as complete
from shared.http import Context, endpoint, signed_in


@endpoint(
    "POST /files/uploads/{uploadId}/complete",
    access=signed_in,
    status=201,
    errors=[UploadIncomplete, FileNotAccepted, StorageUnavailable],
    trips=3,
    uses=["storage", "media"],
    timeout=120,
    memory="1024Mi",
    concurrency=4,
)
def complete_upload(ctx: Context, uploadId: str) -> FileOut:
    return complete(ctx, uploadId)
