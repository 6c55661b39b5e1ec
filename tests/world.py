"""Worlds for tests, built through the interface by small functions with defaults."""

import itertools
import json
import os
import uuid
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from tests.client import Api

if TYPE_CHECKING:
    from tests.conftest import Cloud

PASSWORD = "correct-Horse-9-battery"

_numbers = itertools.count(1)


def unique(prefix: str = "x") -> str:
    """A text no other test uses."""
    return f"{prefix}{next(_numbers)}{uuid.uuid4().hex[:8]}"


@dataclass
class Account:
    """Somebody who has registered and signed in."""

    id: str
    email: str
    role: str
    token: str
    refresh_token: str
    user: dict[str, Any]
    password: str = PASSWORD
    extra: dict[str, Any] = field(default_factory=dict)

    @property
    def patient_id(self) -> str:
        """The record of a Patient."""
        return self.user["patientId"]


def _registration(role: str, fields: dict[str, Any]) -> dict[str, Any]:
    asked = {"email": f"{unique(role.lower())}@example.org", "password": PASSWORD, "name": f"{role} Example"}
    return {**asked, "role": role, **fields}


class World:
    """Makes accounts and records; what every test may share is made once."""

    def __init__(self, cloud: "Cloud", api: Api) -> None:
        self.cloud = cloud
        self.api = api

    # Accounts

    def register(self, role: str, **fields: Any) -> Account:
        """Somebody who has just registered: signed in, with nothing confirmed."""
        body = _registration(role, fields)
        answer = self.api.post("/auth/register", body)
        assert answer.status == 201, answer
        return self._account(answer, body)

    def enrol(self, role: str, *, approved: bool = True, **fields: Any) -> Account:
        """A new account, signed in, its address confirmed and a clinician's credentials verified (unless not).

        Made as `tools.create_admin` makes one: what registering runs, in one commit, without the requests, mails and
        tasks around it. Those have tests of their own, and cost several times what most tests do besides.
        """
        from shared import clients
        from shared.auth import accounts
        from shared.auth.passwords import hash_password
        from shared.auth.sign_in import finish
        from shared.auth.sign_in_models import Registration
        from shared.config import settings
        from shared.context import Context, Trail
        from shared.http.parse import validated
        from shared.store import Unit, new_id
        from shared.users.documents import Role

        body = _registration(role, fields)
        asked = validated(Registration, body)
        accounts.check_profile(asked, Role(role))
        unit = Unit(connect=clients.firestore, unlock=clients.sealer, timeout=20)
        ctx = Context(unit=unit, settings=settings(), trail=Trail("REGISTER"), request_id=new_id())
        user = accounts.new_user(ctx, asked.email, asked.name, Role(role), asked, email_verified=True)
        if approved and user.role.is_clinician:
            user = user.model_copy(update={"verification": "approved"})
        hashed = hash_password(asked.password, settings().bcrypt_cost)
        account = accounts.create(ctx, user, asked, password_hash=hashed)
        signed_in = finish(ctx, account, None, method="registration", first=True)
        unit.commit()
        return self._account(json.loads(signed_in.model_dump_json(by_alias=True)), body)

    def sign_in(self, email: str, password: str = PASSWORD) -> Account:
        """Another session of an account."""
        answer = self.api.post("/auth/login", {"email": email, "password": password})
        assert answer.status == 200, answer
        return self._account(answer, {"email": email, "password": password})

    @staticmethod
    def _account(answer: Any, body: dict[str, Any]) -> Account:
        user = answer["user"]
        return Account(
            user["id"],
            body["email"],
            user["role"],
            answer["accessToken"],
            answer["refreshToken"],
            user,
            body["password"],
        )

    @cached_property
    def admin(self) -> Account:
        """The administrator every test may use for ordinary work."""
        return self.new_admin()

    def new_admin(self) -> Account:
        """Another administrator."""
        from tools.create_admin import create_admin

        email = f"{unique('admin')}@example.org"
        create_admin(email, "Ada Admin", PASSWORD)
        return self.sign_in(email)

    def clinician(self, role: str = "Doctor", *, approved: bool = True, **fields: Any) -> Account:
        """A Doctor or Nurse whose credentials an administrator has verified (unless not)."""
        return self.enrol(role, approved=approved, **fields)

    def doctor(self, **fields: Any) -> Account:
        """A verified doctor."""
        return self.clinician("Doctor", **fields)

    def nurse(self, **fields: Any) -> Account:
        """A verified nurse."""
        return self.clinician("Nurse", **fields)

    def patient(self, **fields: Any) -> Account:
        """A patient with an account, and so with a record."""
        return self.enrol("Patient", **{"dateOfBirth": "1985-03-15"} | fields)

    def family(self, **fields: Any) -> Account:
        """A family member, with access to nobody."""
        return self.enrol("Family", **fields)

    # Records

    def record(self, by: Account, **fields: Any) -> dict[str, Any]:
        """A patient's record made by a clinician, who is then on its care team."""
        body = {"name": "Pat Example", "dateOfBirth": "1985-03-15"} | fields
        answer = self.api.as_(by).post("/patients", body)
        assert answer.status == 201, answer
        return answer.json

    def join_care_team(self, patient_id: str, member: Account, by: Account) -> None:
        """Put a clinician on a patient's care team."""
        answer = self.api.as_(by).post(f"/patients/{patient_id}/care-team", {"userId": member.id})
        assert answer.status in {200, 201}, answer

    def grant_family(self, patient_id: str, member: Account, by: Account, **fields: Any) -> dict[str, Any]:
        """Give a family member access."""
        body = {"userId": member.id, "scopes": ["health_record"]} | fields
        answer = self.api.as_(by).post(f"/patients/{patient_id}/family-grants", body)
        assert answer.status == 201, answer
        return answer.json


def child_environment(cloud: "Cloud", **overrides: str) -> dict[str, str]:
    """Environment of a process of its own that uses this cloud with other settings."""
    return {**os.environ, **cloud.environ, **overrides}
