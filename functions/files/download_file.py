"""Download a file, or a part of it.

For whoever may open the record it belongs to, asked each time. `Range` (one range) and `If-Range` are honoured. A file
larger than an answer may be is answered with 302 and a link that ends in 15 minutes. Before the scan has found it
clean, it is refused: FILE_NOT_SCANNED, SCAN_FAILED, FILE_INFECTED. Always an attachment: nothing is shown in place.
"""

from shared.errors import FileInfected, FileNotScanned, RangeNotSatisfiable, ScanFailed, StorageUnavailable
from shared.files.downloads import download
from shared.http import Context, Stream, endpoint, signed_in


@endpoint(
    "GET /files/{fileId}/download",
    access=signed_in,
    errors=[FileNotScanned, FileInfected, ScanFailed, RangeNotSatisfiable, StorageUnavailable],
    trips=3,
    uses=["storage"],
    timeout=300,
)
def download_file(ctx: Context, fileId: str) -> Stream:
    return download(ctx, fileId)
