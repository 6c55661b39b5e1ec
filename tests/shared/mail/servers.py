"""Real mail servers for the tests, each on its own event loop and port."""

import asyncio
import ipaddress
import socket
import ssl
import threading
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default

from aiosmtpd.smtp import SMTP, AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec


class Mailbox:
    """Takes mail, or answers at a stage (`helo`, `mail`, `rcpt`, `data`) with a reply of the test's choice."""

    def __init__(self, **replies: str) -> None:
        self.replies, self.envelopes, self.sessions, self.attempts, self.helos = replies, [], [], 0, []

    async def handle_EHLO(self, server, session, envelope, hostname, responses):
        self.helos.append(hostname)
        session.host_name = hostname
        return responses

    async def handle_MAIL(self, server, session, envelope, address, options):
        self.attempts += 1
        if "mail" in self.replies:
            return self.replies["mail"]
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):
        if "rcpt" in self.replies:
            return self.replies["rcpt"]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        if "data" in self.replies:
            return self.replies["data"]
        self.envelopes.append(envelope)
        self.sessions.append(session)
        return "250 OK"

    @property
    def messages(self):
        return [message_from_bytes(envelope.original_content, policy=default) for envelope in self.envelopes]


@contextmanager
def mail_server(mailbox, *, tls=None, starttls=None, password=None, **options):
    """Run a server for `mailbox`; yields its port. `tls`, `starttls` are server SSL contexts."""

    def authenticate(server, session, envelope, mechanism, data):
        return AuthResult(success=(data.login, data.password) == (b"mailer", password.encode()), handled=False)

    if password is not None:
        # aiosmtpd does not count implicit TLS as TLS, so there it must not insist.
        options |= {"authenticator": authenticate, "auth_required": tls is None, "auth_require_tls": tls is None}
    loop = asyncio.new_event_loop()

    def protocol():
        return SMTP(mailbox, hostname="mail.test", tls_context=starttls, loop=loop, **options)

    listening = socket.create_server(("127.0.0.1", 0))
    server = loop.run_until_complete(loop.create_server(protocol, sock=listening, ssl=tls))
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield listening.getsockname()[1]
    finally:

        async def stop():
            server.close()
            tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

        asyncio.run_coroutine_threadsafe(stop(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


@contextmanager
def scripted_server(*lines: bytes | None):
    """A server that greets every client with `lines`, one per command it gets; `None` is silence, the end hangs up."""
    listening = socket.create_server(("127.0.0.1", 0))
    held = []

    def serve():
        while True:
            try:
                client, _ = listening.accept()
            except OSError:
                return
            held.append(client)
            file = client.makefile("rwb")
            for number, line in enumerate(lines):
                if number:
                    command = file.readline()
                    while lines[number - 1].startswith(b"354") and command.strip() != b".":
                        command = file.readline()
                if line is None:
                    break
                file.write(line)
                file.flush()
            else:
                file.close()
                client.close()

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield listening.getsockname()[1]
    finally:
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        thread.join()
        for client in held:
            client.close()


def certificate(folder, *hosts):
    """Self-signed certificate for `hosts`; returns its file and a server context that uses it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "mail.test")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(host)) for host in hosts]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / f"{'-'.join(hosts)}.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(made.public_bytes(serialization.Encoding.PEM) + private)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return file, context
