"""Attach a file to nothing in particular, as anybody."""

from shared.http import Context, Upload, endpoint, public


@endpoint("POST /attachments", access=public)
def attach_file(ctx: Context, upload: Upload) -> None:
    raise NotImplementedError
