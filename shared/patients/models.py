"""Bodies and answers about a patient's record as a whole: the union of what seeds 000, 001 and 003 send and expect."""

from datetime import date, datetime

from pydantic import Field

from shared.http.answers import Out
from shared.patients.clinical_models import AllergyOut, DiagnosisOut, MedicationOut, VitalsOut
from shared.users.documents import EmergencyContact
from shared.users.models import ColleagueOut


class PersonOut(Out):
    """Somebody, by name."""

    id: str
    name: str | None
    role: str | None


class PatientOut(Out):
    """A patient's record without its lists."""

    id: str
    mrn: str
    user_id: str | None = Field(description="The patient's account, once there is one.")
    patient_user_id: str | None = Field(description="The same.")
    user: ColleagueOut | None
    name: str | None
    date_of_birth: date | None
    email: str | None
    address: str | None
    phone_number: str | None
    emergency_contact: str | None
    emergency_contact_phone: str | None
    emergency_contact_details: EmergencyContact | None
    blood_type: str | None
    insurance: str | None
    provider_id: str | None
    created_at: datetime
    updated_at: datetime
    created_by: PersonOut = Field(description="Who made the record, as they were then.")


class PatientDetail(PatientOut):
    """A patient's record with what is on it; the twenty latest sets of vital signs."""

    diagnoses: list[DiagnosisOut]
    medications: list[MedicationOut]
    allergies: list[AllergyOut]
    vitals: list[VitalsOut]
