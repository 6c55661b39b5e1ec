"""The console's page, put together once: one document, nothing loaded from anywhere else."""

import base64
import hashlib
from pathlib import Path

_HERE = Path(__file__).parent
_SCRIPT = (_HERE / "page.js").read_text("utf-8")
_STYLE = (_HERE / "page.css").read_text("utf-8")
_HASH = base64.b64encode(hashlib.sha256(_SCRIPT.encode()).digest()).decode()

PAGE = (
    (_HERE / "page.html")
    .read_text("utf-8")
    .replace("/* page.css */", _STYLE)
    .replace("/* page.js */", _SCRIPT)
    .encode("utf-8")
)

#: Only our own script runs and only our own JSON is read. An e-mail is shown in a sandboxed frame that inherits this
#: policy: its inline styles work, its scripts, remote images and trackers do not.
POLICY = "; ".join(
    (
        "default-src 'none'",
        f"script-src 'sha256-{_HASH}'",
        "style-src 'unsafe-inline'",
        "img-src data:",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
