"""Bodies and answers about what is on a patient's record.

Apart from those of the record itself, which most functions need not build when they start (20 ms).
"""

from datetime import date, datetime

from pydantic import Field

from shared.http.answers import Out


class DiagnosisOut(Out):
    """A diagnosis."""

    id: str
    patient_id: str
    diagnosis: str
    diagnosed_date: date | None
    end_date: date | None
    is_active: bool
    created_by: str
    created_at: datetime
    updated_at: datetime


class MedicationOut(Out):
    """A medication."""

    id: str
    patient_id: str
    name: str
    dosage: str | None
    frequency: str | None
    start_date: date | None
    end_date: date | None
    prescribing_doctor_id: str | None
    is_active: bool
    created_by: str
    created_at: datetime
    updated_at: datetime


class AllergyOut(Out):
    """An allergy."""

    id: str
    patient_id: str
    allergy: str
    severity: str
    reaction_description: str | None
    is_active: bool
    created_by: str
    created_at: datetime
    updated_at: datetime


class VitalsOut(Out):
    """A set of vital signs, under the names of both seeds."""

    id: str
    patient_id: str
    recorded_by: str
    recorded_date: datetime
    day: date = Field(alias="date", description="Day of recordedDate, UTC.")
    systolic_bp: int | None = Field(description="mmHg")
    systolic: int | None = Field(description="The same.")
    diastolic_bp: int | None = Field(description="mmHg")
    diastolic: int | None = Field(description="The same.")
    heart_rate: int | None = Field(description="Beats per minute.")
    temperature: float | None = Field(description="°C")
    respiration_rate: int | None = Field(description="Breaths per minute.")
    oxygen_saturation: float | None = Field(description="%")
    weight: float | None = Field(description="kg")
    height: float | None = Field(description="cm")
    notes: str | None
    created_at: datetime
