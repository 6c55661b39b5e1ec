"""What the patient's chart says, as lines beside a conversation: age, allergies, current medications, problems.

They are there so that what was said is understood, and may be cited as what they are, `chart:<kind>:<id>`; the checker
never lets one stand for something that was said.
"""

from datetime import date

from shared.context import Context
from shared.patients.clinical_documents import (
    ALLERGIES_OF_PATIENT,
    DIAGNOSES_OF_PATIENT,
    MEDICATIONS_OF_PATIENT,
    Allergy,
    Diagnosis,
    Medication,
)
from shared.patients.documents import Patient, Relationship
from shared.patients.relationships import readable, relationship_id
from shared.scribe.sources import Citation, SourceLine, charted
from shared.users.documents import Role, User

#: Entries of each kind that are looked at, the latest.
_MOST = 50


def of_patient(ctx: Context, patient: Patient, reader: User) -> tuple[list[SourceLine], int]:
    """Lines of the chart as far as `reader` may see it, and how many sentences were left out. One round trip."""
    relation = ctx.unit.get(Relationship, relationship_id(patient.id, reader.id))
    if reader.role is not Role.ADMIN and (relation is None or not readable(relation, ctx.now)):
        return [], 0
    unit = ctx.unit
    allergies, medications, diagnoses = unit.together(
        unit.reading(ALLERGIES_OF_PATIENT, patientId=patient.id, limit=_MOST),
        unit.reading(MEDICATIONS_OF_PATIENT, patientId=patient.id, limit=_MOST),
        unit.reading(DIAGNOSES_OF_PATIENT, patientId=patient.id, limit=_MOST),
    )
    today = ctx.now.date()
    born = patient.date_of_birth
    rows = [("patient", patient.id, f"The patient is {_age(born, today)} years old.")] if born else []
    rows += [("allergy", a.id, _allergy(a)) for a in allergies if a.is_active]
    rows += [("medication", m.id, _medication(m)) for m in medications if m.is_active and _lasts(m.end_date, today)]
    rows += [("problem", d.id, _problem(d)) for d in diagnoses if d.is_active and _lasts(d.end_date, today)]
    return charted((Citation(kind="record", id=f"chart:{kind}:{entry}"), text) for kind, entry, text in rows)


def _age(born: date, today: date) -> int:
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


def _lasts(until: date | None, today: date) -> bool:
    return until is None or until >= today


def _allergy(entry: Allergy) -> str:
    reaction = f": {entry.reaction_description}" if entry.reaction_description else ""
    return f"Allergic to {entry.allergy} ({entry.severity}){reaction}."


def _medication(entry: Medication) -> str:
    since = f" since {entry.start_date.isoformat()}" if entry.start_date else ""
    return f"Takes {' '.join(filter(None, (entry.name, entry.dosage, entry.frequency)))}{since}."


def _problem(entry: Diagnosis) -> str:
    since = f", diagnosed {entry.diagnosed_date.isoformat()}" if entry.diagnosed_date else ""
    return f"Has {entry.diagnosis}{since}."
