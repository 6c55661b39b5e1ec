"""What is generated from declarations: complete, valid, true, and the same every time."""

import functools
import importlib
import json
import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from shared.config import Settings, variable
from shared.errors import MethodNotAllowed, RouteNotFound, catalogue
from shared.http.declared import OF_EXTERNAL_IDENTITY, possible_errors
from shared.http.endpoint import spec_of
from tools import describe
from tools.describe.examples import accepted
from tools.describe.pages import is_secret
from tools.manifest import endpoints

ROOT = Path(__file__).parents[2]
SPECS = endpoints()
PUBLISHED = [spec for spec in SPECS if spec.kind in {"http", "webhook"}]
THINGS = [
    spec_of(getattr(importlib.import_module(f"tests.tools.things.{name}"), name))
    for name in ("list_things", "make_thing", "attach_file", "refuse_everything")
]


# Made when they are asked for, as the validators are imported: every test process loads this file, one runs it.


@functools.cache
def document() -> dict[str, Any]:
    """The document of this API."""
    return describe.openapi(SPECS)


@functools.cache
def operations() -> dict[str, dict[str, Any]]:
    """Its operations by their ids."""
    return {
        operation["operationId"]: {**operation, "path": path, "method": method.upper()}
        for path, methods in document()["paths"].items()
        for method, operation in methods.items()
    }


@pytest.fixture(scope="module")
def things() -> dict[str, Any]:
    """The document of the sample endpoints."""
    return describe.openapi(THINGS)


def fits(whole: dict[str, Any], schema: dict[str, Any], value: Any) -> list[str]:
    """What is wrong with `value`, by a schema of a `whole` document."""
    from jsonschema import Draft202012Validator

    asked = {**schema, "components": whole["components"]}
    return [error.message for error in Draft202012Validator(asked).iter_errors(value)]


def media(part: dict[str, Any]) -> dict[str, Any]:
    return part["content"]["application/json"]


