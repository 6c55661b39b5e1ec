"""The practice that is measured: accounts, a patient, and as many related patients as are asked for.

Stored directly, as the documents that the backend itself stores (its models, its encryption, its indexes), because a
hundred thousand registrations over HTTP would take hours.
"""

import os
import uuid
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import islice

from localcloud.stack import Stack
from shared.auth.tokens import TokenIssuer, new_opaque, opaque_hash
from shared.patients.clinical_documents import Allergy, Diagnosis, Measures, Medication, Vitals
from shared.patients.documents import Patient, RelationKind, Relationship, Source
from shared.store.crypto import Sealer
from shared.store.document import Document, encode, new_id
from shared.store.unit import UniqueKey, unique_key
from shared.users.credentials import Credentials
from shared.users.documents import Role, Session, User

PASSWORD = "correct-Horse-9-battery"

#: Documents of one commit: what BatchWrite takes.
BATCH = 500
#: Commits under way at the same time.
WRITERS = 2
#: Of the patient everybody asks for: diagnoses, medications and allergies each; sets of vital signs, more than a page.
LISTED, VITALS = 4, 40

SETTINGS = {
    # The measurement must not end in a refusal: limits and lifetimes do not change what a request costs.
    "RATE_LIMIT_GENERAL_PER_MINUTE": "10000000",
    "RATE_LIMIT_AUTH_PER_MINUTE": "10000000",
    "RATE_LIMIT_UPLOADS_PER_MINUTE": "10000000",
    "RATE_LIMIT_BOOKINGS_PER_HOUR": "10000000",
    "ACCESS_TOKEN_MINUTES": "600",
    "SESSION_IDLE_MINUTES": "600",
    # A deliberate cost, the same in every backend that hashes passwords; here it would hide everything else.
    "BCRYPT_COST": "4",
    "DATABASE_TIMEOUT_SECONDS": "60",
}


@dataclass(frozen=True)
class Account:
    """Somebody signed in."""

    user: User
    session: Session
    token: str

    @property
    def id(self) -> str:
        """The user's id."""
        return self.user.id

    @property
    def role(self) -> Role:
        """The user's role."""
        return self.user.role


