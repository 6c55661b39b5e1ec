"""Making accounts: by registering, by signing in through a provider, by a command."""

from typing import TYPE_CHECKING

from shared import emails
from shared.auth.passwords import check_password
from shared.auth.sign_in import Account, finish
from shared.auth.tokens import opaque_hash
from shared.context import Context
from shared.errors import Detail, EmailTaken, RoleNotOpen, ValidationFailed
from shared.patients.documents import Patient
from shared.patients.invitations import claim
from shared.patients.records import change_record, create_record
from shared.patients.sharing_documents import Invitation
from shared.store.document import new_id
from shared.store.unit import UniqueKey, unique_key
from shared.users.credentials import Credentials
from shared.users.documents import Role, User

if TYPE_CHECKING:
    from shared.auth.sign_in_models import Registration, SignedIn
    from shared.users.profile_models import ProfileFields

#: The route that only patients register by (seed 002).
PATIENTS_ROUTE = "/user/register"


def register(ctx: Context, body: "Registration") -> "SignedIn":
    """Open an account and sign it in.

    Raises `RoleNotOpen`, `ValidationFailed`, `WeakPassword`, `EmailTaken` or `InvitationNotUsable`.
    """
    from shared.auth.passwords import hash_password

    role = open_role(ctx, body.wanted)
    check_profile(body, role)
    check_password(body.password, (body.email, body.name))
    if body.invite_code:
        ctx.unit.want(Invitation, opaque_hash(body.invite_code))
    if ctx.unit.get(UniqueKey, unique_key(ctx.unit.sealer, "email", body.email)) is not None:
        # Asked before the expensive hash; two at once are told apart by the commit.
        ctx.about("users", None)
        raise ctx.refuse(EmailTaken())
    hashed = hash_password(body.password, ctx.settings.bcrypt_cost)
    user = new_user(ctx, body.email, body.name, role, body)
    account = create(ctx, user, body, password_hash=hashed, invite_code=body.invite_code)
    return finish(ctx, account, None, method="registration", first=True)


def open_role(ctx: Context, wanted: Role | None) -> Role:
    """The role to register. Raises `RoleNotOpen` for one that cannot be had by registering."""
    for_patients = ctx.route == PATIENTS_ROUTE
    role = wanted or (Role.PATIENT if for_patients else None)
    if role is None:
        raise ValidationFailed(details=[Detail("role", "is required: Doctor, Nurse, Patient or Family")])
    if role is Role.ADMIN or (for_patients and role is not Role.PATIENT):
        ctx.about("users", None)
        raise ctx.refuse(RoleNotOpen())
    return role


def check_profile(body: "ProfileFields", role: Role) -> None:
    """Raise `ValidationFailed` for profile fields that `role` has not."""
    if misplaced := body.misplaced(role):
        raise ValidationFailed(details=[Detail(name, "is not a field of this role") for name in misplaced])


def new_user(
    ctx: Context, email: str, name: str, role: Role, profile: "ProfileFields", *, email_verified: bool = False
) -> User:
    """An account as it begins, for `create` to store."""
    return User(
        id=new_id(),
        email=email,
        name=name,
        role=role,
        title=profile.title,
        phone_number=profile.phone_number or profile.phone,
        email_verified=email_verified,
        verification="pending" if role.is_clinician else "none",
        specialty=profile.specialty,
        license=profile.license,
        bio=profile.bio,
        hourly_rate=profile.hourly_rate,
        created_at=ctx.now,
        updated_at=ctx.now,
    )


def create(
    ctx: Context,
    user: User,
    profile: "ProfileFields",
    *,
    password_hash: str | None = None,
    invite_code: str | None = None,
) -> Account:
    """Store an account with its credentials and, for a patient, its record: a new one, or the one invited to."""
    patient: Patient | None = None
    if invite_code:
        if user.role is not Role.PATIENT:
            raise ValidationFailed(details=[Detail("inviteCode", "is for patients")])
        patient = _fill(ctx, claim(ctx, invite_code, user), profile)
        # The code came by mail, so the address is confirmed.
        user = user.model_copy(update={"email_verified": True})
    elif user.role is Role.PATIENT:
        patient = create_record(
            ctx, user, date_of_birth=profile.date_of_birth, address=profile.address,
            emergency_contact=profile.contact, insurance=profile.insurance,
        )  # fmt: skip
        ctx.touch(patient.id)
    if patient is not None:
        user = user.model_copy(update={"patient_id": patient.id})
    leads_to = {"patientId": patient.id} if patient else {}
    ctx.unit.reserve("email", user.email, user.id, EmailTaken, leads_to)
    user = ctx.unit.create(user)
    credentials = ctx.unit.create(
        Credentials(id=user.id, password_hash=password_hash, password_changed_at=ctx.now if password_hash else None)
    )
    if not user.email_verified:
        emails.send(ctx, user.email, "verify_email", purpose="verify")
    return Account(user, credentials, patient)


def _fill(ctx: Context, patient: Patient, profile: "ProfileFields") -> Patient:
    """What the clinic left open on the record, as the patient says it."""
    said = {
        "date_of_birth": profile.date_of_birth,
        "address": profile.address,
        "emergency_contact": profile.contact,
        "insurance": profile.insurance,
    }
    return change_record(
        ctx, patient, **{name: value for name, value in said.items() if value and getattr(patient, name) is None}
    )
