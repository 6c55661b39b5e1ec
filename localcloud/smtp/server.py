"""The mail server: SMTP (RFC 5321) on loopback, by aiosmtpd."""

import asyncio
import logging
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

from localcloud.smtp.message import parse
from localcloud.smtp.outbox import Outbox

log = logging.getLogger(__name__)

REFUSE = "refuse"
"""While a file of this name lies in the data directory, mail is refused with 451 (a server that is up but unwell)."""


class Handler:
    """Stores each message before acknowledging it. aiosmtpd calls these methods by name and sends what they return."""

    def __init__(self, directory: Path, outbox: Outbox, thread: ThreadPoolExecutor) -> None:
        self._refuse = directory / REFUSE
        self._outbox = outbox
        self._thread = thread

    async def handle_MAIL(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, mail_options: list[str]
    ) -> str:
        del server, session
        if self._refuse.exists():
            return f"451 4.3.0 Mail is refused as long as the file {REFUSE} lies in this server's data directory"
        envelope.mail_from = address
        envelope.mail_options.extend(mail_options)
        return "250 2.1.0 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        del server, session
        loop = asyncio.get_running_loop()
        # Not on the loop: the write waits for the disk, and other clients should not.
        return await loop.run_in_executor(self._thread, self._store, envelope)

    def _store(self, envelope: Envelope) -> str:
        content: Any = envelope.content or b""
        message = parse(content, envelope.mail_from or "")
        copies = self._outbox.store(message, envelope.rcpt_tos)
        return f"250 2.0.0 OK, stored{f' ({copies} copies)' if copies > 1 else ''}"

    async def handle_exception(self, error: Exception) -> str:
        log.error("a message could not be stored", exc_info=error)
        return "451 4.3.0 The message could not be stored"


class MailServer:
    """Listens from the moment it is made, on a thread of its own. Raises `OSError` when the port is taken."""

    def __init__(self, port: int, directory: Path) -> None:
        self._outbox = Outbox(directory)
        self._directory = directory
        self._listening: Future[int] = Future()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve(port)), name="smtp", daemon=True)
        self._thread.start()
        try:
            self.port = self._listening.result()
        except Exception:
            self._outbox.close()
            raise

    def stop(self) -> None:
        """Take no more mail; what is acknowledged is stored."""
        self._loop.call_soon_threadsafe(self._ended.set)
        self._thread.join()
        self._outbox.close()

    async def _serve(self, port: int) -> None:
        self._loop, self._ended = asyncio.get_running_loop(), asyncio.Event()
        # One thread: SQLite has one writer, and the order of arrival is the order of ids.
        with ThreadPoolExecutor(1, "outbox") as thread:
            handler = Handler(self._directory, self._outbox, thread)
            try:
                server = await self._loop.create_server(lambda: _smtp(handler), "127.0.0.1", port)
            except Exception as problem:
                self._listening.set_exception(problem)
                return
            self._listening.set_result(server.sockets[0].getsockname()[1])
            await self._ended.wait()
            server.close()


def _smtp(handler: Handler) -> SMTP:
    # A hostname of its own: the default asks the resolver, which takes seconds where there is no network.
    loop = asyncio.get_running_loop()
    return SMTP(handler, hostname="localhost", ident="ConsentMD local mail", enable_SMTPUTF8=True, loop=loop)
