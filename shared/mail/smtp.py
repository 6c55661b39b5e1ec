"""Delivery of e-mail over SMTP, with a second server for when the first one fails.

A message carries a Message-ID that its caller chose. A message that is sent again after a crash carries the same one,
by which servers and readers know it for the same.
"""

import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from shared.mail.render import Rendered

if TYPE_CHECKING:
    # At run time these are imported by the functions that use them: only the worker that sends mail pays for them.
    import smtplib
    from email.headerregistry import Address
    from email.message import EmailMessage

Security = Literal["starttls", "tls", "none"]

# One address, in the form that account addresses have been checked for; nothing that could end it or begin another.
_ADDRESS: Final = re.compile(r"[^\s@<>(),;:\\\"\[\]\x00-\x1f\x7f]+@[^\s@<>(),;:\\\"\[\]\x00-\x1f\x7f]+")
# `Name <address>`, or an address alone.
_SENDER: Final = re.compile(r"(?:\"?([^\"<>\x00-\x1f\x7f]*?)\"?\s*<([^<>]*)>|([^<>]*))")
_MESSAGE_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,199}")
# RFC 4954 §6: replies that say who we are (or are not) to the server, not what is wrong with the message.
_AUTHENTICATION_REPLIES: Final = frozenset({530, 534, 535, 538})


class MailError(Exception):
    """A message was not accepted. `transient`: it is worth another try later.

    The text names servers and reply codes, never an address or a server's words, which often repeat addresses.
    """

    def __init__(self, message: str, *, transient: bool) -> None:
        super().__init__(message)
        self.transient: Final = transient


@dataclass(frozen=True)
class SmtpServer:
    """A mail server and how to reach it. With a `username` the connection must be protected."""

    host: str
    port: int
    security: Security = "starttls"
    username: str = ""
    password: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        if self.username and self.security == "none":
            raise ValueError(f"The password of {self} would cross the network in the clear; use starttls or tls.")

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


class _Refusal(NamedTuple):
    server: SmtpServer
    what: str
    transient: bool


def compose(
    rendered: Rendered,
    *,
    sender: str,
    recipient: str,
    message_id: str,
    date: datetime,
    calendar: bytes | None = None,
    preferences: str = "",
) -> "EmailMessage":
    """Message with a plain text and an HTML part, and a calendar entry (iCalendar, UTF-8) if one is given.

    `sender` is `Name <address>`; `recipient` one address; `message_id` the part before the `@` (letters, digits,
    `._-`), the same for every attempt; `date` aware, when the message came to be; `preferences` the page on which its
    recipient says that they want no more of its kind. Raises `MailError` (not transient) when the recipient cannot be
    an address, `ValueError` when another argument is wrong.
    """
    from email.message import EmailMessage
    from email.policy import SMTP as SMTP_POLICY
    from email.utils import format_datetime

    parts = _SENDER.fullmatch(sender.strip())
    address = (parts[2] or parts[3]) if parts else ""
    if parts is None or not _ADDRESS.fullmatch(address):
        raise ValueError("The sender is not an e-mail address; set EMAIL_FROM to `Name <address>`.")
    if not _MESSAGE_ID.fullmatch(message_id):
        raise ValueError("A message id has 1 to 200 letters, digits, dots, hyphens and underscores.")
    if not _ADDRESS.fullmatch(recipient):
        raise MailError("The recipient is not an e-mail address.", transient=False)
    message = EmailMessage(policy=SMTP_POLICY)
    message["From"] = _mailbox(parts[1] or "", address)
    message["To"] = _mailbox("", recipient)
    message["Subject"] = rendered.subject
    message["Date"] = format_datetime(date)
    message["Message-ID"] = f"<{message_id}@{message['From'].addresses[0].domain}>"
    # RFC 3834: holiday replies are not wanted; the second header says so to Exchange.
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    if preferences:
        # RFC 2369 §3.2: mail programs offer it beside the sender's name.
        message["List-Unsubscribe"] = f"<{preferences}>"
    message.set_content(rendered.text)
    message.add_alternative(rendered.html, subtype="html")
    if calendar is not None:
        # RFC 6047 §2.4: what the entry is for is said here as well as in it.
        params = {"method": "PUBLISH"}
        message.add_attachment(
            calendar.decode(), subtype="calendar", filename="appointment.ics", params=params, charset="utf-8"
        )
    return message


