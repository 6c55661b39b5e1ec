"""The local mail server, as Python's own mail client meets it."""

import signal
import smtplib
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localcloud.smtp.message import parse
from localcloud.smtp.outbox import messages
from tests.localcloud.running import ROOT, service


def mail(message_id: str | None = "<1@clinic.example>", subject: str = "Hello") -> EmailMessage:
    message = EmailMessage()
    message["From"] = "ConsentMD <no-reply@consentmd.example>"
    message["To"] = "Ana <ana@example.org>"
    message["Subject"] = subject
    if message_id:
        message["Message-ID"] = message_id
    message.set_content("Confirm at http://localhost:5173/verify#token=a_b-c.\nHelp: https://help.example/x")
    message.add_alternative(
        '<p><a href="http://localhost:5173/verify#token=a_b-c&amp;n=1">Confirm</a> or https://help.example/x</p>',
        subtype="html",
    )
    return message


def send(port: int, message: EmailMessage, to: list[str] | None = None) -> None:
    with smtplib.SMTP("127.0.0.1", port, local_hostname="localhost", timeout=30) as client:
        client.send_message(message, to_addrs=to)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[int]:
    with service("localcloud.smtp", "--port", "0", "--data-dir", str(tmp_path)) as (port, _):
        yield port


def test_a_message_is_kept_decoded(server: int, tmp_path: Path) -> None:
    send(server, mail(subject="Grüße — Ihr Termin, der lange vorher angekündigt und nun wirklich bestätigt ist"))

    (kept,) = messages(tmp_path)
    received = datetime.fromisoformat(kept.pop("receivedAt"))
    headers = kept.pop("headers")
    html = kept.pop("html")
    text = kept.pop("text")
    assert kept == {
        "id": 1,
        "channel": "email",
        "messageId": "<1@clinic.example>",
        "from": "ConsentMD <no-reply@consentmd.example>",
        "to": ["ana@example.org"],
        "subject": "Grüße — Ihr Termin, der lange vorher angekündigt und nun wirklich bestätigt ist",
        "links": [
            "http://localhost:5173/verify#token=a_b-c",
            "https://help.example/x",
            "http://localhost:5173/verify#token=a_b-c&n=1",
        ],
        "copies": 1,
        "attachments": [],
    }
    assert text.splitlines()[0] == "Confirm at http://localhost:5173/verify#token=a_b-c."
    assert "<a href=" in html
    assert headers["To"] == "Ana <ana@example.org>"
    assert received.tzinfo is not None


def test_recipients_are_those_of_the_envelope(server: int, tmp_path: Path) -> None:
    send(server, mail(), to=["ana@example.org", "Copy@Example.org"])

    (kept,) = messages(tmp_path)
    assert kept["to"] == ["ana@example.org", "Copy@Example.org"]
    assert messages(tmp_path, to="copy@example.ORG") == [kept]
    assert messages(tmp_path, to="other@example.org") == []


def test_the_same_message_id_is_kept_once_and_counted(server: int, tmp_path: Path) -> None:
    send(server, mail(subject="first"))
    send(server, mail(subject="again"), to=["ana@example.org", "second@example.org"])
    send(server, mail("<2@clinic.example>"))

    newest, repeated = messages(tmp_path)
    assert (newest["messageId"], newest["copies"]) == ("<2@clinic.example>", 1)
    assert (repeated["messageId"], repeated["copies"]) == ("<1@clinic.example>", 2)
    assert repeated["subject"] == "first"
    assert repeated["to"] == ["ana@example.org", "second@example.org"]


def test_messages_without_an_id_are_all_kept(server: int, tmp_path: Path) -> None:
    send(server, mail(None))
    send(server, mail(None))

    ids = {kept["messageId"] for kept in messages(tmp_path)}
    assert len(ids) == 2
    assert all(identifier.startswith("<") for identifier in ids)


