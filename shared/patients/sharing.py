"""What a patient agrees to: consents, and the access of family members that rests on them (004 §7.1).

Consents are only ever added to: who withdraws one adds an entry that says so. Its id follows from the entry it
withdraws, so that nobody withdraws twice.
"""

import uuid
from collections.abc import Iterable
from typing import TYPE_CHECKING

from shared.context import Context, reads_by_path
from shared.errors import AlreadyDone, Detail, DuplicateEntry, NotFound, ValidationFailed
from shared.events import NotificationType
from shared.patients.documents import Patient, Relationship, Source
from shared.patients.people import candidate, people
from shared.patients.relationships import relate, related, relationship_id, unrelate
from shared.patients.sharing_documents import CONSENTS_OF_PATIENT, GRANTS_OF_PATIENT, Consent, ConsentKind, FamilyGrant
from shared.patients.sharing_models import GrantOut
from shared.store.document import Document, new_id
from shared.store.query import Page, Paging
from shared.users.documents import Role, User

if TYPE_CHECKING:
    from shared.patients.consent_models import NewConsent
    from shared.patients.sharing_models import GrantChange, NewGrant

#: Patients whose family somebody is remembered to be, the latest: so many relationships are asked for each time.
_MOST_FAMILIES = 50

#: Who can be given access as family; another patient of the practice can be somebody's family, too.
GRANTEES = frozenset({Role.FAMILY, Role.PATIENT})


