"""The whole service put together: store, JSON API, XML API with signed URLs, CORS."""

import logging
import sqlite3
from pathlib import Path
from typing import Any

from localcloud.httpd import HttpServer, Request, Response
from localcloud.storage.errors import StorageError, unavailable
from localcloud.storage.json_api import JsonApi, decoded
from localcloud.storage.resources import check_bucket_name
from localcloud.storage.signing import service_account
from localcloud.storage.store import Store
from localcloud.storage.uploads import Uploads
from localcloud.storage.xml_api import XmlApi

log = logging.getLogger(__name__)

_JSON_PREFIXES = ("/storage/v1/", "/upload/storage/v1/", "/download/storage/v1/", "/batch/")

# Configured buckets are for apps in browsers that run on this machine; Terraform sets the real ones.
LOCAL_CORS = [
    {
        "origin": ["*"],
        "method": ["GET", "HEAD", "PUT", "POST"],
        "responseHeader": ["Content-Type", "Content-Range", "Range", "Location", "X-Goog-Resumable", "X-Goog-Hash"],
        "maxAgeSeconds": 3600,
    }
]


class Server:
    """A running service on `port`; `buckets` are made where they are missing."""

    def __init__(
        self,
        data_dir: Path,
        port: int = 0,
        *,
        buckets: list[str] | None = None,
        project: str = "consentmd-local",
    ) -> None:
        for name in buckets or []:
            check_bucket_name(name)
        account = service_account(data_dir, project)
        self._store = Store(data_dir)
        try:
            for name in buckets or []:
                self._ensure_bucket(name)
            uploads = Uploads(self._store)
            self._json = JsonApi(self._store, uploads)
            self._xml = XmlApi(self._store, uploads, account)
            self._http = HttpServer(port, self._answer)
        except BaseException:
            self._store.close()
            raise
        self.port = self._http.port
        self._http.start()

    def stop(self) -> None:
        """End open connections and close the store; what was acknowledged is on the disk already."""
        self._http.stop()
        self._store.close()

    def _ensure_bucket(self, name: str) -> None:
        try:
            self._store.create_bucket(name, {"cors": LOCAL_CORS})
        except StorageError as error:
            if error.reason != "conflict":
                raise

    def _answer(self, request: Request) -> Response:
        as_json = request.path.startswith(_JSON_PREFIXES)
        try:
            allowed = self._cors(request, as_json=as_json)
            if request.method == "OPTIONS":
                return Response(200, b"", allowed)
            response = self._json(request) if as_json else self._xml(request)
        except (sqlite3.OperationalError, OSError) as error:
            if isinstance(error, ConnectionError):
                raise
            log.exception("a request failed on the data directory")
            refusal = unavailable()
            return refusal.as_json() if as_json else refusal.as_xml()
        response.headers.extend(allowed)
        return response

    def _cors(self, request: Request, *, as_json: bool) -> list[tuple[str, str]]:
        """Headers that the bucket's CORS configuration gives this origin and method; none when it has none for it."""
        origin = request.headers.get("Origin")
        if not origin:
            return []
        method = request.headers.get("Access-Control-Request-Method", request.method)
        for rule in self._cors_rules(request, as_json=as_json):
            origins, methods = rule.get("origin") or [], rule.get("method") or []
            if not ({"*", origin} & set(origins) and {"*", method} & set(methods)):
                continue
            names = ", ".join(rule.get("responseHeader") or [])
            headers = [("Access-Control-Allow-Origin", "*" if "*" in origins else origin), ("Vary", "Origin")]
            if request.method == "OPTIONS":
                headers += [
                    ("Access-Control-Allow-Methods", ", ".join(methods)),
                    ("Access-Control-Allow-Headers", names),
                    ("Access-Control-Max-Age", str(rule.get("maxAgeSeconds", 3600))),
                ]
            else:
                headers.append(("Access-Control-Expose-Headers", names))
            return headers
        return []

    def _cors_rules(self, request: Request, *, as_json: bool) -> list[dict[str, Any]]:
        parts = request.path.split("/")
        try:
            name = decoded(parts[parts.index("b") + 1] if as_json else parts[1])
            rules = self._store.bucket(name).fields.get("cors")
        except (ValueError, IndexError, StorageError):
            return []
        return [rule for rule in rules if isinstance(rule, dict)] if isinstance(rules, list) else []
