"""Upload a file of one's own.

As multipart/form-data (part `file`, at most 32 MiB with the form around it) or as JSON with the content in base64.
PDF, DOCX, JPG, PNG, MP3, M4A, OGG, WAV, MP4 or DICOM, decided by the content. Images lose place, time and camera; names
are made safe. The file is the sender's alone until it is attached to something; in folders other than `user-uploads`
it is dropped after UNCLAIMED_FILE_DAYS if it never is. It can be downloaded once it was scanned (`scanState`).

Source: seed 003 §19.1; its link of seven days is replaced by `url`, which asks for a token each time.
"""

from shared.errors import FileNotAccepted, StorageUnavailable
from shared.files.models import Base64File, FileOut, UploadFolder
from shared.files.uploading import upload as store
from shared.http import UPLOADS, Context, Upload, endpoint, signed_in


@endpoint(
    "POST /files/upload/{folder}",
    access=signed_in,
    status=201,
    errors=[FileNotAccepted, StorageUnavailable],
    limit=UPLOADS,
    uses=["storage", "media"],
    memory="1024Mi",
    concurrency=4,
)
def upload_file(ctx: Context, folder: UploadFolder, upload: Upload | None, body: Base64File | None) -> FileOut:
    return store(ctx, folder, upload, body)