def withdrawal_id(consent_id: str) -> str:
    """Id of the entry that withdraws a consent."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"consentmd:consent:{consent_id}:withdrawn"))


def _with_withdrawal(consent_id: str, _: str) -> Iterable[tuple[type[Document], str]]:
    return ((Consent, consent_id), (Consent, withdrawal_id(consent_id)))


reads_by_path("consentId", _with_withdrawal)
reads_by_path("grantId", lambda grant_id, _: ((FamilyGrant, grant_id),))


# Consents


def consents(ctx: Context, patient: Patient, paging: Paging) -> Page[Consent]:
    """A page of the entries, newest first."""
    return ctx.unit.page(CONSENTS_OF_PATIENT, paging, patientId=patient.id)


def give_consent(ctx: Context, patient: Patient, body: "NewConsent") -> Consent:
    """Record a consent. Raises `ValidationFailed` for one that comes with a grant."""
    if body.kind == "family_access":
        wrong = "is recorded with the access it is for: POST /patients/{patientId}/family-grants"
        raise ValidationFailed(details=[Detail("kind", wrong)])
    return _given(ctx, patient, body.kind, scope=body.scope, text_version=body.text_version)


def recorded_consent(
    ctx: Context, patient_id: str, kind: ConsentKind, *, ref_id: str, text_version: str | None
) -> Consent:
    """An entry for what the patient agreed to elsewhere, as on the call `ref_id`."""
    return ctx.unit.create(
        Consent(
            id=new_id(),
            patient_id=patient_id,
            kind=kind,
            action="given",
            text_version=text_version,
            ref_id=ref_id,
            recorded_by=ctx.caller.id,
            recorded_by_role=ctx.caller.role.value,
            created_at=ctx.now,
        )
    )


def recorded_withdrawal(ctx: Context, consent_id: str) -> None:
    """An entry that such a consent no longer holds; one that was withdrawn otherwise stays so."""
    ctx.unit.want(Consent, withdrawal_id(consent_id))
    consent = ctx.unit.get(Consent, consent_id)
    if consent is not None and ctx.unit.get(Consent, withdrawal_id(consent_id)) is None:
        _withdrawn(ctx, consent)


def withdraw_consent(ctx: Context, patient: Patient, consent_id: str) -> Consent:
    """Record that a consent no longer holds; access that rests on it ends. Raises `NotFound`, `AlreadyDone`."""
    consent = ctx.unit.get(Consent, consent_id)
    if consent is None or consent.patient_id != patient.id or consent.action == "withdrawn":
        raise ctx.refuse(NotFound())
    if consent.kind == "family_access" and consent.ref_id and consent.shared_with:
        ctx.unit.want(Relationship, relationship_id(patient.id, consent.shared_with))
        grant = ctx.unit.get(FamilyGrant, consent.ref_id)
        if grant is not None and grant.consent_id == consent.id:
            _end(ctx, grant)
    return _withdrawn(ctx, consent)


def _given(
    ctx: Context,
    patient: Patient,
    kind: ConsentKind,
    *,
    scope: str | None,
    text_version: str | None,
    shared_with: str | None = None,
    ref_id: str | None = None,
) -> Consent:
    return ctx.unit.create(
        Consent(
            id=new_id(),
            patient_id=patient.id,
            kind=kind,
            action="given",
            scope=scope,
            text_version=text_version,
            shared_with=shared_with,
            ref_id=ref_id,
            recorded_by=ctx.caller.id,
            recorded_by_role=ctx.caller.role.value,
            created_at=ctx.now,
        )
    )


def _withdrawn(ctx: Context, consent: Consent) -> Consent:
    withdrawal = withdrawal_id(consent.id)
    if ctx.unit.get(Consent, withdrawal) is not None:
        raise AlreadyDone("This consent has been withdrawn already.")
    changes = {
        "id": withdrawal,
        "action": "withdrawn",
        "withdraws": consent.id,
        "recorded_by": ctx.caller.id,
        "recorded_by_role": ctx.caller.role.value,
        "created_at": ctx.now,
    }
    return ctx.unit.create(consent.model_copy(update=changes))


# Family


def grants(ctx: Context, patient: Patient, paging: Paging) -> Page[GrantOut]:
    """A page of the access given to family, newest first. Names are read fresh: one round trip more."""
    page = ctx.unit.page(GRANTS_OF_PATIENT, paging, patientId=patient.id)
    users = people(ctx, (grant.user_id for grant in page.data))
    return page.map([shown(ctx, grant, users.get(grant.user_id)) for grant in page.data])


def give_access(ctx: Context, patient: Patient, body: "NewGrant") -> GrantOut:
    """Give a family member access, tell them, and record the consent.

    Raises `ValidationFailed` for an account that cannot have it, `DuplicateEntry` when it has some already.
    """
    if body.user_id == patient.user_id:
        raise ValidationFailed(details=[Detail("userId", "is the patient's own account")])
    user = candidate(ctx, patient.id, body.user_id, GRANTEES, "a family member")
    if any(source.kind == "family" for source in related(ctx.unit, patient.id, user.id)):
        raise DuplicateEntry("This person has access already. Change or revoke that grant.")
    grant_id = new_id()
    consent = _consent_to(ctx, patient, user.id, grant_id, list(body.scopes), body.text_version)
    grant = ctx.unit.create(
        FamilyGrant(
            id=grant_id,
            patient_id=patient.id,
            user_id=user.id,
            scopes=list(body.scopes),
            expires_at=body.expires_at,
            granted_by=ctx.caller.id,
            consent_id=consent.id,
            created_at=ctx.now,
            updated_at=ctx.now,
        )
    )
    _relate(ctx, patient, grant)
    known = [patient_id for patient_id in user.family_of if patient_id != patient.id]
    ctx.unit.update(user, family_of=[*known, patient.id][-_MOST_FAMILIES:])
    ctx.notify([user.id], NotificationType.TEAM_INVITE, ("patients", patient.id), f"family_grant:{grant.id}")
    return shown(ctx, grant, user)


def change_access(ctx: Context, patient: Patient, grant_id: str, body: "GrantChange") -> GrantOut:
    """Change scopes or end of a grant, also of one that has expired; another consent takes the place of the first.

    Raises `NotFound`, or `ValidationFailed` when nothing is left of the scopes.
    """
    grant = _grant(ctx, patient, grant_id)
    given = body.given()
    if "scopes" in given and body.scopes is None:
        raise ValidationFailed(details=[Detail("scopes", "can be changed but not taken away; revoke the grant")])
    ctx.unit.want(Consent, grant.consent_id)
    ctx.unit.want(Consent, withdrawal_id(grant.consent_id))
    ctx.unit.want(Relationship, relationship_id(patient.id, grant.user_id))
    user = ctx.unit.get(User, grant.user_id)
    scopes: list[str] = [*body.scopes] if body.scopes is not None else grant.scopes
    ends = body.expires_at if "expires_at" in given else grant.expires_at
    if (scopes, ends) == (grant.scopes, grant.expires_at):
        return shown(ctx, grant, user)
    before = ctx.unit.get(Consent, grant.consent_id)
    if before is not None:
        _withdrawn(ctx, before)
    consent = _consent_to(ctx, patient, grant.user_id, grant.id, scopes, body.text_version)
    grant = ctx.unit.update(grant, scopes=scopes, expires_at=ends, consent_id=consent.id, updated_at=ctx.now)
    _relate(ctx, patient, grant)
    return shown(ctx, grant, user)


def revoke_access(ctx: Context, patient: Patient, grant_id: str) -> None:
    """End a grant at once; the consent is withdrawn with it. Raises `NotFound`."""
    grant = _grant(ctx, patient, grant_id)
    ctx.unit.want(Relationship, relationship_id(patient.id, grant.user_id))
    ctx.unit.want(Consent, withdrawal_id(grant.consent_id))
    consent = ctx.unit.get(Consent, grant.consent_id)
    _end(ctx, grant)
    if consent is not None:
        _withdrawn(ctx, consent)


def shown(ctx: Context, grant: FamilyGrant, user: User | None) -> GrantOut:
    """A grant as it is answered."""
    return GrantOut(
        **grant.model_dump(exclude={"deleted", "deleted_at", "deleted_by"}),
        name=user.name if user else None,
        is_active=grant.expires_at is None or grant.expires_at > ctx.now,
    )


def _grant(ctx: Context, patient: Patient, grant_id: str) -> FamilyGrant:
    grant = ctx.unit.get(FamilyGrant, grant_id)
    if grant is None or grant.patient_id != patient.id:
        raise ctx.refuse(NotFound())
    return grant


def _consent_to(
    ctx: Context, patient: Patient, user_id: str, grant_id: str, scopes: list[str], text_version: str | None
) -> Consent:
    return _given(
        ctx,
        patient,
        "family_access",
        scope=", ".join(scopes),
        text_version=text_version,
        shared_with=user_id,
        ref_id=grant_id,
    )


def _relate(ctx: Context, patient: Patient, grant: FamilyGrant) -> None:
    source = Source(
        kind="family",
        ref_id=grant.id,
        scopes=grant.scopes,
        expires_at=grant.expires_at,
        granted_by=ctx.caller.id,
        granted_at=ctx.now,
    )
    relate(ctx, patient, grant.user_id, source)


def _end(ctx: Context, grant: FamilyGrant) -> None:
    ctx.unit.delete(grant)
    unrelate(ctx, grant.patient_id, grant.user_id, "family", grant.id)
