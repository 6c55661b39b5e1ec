"""One's own profile: shown and changed. Roles, standing and addresses are not changed here."""

from typing import TYPE_CHECKING, Any

from shared.context import Context
from shared.errors import Detail, ValidationFailed
from shared.patients.documents import Patient
from shared.patients.records import change_record
from shared.scheduling.refreshing import account_changed
from shared.users.documents import Role, User
from shared.users.models import UserOut
from shared.users.patient_profile_models import PatientProfileOut
from shared.users.preference_documents import Preferences
from shared.users.preference_models import PreferencesOut
from shared.users.preferences import change_preferences, own_preferences
from shared.users.profile_models import CLIENT_FIELDS

if TYPE_CHECKING:
    from shared.users.patient_profile_models import PatientProfileUpdate
    from shared.users.profile_models import ProfileUpdate

_ACCOUNT_FIELDS = ("name", "title", "specialty", "license", "bio", "hourly_rate")


def update_profile(ctx: Context, body: "ProfileUpdate") -> UserOut:
    """Change what is given; `null` clears. Raises `ValidationFailed` for fields the caller's role has not."""
    user = ctx.caller.user
    if misplaced := body.misplaced(user.role):
        raise ValidationFailed(details=[Detail(name, "is not a field of your role") for name in misplaced])
    given = body.given()
    changes = {name: given[name] for name in _ACCOUNT_FIELDS if name in given}
    changes |= _phone(user, given)
    if user.verification == "approved" and changes.get("license", user.license) != user.license:
        # What was verified is not what it says now.
        changes |= {"verification": "pending", "verification_reason": None}
    record = {name: given[name] for name in CLIENT_FIELDS & given.keys() if user.role is Role.PATIENT}
    if "emergency_contact" in record:
        record["emergency_contact"] = body.contact
    return _seen(ctx, *_apply(ctx, changes, record))


def patient_profile(ctx: Context) -> PatientProfileOut:
    """The caller's profile with medical facts and preferences."""
    user = ctx.caller.user
    patient = _own_record(ctx)
    return _patient_profile(ctx, user, patient, own_preferences(ctx))


def update_patient_profile(ctx: Context, body: "PatientProfileUpdate") -> PatientProfileOut:
    """Change what is given of account, record and preferences at once."""
    given = body.given()
    changes = {name: given[name] for name in ("name",) if name in given} | _phone(ctx.caller.user, given)
    record: dict[str, Any] = {n: given[n] for n in (*CLIENT_FIELDS, "blood_type") if n in given}
    if "emergency_contact" in record:
        record["emergency_contact"] = body.contact
    user, patient = _apply(ctx, changes, record)
    preferences = change_preferences(ctx, body.preferences) if body.preferences else own_preferences(ctx)
    return _patient_profile(ctx, user, patient, preferences)


def set_verified_phone(ctx: Context, number: str) -> None:
    """Make a number that has been verified the account's, and its patient's record's."""
    _apply(ctx, {"phone_number": number, "phone_verified": True}, {})


def own_profile(ctx: Context) -> UserOut:
    """The caller's account, whole."""
    return _seen(ctx, ctx.caller.user, _own_record(ctx))


def _phone(user: User, given: dict[str, Any]) -> dict[str, Any]:
    named = next((name for name in ("phone_number", "phone") if name in given), None)
    if named is None or given[named] == user.phone_number:
        return {}
    return {"phone_number": given[named], "phone_verified": False}


def _apply(ctx: Context, changes: dict[str, Any], record: dict[str, Any]) -> tuple[User, Patient | None]:
    user, patient = ctx.caller.user, _own_record(ctx)
    changed = any(getattr(user, name) != value for name, value in changes.items())
    if changed:
        user = ctx.unit.update(user, **changes, updated_at=ctx.now)
        account_changed(ctx, user)
    if patient is not None:
        # A linked record's name and number are its account's.
        shared = {name: changes[name] for name in ("name", "phone_number") if name in changes}
        patient = change_record(ctx, patient, **record, **shared)
    ctx.about("users", user.id)
    return user, patient


def _own_record(ctx: Context) -> Patient | None:
    patient_id = ctx.caller.user.patient_id
    patient = ctx.unit.get(Patient, patient_id) if patient_id else None
    if patient is not None:
        ctx.touch(patient.id)
    return patient


def _seen(ctx: Context, user: User, patient: Patient | None) -> UserOut:
    return UserOut.seen(user, patient, ctx.settings)


def _patient_profile(ctx: Context, user: User, patient: Patient | None, preferences: Preferences) -> PatientProfileOut:
    return PatientProfileOut(
        **UserOut.seen(user, patient, ctx.settings).model_dump(),
        mrn=patient.mrn if patient else None,
        blood_type=patient.blood_type if patient else None,
        preferences=PreferencesOut.of(preferences),
    )
