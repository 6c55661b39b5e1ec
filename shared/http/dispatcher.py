"""Many endpoints behind one function: routes by the manifest, loads each endpoint on its first request."""

import json
import logging
import uuid
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shared.config import settings
from shared.errors import ApiError, MethodNotAllowed, RouteNotFound
from shared.http import cors, parse, responses
from shared.http.routing import Route, bare

if TYPE_CHECKING:
    from flask import Request, Response

log = logging.getLogger("consentmd.requests")

MANIFEST = Path(__file__).parents[2] / "infra" / "functions.json"


class Table:
    """Routes by method and path: fixed paths in a dictionary, templates in a list."""

    def __init__(self, manifest: dict[str, Any], domain: str) -> None:
        self._fixed: dict[str, dict[str, str]] = {}
        self._templates: list[tuple[Route, str]] = []
        for entry in manifest.values():
            if domain and entry["domain"] != domain:
                continue
            for declared in entry["routes"]:
                route = Route(declared["method"], declared.get("template", declared["path"]))
                if route.parameters:
                    self._templates.append((route, entry["target"]))
                else:
                    self._fixed.setdefault(route.path, {})[route.method] = entry["target"]
        # `/patients/{patientId}` before `{filePath:path}` templates, which take anything.
        self._templates.sort(key=lambda pair: (":path" in pair[0].template, pair[0].template))

    def find(self, method: str, path: str) -> tuple[str, str]:
        """The target that answers, and the methods of the path. Raises `RouteNotFound` or `MethodNotAllowed`."""
        by_method = dict(self._fixed.get(path, {}))
        if not by_method:
            for route, target in self._templates:
                if route.match(path) is not None:
                    by_method.setdefault(route.method, target)
        if not by_method:
            raise RouteNotFound
        allowed = ", ".join(sorted({*by_method, "OPTIONS"} | ({"HEAD"} if "GET" in by_method else set())))
        if method == "OPTIONS":
            return next(iter(by_method.values())), allowed
        if method not in by_method:
            raise MethodNotAllowed(headers={"Allow": allowed})
        return by_method[method], allowed


@cache
def _function(target: str) -> Callable[[Any], Any]:
    import main

    return main.load(target)  # type: ignore[no-any-return]


def dispatcher(domain: str) -> Callable[["Request"], "Response"]:
    """A function that serves every endpoint of `domain`, or all of them when it is empty."""
    table = Table(json.loads(MANIFEST.read_text()), domain)

    def everything(request: "Request") -> "Response":
        try:
            parse.check_text(request)
            method = "GET" if request.method == "HEAD" else request.method
            target, allowed = table.find(method, bare(request.path))
        except ApiError as refused:
            request_id = str(uuid.uuid4())
            failed = responses.failure(refused, request, request_id, None)
            responses.finish(failed, {"X-Request-Id": request_id, **cors.headers(request, settings())}, request)
            log.info(
                "request",
                extra={"requestId": request_id, "method": request.method, "status": refused.status}
                | {"code": refused.code, "reason": refused.reason},
            )
            return failed
        response: Response = _function(target)(request)
        if request.method == "OPTIONS":
            # The function knows its own methods; here the others of the same path are known too.
            response.headers["Allow"] = allowed
        return response

    return everything
