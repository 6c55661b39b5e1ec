"""POST /schedules/verify_audit: the nightly look at the audit trail."""

import json
import logging

import pytest

from shared.logs import JsonFormatter
from tests.client import refused
from tests.functions.schedules.test_seal_audit import (  # noqa: F401 - the fixture settles entries at once
    _settled_at_once,
    entry,
    ref,
    seal,
    tampered,
)

PATH = "/schedules/verify_audit"


@pytest.fixture
def outcomes():
    """Outcomes of the metric, as they are logged."""
    found = []

    class Keep(logging.Handler):
        def emit(self, record):
            line = json.loads(JsonFormatter().format(record))
            if line.get("metric") == "audit_verified":
                found.append(line["outcome"])

    handler = Keep()
    logging.getLogger("consentmd").addHandler(handler)
    yield found
    logging.getLogger("consentmd").removeHandler(handler)


def verify(api, cloud):
    return cloud.machine(api, "schedule", "verify_audit").post(PATH)


def test_an_intact_trail_is_reported_as_such(api, cloud, outcomes) -> None:
    entry(cloud)
    seal(api, cloud)
    assert verify(api, cloud).status == 204
    assert outcomes == ["intact"]


def test_a_broken_one_raises_the_alert(api, cloud, outcomes) -> None:
    mine = entry(cloud)
    seal(api, cloud)
    with tampered(ref(cloud, mine)):
        ref(cloud, mine).update({"action": "NOTHING"})
        assert verify(api, cloud).status == 204
    assert outcomes == ["broken"]


def test_nobody_but_the_scheduler_may_call(api) -> None:
    refused(api.post(PATH), 401, "TOKEN_MISSING")
