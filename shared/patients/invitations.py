"""Invitations: how a record that a clinic made gets its patient's account (RESOLUTIONS: A record made by a clinic).

The code goes out by e-mail and is stored hashed. A patient has one good invitation at a time: the record names it, so
that inviting again makes every earlier code useless. It works once, for the invited address only.
"""

import unicodedata
from datetime import timedelta

from shared import emails
from shared.auth.tokens import new_opaque, opaque_hash
from shared.context import Context
from shared.errors import InvitationNotUsable, PatientHasAccount
from shared.patients.documents import Patient, Relationship, Source
from shared.patients.records import change_record
from shared.patients.relationships import relate, relationship_id
from shared.patients.sharing_documents import Invitation
from shared.users.documents import User


def invite(ctx: Context, patient: Patient, email: str) -> Invitation:
    """E-mail a code for `patient`'s record to `email`; it replaces an earlier one. Raises `PatientHasAccount`."""
    if patient.user_id is not None:
        raise PatientHasAccount
    code = new_opaque()
    life = timedelta(days=ctx.settings.invitation_days)
    invitation = ctx.unit.create(
        Invitation(
            id=opaque_hash(code),
            patient_id=patient.id,
            email=email,
            created_by=ctx.caller.id,
            created_at=ctx.now,
            expires_at=ctx.now + life,
        )
    )
    ctx.unit.update(patient, invitation_id=invitation.id, email=patient.email or email)
    page = emails.link(ctx.settings, "invitation", code)
    emails.send(ctx, email, "patient_invitation", link=page, valid_for=life)
    return invitation


def claim(ctx: Context, code: str, user: User) -> Patient:
    """Join the record that `code` invites to with the new account `user`, who gets access as `self`.

    The caller stores the account, with `patient_id` of the returned record. The record takes the account's name, and
    its e-mail and telephone number where it has none. Raises `InvitationNotUsable` for a code that is unknown,
    expired, used or replaced, or for another address: one answer for all, since a code is a secret.
    """
    invitation = ctx.unit.get(Invitation, opaque_hash(code))
    if invitation is None or invitation.used_at is not None or invitation.expires_at <= ctx.now:
        raise InvitationNotUsable
    ctx.unit.want(Relationship, relationship_id(invitation.patient_id, user.id))
    patient = ctx.unit.get(Patient, invitation.patient_id)
    if patient is None or patient.user_id is not None or patient.invitation_id != invitation.id:
        raise InvitationNotUsable
    if _folded(invitation.email) != _folded(user.email):
        raise InvitationNotUsable
    ctx.unit.update(invitation, used_by=user.id, used_at=ctx.now)
    joined = change_record(
        ctx,
        patient,
        user_id=user.id,
        name=user.name,
        email=patient.email or user.email,
        phone_number=patient.phone_number or user.phone_number,
        invitation_id=None,
    )
    itself = Source(kind="self", ref_id=joined.id, granted_by=user.id, granted_at=ctx.now)
    relate(ctx, joined, user.id, itself)
    ctx.touch(joined.id)
    return joined


def _folded(address: str) -> str:
    return unicodedata.normalize("NFKC", address).strip().casefold()