class World:
    """Accounts of every role and a patient record on a running stack."""

    def __init__(self, stack: Stack) -> None:
        os.environ.update(stack.environ)
        from shared.config import path, settings

        settings.cache_clear()
        config = settings()
        self.stack = stack
        self.now = datetime.now(UTC)
        self._issuer = TokenIssuer(
            path(config.jwt_private_key_file).read_text(), config.jwt_issuer, config.jwt_audience, 36_000
        )
        self.admin = self.account(Role.ADMIN)
        self.doctor = self.account(Role.DOCTOR)
        self.nurse = self.account(Role.NURSE)
        self.patient = self.account(Role.PATIENT)
        self.family = self.account(Role.FAMILY)
        record = self._record(self.patient.user.patient_id or "", "Pat Example", self.now, self.patient.id)
        self.store([record, *self.relate(record, self.doctor), *self.relate(record, self.patient, "self")])
        self.store(self._chart(record.id))
        self.related = 1
        #: Whom appointments are made with, once somebody asks for one.
        self.provider: Account | None = None

    @property
    def patient_id(self) -> str:
        """The record of `patient`, which `doctor` is on the care team of."""
        return self.patient.user.patient_id or ""

    @property
    def _sealer(self) -> Sealer:
        from shared import clients

        return clients.sealer()

    def account(self, role: Role, *, approved: bool = True, verified: bool = True) -> Account:
        """A new account with password `PASSWORD`, signed in; clinicians `approved`, its address `verified`."""
        user_id, session_id = new_id(), new_id()
        email = f"{role.value.lower()}.{uuid.uuid4().hex[:12]}@example.org"
        user = User(
            id=user_id,
            email=email,
            name=f"{role.value} Example",
            role=role,
            email_verified=verified,
            verification="none" if not role.is_clinician else "approved" if approved else "pending",
            patient_id=new_id() if role is Role.PATIENT else None,
            created_at=self.now,
            updated_at=self.now,
        )
        session = Session(
            id=session_id,
            user_id=user_id,
            refresh_hash=opaque_hash(new_opaque()),
            created_at=self.now,
            last_seen_at=self.now,
            expires_at=self.now + timedelta(days=1),
            idle_at=self.now + timedelta(days=1),
        )
        import bcrypt

        hashed = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode()
        self.store(
            [
                user,
                session,
                Credentials(id=user_id, password_hash=hashed),
                UniqueKey(id=unique_key(self._sealer, "email", email), kind="email", owner_id=user_id),
            ]
        )
        token = self._issuer.issue(user_id, email, role.value, [role.value], session_id, self.now)
        return Account(user, session, token)

    def newcomer(self) -> Account:
        """A patient with an account and a record of their own."""
        account = self.account(Role.PATIENT)
        record = self._record(account.user.patient_id or "", "Nan Newcomer", self.now, account.id)
        record = record.model_copy(update={"user_id": account.id})
        self.store([record, *self.relate(record, account, "self")])
        return account

    def grow(self, related: int) -> None:
        """Relate `doctor` to patients until there are `related`, each with its record."""
        self.store(self._crowd(related))
        self.related = max(self.related, related)

    def _crowd(self, until: int) -> Iterator[Document]:
        for number in range(self.related, until):
            # A second apart, and older than the one everybody asks for: lists are ordered by this.
            made = self.now - timedelta(seconds=number)
            record = self._record(new_id(), f"Walter{number % 977} Hughes{number % 991}", made, self.doctor.id)
            yield record
            yield from self.relate(record, self.doctor)

    def _record(self, patient_id: str, name: str, made: datetime, by: str) -> Patient:
        return Patient(
            id=patient_id,
            mrn=f"MRN-{patient_id[:8].upper()}",
            user_id=by if by == self.patient.id else None,
            name=name,
            date_of_birth=date(1950, 1, 1) + timedelta(days=int(patient_id[:4], 16) % 20_000),
            phone_number="+15550100100",
            address="1 Main Street, Springfield",
            blood_type="A+",
            created_by=by,
            created_at=made,
            updated_at=made,
        )

    def relate(self, patient: Patient, account: Account, kind: RelationKind = "care_team") -> Iterable[Document]:
        """The relationship of an account to a patient."""
        return [
            Relationship(
                id=f"{patient.id}_{account.id}",
                patient_id=patient.id,
                user_id=account.id,
                sources=[Source(kind=kind, ref_id=patient.id, granted_at=self.now, granted_by=account.id)],
                active=True,
                name=patient.name,
                mrn=patient.mrn,
                date_of_birth=patient.date_of_birth,
                phone_number=patient.phone_number,
                sort_key=patient.created_at,
                updated_at=self.now,
            )
        ]

    def _chart(self, patient_id: str) -> Iterator[Document]:
        by = {"patient_id": patient_id, "created_by": self.doctor.id, "created_at": self.now, "updated_at": self.now}
        for number in range(LISTED):
            yield Diagnosis(id=new_id(), diagnosis=f"Hypertension {number}", diagnosed_date=date(2020, 5, 1), **by)
            yield Medication(id=new_id(), name="Metformin", dosage="500 mg", frequency="twice daily", **by)
            yield Allergy(id=new_id(), allergy="Penicillin", severity="severe", reaction_description="Hives", **by)
        for number in range(VITALS):
            when = self.now - timedelta(days=number)
            yield Vitals(
                id=new_id(),
                patient_id=patient_id,
                recorded_by=self.doctor.id,
                recorded_date=when,
                measures=Measures(systolic_bp=118 + number % 20, diastolic_bp=76, heart_rate=64, temperature=36.7),
                created_at=when,
            )

    def store(self, documents: Iterable[Document]) -> None:
        """Write documents as the backend encodes them, `BATCH` a commit."""
        remaining = iter(documents)
        with ThreadPoolExecutor(WRITERS) as pool:
            # One batch is encoded here while the engine writes another; no more than that is held in memory.
            running: deque[Future[None]] = deque()
            while batch := list(islice(remaining, BATCH)):
                running.append(pool.submit(self._commit, batch))
                if len(running) > WRITERS:
                    running.popleft().result()
            for last in running:
                last.result()

    def _commit(self, documents: list[Document]) -> None:
        from google.cloud.firestore import SERVER_TIMESTAMP

        from shared import clients

        client = clients.firestore()
        batch = client.batch()
        for document in documents:
            data = encode(document, self._sealer) | dict.fromkeys(document.stamped, SERVER_TIMESTAMP)
            batch.set(client.collection(document.collection).document(document.id), data)
        batch.commit(timeout=120)
