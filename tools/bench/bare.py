"""Bare functions: the Firestore calls of four endpoints by the SDK, and no more.

No token, no validation, no encryption, no model: what is left when the frame is taken away. `tools.bench.cpu` runs this
file under functions-framework beside the endpoints. Which documents to read comes in the query string; each answer
counts what it read and wrote, so that a change to an endpoint's calls that is not followed here is noticed.
"""

import json
import os
import uuid
from datetime import UTC, datetime
from functools import cache
from typing import Any

from flask import Request, Response
from google.cloud import firestore
from google.cloud.firestore_v1.base_query import FieldFilter

TIMEOUT = 60.0
LISTS = ("diagnoses", "medications", "allergies")


@cache
def client() -> Any:
    """The client, made on the first request as everywhere."""
    return firestore.Client(project=os.environ["GOOGLE_CLOUD_PROJECT"])


def get_me(request: Request) -> Response:
    """Read a session and a user."""
    return _answer([_get_all(request, "sessions", "users")])


def get_patient(request: Request) -> Response:
    """Read session, user, patient and relationship; five lists; append an audit entry."""
    first = _get_all(request, "sessions", "users", "patients", "relationships")
    patient_id = request.args["patients"]
    queries = [_of_patient("users", patient_id).limit(1)]
    queries += [_newest(_of_patient(name, patient_id), "createdAt").limit(200) for name in LISTS]
    queries.append(_newest(_of_patient("vitals", patient_id), "recordedDate").limit(20))
    lists = [_run(query) for query in queries]
    return _answer([first, *lists], _commit(_audit_entry(request)))


def list_patients(request: Request) -> Response:
    """Read session and user; a page of relationships and their number; append an audit entry."""
    first = _get_all(request, "sessions", "users")
    related: Any = client().collection("relationships")
    related = related.where(filter=FieldFilter("userId", "==", request.args["users"]))
    related = related.where(filter=FieldFilter("active", "==", value=True))
    page = _run(_newest(related, "sortKey").limit(11))
    related.limit(1001).count(alias="n").get(timeout=TIMEOUT)
    return _answer([first, page], _commit(_audit_entry(request)), counts=1)


def record_vitals(request: Request) -> Response:
    """Read session, user, patient and relationship; append vital signs and an audit entry."""
    first = _get_all(request, "sessions", "users", "patients", "relationships")
    now = datetime.now(UTC)
    vitals = {
        "patientId": request.args["patients"],
        "recordedBy": request.args["users"],
        "recordedDate": now,
        "measures": json.dumps(request.get_json()).encode(),
        "notes": None,
        "createdAt": now,
        "deleted": False,
        "deletedAt": None,
        "deletedBy": None,
        "schema": 1,
    }
    return _answer([first], _commit(_audit_entry(request), ("vitals", vitals)), status=201)


def _get_all(request: Request, *collections: str) -> list[Any]:
    refs = [client().collection(name).document(request.args[name]) for name in collections]
    return [snapshot.to_dict() for snapshot in client().get_all(refs, timeout=TIMEOUT)]


def _of_patient(collection: str, patient_id: str) -> Any:
    query = client().collection(collection).where(filter=FieldFilter("patientId", "==", patient_id))
    return query.where(filter=FieldFilter("deleted", "==", value=False))


def _newest(query: Any, by: str) -> Any:
    return query.order_by(by, direction="DESCENDING").order_by("__name__", direction="DESCENDING")


def _run(query: Any) -> list[Any]:
    return [snapshot.to_dict() for snapshot in query.stream(timeout=TIMEOUT)]


def _audit_entry(request: Request) -> tuple[str, dict[str, Any]]:
    now = datetime.now(UTC)
    return "auditLogs", {
        "timestamp": now,
        "committedAt": firestore.SERVER_TIMESTAMP,
        "expiresAt": now,
        "userId": request.args["users"],
        "userRole": "Doctor",
        "action": "GET_PATIENT",
        "entityType": "patients",
        "entityId": request.args["users"],
        "patientIds": [request.args["users"]],
        "changes": [],
        "status": "success",
        "reason": None,
        "details": {},
        "ipAddress": request.remote_addr,
        "userAgent": request.headers.get("User-Agent"),
        "requestId": str(uuid.uuid4()),
        "shard": 0,
        "signature": "0" * 74,
        "schema": 1,
    }


def _commit(*documents: tuple[str, dict[str, Any]]) -> int:
    batch = client().batch()
    for collection, data in documents:
        batch.create(client().collection(collection).document(str(uuid.uuid4())), data)
    batch.commit(retry=None, timeout=TIMEOUT)
    return len(documents)


def _answer(groups: list[list[Any]], writes: int = 0, *, counts: int = 0, status: int = 200) -> Response:
    # A query that finds nothing is billed as one read.
    reads = sum(max(1, len(group)) for group in groups) + counts
    response = Response(json.dumps(groups, default=str), status, mimetype="application/json")
    response.headers["Server-Timing"] = f'firestore;desc="trips=0 reads={reads} writes={writes}"'
    return response
