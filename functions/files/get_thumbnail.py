"""Get the small picture of an image.

A JPEG of at most 320 × 320 pixels, turned upright, made once the image was found clean; 404 until then, and for what
is no image.
"""

from shared.errors import FileInfected, FileNotScanned, ScanFailed, StorageUnavailable
from shared.files.downloads import thumbnail
from shared.http import Binary, Context, endpoint, signed_in


@endpoint(
    "GET /files/{fileId}/thumbnail",
    access=signed_in,
    errors=[FileNotScanned, FileInfected, ScanFailed, StorageUnavailable],
    trips=3,
    uses=["storage"],
)
def get_thumbnail(ctx: Context, fileId: str) -> Binary:
    return thumbnail(ctx, fileId)
