"""GET /templates."""

import pytest

from shared.reference.templates import TEMPLATE_IDS, template
from tests.client import refused

#: Section ids as the sources name them (seed 003 §5.3; dap of seed 001).
SECTIONS = {
    "soap": ["subjective", "objective", "assessment", "plan"],
    "apso": ["assessment", "plan", "subjective", "objective"],
    "comprehensive": ["chief_complaint", "hpi", "ros", "past_medical", "medications", "allergies", "physical_exam",
                      "assessment", "plan"],
    "psychiatry": ["presenting_problem", "psychiatric_history", "mental_status_exam", "assessment", "plan"],
    "cardiology": ["chief_complaint", "symptoms", "vital_signs", "cardiac_exam", "assessment", "plan"],
    "dap": ["data", "assessment", "plan"],
}  # fmt: skip


@pytest.fixture(scope="module")
def patient(world):
    return world.patient()


def test_the_seven_templates_and_their_sections_in_order(api, patient) -> None:
    answer = api.as_(patient).get("/templates")
    assert answer.status == 200
    found = {t["id"]: t for t in answer["data"]}
    assert list(found) == [*SECTIONS, "progress"] == list(TEMPLATE_IDS)
    for name, sections in SECTIONS.items():
        assert [s["id"] for s in found[name]["sections"]] == sections
    assert found["soap"] | {"sections": None} == {
        "id": "soap",
        "name": "SOAP Note",
        "description": "Subjective, Objective, Assessment, Plan",
        "specialty": "General Medicine",
        "sections": None,
    }
    assert found["soap"]["sections"][0] == {
        "id": "subjective",
        "label": "S",
        "fullName": "Subjective",
        "required": True,
    }
    # What seed 001 stores as a note's content.
    assert {s["id"] for s in found["progress"]["sections"]} <= {"subjective", "objective", "data", "assessment", "plan"}
    assert all(t["name"] and t["description"] and t["specialty"] for t in found.values())
    assert all(any(s["required"] for s in t["sections"]) for t in found.values())


def test_it_costs_the_session_and_is_kept_for_a_day(api, patient) -> None:
    answer = api.as_(patient).get("/templates")
    assert (answer.trips, answer.writes) == (1, 0)
    assert answer.headers["Cache-Control"] == "private, max-age=86400"
    again = api.as_(patient).get("/templates", headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status, again.response.content) == (304, b"")


def test_an_account_in_whatever_standing_may_read_them(api, world) -> None:
    assert api.as_(world.clinician(approved=False)).get("/api/v1/templates").status == 200


def test_nobody_else_may(api) -> None:
    refused(api.get("/templates"), 401, "TOKEN_MISSING")


def test_an_unknown_template_has_the_sections_of_soap() -> None:
    assert template("no such thing") is template(None) is template("soap")
    assert template("cardiology").id == "cardiology"
