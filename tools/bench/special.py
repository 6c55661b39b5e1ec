"""What single endpoints need for a request that succeeds: accounts, tokens and documents of their own."""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from shared.store.document import new_id
from shared.users.documents import Role
from tools.bench import clinic
from tools.bench.call import PNG, Call
from tools.bench.world import PASSWORD, Account

if TYPE_CHECKING:
    from tools.bench.requests import Requests

NEW_PASSWORD = "mellow-Otter-41-canoe"


def _as(call: Call, account: Account) -> None:
    call.headers["Authorization"] = f"Bearer {account.token}"


# Identity


def _register(self: "Requests", call: Call) -> None:
    del self
    call.json = {"role": "Patient", "name": "New Patient", "email": f"new.{new_id()}@example.org",
                 "password": NEW_PASSWORD, "dateOfBirth": "1985-03-15"}  # fmt: skip


def _login(self: "Requests", call: Call) -> None:
    call.json = {"email": self.world.account(Role.DOCTOR).user.email, "password": PASSWORD}


def _refresh(self: "Requests", call: Call) -> None:
    known = {"email": self.world.account(Role.DOCTOR).user.email, "password": PASSWORD}
    call.json = {"refreshToken": self.http.post("/auth/login", json=known).json()["refreshToken"]}


def _change_password(self: "Requests", call: Call) -> None:
    del self
    call.json = {"currentPassword": PASSWORD, "newPassword": NEW_PASSWORD}


def _known_address(self: "Requests", call: Call) -> None:
    call.json = {"email": self.world.account(Role.FAMILY).user.email}


def _verify_email(self: "Requests", call: Call) -> None:
    call.json = {"token": _link(self, "verify")}


def _reset_password(self: "Requests", call: Call) -> None:
    call.json = {"token": _link(self, "reset"), "password": NEW_PASSWORD}


def _link(self: "Requests", kind: Any) -> str:
    """A token as the e-mail of a new account would carry it."""
    from shared import clients
    from shared.auth.links import AccountToken
    from shared.auth.tokens import new_opaque, opaque_hash

    account = self.world.account(Role.FAMILY, verified=False)
    token = f"{account.id}.{new_opaque()}"
    stored = AccountToken(
        id=opaque_hash(token),
        kind=kind,
        user_id=account.id,
        email_index=clients.sealer().blind("email", account.user.email),
        created_at=self.world.now,
        expires_at=self.world.now + timedelta(hours=10),
    )
    self.world.store([stored])
    return token


def _own_session(self: "Requests", call: Call) -> None:
    account = self.world.account(Role.NURSE)
    _as(call, account)
    call.path = f"/auth/sessions/{account.session.id}"


def _verify_mfa(self: "Requests", call: Call) -> None:
    account, secret = _enrolling(self)
    _as(call, account)
    call.json = {"code": _code(secret)}


def _disable_mfa(self: "Requests", call: Call) -> None:
    account, codes = _enrolled(self)
    _as(call, account)
    call.json = {"password": PASSWORD, "code": codes[0]}


def _with_mfa(self: "Requests", call: Call) -> None:
    account, _ = _enrolled(self)
    _as(call, account)


def _enrolling(self: "Requests") -> tuple[Account, str]:
    account = self.world.account(Role.NURSE)
    answer = self.http.post("/auth/enable-mfa", headers={"Authorization": f"Bearer {account.token}"})
    return account, answer.json()["secret"]


def _enrolled(self: "Requests") -> tuple[Account, list[str]]:
    account, secret = _enrolling(self)
    bearer = {"Authorization": f"Bearer {account.token}"}
    answer = self.http.post("/auth/verify-mfa", json={"code": _code(secret)}, headers=bearer)
    return account, answer.json()["backupCodes"]


def _code(secret: str) -> str:
    import pyotp

    return pyotp.TOTP(secret).now()


# Accounts and administration


def _with_avatar(self: "Requests", call: Call) -> None:
    account = self.world.account(Role.NURSE)
    _as(call, account)
    self.http.post("/users/me/avatar", files={"file": ("a.png", PNG, "image/png")}, headers=dict(call.headers))
    if call.method == "GET":
        call.path = f"/users/{account.id}/avatar"
        while self.http.get(call.path, headers=dict(call.headers)).status_code != 200:
            time.sleep(0.1)


def _deactivated(self: "Requests", call: Call) -> None:
    self.http.post(call.path.replace("/activate", "/deactivate"), headers=dict(call.headers))


def _approve(self: "Requests", call: Call) -> None:
    del self
    call.json = {"decision": "approve"}


# Patients


def _join(self: "Requests", call: Call) -> None:
    call.json = {"userId": self.world.account(Role.NURSE).id}


def _leave(self: "Requests", call: Call) -> None:
    member = self.world.account(Role.NURSE)
    team = f"/patients/{self.world.patient_id}/care-team"
    self.http.post(team, json={"userId": member.id}, headers=dict(call.headers))
    call.path = f"{team}/{member.id}"


