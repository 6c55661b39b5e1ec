"""Make an administrator: the first account, which nobody can register.

    python -m tools.create_admin --email ada@example.org --name "Ada Admin"
    echo "$PASSWORD" | python -m tools.create_admin --email ... --name ... --password-stdin

Uses the database and keys that the environment names (`eval "$(python -m localcloud env)"` for a local run).
"""

import argparse
import getpass
import sys
from datetime import timedelta

from shared import clients
from shared.config import ConfigurationError, settings
from shared.context import Context, Trail
from shared.errors import ApiError
from shared.store.document import new_id
from shared.store.unit import Unit


def create_admin(email: str, name: str, password: str) -> str:
    """Make an administrator and return its id.

    Raises `WeakPassword`, `EmailTaken`, `ValidationFailed` or `DatabaseUnavailable`.
    """
    from shared.auth import accounts
    from shared.auth.passwords import check_password, hash_password
    from shared.auth.sign_in_models import Registration
    from shared.http.parse import validated
    from shared.store.audit import AuditEntry, sign
    from shared.users.documents import Role

    body = validated(Registration, {"email": email, "name": name, "password": password, "role": "Admin"})
    assert isinstance(body, Registration)
    check_password(body.password, (body.email, body.name))
    config = settings()
    unit = Unit(connect=clients.firestore, unlock=clients.sealer, timeout=config.database_timeout_seconds)
    ctx = Context(unit=unit, settings=config, trail=Trail(action="CREATE_ADMIN"), request_id=new_id())
    # Whoever can run this command vouches for the address.
    user = accounts.new_user(ctx, body.email, body.name, Role.ADMIN, body, email_verified=True)
    accounts.create(ctx, user, body, password_hash=hash_password(body.password, config.bcrypt_cost))
    entry = AuditEntry(
        id=new_id(),
        timestamp=ctx.now,
        expires_at=ctx.now + timedelta(days=366 * config.audit_retention_years),
        user_id=None,
        user_role=None,
        action=ctx.trail.action,
        entity_type="users",
        entity_id=user.id,
        patient_ids=[],
        changes=[],
        status="success",
        reason=None,
        details={},
        ip_address=None,
        user_agent=None,
        request_id=ctx.request_id,
        shard=0,
    )
    unit.create(sign(entry, clients.keyring()))
    unit.commit()
    return user.id


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m tools.create_admin", description="Make an administrator.")
    parser.add_argument("--email", required=True)
    parser.add_argument("--name", required=True)
    parser.add_argument("--password-stdin", action="store_true", help="read the password from standard input")
    arguments = parser.parse_args()
    password = sys.stdin.readline().rstrip("\n") if arguments.password_stdin else _ask()
    try:
        user_id = create_admin(arguments.email, arguments.name, password)
    except ApiError as refused:
        print(f"No administrator was made: {refused.text}", file=sys.stderr)
        for detail in refused.details:
            print(f"  {detail.field}: {detail.message}", file=sys.stderr)
        return 1
    except ConfigurationError as wrong:
        print(wrong, file=sys.stderr)
        return 1
    print(f"Administrator {user_id} can sign in.")
    return 0


def _ask() -> str:
    password = getpass.getpass("Password: ")
    if getpass.getpass("Again: ") != password:
        raise SystemExit("The two passwords differ; nothing was made.")
    return password


if __name__ == "__main__":
    sys.exit(main())
