"""The plan that is asserted: terraform's own where it can be had, else the kept one."""

import json
from typing import Any

import pytest

from tests.infra import plan as plans
from tests.infra.plan import ENVIRONMENTS, INFRA, Plan
from tools.manifest import endpoints, indexes


@pytest.fixture(scope="session")
def manifest() -> dict[str, Any]:
    return json.loads((INFRA / "functions.json").read_text())


@pytest.fixture(scope="session")
def declared() -> dict[str, Any]:
    """Indexes and expiries of the code's own queries and documents, all of them loaded."""
    endpoints()
    return indexes()


@pytest.fixture(scope="session", params=ENVIRONMENTS)
def plan(request: pytest.FixtureRequest) -> Plan:
    """Each environment's plan; without terraform, production's alone."""
    if plans.checker():
        return plans.planned(request.param)
    if request.param != "prod":
        pytest.skip("terraform is not here: only the plan of production is kept")
    return plans.kept_plan()


@pytest.fixture(scope="session")
def production() -> Plan:
    return plans.planned("prod") if plans.checker() else plans.kept_plan()


@pytest.fixture
def terraform() -> None:
    """For tests that need terraform itself."""
    if plans.checker() is None:
        pytest.skip("terraform and the offline check (TF_OFFLINE_CHECK) are not here")
