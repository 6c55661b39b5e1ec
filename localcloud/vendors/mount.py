"""Which stand-in answers a request: the first part of its path names the module."""

import importlib
import json
import pkgutil
import threading
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import localcloud.vendors
from localcloud.httpd import Application, Request, Response

#: Modules here that are no vendor's.
_OURS = frozenset({"__main__", "control", "mount", "sent"})


class Vendors:
    """All stand-ins as one application; each is imported when it is first called, so that starting costs nothing."""

    def __init__(self, data_dir: Path, environ: Mapping[str, str]) -> None:
        self._data_dir = data_dir
        self._environ = environ
        self._mounted: dict[str, Application] = {}
        self._guard = threading.Lock()

    def __call__(self, request: Request) -> Response:
        """Answer one request; `/health` says that the process runs."""
        if request.path == "/health":
            return Response(200, b'{"status": "ok"}')
        name, _, rest = request.path.removeprefix("/").partition("/")
        application = self._application(name)
        if application is None:
            known = ", ".join(f"/{each}/" for each in sorted(names()))
            return Response(404, json.dumps({"error": f"No vendor answers here. There are {known}."}).encode())
        return application(replace(request, path=f"/{rest}"))

    def _application(self, name: str) -> Application | None:
        with self._guard:
            if name not in self._mounted and name in names():
                module = importlib.import_module(f"localcloud.vendors.{name}")
                self._mounted[name] = module.routes(self._data_dir / name, self._environ)
            return self._mounted.get(name)


def names() -> frozenset[str]:
    """Modules of this package that are a vendor's."""
    return frozenset(
        found.name for found in pkgutil.iter_modules(localcloud.vendors.__path__) if found.name not in _OURS
    )
