"""A request for every endpoint, made from its declaration and the world.

Bodies are the examples of the OpenAPI document, path parameters are records that the API itself makes when they are
needed: `{diagnosisId}` is what `POST /patients/{patientId}/diagnoses` answered. So a new endpoint is measured without
a line here; those whose example cannot succeed as it stands (a token that must be somebody's, an account of a certain
kind) are in `tools.bench.special`. A request that the backend refuses is measured all the same, and shown as what it
is.
"""

import copy
import re
import sys
import uuid
from dataclasses import dataclass
from typing import Any

import httpx

from shared.http.endpoint import Endpoint
from shared.http.routing import Route
from shared.users.documents import Role
from tools.bench.call import PNG, Call
from tools.bench.clinic import PrepareError
from tools.bench.special import AS_PATIENT, SPECIAL
from tools.bench.world import Account, World

_TIMING = re.compile(r"trips=(\d+) reads=(\d+) writes=(\d+)")


@dataclass(frozen=True)
class Cost:
    """What an answer says it cost (`Server-Timing`, shown by local runs only)."""

    status: int
    trips: int
    reads: int
    writes: int


def cost(answer: httpx.Response) -> Cost:
    """The cost of an answer; zeros where it went to no endpoint."""
    found = _TIMING.search(answer.headers.get("Server-Timing", ""))
    return Cost(answer.status_code, *(int(n) for n in found.groups())) if found else Cost(answer.status_code, 0, 0, 0)


class Requests:
    """Makes requests for endpoints; `http` reaches the whole API, to prepare what a request needs."""

    def __init__(self, specs: list[Endpoint], world: World, http: httpx.Client) -> None:
        from tools.describe import openapi

        self._paths = openapi(specs)["paths"]
        self._makers = {route.path: spec for spec in specs for route in spec.routes if route.method == "POST"}
        self.world = world
        self.http = http

    def call(self, spec: Endpoint) -> Call:
        """A request for `spec`, one it has not seen before where that matters."""
        return self._call(spec, spec.routes[0])

    def _call(self, spec: Endpoint, route: Route) -> Call:
        call = Call(route.method, route.path, json=self._example(spec, route))
        caller = self._caller(spec, route)
        if caller is not None:
            call.headers["Authorization"] = f"Bearer {caller.token}"
        if spec.access.machine:
            token = self.world.stack.machine_token(spec.kind, spec.name)
            call.headers["Authorization"] = f"Bearer {token}"
        if spec.takes_upload and spec.body is None:
            call.files = {"file": ("picture.png", PNG, "image/png")}
        for name in route.parameters:
            call.path = call.path.replace(f"{{{name}}}", self._value(name, route, call, caller))
        if spec.name in SPECIAL:
            try:
                SPECIAL[spec.name](self, call)
            except (PrepareError, LookupError) as missing:
                # It is measured as what it is then: refused.
                print(f"{spec.name} lacks what it needs: {missing}", file=sys.stderr)
        return call

    def _example(self, spec: Endpoint, route: Route) -> Any:
        if spec.kind == "task":
            return {"id": str(uuid.uuid4())}  # of a document that is gone, unless SPECIAL makes one
        operation = self._paths.get(f"/api/v1{route.path}", {}).get(route.method.lower(), {})
        content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
        example = copy.deepcopy(content.get("example"))
        if isinstance(example, dict):
            if "email" in example:
                example["email"] = f"new.{uuid.uuid4().hex[:12]}@example.org"
            if "mrn" in example:
                example["mrn"] = f"MRN-{uuid.uuid4().hex[:8].upper()}"
            # An account that exists is named where it matters; an invented one helps nobody.
            for name in ("userId", "providerId", "prescribingDoctorId", "inviteCode"):
                example.pop(name, None)
        return example

    def _caller(self, spec: Endpoint, route: Route) -> Account | None:
        if not spec.access.account:
            return None
        if spec.name in AS_PATIENT:
            return self.world.patient
        world = self.world
        preferred = (world.doctor, world.patient, world.admin, world.nurse, world.family)
        if spec.domain == "auth" and route.method != "GET":
            # May end its own session or change its own password: nobody else's measurement should notice.
            return world.account(Role.NURSE)
        return next(account for account in preferred if account.role in spec.access.roles)

    def _value(self, name: str, route: Route, call: Call, caller: Account | None) -> str:
        world = self.world
        if name == "patientId":
            # Deleting the patient everybody asks for would end the measurement.
            whole = route.path.endswith("{patientId}") and route.method == "DELETE"
            return str(self.made("/patients", {})["id"]) if whole else world.patient_id
        if name == "userId":
            if route.method == "GET":
                return world.patient.id if caller is None else caller.id
            return world.account(Role.NURSE, approved=False).id
        before = call.path.split(f"/{{{name}}}")[0]
        if route.path.split(f"/{{{name}}}")[0] in self._makers:
            return str(self.made(before, {name: route.path}).get(name, ""))
        return str(uuid.uuid4())

    def made(self, path: str, wanted: dict[str, str]) -> dict[str, Any]:
        """What POST `path` answers; with `wanted` ({parameter: route}) the answer's id under that name, too."""
        template = next((r.split(f"/{{{n}}}")[0] for n, r in wanted.items()), path)
        spec = self._makers[template]
        route = next(r for r in spec.routes if r.path == template and r.method == "POST")
        call = self._call(spec, route)
        call.path = path
        answer = call.send(self.http)
        body = answer.json() if answer.is_success and answer.content else {}
        found = body.get("data", body) if isinstance(body.get("data", body), dict) else body
        for name in wanted:
            found = {**found, name: found.get(name) or found.get("id") or str(uuid.uuid4())}
        return found