def send(message: "EmailMessage", transports: Sequence[SmtpServer], timeout: float) -> str:
    """Hand a message of `compose` to the first server that takes it and return that server (`host:port`).

    The next server is tried when one cannot be reached, is not protected as configured, refuses our credentials, or
    is only temporarily unable (4xx). A server that refuses the message itself (5xx) has the last word. `timeout`
    bounds every single exchange, in seconds. Raises `MailError`; it is transient unless every server asked found the
    message itself unacceptable.

    A server that falls silent after it got the whole message may have taken it; the next server then takes it too,
    under the same Message-ID: a message twice is better than none.
    """
    if not transports:
        raise MailError("No mail server is configured; set SMTP_HOST.", transient=True)
    refusals: list[_Refusal] = []
    for server in transports:
        refusal = _deliver(message, server, timeout)
        if refusal is None:
            return str(server)
        refusals.append(refusal)
        if not refusal.transient:
            break
    said = "; ".join(f"{refusal.server} {refusal.what}" for refusal in refusals)
    raise MailError(f"No mail server took the message: {said}.", transient=any(each.transient for each in refusals))


def _deliver(message: "EmailMessage", server: SmtpServer, timeout: float) -> _Refusal | None:
    import smtplib

    client: smtplib.SMTP | None = None
    ready = False
    try:
        sender, recipient = message["From"].addresses[0], message["To"].addresses[0]
        client = _connected(server, sender.domain, timeout)
        ready = True
        client.send_message(message, sender.addr_spec, [recipient.addr_spec])
    except smtplib.SMTPNotSupportedError:
        # Before the message: the server lacks STARTTLS or our way to sign in. With it: it lacks SMTPUTF8 (RFC 6531).
        what = "cannot take an international address" if ready else "lacks STARTTLS or authentication"
        return _Refusal(server, what, transient=not ready)
    except smtplib.SMTPRecipientsRefused as refused:
        return _replied(server, next(iter(refused.recipients.values()))[0], ready)
    except smtplib.SMTPResponseException as refused:
        return _replied(server, refused.smtp_code, ready)
    except (OSError, ValueError) as failed:
        # Timeouts, resets, TLS and name failures; smtplib reports unreadable replies as ValueError.
        return _Refusal(server, f"cannot be used ({type(failed).__name__})", transient=True)
    finally:
        if client is not None:
            # What the server answers to QUIT no longer matters: the message is taken or it is not.
            with suppress(OSError, ValueError):
                client.quit()
            client.close()
    return None


def _replied(server: SmtpServer, code: int, ready: bool) -> _Refusal:
    final = ready and 500 <= code < 600 and code not in _AUTHENTICATION_REPLIES
    return _Refusal(server, f"refused it ({code})", transient=not final)


def _connected(server: SmtpServer, own_name: str, timeout: float) -> "smtplib.SMTP":
    import smtplib
    import ssl

    context = None if server.security == "none" else ssl.create_default_context()
    # Without a name smtplib asks the resolver for ours, which can take seconds.
    client = (
        smtplib.SMTP_SSL(server.host, server.port, local_hostname=own_name, timeout=timeout, context=context)
        if server.security == "tls"
        else smtplib.SMTP(server.host, server.port, local_hostname=own_name, timeout=timeout)
    )
    try:
        if server.security == "starttls":
            client.starttls(context=context)
        client.ehlo_or_helo_if_needed()
        if server.username:
            client.login(server.username, server.password)
    except BaseException:
        client.close()
        raise
    return client


def _mailbox(name: str, address: str) -> "Address":
    from email.headerregistry import Address

    local, _, domain = address.rpartition("@")
    if not domain.isascii():
        # Addresses are stored with readable domains; the ASCII form reaches every server (RFC 5891).
        import idna

        try:
            domain = idna.encode(domain, uts46=True).decode("ascii")
        except idna.IDNAError:
            raise MailError("The domain of an e-mail address is not a domain name.", transient=False) from None
    return Address(name, username=local, domain=domain)