def _grant(self: "Requests", call: Call) -> None:
    call.json = {"userId": self.world.account(Role.FAMILY).id, "scopes": ["health_record"]}


def _by_mrn(self: "Requests", call: Call) -> None:
    call.path = f"/patients/mrn/{self.made('/patients', {})['mrn']}"


def _without_account(self: "Requests", call: Call) -> None:
    call.path = f"/patients/{self.made('/patients', {})['id']}/invite"


# Documentation


def _asset(self: "Requests", call: Call) -> None:
    del self
    call.path = "/docs/swagger-ui.css"


# Workers


def _outbox_entry(self: "Requests", call: Call) -> None:
    from shared.store.outbox import OutboxEntry

    entry = OutboxEntry(
        id=new_id(), job="refresh_relationship", ref=new_id(), dedupe_key=new_id(), created_at=self.world.now
    )
    self.world.store([entry])
    call.json = {"ids": [entry.id]}


def _notification(self: "Requests", call: Call) -> None:
    from shared.events import NotificationRequest, NotificationType

    asked = NotificationRequest(
        id=new_id(),
        user_ids=[self.world.nurse.id],
        type=NotificationType.TEAM_INVITE,
        ref_kind="patients",
        ref_id=self.world.patient_id,
        dedupe_key=new_id(),
        created_at=self.world.now,
    )
    self.world.store([asked])
    call.json = {"id": asked.id}


def _email(self: "Requests", call: Call) -> None:
    from shared.emails import EmailMessage

    values = {"link": "http://localhost:5173/notifications"}
    message = EmailMessage(
        id=new_id(), to=self.world.nurse.user.email, template="notification", values=values, created_at=self.world.now
    )
    self.world.store([message])
    call.json = {"id": message.id}


def _of_patient(self: "Requests", call: Call) -> None:
    call.json = {"id": self.world.patient_id}


def _of_relationship(self: "Requests", call: Call) -> None:
    call.json = {"id": f"{self.world.patient_id}_{self.world.doctor.id}"}


#: Endpoints that are asked as a patient, though others may.
AS_PATIENT = frozenset({"get_profile", "update_profile", "get_access_log"})

# Chats


def _chat(self: "Requests", call: Call) -> None:
    nurse = self.world.account(Role.NURSE)
    call.json = {"type": "Internal Staff", "name": "Roster", "participantIds": [nurse.id]}


def _receiver(self: "Requests", call: Call) -> None:
    call.json = {"receiverId": self.world.account(Role.NURSE).id, "message": "How is ward three?"}


def _participant(self: "Requests", call: Call) -> None:
    call.json = {"userId": self.world.account(Role.NURSE).id}


def _taking_part(self: "Requests", call: Call) -> None:
    """Name somebody in the path who takes part in the chat."""
    user_id = self.world.account(Role.NURSE).id
    chat_id = call.path.split("/")[2]
    headers = {"Authorization": f"Bearer {self.world.doctor.token}"}
    self.http.post(f"/chats/{chat_id}/participants", json={"userId": user_id}, headers=headers)
    call.path = f"/chats/{chat_id}/participants/{user_id}"


def _held(self: "Requests", call: Call) -> None:
    del self
    call.json = {"chatId": new_id(), "reason": "Subpoena"}


def _to_release(self: "Requests", call: Call) -> None:
    body = {"chatId": new_id(), "reason": "Subpoena"}
    made = self.http.post("/admin/legal-holds", json=body, headers=dict(call.headers))
    call.path = f"/admin/legal-holds/{made.json()['id']}"


SPECIAL: dict[str, Callable[["Requests", Call], None]] = {
    **clinic.MAKERS,
    "register": _register,
    "login": _login,
    "refresh": _refresh,
    "change_password": _change_password,
    "forgot_password": _known_address,
    "resend_verification": _known_address,
    "verify_email": _verify_email,
    "reset_password": _reset_password,
    "revoke_session": _own_session,
    "verify_mfa": _verify_mfa,
    "disable_mfa": _disable_mfa,
    "regenerate_backup_codes": _with_mfa,
    "get_avatar": _with_avatar,
    "delete_avatar": _with_avatar,
    "activate_user": _deactivated,
    "verify_clinician": _approve,
    "add_care_team_member": _join,
    "remove_care_team_member": _leave,
    "add_family_grant": _grant,
    "get_patient_by_mrn": _by_mrn,
    "invite_patient": _without_account,
    "get_docs_asset": _asset,
    "dispatch_outbox": _outbox_entry,
    "deliver_notification": _notification,
    "send_email": _email,
    "rewrite_relationships": _of_patient,
    "refresh_relationship": _of_relationship,
    "create_chat": _chat,
    "send_direct_message": _receiver,
    "add_chat_participant": _participant,
    "update_chat_participant": _taking_part,
    "remove_chat_participant": _taking_part,
    "place_legal_hold": _held,
    "release_legal_hold": _to_release,
}
