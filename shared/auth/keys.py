"""The published keys of our access tokens."""

import json
from functools import cache

from shared.config import path, settings

_PUBLIC = ("kty", "crv", "x", "y", "use", "alg", "kid")


@cache
def published() -> list[dict[str, str]]:
    """The JWK set's keys; only what belongs to a public key, whatever the file holds."""
    keys = json.loads(path(settings().jwks_file).read_text())["keys"]
    return [{name: key[name] for name in _PUBLIC if name in key} for key in keys]
