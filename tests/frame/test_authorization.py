"""Who may reach a patient: every endpoint about a patient × every kind of person, on one world.

What an endpoint needs (`NEEDS`) is stated here once more, on purpose, as a reader of the requirements would; a new
endpoint that is not in the table fails the run. What each person may do follows from the relationship rules.
"""

import uuid
from dataclasses import dataclass
from typing import Any

import pytest

from shared.users.documents import Role
from tests.client import Answer
from tests.world import Account, unique
from tools.manifest import endpoints

#: read: see the record · write: add to it · manage: say who else sees it · log: see who saw it · destroy: delete it.
NEEDS = {
    "get_patient": "read",
    "update_patient": "write",
    "delete_patient": "destroy",
    "add_diagnosis": "write", "list_diagnoses": "read", "update_diagnosis": "write", "remove_diagnosis": "write",
    "add_medication": "write", "list_medications": "read", "update_medication": "write", "remove_medication": "write",
    "add_allergy": "write", "list_allergies": "read", "update_allergy": "write", "remove_allergy": "write",
    "record_vitals": "write", "list_vitals": "read", "get_vitals_series": "read",
    "add_care_team_member": "manage", "list_care_team": "read", "remove_care_team_member": "manage",
    "add_family_grant": "manage", "list_family_grants": "manage", "revoke_family_grant": "manage",
    "update_family_grant": "manage",
    "give_consent": "manage", "list_consents": "read", "withdraw_consent": "manage",
    "get_access_log": "log",
    "invite_patient": "manage",
    "list_patient_notes": "read",
}  # fmt: skip

#: What each relationship allows (RESOLUTIONS: Identity and access; DESIGN invariant 4).
ALLOWS: dict[str, set[str]] = {
    "self": {"read", "manage", "log"},
    "care_team_doctor": {"read", "write", "manage"},
    "care_team_nurse": {"read", "write", "manage"},
    "treating_doctor": {"read", "write"},
    "family_with_grant": {"read"},
    "admin": {"read", "write", "manage", "log", "destroy"},
    "family_without_grant": set(),
    "family_without_scope": set(),
    "stranger_doctor": set(),
    "stranger_patient": set(),
    "former_nurse": set(),
    "unverified_doctor": set(),
}

ABOUT_PATIENTS = [spec for spec in endpoints() if spec.kind == "http" and "patientId" in spec.path_parameters]


def test_every_endpoint_about_a_patient_is_in_the_table() -> None:
    assert {spec.name for spec in ABOUT_PATIENTS} == set(NEEDS)


@dataclass
class Setting:
    """The one world."""

    api: Any
    world: Any
    patient: Account
    people: dict[str, Account]

    @property
    def at(self) -> str:
        return f"/patients/{self.patient.patient_id}"

    def made(self, kind: str, body: dict[str, Any]) -> str:
        """A fresh child record, so that removing it disturbs nobody; its id."""
        answer = self.api.as_(self.people["care_team_doctor"]).post(f"{self.at}/{kind}", body)
        assert answer.status == 201, answer
        return answer["id"]


@pytest.fixture(scope="module")
def setting(api, cloud, world) -> Setting:
    from datetime import UTC, datetime, timedelta

    from shared.config import settings
    from shared.context import Context, Trail
    from shared.patients.documents import Patient, Source
    from shared.patients.relationships import relate

    patient = world.patient()
    people = {
        "self": patient,
        "care_team_doctor": world.doctor(),
        "care_team_nurse": world.nurse(),
        "treating_doctor": world.doctor(),
        "family_with_grant": world.family(),
        "family_without_grant": world.family(),
        "family_without_scope": world.family(),
        "stranger_doctor": world.doctor(),
        "stranger_patient": world.patient(),
        "former_nurse": world.nurse(),
        "unverified_doctor": world.clinician(approved=False),
        "admin": world.admin,
    }
    pid = patient.patient_id
    for member in ("care_team_doctor", "care_team_nurse", "former_nurse"):
        world.join_care_team(pid, people[member], by=patient)
    removed = api.as_(patient).delete(f"/patients/{pid}/care-team/{people['former_nurse'].id}")
    assert removed.status == 204, removed
    world.grant_family(pid, people["family_with_grant"], patient)
    world.grant_family(pid, people["family_without_scope"], patient, scopes=["billing"])
    # Visits come with scheduling; the relationship they will make is made as they will make it.
    unit = cloud.unit()
    ctx = Context(unit=unit, settings=settings(), trail=Trail("BOOK_APPOINTMENT"), request_id="test")
    end = datetime.now(UTC) + timedelta(days=30)
    source = Source(kind="appointment", ref_id=str(uuid.uuid4()), expires_at=end)
    relate(ctx, unit.get(Patient, pid), people["treating_doctor"].id, source)
    unit.commit()
    return Setting(api, world, patient, people)