def test_messages_are_selected_by_time_and_number(server: int, tmp_path: Path) -> None:
    for number in range(3):
        send(server, mail(f"<{number}@clinic.example>"))
    newest, middle, oldest = messages(tmp_path)

    assert [kept["id"] for kept in (newest, middle, oldest)] == [3, 2, 1]
    assert messages(tmp_path, since=datetime.fromisoformat(middle["receivedAt"])) == [newest, middle]
    assert messages(tmp_path, since=datetime.now(UTC) + timedelta(hours=1)) == []
    assert messages(tmp_path, limit=1) == [newest]


def test_mail_is_refused_while_the_control_file_lies_there(server: int, tmp_path: Path) -> None:
    control = tmp_path / "refuse"
    control.touch()
    with pytest.raises(smtplib.SMTPSenderRefused) as refused:
        send(server, mail())
    assert refused.value.smtp_code == 451
    assert messages(tmp_path) == []

    control.unlink()
    send(server, mail())
    assert len(messages(tmp_path)) == 1


def test_acknowledged_mail_survives_kill_9(tmp_path: Path) -> None:
    arguments = ("--port", "0", "--data-dir", str(tmp_path))
    acknowledged = []
    for round_ in range(3):
        with service("localcloud.smtp", *arguments) as (port, process):
            for number in range(5):
                send(port, mail(f"<{round_}.{number}@clinic.example>"))
                acknowledged.append(f"<{round_}.{number}@clinic.example>")
            process.kill()
            process.wait()
    assert [kept["messageId"] for kept in messages(tmp_path)] == acknowledged[::-1]


def test_a_message_that_cannot_be_stored_is_not_acknowledged(server: int, tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "smtp.sqlite3") as saboteur:
        saboteur.execute("DROP TABLE recipients")
    saboteur.close()

    with pytest.raises(smtplib.SMTPDataError) as refused:
        send(server, mail())
    assert refused.value.smtp_code == 451


def test_sigterm_ends_it_well_and_a_second_server_is_refused(tmp_path: Path) -> None:
    arguments = ("--port", "0", "--data-dir", str(tmp_path))
    with service("localcloud.smtp", *arguments) as (_, process):
        second = subprocess.run(
            [sys.executable, "-m", "localcloud.smtp", *arguments], cwd=ROOT, capture_output=True, text=True, check=False
        )
        assert second.returncode == 1
        assert "another smtp service is using" in second.stderr
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0


def test_nothing_was_sent_where_no_server_ever_ran(tmp_path: Path) -> None:
    assert messages(tmp_path) == []


# Pieces that break parsers of headers, MIME types, encodings and HTML when they meet in the wrong order.
FRAGMENTS = st.sampled_from(
    rb"""Message-ID:_|From:_|Subject:_|Content-Type:_|multipart/alternative;_boundary=x|~--x~|--x--|~|~~|_|a|:|(|"|@|,|;
    |<|>|[|]|text/html;_charset=nope|text/plain;_charset*=|=?utf-8?b?|=?x?q?|?=|Content-Transfer-Encoding:_base64
    |message/rfc822|<!--|<![|&#x;|<a_href=|https://x.example|filename*0=""".replace(b"\n    ", b"")
    .replace(b"_", b" ")
    .replace(b"~", b"\r\n")
    .split(b"|")
) | st.sampled_from([b"\xff\xfe", b"\x00"])


@given(st.lists(FRAGMENTS, max_size=25).map(b"".join))
def test_no_message_is_too_broken_to_be_shown(raw: bytes) -> None:
    parsed = parse(raw, "sender@example.org")
    assert parsed.message_id
    assert parsed.sender


def test_a_message_with_unreadable_structure_shows_its_source() -> None:
    raw = b"Subject: =?nope?q?x?=\r\nContent-Type: (Content-Disposition: attachment; filename*0=\r\n\r\nwords"
    parsed = parse(raw, "sender@example.org")
    assert "words" in parsed.text
    assert parsed.subject == "=?nope?q?x?="
    assert parsed.sender == "sender@example.org"


def test_links_before_broken_markup_are_found() -> None:
    raw = (
        b"Content-Type: text/html\r\n\r\n<p>See https://a.example, <a href='https://b.example/?x=1&amp;y=2'>b</a> <![x>"
    )
    assert parse(raw, "sender@example.org").links == ["https://a.example", "https://b.example/?x=1&y=2"]
