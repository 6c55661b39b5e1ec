"""Send a queued e-mail.

Claimed first, then handed to a mail server under a Message-ID that derives from the document, then marked. A failure
that may pass is answered 503, so that Cloud Tasks tries again.
"""

from shared import email_delivery
from shared.errors import MailUnavailable
from shared.http import Context, endpoint, workers
from shared.jobs import JobRef


@endpoint(
    access=workers,
    kind="task",
    queue="mail",
    errors=[MailUnavailable],
    trips=None,
    uses=["calendar", "mail"],
    secrets=["SMTP_PASSWORD", "SMTP_FALLBACK_PASSWORD"],
)
def send_email(ctx: Context, body: JobRef) -> None:
    email_delivery.deliver(ctx, body.id)
