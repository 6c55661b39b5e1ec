"""The API documentation page: Swagger UI from a package, our own page and start script, nothing from a CDN.

Everything that can be asked for is in a closed list, so no name in an address ever becomes a path.
"""

from functools import cache
from pathlib import Path
from typing import Final

from shared.config import Settings
from shared.errors import RouteNotFound
from shared.http.answers import Binary

DOCUMENT: Final = Path(__file__).parents[1] / "docs" / "openapi.json"

#: Address of the page, of the files it loads and of the document. Absolute, since `/docs` and `/docs/` both answer
#: with the page and relative links would differ between them.
HOME: Final = "/api/docs"

#: Only what this origin serves may run; no inline script or style. Swagger UI draws its icons from data: addresses.
POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self';"
    " base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

_SCRIPT: Final = "start.js"

#: Files of the package that the page loads, and their types.
ASSETS: Final = {
    "swagger-ui.css": "text/css",
    "swagger-ui-bundle.js": "text/javascript",
    "favicon-32x32.png": "image/png",
    _SCRIPT: "text/javascript",
}

_PAGE: Final = f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>ConsentMD API</title>
<link rel="stylesheet" href="{HOME}/swagger-ui.css">
<link rel="icon" type="image/png" href="{HOME}/favicon-32x32.png" sizes="32x32">
</head>
<body>
<div id="page"><noscript>This page needs JavaScript; the document is <a href="/api/openapi.json">openapi.json</a>.
</noscript></div>
<script src="{HOME}/swagger-ui-bundle.js"></script>
<script src="{HOME}/{_SCRIPT}"></script>
</body>
</html>
"""

# "Try it out" calls the first server: this origin, the only one the policy lets the page reach.
_START: Final = """"use strict";
fetch("/api/openapi.json")
  .then((answer) => {
    if (!answer.ok) throw new Error("openapi.json: " + answer.status);
    return answer.json();
  })
  .then((spec) => {
    spec.servers = [
      { url: location.origin, description: "Where this page comes from" },
      ...spec.servers.filter((server) => server.url !== location.origin),
    ];
    SwaggerUIBundle({ spec, dom_id: "#page", deepLinking: true, docExpansion: "none", filter: true });
  })
  .catch((error) => {
    document.getElementById("page").textContent = "The document cannot be loaded (" + error.message + ").";
  });
"""


def page(settings: Settings) -> Binary:
    """The HTML page. Raises `RouteNotFound` when documentation is switched off, as do the other two."""
    _required(settings)
    return Binary(_PAGE.encode(), "text/html", {"Content-Security-Policy": POLICY})


def asset(settings: Settings, name: str) -> Binary:
    """A file that the page loads."""
    _required(settings)
    if name not in ASSETS:
        raise RouteNotFound
    return Binary(_content(name), ASSETS[name])


def document(settings: Settings) -> Binary:
    """The OpenAPI document, as `tools.manifest` wrote it."""
    _required(settings)
    return Binary(_document(), "application/json")


def _required(settings: Settings) -> None:
    if not settings.swagger_enabled:
        raise RouteNotFound


@cache
def _content(name: str) -> bytes:
    if name == _SCRIPT:
        return _START.encode()
    # Imported here: only this function needs the package, and only for where its files are.
    from importlib.resources import files

    return files("flask_swagger_ui").joinpath("dist", name).read_bytes()


@cache
def _document() -> bytes:
    return DOCUMENT.read_bytes()
