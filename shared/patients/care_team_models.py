"""Bodies and answers about the care team."""

from datetime import datetime

from shared.http.answers import Model, Out
from shared.patients import fields


class NewMember(Model):
    """A clinician to put on a care team."""

    user_id: fields.UserId


class MemberOut(Out):
    """A member of a care team."""

    user_id: str
    name: str | None
    role: str | None
    title: str | None
    specialty: str | None
    since: datetime | None
    added_by: str | None
