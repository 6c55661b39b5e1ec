"""A Postman collection (v2.1) made from the OpenAPI document."""

import json
import re
from collections.abc import Mapping
from typing import Any, Final

from tools.describe.examples import Examples

SCHEMA: Final = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"

#: Operations whose answer holds an access token, which the requests after them send.
_SIGNS_IN: Final = frozenset({"login", "refresh"})

_KEEP_TOKEN: Final = [
    "const answer = pm.response.code < 300 ? pm.response.json() : {};",
    'if (answer.accessToken) pm.collectionVariables.set("accessToken", answer.accessToken);',
]


def postman(openapi: Mapping[str, Any]) -> dict[str, Any]:
    """The collection: a folder per tag, a request per operation, signed in by `{{accessToken}}`.

    `baseUrl` and `accessToken` are its variables; signing in sets the token.
    """
    folders: dict[str, list[dict[str, Any]]] = {tag["name"]: [] for tag in openapi["tags"]}
    for path, methods in openapi["paths"].items():
        for method, operation in methods.items():
            folders[operation["tags"][0]].append(_item(openapi, method.upper(), path, operation))
    return {
        "info": {
            "name": openapi["info"]["title"],
            "description": openapi["info"]["description"],
            "schema": SCHEMA,
        },
        "auth": {"type": "bearer", "bearer": [_variable("token", "{{accessToken}}")]},
        "variable": [_variable("baseUrl", openapi["servers"][0]["url"]), _variable("accessToken", "")],
        "item": [{"name": name, "item": items} for name, items in folders.items() if items],
    }


def _item(openapi: Mapping[str, Any], method: str, path: str, operation: Mapping[str, Any]) -> dict[str, Any]:
    request: dict[str, Any] = {"method": method, "header": [], "url": _url(openapi, path, operation)}
    if "description" in operation:
        request["description"] = operation["description"]
    if operation.get("security") == []:
        request["auth"] = {"type": "noauth"}
    content = operation.get("requestBody", {}).get("content", {})
    if "application/json" in content:
        request["header"].append({"key": "Content-Type", "value": "application/json"})
        request["body"] = {
            "mode": "raw",
            "raw": json.dumps(content["application/json"]["example"], indent=2, ensure_ascii=False),
            "options": {"raw": {"language": "json"}},
        }
    elif "multipart/form-data" in content:
        request["body"] = {"mode": "formdata", "formdata": [{"key": "file", "type": "file", "src": []}]}
    if _takes(operation, "IdempotencyKey"):
        request["header"].append({"key": "Idempotency-Key", "value": "{{$guid}}"})
    item: dict[str, Any] = {"name": operation["summary"], "request": request, "response": []}
    if operation.get("x-alias-of", operation["operationId"]) in _SIGNS_IN:
        item["event"] = [{"listen": "test", "script": {"type": "text/javascript", "exec": _KEEP_TOKEN}}]
    return item


def _url(openapi: Mapping[str, Any], path: str, operation: Mapping[str, Any]) -> dict[str, Any]:
    parameters = [p for p in operation["parameters"] if "$ref" not in p]
    segments = [re.sub(r"\{(\w+)\}", r":\1", part) for part in path.strip("/").split("/")]
    url: dict[str, Any] = {
        "raw": "{{baseUrl}}/" + "/".join(segments),
        "host": ["{{baseUrl}}"],
        "path": segments,
    }
    if inside := [p for p in parameters if p["in"] == "path"]:
        url["variable"] = [_variable(p["name"], str(p["example"])) for p in inside]
    if asked := [p for p in parameters if p["in"] == "query"]:
        url["query"] = [
            {
                "key": p["name"],
                "value": _shown(openapi, p),
                "description": p.get("description", ""),
                "disabled": not p["required"],
            }
            for p in asked
        ]
    return url


def _shown(openapi: Mapping[str, Any], parameter: Mapping[str, Any]) -> str:
    value = Examples(openapi["components"]["schemas"]).of(parameter["schema"], parameter["name"])
    return str(value).lower() if isinstance(value, bool) else "" if value is None else str(value)


def _takes(operation: Mapping[str, Any], parameter: str) -> bool:
    return {"$ref": f"#/components/parameters/{parameter}"} in operation["parameters"]


def _variable(key: str, value: str) -> dict[str, str]:
    return {"key": key, "value": value, "type": "string"}