def call(s: Setting, name: str, who: Account, *, real: bool) -> Answer:
    """Call endpoint `name` as `who`; with real child records where the call is expected to go through."""
    caller, at, some = s.api.as_(who), s.at, str(uuid.uuid4())

    def child(kind: str, body: dict[str, Any]) -> str:
        return s.made(kind, body) if real else some

    diagnosis, medication, allergy = {"diagnosis": "Gout"}, {"name": "Aspirin"}, {"allergy": "Dust"}
    grant = {"userId": s.world.family().id if real else some, "scopes": ["billing"]}
    consent = {"kind": "data_sharing", "scope": "care_team", "textVersion": "2026-01"}
    calls = {
        "get_patient": lambda: caller.get(at),
        "update_patient": lambda: caller.put(at, {"address": "2 Elm Street"}),
        "delete_patient": lambda: (
            caller.delete(f"/patients/{s.world.record(by=s.people['care_team_doctor'])['id']}")
            if real
            else caller.delete(at)
        ),
        "add_diagnosis": lambda: caller.post(f"{at}/diagnoses", diagnosis),
        "list_diagnoses": lambda: caller.get(f"{at}/diagnoses"),
        "update_diagnosis": lambda: caller.put(f"{at}/diagnoses/{child('diagnoses', diagnosis)}", {"isActive": False}),
        "remove_diagnosis": lambda: caller.delete(f"{at}/diagnoses/{child('diagnoses', diagnosis)}"),
        "add_medication": lambda: caller.post(f"{at}/medications", medication),
        "list_medications": lambda: caller.get(f"{at}/medications"),
        "update_medication": lambda: caller.put(
            f"{at}/medications/{child('medications', medication)}", {"isActive": False}
        ),
        "remove_medication": lambda: caller.delete(f"{at}/medications/{child('medications', medication)}"),
        "add_allergy": lambda: caller.post(f"{at}/allergies", allergy),
        "list_allergies": lambda: caller.get(f"{at}/allergies"),
        "update_allergy": lambda: caller.put(f"{at}/allergies/{child('allergies', allergy)}", {"severity": "severe"}),
        "remove_allergy": lambda: caller.delete(f"{at}/allergies/{child('allergies', allergy)}"),
        "record_vitals": lambda: caller.post(f"{at}/vitals", {"heartRate": 61}),
        "list_vitals": lambda: caller.get(f"{at}/vitals"),
        "get_vitals_series": lambda: caller.get(f"{at}/vitals/series"),
        "add_care_team_member": lambda: caller.post(
            f"{at}/care-team", {"userId": s.world.nurse().id if real else some}
        ),
        "list_care_team": lambda: caller.get(f"{at}/care-team"),
        "remove_care_team_member": lambda: caller.delete(f"{at}/care-team/{extra_nurse(s) if real else some}"),
        "add_family_grant": lambda: caller.post(f"{at}/family-grants", grant),
        "list_family_grants": lambda: caller.get(f"{at}/family-grants"),
        "update_family_grant": lambda: caller.put(
            f"{at}/family-grants/{extra_grant(s) if real else some}", {"scopes": ["health_record", "billing"]}
        ),
        "revoke_family_grant": lambda: caller.delete(f"{at}/family-grants/{extra_grant(s) if real else some}"),
        "give_consent": lambda: caller.post(f"{at}/consents", consent),
        "list_consents": lambda: caller.get(f"{at}/consents"),
        "withdraw_consent": lambda: caller.delete(f"{at}/consents/{extra_consent(s, consent) if real else some}"),
        "get_access_log": lambda: caller.get(f"{at}/access-log"),
        "list_patient_notes": lambda: caller.get(f"{at}/clinical-notes"),
        "invite_patient": lambda: invite(s, caller, real=real),
    }
    return calls[name]()