def responses(whole: dict[str, Any], operation: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Responses of an operation by status, those described elsewhere looked up."""
    held = whole["components"]["responses"]
    return {
        status: held[r["$ref"].rsplit("/", 1)[1]] if "$ref" in r else r for status, r in operation["responses"].items()
    }


# The document of this API


def test_the_document_is_valid_openapi_3_1() -> None:
    from openapi_spec_validator import validate

    validate(document())
    assert document()["openapi"] == "3.1.0"
    assert (document()["info"]["title"], document()["info"]["version"]) == ("ConsentMD API", "1.0.0")
    assert [s["url"] for s in document()["servers"]] == ["http://localhost:8080", "https://api.consentmd.com"]
    assert document()["components"]["securitySchemes"]["access-token"]["scheme"] == "bearer"
    named = {"Auth", "Users", "Patients", "Chats", "Clinical Notes", "Scribe", "Calls", "Messaging"}
    assert named <= {tag["name"] for tag in document()["tags"]}


def shape(path: str) -> str:
    """A path without the names of its parameters."""
    return re.sub(r"\{\w+\}", "{}", path)


def test_every_route_has_its_operation_and_nothing_else_is_there() -> None:
    declared = {(route.method, shape("/api/v1" + route.path)) for spec in PUBLISHED for route in spec.routes}
    assert {(o["method"], shape(o["path"])) for o in operations().values()} == declared
    assert len(operations()) == len(declared), "two operations share an id"
    assert {o.get("x-alias-of", name) for name, o in operations().items()} == {spec.name for spec in PUBLISHED}


def test_no_two_paths_differ_only_in_the_names_of_their_parameters() -> None:
    shapes = Counter(shape(path) for path in document()["paths"])
    assert [shape for shape, count in shapes.items() if count > 1] == []


def test_no_schema_is_named_by_a_module() -> None:
    """Two models of one name would be; whoever generates a client makes types of these names."""
    assert [name for name in document()["components"]["schemas"] if "__" in name] == []


def test_every_reference_leads_somewhere_and_every_schema_is_used() -> None:
    found = set(re.findall(r'"\$ref": "#/components/([^"]+)"', json.dumps(document())))
    held = {f"{kind}/{name}" for kind, parts in document()["components"].items() for name in parts}
    assert found <= held
    assert {name for name in held if name.startswith(("schemas/", "examples/"))} <= found


@pytest.mark.parametrize("spec", [s for s in PUBLISHED if s.body is not None], ids=lambda s: s.name)
def test_every_example_of_a_body_is_accepted(spec) -> None:
    example = media(operations()[spec.name]["requestBody"])["example"]
    try:
        spec.body.model_validate(example)
    except ValidationError as refused:
        pytest.fail(
            f"{spec.body.__name__} refuses the example made for it; declare Field(examples=[...]) or "
            f"json_schema_extra={{'examples': [...]}} on the model: {refused}"
        )
    assert fits(document(), media(operations()[spec.name]["requestBody"])["schema"], example) == []


@pytest.mark.parametrize("spec", PUBLISHED, ids=lambda s: s.name)
def test_every_example_of_an_answer_fits_its_schema(spec) -> None:
    for response in responses(document(), operations()[spec.name]).values():
        shown = response.get("content", {}).get("application/json")
        if shown and "example" in shown:
            assert fits(document(), shown["schema"], shown["example"]) == []
        for reference in (shown or {}).get("examples", {}).values():
            example = document()["components"]["examples"][reference["$ref"].rsplit("/", 1)[1]]
            assert fits(document(), shown["schema"], example["value"]) == []


@pytest.mark.parametrize("spec", PUBLISHED, ids=lambda s: s.name)
def test_every_operation_lists_exactly_the_errors_it_can_answer(spec) -> None:
    found = responses(document(), operations()[spec.name])
    listed = {(int(status), reason) for status, r in found.items() if int(status) >= 400
              for reason in media(r)["examples"]}  # fmt: skip
    hidden = {RouteNotFound, MethodNotAllowed, *OF_EXTERNAL_IDENTITY} - set(spec.errors)
    assert listed == {(e.status, e.reason) for e in possible_errors(spec) if e not in hidden}


@pytest.mark.parametrize("spec", PUBLISHED, ids=lambda s: s.name)
def test_every_operation_says_who_may_call_it_and_what_it_does(spec) -> None:
    operation = operations()[spec.name]
    assert ("security" not in operation) == spec.access.account
    assert operation["summary"]
    assert not re.search(
        r"RESOLUTIONS|DESIGN|Sources?:|\(seed", operation["summary"] + operation.get("description", "")
    )
    assert len(operation["tags"]) == 1
    assert operation["tags"][0] in {tag["name"] for tag in document()["tags"]}


# What an operation says, on endpoints made for it


def test_a_list_tells_its_paging_and_its_conditions(things) -> None:
    operation = things["paths"]["/api/v1/things"]["get"]
    parameters = {p["name"]: p for p in operation["parameters"] if "name" in p}
    assert {"page", "limit", "cursor", "colour"} == parameters.keys()
    assert parameters["colour"]["description"] == "Only of this colour."
    assert not parameters["colour"]["required"]
    assert parameters["limit"]["schema"] == {"type": "integer", "minimum": 1, "maximum": 100, "default": 10}
    assert {"$ref": "#/components/parameters/IfNoneMatch"} in operation["parameters"]
    answer = operation["responses"]["200"]
    assert {"X-Total-Count", "X-Page", "X-Per-Page", "ETag", "RateLimit-Limit"} <= answer["headers"].keys()
    assert media(answer)["schema"] == {"$ref": "#/components/schemas/ThingRowPage"}
    assert media(answer)["example"]["data"][0]["colour"] == "green"
    assert "304" in operation["responses"]
    assert operation["summary"] == "List the things"
    assert operation["description"] == "Ordered by name."


def test_another_route_of_the_same_endpoint_is_its_alias(things) -> None:
    operation = things["paths"]["/api/v1/stuff"]["get"]
    assert (operation["operationId"], operation["x-alias-of"]) == ("list_things_2", "list_things")


def test_every_field_of_an_answer_is_required_and_only_needed_ones_of_a_body(things) -> None:
    schemas = things["components"]["schemas"]
    assert set(schemas["Thing"]["required"]) == {"id", "name", "ownerId"}
    assert set(schemas["NewThing"]["required"]) == {"name", "serial"}
    assert schemas["NewThing"]["additionalProperties"] is False
    assert "ThingQuery" not in schemas


def test_a_write_tells_its_body_key_and_errors(things) -> None:
    operation = things["paths"]["/api/v1/things/{boxId}"]["post"]
    assert operation["parameters"][0]["schema"]["format"] == "uuid"
    assert {"$ref": "#/components/parameters/IdempotencyKey"} in operation["parameters"]
    assert operation["requestBody"]["required"] is True
    reasons = {
        status: set(media(r)["examples"]) for status, r in responses(things, operation).items() if status >= "400"
    }
    assert reasons == {
        "400": {"INVALID_REQUEST", "UNREADABLE_BODY", "UNREADABLE_PARAMETER", "VALIDATION_ERROR"},
        "401": {"SESSION_ENDED", "TOKEN_EXPIRED", "TOKEN_INVALID", "TOKEN_MISSING"},
        "403": {"EMAIL_NOT_VERIFIED", "MFA_ENROLMENT_REQUIRED", "ROLE_NOT_ALLOWED"},
        "404": {"NOT_FOUND"},
        "409": {"CONTENTION", "MRN_TAKEN"},
        "413": {"PAYLOAD_TOO_LARGE"},
        "415": {"UNSUPPORTED_MEDIA_TYPE"},
        "422": {"IDEMPOTENCY_KEY_REUSED"},
        "429": {"RATE_LIMITED"},
        "500": {"INTERNAL"},
        "503": {"DATABASE_UNAVAILABLE"},
    }
    assert "201" in operation["responses"]


def test_an_example_meets_rules_over_several_fields(things) -> None:
    example = media(things["paths"]["/api/v1/things/{boxId}"]["post"]["requestBody"])["example"]
    assert accepted(THINGS[1].body, example)
    assert example["serial"] == "ABC"


def test_an_example_that_a_rule_refuses_is_found_out(things) -> None:
    example = media(things["paths"]["/api/v1/riddle"]["put"]["requestBody"])["example"]
    assert not accepted(THINGS[3].body, example)


def test_what_may_wait_for_a_job_tells_of_it(things) -> None:
    operation = things["paths"]["/api/v1/things/{boxId}"]["post"]
    assert media(operation["responses"]["202"])["schema"] == {"$ref": "#/components/schemas/JobOut"}
    assert fits(things, {"$ref": "#/components/schemas/JobOut"}, {"jobId": "j", "status": "queued"}) == []
    assert fits(things, {"$ref": "#/components/schemas/JobOut"}, {"jobId": "j", "status": "lost"}) != []
    assert {"$ref": "#/components/parameters/Prefer"} in operation["parameters"]
    assert "202" not in things["paths"]["/api/v1/things"]["get"]["responses"]


def test_an_upload_by_anybody(things) -> None:
    operation = things["paths"]["/api/v1/attachments"]["post"]
    schema = operation["requestBody"]["content"]["multipart/form-data"]["schema"]
    assert schema["properties"]["file"]["format"] == "binary"
    assert operation["security"] == []
    assert {"401", "403", "422"} & operation["responses"].keys() == set()
    assert "content" not in operation["responses"]["204"]
    assert {"$ref": "#/components/parameters/IdempotencyKey"} not in operation["parameters"]


def test_workers_and_schedules_are_not_published() -> None:
    internal = {spec.name for spec in SPECS if spec.kind in {"task", "schedule"}}
    assert internal
    assert internal & operations().keys() == set()


# The collection


def requests(collection: dict[str, Any]) -> list[dict[str, Any]]:
    return [item for folder in collection["item"] for item in folder["item"]]


def test_the_collection_has_every_operation_in_its_folder() -> None:
    collection = describe.postman(document())
    assert collection["info"]["schema"].endswith("/v2.1.0/collection.json")
    assert {v["key"] for v in collection["variable"]} == {"baseUrl", "accessToken"}
    sent = Counter((item["request"]["method"], item["request"]["url"]["raw"]) for item in requests(collection))
    assert sent == Counter(
        (o["method"], "{{baseUrl}}" + re.sub(r"\{(\w+)\}", r":\1", o["path"])) for o in operations().values()
    )
    assert all(folder["name"] in {t["name"] for t in document()["tags"]} for folder in collection["item"])


def test_a_request_of_the_collection_can_be_sent(things) -> None:
    by_name = {item["name"]: item["request"] for item in requests(describe.postman(things))}
    making = by_name["Make a thing"]
    assert accepted(THINGS[1].body, json.loads(making["body"]["raw"]))
    assert making["url"]["path"] == ["api", "v1", "things", ":boxId"]
    assert [v["key"] for v in making["url"]["variable"]] == ["boxId"]
    assert {h["key"] for h in making["header"]} == {"Content-Type", "Idempotency-Key"}
    assert by_name["Attach a file to nothing in particular, as anybody"]["auth"] == {"type": "noauth"}
    assert "auth" not in making
    query = {q["key"]: q for q in by_name["List the things"]["url"]["query"]}
    assert query["page"] == {"key": "page", "value": "1", "description": query["page"]["description"], "disabled": True}


def test_signing_in_keeps_the_token() -> None:
    signing_in = [n for n, o in operations().items() if o.get("x-alias-of", n) in {"login", "refresh"}]
    items = [item for item in requests(describe.postman(document())) if "event" in item]
    assert len(items) == len(signing_in) >= 2
    for item in items:
        assert 'pm.collectionVariables.set("accessToken", answer.accessToken)' in "".join(
            item["event"][0]["script"]["exec"]
        )


# The pages


def rows(page: str) -> list[list[str]]:
    """Cells of the tables' rows, without headings."""
    lines = [line for line in page.splitlines() if line.startswith("| ") and not line.startswith("| ---")]
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]


