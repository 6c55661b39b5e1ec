"""Demo notes: for each patient of the practice one that is signed, with an addendum, and one that is being written."""

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from tools.seed import Person

#: Sections of a finished visit, in turn over the patients.
VISITS: Final[tuple[dict[str, Any], ...]] = (
    {
        "templateType": "soap",
        "consultationType": "follow_up",
        "visitReason": "Blood pressure check",
        "sections": {
            "subjective": "Takes the tablets every morning. No dizziness, no headache.",
            "objective": "BP 138/84 mmHg, pulse 72/min, regular.",
            "assessment": "Blood pressure improved, slightly above target.",
            "plan": "Continue the current dose. Home readings for two weeks, then review.",
        },
        "diagnoses": [{"description": "Essential hypertension", "code": "I10"}],
    },
    {
        "templateType": "cardiology",
        "consultationType": "initial_consultation",
        "visitReason": "Palpitations",
        "sections": {
            "chief_complaint": "Palpitations, two to three times a week.",
            "symptoms": "Each lasts about five minutes. No syncope, no chest pain.",
            "vital_signs": "BP 124/78 mmHg, pulse 68/min.",
            "assessment": "Palpitations, probably benign ectopic beats.",
            "plan": "24-hour ECG. Less caffeine. Review with the result.",
        },
        "diagnoses": [{"description": "Palpitations", "code": "R00.2"}],
    },
)
ADDENDUM: Final = "Laboratory results arrived after the visit: potassium 4.2 mmol/L, creatinine 0.9 mg/dL."
DRAFT: Final = {"data": "Telephone call: asks whether the next dose may be taken with food."}


def seed_notes(doctor: "Person", nurse: "Person", password: str) -> int:
    """Write what is missing; how many patients have notes."""
    patients = doctor.call("GET", "/patients?limit=100")["data"]
    cared_for = {row["id"] for row in nurse.call("GET", "/patients?limit=100")["data"]}
    for index, patient in enumerate(patients):
        if doctor.call("GET", f"/patients/{patient['id']}/clinical-notes?limit=1")["pagination"]["total"]:
            continue
        visit = VISITS[index % len(VISITS)] | {"patientId": patient["id"]}
        note = doctor.call("POST", "/clinical-notes", visit)
        at = f"/clinical-notes/{note['id']}"
        doctor.call("POST", f"{at}/sign", {"password": password, "version": note["version"]})
        doctor.call("POST", f"{at}/addenda", {"content": ADDENDUM, "password": password})
        draft = {"patientId": patient["id"], "templateType": "dap", "sections": DRAFT, "isDraft": True}
        (nurse if patient["id"] in cared_for else doctor).call("POST", "/clinical-notes", draft)
    return len(patients)
