"""Files: bytes in Cloud Storage, everything known about them in Firestore.

An object is written first, then its document with the request's commit; an object whose commit failed belongs to no
document and is swept. What a file is, is decided by its content. It is given out once it was found clean, to whoever
may open the record it belongs to.

    put            store what was sent            claim          make an upload part of a record
    access_file    the one gate to a file         open_file      its content      signed_link   a link to it
"""

from shared.files.access import access_file
from shared.files.documents import FileRecord, Folder, Ref, ScanState
from shared.files.kinds import AUDIO, FILES, IMAGES, type_of
from shared.files.objects import bounded
from shared.files.records import claim, give_up, open_file, put, signed_link

__all__ = [
    "AUDIO",
    "FILES",
    "IMAGES",
    "FileRecord",
    "Folder",
    "Ref",
    "ScanState",
    "access_file",
    "bounded",
    "claim",
    "give_up",
    "open_file",
    "put",
    "signed_link",
    "type_of",
]
