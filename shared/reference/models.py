"""Note templates and consultation types as they are answered."""

from pydantic import Field

from shared.http.answers import Out


class ConsultationTypeOut(Out):
    """A kind of visit."""

    id: str = Field(description="What `consultationType` names.", examples=["follow_up"])
    name: str = Field(examples=["Follow-up"])
    description: str = Field(examples=["Follow-up appointment for established patient"])
    ai_context_modifier: str = Field(
        description="What the scribe is told about such a visit.",
        examples=["This is a follow-up visit with an established patient."],
    )


class ConsultationTypes(Out):
    """Every consultation type."""

    data: tuple[ConsultationTypeOut, ...]


class SectionOut(Out):
    """One section of a note."""

    id: str = Field(description="Key of the section in a note's `sections`.", examples=["subjective"])
    label: str = Field(description="Short label, for tabs and narrow screens.", examples=["S"])
    full_name: str = Field(description="Heading.", examples=["Subjective"])
    required: bool = Field(description="Whether a note may not be signed without it.")


class TemplateOut(Out):
    """A kind of clinical note."""

    id: str = Field(description="What `templateType` names.", examples=["soap"])
    name: str = Field(examples=["SOAP Note"])
    description: str = Field(examples=["Subjective, Objective, Assessment, Plan"])
    specialty: str = Field(examples=["General Medicine"])
    sections: tuple[SectionOut, ...] = Field(description="In the order in which they are written and shown.")


class Templates(Out):
    """Every template."""

    data: tuple[TemplateOut, ...]
