"""What every signature asks for: tried on each endpoint that takes one."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt

from tests.client import Answer, refused
from tests.configured import configured
from tests.functions.auth.factors import code_of, enrolled

SECRET = "an-external-secret-of-more-than-32-characters"


def asks_for_proof(api: Any, world: Any, circle: Any, make: Callable[[], str], call: Callable[..., Answer]) -> None:
    """Password, code, no guessing. `make()` is a note's id; `call(note_id, who, **fields)` signs something of it."""
    signer, secret, codes = enrolled(api, world, world.doctor())
    world.join_care_team(circle.patient.patient_id, signer, by=circle.patient)
    refused(call(make(), signer), 401, "MFA_REQUIRED")
    refused(call(make(), signer, mfaCode="000000x"), 401, "INVALID_MFA_CODE")
    assert call(make(), signer, mfaCode=codes[0]).status < 300
    once = code_of(secret, ahead=1)
    assert call(make(), signer, mfaCode=once).status < 300
    refused(call(make(), signer, mfaCode=once), 401, "INVALID_MFA_CODE")
    for _ in range(3):
        refused(call(make(), signer, password="not-the-Password-1"), 401, "INVALID_CREDENTIALS")
    refused(call(make(), signer, mfaCode=codes[1]), 429, "TOO_MANY_FAILURES")


def asks_for_a_fresh_token(cloud: Any, world: Any, circle: Any, make: Callable[[], str], call: Any) -> None:
    """Where accounts are kept by an external provider: a token of at most five minutes, and no password."""
    import uuid
    from dataclasses import dataclass

    @dataclass
    class External:
        token: str

    def token(age: timedelta) -> str:
        at = datetime.now(UTC) - age
        claims = {
            "iss": "https://id.example.org", "sub": subject, "jti": str(uuid.uuid4()), "iat": int(at.timestamp()),
            "exp": int((at + timedelta(hours=1)).timestamp()), "email": f"{subject}@example.org", "role": "doctor",
        }  # fmt: skip
        return jwt.encode(claims, SECRET, "HS256")

    subject = str(uuid.uuid4())
    note_id = make()
    variables = {
        "IDENTITY_MODE": "external", "EXTERNAL_ISSUER": "https://id.example.org", "EXTERNAL_SHARED_SECRET": SECRET,
    }  # fmt: skip
    with configured(**variables):
        seen = circle_member(world, circle, External(token(timedelta(0))), cloud)
        assert seen
        refused(call(note_id, External(token(timedelta(minutes=6))), password=None), 401, "FRESH_SIGN_IN_REQUIRED")
        answer = call(note_id, External(token(timedelta(minutes=4))), password=None)
        assert answer.status < 300, answer


def circle_member(world: Any, circle: Any, external: Any, cloud: Any) -> str:
    """Let an external provider's doctor be seen, verified, and related to the patient."""
    from shared.users.documents import User
    from tests.functions.patients.conftest import relate_by_visit

    me = world.api.as_(external).get("/users/me")
    assert me.status == 200, me
    unit = cloud.unit()
    unit.update(unit.get(User, me["id"]), verification="approved")
    unit.commit()

    class _Account:
        id = me["id"]

    relate_by_visit(world, circle.patient.patient_id, _Account())
    return me["id"]
