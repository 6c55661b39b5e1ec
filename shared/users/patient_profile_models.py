"""A patient's own profile: account, preferences and record in one."""

from pydantic import field_validator

from shared.users import fields
from shared.users.models import UserOut
from shared.users.preference_models import NewPreferences, PreferencesOut
from shared.users.profile_models import ClientFields


class PatientProfileUpdate(ClientFields):
    """Changes a patient makes to their profile, medical facts and preferences included (seed 002)."""

    name: fields.PersonName | None = None
    phone_number: fields.Phone | None = None
    phone: fields.Phone | None = None
    blood_type: fields.BloodType | None = None
    preferences: NewPreferences | None = None

    @field_validator("name")
    @classmethod
    def _named(cls, name: str | None) -> str | None:
        if name is None:
            raise ValueError("cannot be empty")
        return name


class PatientProfileOut(UserOut):
    """A patient's profile with medical facts and preferences (seed 002)."""

    mrn: str | None = None
    blood_type: str | None = None
    preferences: PreferencesOut
