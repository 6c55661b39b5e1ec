"""What the scanner finds: the EICAR test string, in a file or in a file of an archive."""

import io
import zipfile
import zlib
from collections.abc import Iterator

# Written in two halves, so that no scanner takes this file for it.
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + rb"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
SIGNATURE = "Eicar-Signature"

#: How far archives are looked into, like MaxFiles, MaxScanSize and MaxRecursion of clamd.conf.
MOST_MEMBERS = 1_000
MOST_BYTES = 64 * 1024 * 1024
DEEPEST = 4


def signature_in(content: bytes) -> str | None:
    """Name of the malware in a file, or None."""
    return SIGNATURE if any(EICAR in part for part in _parts(content, DEEPEST)) else None


def _parts(content: bytes, depth: int) -> Iterator[bytes]:
    yield content
    if depth and content[:4] == b"PK\x03\x04":
        for member in _members(content):
            yield from _parts(member, depth - 1)


def _members(content: bytes) -> Iterator[bytes]:
    left = MOST_BYTES
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for info in archive.infolist()[:MOST_MEMBERS]:
                with archive.open(info) as file:
                    member = file.read(left)
                left -= len(member)
                yield member
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, ValueError, EOFError, zlib.error):
        return
