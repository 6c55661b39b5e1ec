"""Open a direct upload, for files of up to 50 MB.

Answers a URL of the file store that takes exactly the announced bytes, in one PUT or piece by piece, and can be gone
on with after a broken connection (resumable upload of Cloud Storage). Then call `…/complete`. What is not completed
within a day is dropped.
"""

from shared.errors import FileNotAccepted, StorageUnavailable
from shared.files.models import NewUpload, UploadOut
from shared.files.uploading import open_upload as open_it
from shared.http import UPLOADS, Context, endpoint, signed_in


@endpoint(
    "POST /files/uploads",
    access=signed_in,
    status=201,
    errors=[FileNotAccepted, StorageUnavailable],
    limit=UPLOADS,
    uses=["storage"],
)
def open_upload(ctx: Context, body: NewUpload) -> UploadOut:
    return open_it(ctx, body)
