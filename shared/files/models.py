"""What file endpoints take and answer."""

from datetime import datetime
from typing import Final, Literal

from pydantic import Field

from shared.config import Settings
from shared.files.documents import FileRecord, Folder, ScanState
from shared.http.answers import Model, Out

#: Folders that can be uploaded to; those of seed 003 §10 are other names of ours.
UploadFolder = Literal["user-uploads", "chat-files", "medical-records", "clinical-notes", "call-recordings"]

_SAME: Final[dict[str, Folder]] = {"clinical-notes": "medical-records", "call-recordings": "recordings"}


def folder_of(asked: UploadFolder) -> Folder:
    """The folder of ours that is meant."""
    found: Folder = _SAME.get(asked) or asked  # type: ignore[assignment]
    return found


class Base64File(Model):
    """A file as text, for clients that cannot send a form (seed 003 §19.1)."""

    base64_data: str = Field(
        description="The content in base64 (RFC 4648 §4); a `data:` URL is taken, too.", examples=["JVBERi0xLjcK"]
    )
    file_name: str = Field(max_length=255, description="Its name; made safe.", examples=["referral.pdf"])


class NewUpload(Model):
    """A file that will be sent directly to the file store."""

    file_name: str = Field(max_length=255, description="Its name; made safe.", examples=["mri-knee.dcm"])
    mime_type: str = Field(
        max_length=100, description="What it is; its content decides in the end.", examples=["application/dicom"]
    )
    size: int = Field(ge=1, description="Its bytes, exactly; at most 50 MB (52,428,800).", examples=[31457280])
    folder: UploadFolder = Field("user-uploads", description="Where it is kept.")


class UploadOut(Out):
    """Where to send the file."""

    upload_id: str
    upload_url: str = Field(
        description="PUT the bytes here, in one piece or in several (Content-Range; multiples of 256 KiB but for the"
        " last). It is a secret: whoever has it can send the file."
    )
    expires_at: datetime = Field(description="Complete the upload before then.")


class FileOut(Out):
    """A file, as it is answered."""

    id: str
    file_name: str = Field(description="Safe to show and to save under.")
    mime_type: str = Field(description="By its content.")
    size: int = Field(description="Bytes, as stored: images lose their metadata.")
    path: str = Field(description="`<folder>/<uuid>`; DELETE /files/{path} takes it.")
    url: str = Field(description="Where it is downloaded, with an access token, once it was found clean.")
    thumbnail_url: str | None = Field(None, description="A small JPEG, of images; there once the image was scanned.")
    scan_state: ScanState = Field(
        description="`pending`: not given out yet · `clean`, `exempt`: given out · `infected`: never, its content is"
        " gone · `failed`: no verdict yet, tried again."
    )
    duration_seconds: float | None = Field(None, description="Of recordings, read from the recording.")
    width: int | None = Field(None, description="Of images, in pixels as stored.")
    height: int | None = None
    ref_kind: str = Field(description="Kind of record it belongs to; `uploads` while it belongs to none.")
    ref_id: str
    owner_id: str = Field(description="Who sent it.")
    created_at: datetime

    @classmethod
    def of(cls, record: FileRecord, settings: Settings) -> "FileOut":
        """The answer about a file."""
        base = f"{settings.public_url}/api/v1/files/{record.id}"
        known = {name: getattr(record, name) for name in cls.model_fields if hasattr(record, name)}
        small = f"{base}/thumbnail" if record.mime_type.startswith("image/") else None
        return cls(**known, path=record.object_name, url=f"{base}/download", thumbnail_url=small)


class Deleted(Out):
    """That it is done (seed 003 §19.1)."""

    message: str = "File deleted successfully"
