"""A request that is ready to be sent."""

from dataclasses import dataclass, field
from typing import Any

import httpx

#: The smallest picture there is: one transparent pixel.
PNG = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89"
    b"\x00\x00\x00\rIDATx\x9cc\xf8\xcf\xc0\xf0\x1f\x00\x05\x00\x01\xff\x89\x99=\x1d\x00\x00\x00\x00IEND\xaeB`\x82"
)


@dataclass
class Call:
    """A request that is ready to be sent."""

    method: str
    path: str
    headers: dict[str, str] = field(default_factory=dict)
    json: Any = None
    files: Any = None

    def send(self, http: httpx.Client) -> httpx.Response:
        """Send it to the base URL of `http`."""
        return http.request(self.method, self.path, headers=self.headers, json=self.json, files=self.files)
