"""Bodies with which notes are written."""

from typing import Annotated, Any, Final, Self

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, StringConstraints, model_validator

from shared.http.answers import Model
from shared.notes.documents import NoteDiagnosis
from shared.notes.models import LONGEST_SECTION, Prose, ShortText, TemplateType
from shared.patients.fields import UserId as RecordId
from shared.users.fields import Text, no_controls

Said = Annotated[str, AfterValidator(no_controls), StringConstraints(min_length=1, max_length=LONGEST_SECTION)]
SectionId = Annotated[Text, StringConstraints(min_length=1, max_length=100)]
Code = Annotated[Text, StringConstraints(min_length=1, max_length=20)]
#: Seeds 000 §2.6 and 001.
NEW_NOTE: Final[dict[str, Any]] = {
    "chatId": "5b0f7f0e-6a1f-4c0e-8b55-0f4f2b6c9d10",
    "patientId": "3f0c9c3e-7e1a-4b62-9d3e-2f6f0f3c8a11",
    "consultationType": "initial_consultation",
    "visitReason": "Annual checkup",
    "templateType": "soap",
    "sections": {
        "subjective": "Patient reports feeling well.",
        "objective": "BP 120/80, HR 72.",
        "assessment": "Patient in good health.",
        "plan": "Continue current medications.",
    },
}
NOTE_OF_VISIT: Final[dict[str, Any]] = {
    "appointmentId": "9c1d2b7a-3e4f-4a5b-8c6d-7e8f9a0b1c2d",
    "type": "DAP",
    "content": {"data": "Sleeps four hours a night.", "assessment": "Insomnia.", "plan": "Sleep hygiene."},
    "diagnosis": "Insomnia",
}


class DiagnosisIn(Model):
    """A diagnosis made in a note."""

    description: Annotated[Text, StringConstraints(min_length=1, max_length=255)] = Field(
        examples=["Essential hypertension"]
    )
    code: Code | None = Field(None, description="ICD-10-CM.", examples=["I10"])


def _diagnosis(value: Any) -> Any:
    return {"description": value} if isinstance(value, str) else value


Diagnoses = Annotated[list[Annotated[DiagnosisIn, BeforeValidator(_diagnosis)]], Field(max_length=50)]
Sections = Annotated[dict[SectionId, Prose | None], Field(max_length=20)]


class _Writing(Model):
    """What can be written in a note, under the names of every seed."""

    template_type: TemplateType | None = None
    type: TemplateType | None = Field(
        None, description="The same (seed 001: SOAP, DAP or Progress).", examples=["SOAP"]
    )
    consultation_type: ShortText | None = Field(None, examples=["initial_consultation"])
    visit_reason: Annotated[str, AfterValidator(no_controls), StringConstraints(max_length=1000)] | None = Field(
        None, examples=["Annual checkup"]
    )
    sections: Sections | None = Field(
        None, description="Text by section; the keys are those of the template.",
        examples=[{"subjective": "Patient reports feeling well."}],
    )  # fmt: skip
    content: Sections | None = Field(None, description="The same (seed 001).")
    diagnoses: Diagnoses | None = Field(None, description="Texts, or objects {description, code}.")
    diagnosis: Annotated[Text, StringConstraints(min_length=1, max_length=255)] | None = Field(
        None, description="A single diagnosis (seed 001)."
    )
    private_notes: Prose | None = Field(
        None, description="For the author alone: in no export, nor anybody else's answer."
    )
    is_draft: bool | None = Field(None, description="Whether it is still being written.")

    @model_validator(mode="after")
    def _once(self) -> Self:
        for one, other in (("template_type", "type"), ("sections", "content"), ("diagnoses", "diagnosis")):
            if getattr(self, one) is not None and getattr(self, other) is not None:
                raise ValueError(
                    f"{one} and {other} are the same; send one of them".replace("template_type", "templateType")
                )
        return self

    @property
    def template(self) -> str | None:
        """The template that is named, if one is."""
        return self.template_type or self.type

    @property
    def texts(self) -> dict[str, str | None]:
        """The sections that were sent."""
        return dict(self.sections or self.content or {})

    @property
    def made(self) -> list[NoteDiagnosis]:
        """The diagnoses that were sent."""
        if self.diagnosis is not None:
            return [NoteDiagnosis(description=self.diagnosis)]
        return [NoteDiagnosis(description=d.description, code=d.code) for d in self.diagnoses or []]


class NewNote(_Writing):
    """A note to begin. With `appointmentId` alone it is about that visit's patient."""

    model_config = ConfigDict(json_schema_extra={"examples": [NEW_NOTE, NOTE_OF_VISIT]})

    patient_id: RecordId | None = Field(None, description="Whom it is about; needed without an appointment.")
    chat_id: RecordId | None = None
    appointment_id: RecordId | None = None
    call_id: RecordId | None = None

    @model_validator(mode="after")
    def _about_somebody(self) -> Self:
        if self.patient_id is None and self.appointment_id is None:
            raise ValueError("patientId or appointmentId is needed")
        return self


class NoteChange(_Writing):
    """A change of a note; what is left out stays, an empty or null section is taken out."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"sections": {"plan": "Recheck in three months."}, "version": 3}]}
    )

    version: Annotated[int, Field(ge=1)] | None = Field(
        None, description="The version this changes; another one is refused with 409 and both texts. Or send If-Match."
    )

    @property
    def changes(self) -> dict[str, Any]:
        """What was sent besides the sections, for `drafts.edit`."""
        given = self.given()
        kept: tuple[str, ...] = ("consultation_type", "visit_reason", "private_notes")
        found: dict[str, Any] = {name: given[name] for name in kept if name in given}
        if self.template is not None:
            found["template_type"] = self.template
        if given.keys() & {"diagnoses", "diagnosis"}:
            found["diagnoses"] = self.made
        if self.is_draft is not None:
            found["status"] = "draft" if self.is_draft else "ready"
        return found
