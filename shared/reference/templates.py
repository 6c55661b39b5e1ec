"""Templates of clinical notes: which sections a note has, in which order, and which may not stay empty.

Section ids are keys of stored notes and of what the scribe is asked for: they never change. soap to cardiology are
seed 003 §5.3; dap is seed 001's ClinicalNote. Seed 001 names a Progress type but gives it no content: its sections
here are those of that note's content, so that every client of seed 001 can show it.
"""

from typing import Final, NamedTuple


class Section(NamedTuple):
    """One section of a note."""

    #: Key of the section in a note's `sections`.
    id: str
    #: For tabs and narrow screens.
    label: str
    #: Heading.
    full_name: str
    #: Whether a note may not be signed without it.
    required: bool


class Template(NamedTuple):
    """A kind of clinical note; its sections in the order in which they are written and shown."""

    id: str
    name: str
    description: str
    specialty: str
    sections: tuple[Section, ...]


def _section(section_id: str, label: str, full_name: str, *, required: bool = True) -> Section:
    return Section(id=section_id, label=label, full_name=full_name, required=required)


_SUBJECTIVE: Final = _section("subjective", "S", "Subjective")
_OBJECTIVE: Final = _section("objective", "O", "Objective")
_ASSESSMENT: Final = _section("assessment", "A", "Assessment")
_PLAN: Final = _section("plan", "P", "Plan")
_CHIEF_COMPLAINT: Final = _section("chief_complaint", "CC", "Chief Complaint")

TEMPLATES: Final[tuple[Template, ...]] = (
    Template(
        id="soap",
        name="SOAP Note",
        description="Subjective, Objective, Assessment, Plan",
        specialty="General Medicine",
        sections=(_SUBJECTIVE, _OBJECTIVE, _ASSESSMENT, _PLAN),
    ),
    Template(
        id="apso",
        name="APSO Note",
        description="Assessment and plan first, for readers who follow a known patient",
        specialty="General Medicine",
        sections=(_ASSESSMENT, _PLAN, _SUBJECTIVE, _OBJECTIVE),
    ),
    Template(
        id="comprehensive",
        name="Comprehensive Note",
        description="Full history and physical, for first visits and annual examinations",
        specialty="General Medicine",
        sections=(
            _CHIEF_COMPLAINT,
            _section("hpi", "HPI", "History of Present Illness"),
            _section("ros", "ROS", "Review of Systems", required=False),
            _section("past_medical", "PMH", "Past Medical History", required=False),
            _section("medications", "Meds", "Medications", required=False),
            _section("allergies", "All", "Allergies", required=False),
            _section("physical_exam", "PE", "Physical Examination", required=False),
            _ASSESSMENT,
            _PLAN,
        ),
    ),
    Template(
        id="psychiatry",
        name="Psychiatry Note",
        description="Specialty template for psychiatry, with a mental status examination",
        specialty="Psychiatry",
        sections=(
            _section("presenting_problem", "PP", "Presenting Problem"),
            _section("psychiatric_history", "PsyHx", "Psychiatric History", required=False),
            _section("mental_status_exam", "MSE", "Mental Status Examination"),
            _ASSESSMENT,
            _PLAN,
        ),
    ),
    Template(
        id="cardiology",
        name="Cardiology Note",
        description="Specialty template for cardiology",
        specialty="Cardiology",
        sections=(
            _CHIEF_COMPLAINT,
            _section("symptoms", "Sx", "Symptoms"),
            _section("vital_signs", "VS", "Vital Signs", required=False),
            _section("cardiac_exam", "CE", "Cardiac Examination", required=False),
            _ASSESSMENT,
            _PLAN,
        ),
    ),
    Template(
        id="dap",
        name="DAP Note",
        description="Data, Assessment, Plan",
        specialty="Behavioral Health",
        sections=(_section("data", "D", "Data"), _ASSESSMENT, _PLAN),
    ),
    Template(
        id="progress",
        name="Progress Note",
        description="What has changed since the last visit; findings only where some were made",
        specialty="General Medicine",
        sections=(
            _section("subjective", "S", "Interval History"),
            _section("objective", "O", "Findings", required=False),
            _section("assessment", "A", "Progress and Assessment"),
            _PLAN,
        ),
    ),
)

#: What a user's preferences and a note may name.
TEMPLATE_IDS: Final = tuple(each.id for each in TEMPLATES)
DEFAULT_TEMPLATE: Final = "soap"

_BY_ID: Final = {each.id: each for each in TEMPLATES}


def template(template_id: str | None) -> Template:
    """The template of that id; an unknown one has the sections of soap (seed 003 §5.3)."""
    return _BY_ID.get(template_id or DEFAULT_TEMPLATE, _BY_ID[DEFAULT_TEMPLATE])
