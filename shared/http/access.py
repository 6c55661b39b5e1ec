"""Who may call an endpoint at all. What rows they reach is decided by `access_<noun>()` functions in the domains."""

from collections.abc import Iterable
from typing import NamedTuple

from shared.config import Settings
from shared.context import Caller
from shared.errors import (
    CredentialsNotVerified,
    EmailNotVerified,
    MfaEnrolmentRequired,
    RoleNotAllowed,
)
from shared.users.documents import Role


class Access(NamedTuple):
    """A closed set of callers.

    `account`: somebody must be signed in. `limited`: accounts that are not in full standing (address not confirmed,
    credentials not verified, required multi-factor sign-in missing) are let in too.
    """

    name: str
    roles: frozenset[Role] = frozenset(Role)
    account: bool = True
    limited: bool = False
    machine: bool = False

    def admit(self, caller: Caller, settings: Settings) -> None:
        """Raise the reason why `caller` may not call."""
        if caller.role not in self.roles:
            raise RoleNotAllowed
        if self.limited:
            return
        user = caller.user
        if settings.require_verified_email and not user.email_verified:
            raise EmailNotVerified
        if user.role.is_clinician and user.verification != "approved":
            raise CredentialsNotVerified
        needs_second_factor = user.role.lower() in {r.lower() for r in settings.mfa_required_roles}
        # An external provider sees to second factors itself.
        if needs_second_factor and settings.identity_mode == "local" and not user.mfa_enabled:
            raise MfaEnrolmentRequired


def _roles(name: str, roles: Iterable[Role]) -> Access:
    return Access(name, frozenset(roles))


public = Access("public", account=False)
#: An account, in whatever standing, about itself.
own_account = Access("own_account", limited=True)
signed_in = Access("signed_in")
clinicians = _roles("clinicians", (Role.ADMIN, Role.DOCTOR, Role.NURSE))
doctors = _roles("doctors", (Role.ADMIN, Role.DOCTOR))
#: Whoever has a profile, hours and appointments as a provider of their own.
doctors_only = _roles("doctors_only", (Role.DOCTOR,))
#: Seed 001's "provider": the staff side.
providers = _roles("providers", (Role.ADMIN, Role.DOCTOR, Role.NURSE))
#: Those who decide about a patient's own data besides clinicians: see each row-access function.
patient_admins = _roles("patient_admins", (Role.ADMIN, Role.DOCTOR, Role.NURSE, Role.PATIENT))
patients = _roles("patients", (Role.PATIENT,))
admins = _roles("admins", (Role.ADMIN,))
#: Cloud Tasks, with the OIDC token of the tasks account.
workers = Access("workers", account=False, machine=True)
#: Cloud Scheduler, with the same.
scheduler = Access("scheduler", account=False, machine=True)
