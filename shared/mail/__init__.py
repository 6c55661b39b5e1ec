"""E-mail: branded templates without PHI, and delivery over SMTP with a fallback server."""

from shared.mail.render import Rendered, render
from shared.mail.smtp import MailError, SmtpServer, compose, send

__all__ = ["MailError", "Rendered", "SmtpServer", "compose", "render", "send"]
