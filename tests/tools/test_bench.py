"""The measuring tools, where they do more than measure: verdicts, tables, and the pages they write."""

import json
from datetime import UTC, datetime
from pathlib import Path

from shared.http.endpoint import spec_of
from tools import soak
from tools.bench import cold, cpu, imports, trips
from tools.bench.report import BEGIN, END, Section, Table, write
from tools.bench.requests import Cost


def spec(name: str):
    import main

    return spec_of(main.load(name))


def section(title: str, over: list[str]) -> Section:
    return Section(title, "About it.", Table(["endpoint", "ms"], [["get_me", "1"], ["a_long_name", "22"]]), over)


def test_a_table_for_a_terminal_has_columns() -> None:
    assert section("Starts", []).table.text().splitlines() == ["endpoint     ms", "get_me       1", "a_long_name  22"]


def test_the_page_is_rewritten_between_its_marks_only(tmp_path: Path) -> None:
    page = tmp_path / "performance.md"
    write(page, [section("Starts", [])])
    first = page.read_text()
    page.write_text(f"{first.replace('# Performance', '# Ours')}\nA remark.\n")
    write(page, [section("Trips", ["get_me: too many"])], whole=True)
    text = page.read_text()
    assert text.startswith("# Ours")
    assert text.endswith("\nA remark.\n")
    assert "### Trips" in text
    assert "### Starts" not in text
    assert "Over budget: 1. get_me: too many" in text
    assert (text.count(BEGIN), text.count(END)) == (1, 1)


def test_what_is_measured_by_itself_takes_the_place_of_its_part(tmp_path: Path) -> None:
    page = tmp_path / "performance.md"
    write(page, [section("Starts", ["get_me"]), section("Trips", [])])
    write(page, [section("Starts", [])])
    text = page.read_text()
    assert [line for line in text.splitlines() if line.startswith("### ")] == ["### Starts", "### Trips"]
    assert "Over budget" not in text
    assert text.count("Measured 2") == 2, "each part says when and where"
    before = text
    write(page, [])
    assert page.read_text() == before


def test_functions_that_load_the_same_start_alike() -> None:
    groups = imports.alike([spec(name) for name in ("list_diagnoses", "get_me", "list_allergies", "send_email")])
    names = sorted(sorted(s.name for s in group) for group in groups)
    assert names == [["get_me"], ["list_allergies", "list_diagnoses"], ["send_email"]]


def test_of_a_group_the_one_started_often_is_held_against_the_budget() -> None:
    bare, slow = cold.Start(1.0, 1.0, 200), cold.Start(2.0, 1.0, 200)
    first = cold.Starts(spec("list_diagnoses"), "", [slow, slow], [bare, bare])
    like = cold.Starts(spec("list_allergies"), "list_diagnoses", [slow], [bare])
    assert cold.over([first, like]) == ["list_diagnoses 2.00 of 1.35"]
    assert [row[-1] for row in cold.table([like, first]).rows] == ["over", "loads what list_diagnoses loads"]


def test_a_worker_is_counted_by_what_it_logs(tmp_path: Path) -> None:
    def line(endpoint: str, attempts: int, writes: int) -> str:
        said = {"logger": "consentmd.requests", "endpoint": endpoint, "status": 204, "attempts": attempts}
        return json.dumps(said | {"trips": 3, "reads": 4, "writes": writes})

    log = tmp_path / "services.log"
    log.write_text("before\n")
    start = log.stat().st_size
    text = [line("send_email", 1, 2), "no JSON", line("send_email", 2, 9), line("scan_file", 1, 1), '{"logger": "x"}']
    log.write_text("before\n" + "\n".join(text))
    assert trips._runs(log, start) == {"send_email": [Cost(204, 3, 4, 2)], "scan_file": [Cost(204, 3, 4, 1)]}


def test_more_trips_than_declared_are_found() -> None:
    declared = spec("get_patient")
    fine, slow = Cost(200, declared.trips, 30, 1), Cost(200, declared.trips + 1, 30, 1)
    assert trips.problems([trips.Trips(declared, (fine, fine))]) == []
    assert trips.problems([trips.Trips(declared, (fine, slow))]) == ["get_patient: more trips than declared"]


def test_reads_that_follow_the_collection_are_found() -> None:
    lists = spec("list_patients")
    small, large = Cost(200, 3, 14, 1), Cost(200, 3, 140, 1)
    assert trips.problems([trips.Trips(lists, (small, large))]) == ["list_patients: reads grow with the collection"]


def test_a_refusal_is_not_held_against_the_happy_path() -> None:
    refused = Cost(409, 9, 9, 9)
    assert trips.problems([trips.Trips(spec("get_patient"), (refused, refused))]) == []


def test_a_slow_start_is_over_its_budget_by_what_it_declares() -> None:
    bare = cold.Start(1.0, 1.0, 200)
    by_name = {
        name: cold.Starts(spec(name), "", [cold.Start(seconds, 1.0, 200)], [bare])
        for name, seconds in (("get_me", 1.30), ("get_patient", 1.40), ("login", 1.30))
    }
    assert cold.over(list(by_name.values())) == ["get_patient 1.40 of 1.35", "login 1.30 of 1.25"]


def test_cpu_is_compared_batch_by_batch() -> None:
    work = cpu.Work("get_me", ours=[2.0, 40.0, 3.2], bare=[1.0, 20.0, 2.0])
    assert work.ratio == 2.0
    assert cpu.over([work]) == ["get_me 2.00 of 1.50"]


def test_the_page_of_the_long_tests_says_what_failed(tmp_path: Path) -> None:
    junit = tmp_path / "junit.xml"
    junit.write_text(
        "<testsuites><testsuite>"
        '<testcase name="test_it_holds" time="12.3"><properties><property name="kills" value="15"/></properties>'
        '</testcase><testcase name="test_it_breaks[a]" time="1"><failure/></testcase>'
        '<testcase name="test_it_breaks[b]" time="2"></testcase>'
        "</testsuite></testsuites>"
    )
    text = soak.page(soak.results(junit), datetime(2026, 1, 2, tzinfo=UTC))
    assert "Run 2026-01-02 on: " in text
    assert "## It holds\n\n**Passed** in 12 s.\n\n* kills: 15" in text
    assert "## It breaks\n\n**Failed** in 3 s, 2 runs." in text
