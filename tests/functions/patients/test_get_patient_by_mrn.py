"""GET /patients/mrn/{mrn}."""

import pytest

from tests.client import refused
from tests.functions.patients.conftest import ANONYMOUS, HIDDEN, NO_SCOPE, UNVERIFIED
from tests.world import unique


@pytest.fixture(scope="module")
def mrn(api, circle) -> str:
    return api.as_(circle.patient).get(circle.path)["mrn"]


def test_answers_the_record_in_whatever_case(api, circle, mrn) -> None:
    whole = api.as_(circle.doctor).get(circle.path).json
    for written in (mrn, mrn.lower()):
        assert api.as_(circle.doctor).get(f"/patients/mrn/{written}").json == whole
    for name in ("patient", "family", "visitor", "admin"):
        assert api.as_(getattr(circle, name)).get(f"/patients/mrn/{mrn}").json == whole


def test_a_number_of_somebody_else_looks_like_one_nobody_has(api, circle, mrn) -> None:
    for name in ("stranger", "other_patient"):
        caller = api.as_(getattr(circle, name))
        taken = refused(caller.get(f"/patients/mrn/{mrn}"), *HIDDEN)
        free = refused(caller.get(f"/patients/mrn/{unique('MRN-')}"), *HIDDEN)
        assert taken.error["message"] == free.error["message"]
        assert (taken.trips, taken.reads, taken.writes) == (free.trips, free.reads, free.writes)


def test_who_may_not(api, circle, mrn) -> None:
    refused(api.get(f"/patients/mrn/{mrn}"), *ANONYMOUS)
    refused(api.as_(circle.payer).get(f"/patients/mrn/{mrn}"), *NO_SCOPE)
    refused(api.as_(circle.unverified).get(f"/patients/mrn/{mrn}"), *UNVERIFIED)
    refused(api.as_(circle.doctor).get("/patients/mrn/%21"), 400, "VALIDATION_ERROR")
