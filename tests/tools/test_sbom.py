"""tools.sbom: what an environment consists of."""

import json
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def listed(tmp_path_factory) -> dict:
    file = tmp_path_factory.mktemp("sbom") / "sbom.json"
    # -S and -E would hide the packages; run as the Dockerfile does, by the environment's own interpreter.
    subprocess.run([sys.executable, str(ROOT / "tools/sbom.py"), str(file)], check=True, stdout=subprocess.DEVNULL)
    return json.loads(file.read_text())


def test_packages_are_listed_by_their_url(listed) -> None:
    by_name = {c["name"]: c for c in listed["components"]}
    flask = by_name["flask"]
    assert flask["purl"] == flask["bom-ref"] == f"pkg:pypi/flask@{version('flask')}"
    assert "typing-extensions" in by_name, "names are normal forms (PEP 503)"
    assert by_name["flask"]["licenses"]


def test_every_reference_is_to_something_listed_and_each_has_its_dependencies(listed) -> None:
    refs = {c["bom-ref"] for c in listed["components"]} | {"consentmd"}
    assert len(refs) == len(listed["components"]) + 1
    assert {d["ref"] for d in listed["dependencies"]} == refs
    assert {r for d in listed["dependencies"] for r in d["dependsOn"]} <= refs
    needs = {d["ref"].split("/")[-1].split("@")[0]: d["dependsOn"] for d in listed["dependencies"]}
    assert any(r.startswith("pkg:pypi/werkzeug@") for r in needs["flask"])


def test_the_same_packages_give_the_same_document(listed, tmp_path) -> None:
    again = tmp_path / "again.json"
    subprocess.run([sys.executable, str(ROOT / "tools/sbom.py"), str(again)], check=True, stdout=subprocess.DEVNULL)
    assert json.loads(again.read_text()) == listed


def test_it_is_valid_cyclonedx(listed) -> None:
    schema = pytest.importorskip("cyclonedx.schema")
    validation = pytest.importorskip("cyclonedx.validation.json")
    validator = validation.JsonStrictValidator(schema.SchemaVersion.V1_6)
    assert validator.validate_str(json.dumps(listed)) is None


def test_without_a_file_it_says_how_it_is_called() -> None:
    done = subprocess.run([sys.executable, str(ROOT / "tools/sbom.py")], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "python tools/sbom.py FILE" in done.stderr
