"""List audit entries, newest first.

For administrators; reading them is itself audited. Entries name changed fields, never values. Sources: seeds 000 §1.14,
004 §11.1.
"""

from shared import audit_log
from shared.audit_log import AuditFilter, AuditOut
from shared.http import Context, admins, endpoint
from shared.store.query import Page


@endpoint("GET /audit-logs", access=admins, trips=3)
def list_audit_logs(ctx: Context, query: AuditFilter) -> Page[AuditOut]:
    return audit_log.list_entries(ctx, query)
