"""The plan that is asserted: terraform's own where it can be had, else the kept one."""

import json
from typing import Any

import pytest

from tests.infra import plan as plans
from tests.infra.plan import ENVIRONMENTS, INFRA, Plan
from tools.manifest import endpoints, indexes


@pytest.fixture(scope="session")
def every_function() -> dict[str, Any]:
    return json.loads((INFRA / "functions.json").read_text())


@pytest.fixture
def manifest(request: pytest.FixtureRequest, every_function: dict[str, Any]) -> dict[str, Any]:
    """What the plan of the same test was made from: production has every function, the others a few."""
    environment = request.node.callspec.params.get("plan", "prod") if hasattr(request.node, "callspec") else "prod"
    return every_function if environment == "prod" else plans.few(every_function)


@pytest.fixture(scope="session")
def declared() -> dict[str, Any]:
    """Indexes and expiries of the code's own queries and documents, all of them loaded."""
    endpoints()
    return indexes()


@pytest.fixture(scope="session", params=ENVIRONMENTS)
def plan(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Plan:
    """Production's plan, and the others' with a few functions; without terraform, production's alone."""
    if plans.checker():
        whole = request.param == "prod"
        return plans.planned(
            request.param, *([] if whole else [plans.copied(tmp_path_factory.mktemp("few") / "infra")])
        )
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