def extra_nurse(s: Setting) -> str:
    nurse = s.world.nurse()
    s.world.join_care_team(s.patient.patient_id, nurse, by=s.patient)
    return nurse.id


def extra_grant(s: Setting) -> str:
    return s.world.grant_family(s.patient.patient_id, s.world.family(), s.patient)["id"]


def extra_consent(s: Setting, body: dict[str, Any]) -> str:
    return s.api.as_(s.patient).post(f"{s.at}/consents", body)["id"]


def invite(s: Setting, caller: Any, *, real: bool) -> Answer:
    """The patient of the world has an account already; an invitation is for one who has not."""
    return caller.post(f"{s.at}/invite", {"email": f"{unique('guest')}@example.org"})


def expected(spec: Any, relation: str, account: Account) -> tuple[int, str] | None:
    """The refusal that the rules ask for; None when the call is allowed."""
    role = Role(account.role)
    if role not in spec.access.roles:
        return 403, "ROLE_NOT_ALLOWED"
    if relation == "unverified_doctor":
        return 403, "CREDENTIALS_NOT_VERIFIED"
    if NEEDS[spec.name] in ALLOWS[relation]:
        return None
    if relation in {"stranger_doctor", "stranger_patient", "former_nurse", "family_without_grant"}:
        return 404, "NOT_FOUND"
    return 403, "SCOPE_NOT_GRANTED"


@pytest.mark.parametrize("relation", ALLOWS)
@pytest.mark.parametrize("spec", ABOUT_PATIENTS, ids=lambda s: s.name)
def test_access_is_what_the_rules_say(setting, spec, relation) -> None:
    who = setting.people[relation]
    refusal = expected(spec, relation, who)
    answer = call(setting, spec.name, who, real=refusal is None)
    if refusal is not None:
        assert (answer.status, answer.reason) == refusal, answer
    elif spec.name == "invite_patient":
        assert (answer.status, answer.reason) == (409, "PATIENT_HAS_ACCOUNT"), answer
    else:
        assert answer.status < 300, answer


@pytest.mark.parametrize("spec", ABOUT_PATIENTS, ids=lambda s: s.name)
def test_a_missing_patient_and_a_forbidden_one_look_the_same(setting, spec) -> None:
    stranger = setting.people["stranger_doctor"]
    if Role.DOCTOR not in spec.access.roles:
        pytest.skip("doctors never may")
    forbidden = call(setting, spec.name, stranger, real=False)
    nowhere = Setting(setting.api, setting.world, _nobody(), setting.people)
    missing = call(nowhere, spec.name, stranger, real=False)
    volatile = {"requestId", "timestamp", "path"}
    assert forbidden.status == missing.status == 404
    assert {k: v for k, v in forbidden.error.items() if k not in volatile} == {
        k: v for k, v in missing.error.items() if k not in volatile
    }
    assert forbidden.headers.keys() == missing.headers.keys()
    assert forbidden.trips == missing.trips


def _nobody() -> Account:
    return Account("", "", "Patient", "", "", {"patientId": str(uuid.uuid4())})


def test_a_refusal_is_in_the_patients_access_log(setting) -> None:
    call(setting, "get_patient", setting.people["stranger_doctor"], real=False)
    log = setting.api.as_(setting.patient).get(f"{setting.at}/access-log")
    tried = [e for e in log["data"] if e["userId"] == setting.people["stranger_doctor"].id]
    assert tried
    assert {e["outcome"] for e in tried} == {"refused"}
