"""Consultation types, and what each adds to the prompt of the AI scribe (seed 000 §2.10, §4.1).

A modifier says what the clinician expects to read first in such a note. It must never ask for content that the
conversation may not hold: a model that is told "document the allergies" writes some. So each names what to look for,
and says what to do when it is not there. The rule that nothing is invented stands in the prompt itself; these
sentences must not work against it.
"""

from typing import Final, NamedTuple


class ConsultationType(NamedTuple):
    """A kind of visit."""

    id: str
    name: str
    description: str
    #: What the scribe is told about such a visit.
    ai_context_modifier: str


CONSULTATION_TYPES: Final[tuple[ConsultationType, ...]] = (
    ConsultationType(
        id="general_consultation",
        name="General Consultation",
        description="A visit of no particular kind",
        ai_context_modifier=(
            "This is a general consultation. Give room to what was actually discussed, and leave out topics that did"
            " not come up."
        ),
    ),
    ConsultationType(
        id="initial_consultation",
        name="Initial Consultation",
        description="First visit with patient, comprehensive history",
        ai_context_modifier=(
            "This is an initial consultation with a patient who is new to the clinician: keep the history that was"
            " given (medical, surgical, family, social, medications, allergies) in full and attribute it to its source."
            " Where a part of the history was not taken, write that it was not discussed instead of assuming it is"
            " negative."
        ),
    ),
    ConsultationType(
        id="follow_up",
        name="Follow-up",
        description="Follow-up appointment for established patient",
        ai_context_modifier=(
            "This is a follow-up visit with an established patient: put first what changed since the last visit, how"
            " the treatment was tolerated and whether it helped, as far as it was said. Do not restate earlier findings"
            " as if they had been found again today."
        ),
    ),
    ConsultationType(
        id="urgent",
        name="Urgent Visit",
        description="New or worsening problem that cannot wait for a regular appointment",
        ai_context_modifier=(
            "This is an urgent visit: put onset, course and severity of the acute problem first, with the warning signs"
            " that were asked about and how each was answered. Repeat instructions on when to seek emergency care only"
            " as they were given."
        ),
    ),
    ConsultationType(
        id="medication_review",
        name="Medication Review",
        description="Review of current medicines, their effect, side effects and refills",
        ai_context_modifier=(
            "This is a medication review: list each medicine with dose, frequency, adherence, effect and side effects"
            " exactly as stated, and every change that was decided with its reason. Never complete a missing dose or"
            " infer a medicine from a diagnosis; write that it was not stated."
        ),
    ),
    ConsultationType(
        id="results_review",
        name="Results Review",
        description="Discussion of laboratory, imaging or other test results",
        ai_context_modifier=(
            "This visit is about test results: quote values, units and dates only as they were given, and keep apart"
            " what the result is, what the clinician concluded and what was agreed next. Do not add reference ranges or"
            " interpretations that nobody mentioned."
        ),
    ),
    ConsultationType(
        id="chronic_care",
        name="Chronic Care Visit",
        description="Regular visit for a long-term condition",
        ai_context_modifier=(
            "This is a regular visit for a long-term condition: organise the note by condition, each with its control,"
            " home measurements and self-management as reported. Give targets and trends only if they were stated."
        ),
    ),
    ConsultationType(
        id="annual_physical",
        name="Annual Physical",
        description="Yearly preventive examination and health maintenance",
        ai_context_modifier=(
            "This is an annual preventive visit: cover the screening, vaccinations and lifestyle topics that were"
            " discussed, with what was recommended and what the patient decided. List an examination finding only if it"
            " was reported as examined; at a remote visit most are not."
        ),
    ),
    ConsultationType(
        id="procedure",
        name="Procedure Visit",
        description="Visit before, for or after a procedure",
        ai_context_modifier=(
            "This visit concerns a procedure: state indication, consent, course and complications as far as they were"
            " reported, and the instructions that were given. Say clearly whether the procedure is planned or was done,"
            " and leave out usual steps that were not mentioned."
        ),
    ),
    ConsultationType(
        id="telehealth",
        name="Telehealth Visit",
        description="Remote visit by video, phone or chat",
        ai_context_modifier=(
            "This visit was held remotely: mark measurements as reported by the patient and findings as observed over"
            " video or phone. Do not describe hands-on examination, and mention technical limits only if they came up."
        ),
    ),
    ConsultationType(
        id="psychotherapy",
        name="Psychotherapy Session",
        description="Individual, couple, family or group therapy session",
        ai_context_modifier=(
            "This is a psychotherapy session: record themes, interventions used, the patient's response and agreed"
            " tasks briefly and in neutral words, without verbatim intimate detail. Include a risk assessment only as"
            " far as risk was explored; if it was not, write that it was not discussed."
        ),
    ),
    ConsultationType(
        id="mental_health_assessment",
        name="Mental Health Assessment",
        description="Diagnostic evaluation of a mental health concern",
        ai_context_modifier=(
            "This is a mental health evaluation: describe symptoms, their course and their effect on daily life in the"
            " patient's own terms, and give scores of questionnaires only when they were stated. Separate what the"
            " patient reported from what the clinician observed, and name a diagnosis only if the clinician did."
        ),
    ),
    ConsultationType(
        id="second_opinion",
        name="Second Opinion",
        description="Another clinician's view on an existing diagnosis or plan",
        ai_context_modifier=(
            "This is a second opinion: state the question, the earlier diagnosis or plan with its source, and where the"
            " clinician agrees or differs, with the reasons given. Do not judge the earlier care beyond what was said."
        ),
    ),
)

#: What seed 003's prompt falls back to (§5.3).
DEFAULT_CONSULTATION_TYPE: Final = "general_consultation"

_BY_ID: Final = {each.id: each for each in CONSULTATION_TYPES}


def consultation_type(type_id: str | None) -> ConsultationType:
    """The consultation type of that id; an unknown one, or none, is the general consultation (seed 003 §5.3)."""
    return _BY_ID.get(type_id or DEFAULT_CONSULTATION_TYPE, _BY_ID[DEFAULT_CONSULTATION_TYPE])
