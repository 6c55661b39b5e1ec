"""The cost page is computed from counters and prices."""

import json
from typing import Any

import pytest

from tests.infra.plan import INFRA, ROOT
from tools import cost
from tools.cost import Counters, price

PAGE = """\
| endpoint | status | declared | at 1,000 patients | at 100,000 patients |  |
| --- | --- | --- | --- | --- | --- |
| get_patient | 200 | 3 | 3 / 40 / 1 | 3 / 41 / 1 |  |
| google_sign_in | 404 | 3 | 0 / 0 / 0 | 0 / 0 / 0 |  |
"""
TERMINAL = """\
endpoint                 status  declared  at 100 patients  at 1,000 patients
get_patient              200     3         3 / 40 / 1       3 / 41 / 1
google_sign_in           404     3         0 / 0 / 0        0 / 0 / 0
"""


@pytest.mark.parametrize("text", [PAGE, TERMINAL])
def test_counters_are_those_of_success_at_the_larger_size(text: str) -> None:
    assert cost.counters(text) == {"get_patient": Counters(trips=3, reads=41, writes=1)}


def test_a_page_without_counters_is_refused() -> None:
    with pytest.raises(ValueError, match=r"tools\.bench"):
        cost.counters("| endpoint | ms |")


def test_a_million_requests_by_hand() -> None:
    made = price(Counters(trips=2, reads=10, writes=3), public=True, memory_mib=512)
    assert made.firestore == pytest.approx(10 * 0.60 + 3 * 1.80)
    # 55 ms are billed as 100 ms of one vCPU and half a GiB.
    assert made.run == pytest.approx(100_000 * (0.000024 + 0.5 * 0.0000025) + 0.40)
    assert made.tasks == pytest.approx(1.60)
    assert made.total == pytest.approx(made.firestore + made.run + made.edge + made.logs + made.tasks)


def test_longer_work_is_billed_in_whole_tenths_of_a_second() -> None:
    one = price(Counters(1, 1, 0), public=False, memory_mib=512)
    longer = price(Counters(1, 1, 0), public=False, memory_mib=512, work_seconds=0.265)
    assert (longer.run - 0.40) / (one.run - 0.40) == pytest.approx(3)
    assert one.edge == one.tasks == 0


def test_rows_that_say_nothing_about_the_work_are_left_out() -> None:
    text = """\
| deliver_notification | 204 | grows | 3 / 4 / 5 | 3 / 4 / 5 |  |
| miss_call | 204 | grows | 1 / 1 / 0 | 1 / 1 / 0 | nothing to do |
| seal_audit | 204 | grows | 8 / 5017 / 1 | 9 / 5138 / 1 | follows the trail |
"""
    assert cost.counters(text) == {"deliver_notification": Counters(3, 4, 5)}


def test_who_waits_for_the_model_pays_for_the_wait(manifest: dict[str, Any]) -> None:
    names = ("get_patient", "request_note", "generate_note", "create_note", "sign_note")
    page = cost.page(manifest, dict.fromkeys(names, Counters(3, 5, 2)))
    rows = [line.strip("| ").split(" | ") for line in page.splitlines() if "| 3 | 5 | 2 |" in line]
    run = {row[0]: float(row[5]) for row in rows}
    assert run["request_note"] > 100 > 20 > run["sign_note"] > run["create_note"]
    assert run["generate_note"] > 100


def test_the_page_adds_up(manifest: dict[str, Any]) -> None:
    page = cost.page(manifest, {"get_patient": Counters(3, 41, 1), "seal_audit": Counters(2, 16, 0)})
    row = next(line for line in page.splitlines() if line.startswith("| get_patient "))
    *parts, total = (float(cell) for cell in row.strip("| ").split(" | ")[4:])
    assert sum(parts) == pytest.approx(total, abs=0.03)
    assert "activate_user, " in page.partition("Not measured: ")[2]
    resting = page.partition("## At rest")[2].partition("**together**")
    items = [float(line.split(" | ")[1].strip(" |")) for line in resting[0].splitlines()[6:] if line.count("|") == 3]
    assert sum(items) == pytest.approx(float(resting[2].split("**")[1]), abs=0.03)


def test_the_committed_page_names_current_endpoints(manifest: dict[str, Any]) -> None:
    targets = {entry["target"] for entry in manifest.values()}
    rows = (ROOT / "docs" / "cost.md").read_text().partition("## Per million")[2].splitlines()
    named = {row.split(" | ")[0].strip("| ") for row in rows if row.startswith("| ")} - {"endpoint", "---"}
    assert named
    assert named <= targets, "stale: run python -m tools.cost"


def test_the_committed_page_is_that_of_the_measurements() -> None:
    if not cost.COUNTERS.exists():
        pytest.skip("docs/performance.md is not there yet (make bench)")
    made = cost.page(json.loads((INFRA / "functions.json").read_text()), cost.counters(cost.COUNTERS.read_text()))
    rows = {line for line in made.partition("## Per million")[2].splitlines() if line.startswith("| ")}
    assert rows <= set(cost.PAGE.read_text().splitlines()), "stale: run python -m tools.cost"
