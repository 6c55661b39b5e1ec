"""GET /consultation-types."""

import re

import pytest

from shared.reference.consultations import CONSULTATION_TYPES, consultation_type
from tests.client import refused


@pytest.fixture(scope="module")
def patient(world):
    return world.patient()


def test_the_types_with_what_the_scribe_is_told(api, patient) -> None:
    answer = api.as_(patient).get("/consultation-types")
    assert answer.status == 200
    found = {t["id"]: t for t in answer["data"]}
    assert len(found) == len(answer["data"])
    assert found.keys() >= {
        "initial_consultation", "follow_up", "urgent", "medication_review", "procedure", "telehealth", "psychotherapy",
        "annual_physical",
    }  # fmt: skip
    assert all(t.keys() == {"id", "name", "description", "aiContextModifier"} for t in found.values())
    assert found["initial_consultation"]["name"] == "Initial Consultation"
    assert found["initial_consultation"]["aiContextModifier"].startswith("This is an initial consultation")
    assert found["follow_up"]["aiContextModifier"].startswith("This is a follow-up visit")


def test_it_costs_the_session_and_is_kept_for_a_day(api, patient) -> None:
    answer = api.as_(patient).get("/consultation-types")
    assert (answer.trips, answer.writes) == (1, 0)
    assert answer.headers["Cache-Control"] == "private, max-age=86400"
    again = api.as_(patient).get("/consultation-types", headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status, again.response.content) == (304, b"")


def test_nobody_else_may(api) -> None:
    refused(api.get("/consultation-types"), 401, "TOKEN_MISSING")


@pytest.mark.parametrize("each", CONSULTATION_TYPES, ids=lambda t: t.id)
def test_a_modifier_is_one_to_three_sentences_that_bound_what_may_be_written(each) -> None:
    text = each.ai_context_modifier
    assert 1 <= len(re.findall(r"\.(?= |$)", text)) <= 3
    assert re.search(r"only|[Nn]ever|[Dd]o not|leave out|not discussed|without", text), "nothing forbids inventing"


def test_an_unknown_type_is_a_general_consultation() -> None:
    assert consultation_type("no such thing").name == consultation_type(None).name == "General Consultation"
    assert consultation_type("urgent").id == "urgent"