def test_every_endpoint_has_its_row_with_all_its_routes() -> None:
    found = {row[0].strip("`"): row for row in rows(describe.endpoints_page(SPECS))}
    assert found.keys() - {"function"} == {spec.name for spec in SPECS}
    for spec in SPECS:
        assert all(f"`{route.method} {route.path}`" in found[spec.name][1] for route in spec.routes)
        assert found[spec.name][4] == ("grows" if spec.trips is None else str(spec.trips))
        assert all(error.reason in found[spec.name][5] for error in spec.errors)


def test_who_may_call_is_told_in_words() -> None:
    found = {row[0].strip("`"): row[2] for row in rows(describe.endpoints_page([*SPECS, *THINGS]))}
    assert found["list_things"] == "any account"
    assert found["make_thing"] == "Admin"
    assert found["attach_file"] == "anyone"
    assert found["refuse_everything"] == "accounts in good standing"
    assert found["dispatch_outbox"] == "Cloud Tasks"
    assert found["seal_audit"] == "Cloud Scheduler"


def test_every_error_has_its_row() -> None:
    found = {row[2].strip("`"): row for row in rows(describe.errors_page([*SPECS, *THINGS]))}
    assert found.keys() - {"reason"} == {error.reason for error in catalogue()}
    assert len({error.reason for error in catalogue()}) == len(catalogue()), "two errors have the same reason"
    for error in catalogue():
        row = found[error.reason]
        assert (row[0], row[1], row[3], row[4]) == (
            str(error.status),
            f"`{error.code}`",
            error.number or "",
            error.message,
        )
    assert "`make_thing`" in found["MRN_TAKEN"][5]
    assert "every endpoint" in found["INTERNAL"][5]


def test_every_setting_has_its_row_and_secrets_are_marked() -> None:
    found = [row for row in rows(describe.configuration_page()) if row[0] != "variable"]
    assert Counter(row[0] for row in found) == Counter(f"`{variable(name)}`" for name in Settings.model_fields)
    for name, field in Settings.model_fields.items():
        row = next(row for row in found if row[0] == f"`{variable(name)}`")
        assert row[3] == field.description, name
        assert ("*secret*" in row[1]) == is_secret(name)
        if "secret" in (field.description or "").lower().replace("secret shared", "secret"):
            assert is_secret(name), f"{name} is described as a secret"
    assert is_secret("smtp_password")
    assert not is_secret("keyset_kms_key")


def test_the_same_declarations_give_the_same_text() -> None:
    script = (
        "import hashlib, json; from tools import describe; from tools.manifest import endpoints; s = endpoints();"
        "d = describe.openapi(s); t = [json.dumps(d), json.dumps(describe.postman(d)), describe.endpoints_page(s),"
        " describe.errors_page(s), describe.configuration_page()];"
        "print(hashlib.sha256(repr(t).encode()).hexdigest())"
    )
    made = {
        subprocess.run(
            [sys.executable, "-c", script],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(made) == 1
