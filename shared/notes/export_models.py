"""How an export is asked for."""

from typing import Literal

from shared.http.answers import Model


class ExportFormat(Model):
    """Which kind of file."""

    format: Literal["pdf", "docx", "txt"] | None = None
