"""Which errors follow from a declaration."""

import importlib

import pytest

from shared.errors import ApiError
from shared.http.declared import ErrorBody, keeps_answers, possible_errors
from shared.http.endpoint import spec_of
from shared.http.responses import error_body


def reasons(module: str) -> set[str]:
    spec = spec_of(getattr(importlib.import_module(module), module.rsplit(".", 1)[1]))
    return {error.reason for error in possible_errors(spec)}


ALWAYS = {"ROUTE_NOT_FOUND", "METHOD_NOT_ALLOWED", "UNREADABLE_PARAMETER", "VALIDATION_ERROR", "INTERNAL"}


def test_a_health_check_needs_nothing_and_is_never_limited() -> None:
    assert reasons("functions.health.health") == ALWAYS


def test_an_account_brings_its_session_and_the_database() -> None:
    assert reasons("functions.reference.list_templates") == ALWAYS | {
        "RATE_LIMITED", "DATABASE_UNAVAILABLE", "TOKEN_MISSING", "TOKEN_INVALID", "TOKEN_EXPIRED", "SESSION_ENDED",
        "IDENTITY_PROVIDER_UNAVAILABLE", "EMAIL_TAKEN",
    }  # fmt: skip


def test_a_worker_is_neither_limited_nor_signed_in() -> None:
    found = reasons("functions.tasks.dispatch_outbox")
    assert {"TOKEN_MISSING", "TOKEN_INVALID", "CONTENTION", "UNREADABLE_BODY"} <= found
    assert not {"RATE_LIMITED", "SESSION_ENDED", "TOKEN_EXPIRED", "IDEMPOTENCY_KEY_REUSED"} & found


def test_credentials_matter_only_where_clinicians_may_call() -> None:
    assert "CREDENTIALS_NOT_VERIFIED" not in reasons("tests.tools.things.make_thing")
    assert "CREDENTIALS_NOT_VERIFIED" in reasons("tests.tools.things.refuse_everything")
    assert "ROLE_NOT_ALLOWED" not in reasons("tests.tools.things.refuse_everything")


def test_nobody_has_no_idempotency_keys() -> None:
    spec = spec_of(importlib.import_module("tests.tools.things.attach_file").attach_file)
    assert not keeps_answers(spec)
    assert "IDEMPOTENCY_KEY_REUSED" not in reasons("tests.tools.things.attach_file")


def test_they_are_sorted_and_each_is_there_once() -> None:
    spec = spec_of(importlib.import_module("tests.tools.things.make_thing").make_thing)
    found = possible_errors(spec)
    assert found == sorted(set(found), key=lambda e: (e.status, e.reason))


@pytest.mark.parametrize("error", [ApiError, *ApiError.__subclasses__()], ids=lambda e: e.__name__)
def test_the_documented_body_is_the_one_that_is_sent(error) -> None:
    ErrorBody.model_validate(error_body(error(), "/patients", "a-request"), strict=True)
