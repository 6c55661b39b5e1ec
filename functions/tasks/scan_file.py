"""Have a file scanned for malware, and open or erase it.

clamd runs beside this worker as a container of the same service. Without a verdict the file stays closed, its state
says `failed`, and Cloud Tasks tries again. Safe to repeat: a file with a verdict is left as it is.
"""

from shared.errors import ScannerUnavailable, StorageUnavailable
from shared.files.scanning import scan
from shared.http import Context, endpoint, workers
from shared.jobs import JobRef


@endpoint(
    access=workers,
    kind="task",
    queue="scans",
    errors=[ScannerUnavailable, StorageUnavailable],
    trips=None,
    uses=["storage", "clamd"],
    timeout=300,
    concurrency=4,
)
def scan_file(ctx: Context, body: JobRef) -> None:
    scan(ctx, body.id)
