"""Delivery: through real servers, protected as configured, with the second server when the first fails."""

import re
import socket
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.mail import MailError, Rendered, SmtpServer, compose, send
from tests.shared.mail.servers import Mailbox, certificate, mail_server, scripted_server

DATE = datetime(2026, 3, 1, 12, tzinfo=UTC)
RENDERED = Rendered("Confirm your address — now", "Hello ✓\n", "<p>Hello ✓</p>")
TIMEOUT = 5.0
GREETING, EHLO, OK = b"220 mail.test\r\n", b"250-mail.test\r\n250 8BITMIME\r\n", b"250 OK\r\n"


def composed(**changes):
    arguments = {
        "sender": "ConsentMD <no-reply@consentmd.example>",
        "recipient": "ann@example.com",
        "message_id": "3f0e-outbox.1",
        "date": DATE,
    }
    return compose(RENDERED, **{**arguments, **changes})


def plain(port):
    return SmtpServer("127.0.0.1", port, "none")


def closed_port():
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return listening.getsockname()[1]


def test_a_message_arrives_as_it_was_written():
    mailbox = Mailbox()
    with mail_server(mailbox) as port:
        assert send(composed(), [plain(port)], TIMEOUT) == f"127.0.0.1:{port}"
    (envelope,) = mailbox.envelopes
    (message,) = mailbox.messages
    assert (envelope.mail_from, envelope.rcpt_tos) == ("no-reply@consentmd.example", ["ann@example.com"])
    assert mailbox.helos == ["consentmd.example"]
    assert message["From"] == "ConsentMD <no-reply@consentmd.example>"
    assert message["To"] == "ann@example.com"
    assert message["Subject"] == "Confirm your address — now"
    assert message["Message-ID"] == "<3f0e-outbox.1@consentmd.example>"
    assert message["Date"].datetime == DATE
    assert message["Auto-Submitted"] == "auto-generated"
    assert message.get_content_type() == "multipart/alternative"
    text, html = message.iter_parts()
    assert (text.get_content_type(), text.get_content().strip()) == ("text/plain", "Hello ✓")
    assert (html.get_content_type(), html.get_content().strip()) == ("text/html", "<p>Hello ✓</p>")


def test_where_to_say_that_one_wants_no_more_is_in_the_head():
    page = "https://app.consentmd.example/account/notifications"
    assert composed(preferences=page)["List-Unsubscribe"] == f"<{page}>"
    assert composed()["List-Unsubscribe"] is None


def test_the_same_message_is_the_same_bytes_apart_from_its_boundary():
    one, other = (re.sub(rb"=+\d+==", b"", composed().as_bytes()) for _ in range(2))
    assert one == other


LINES = st.text(st.characters(codec="utf-8"), max_size=40)


@given(
    recipient=st.one_of(
        LINES,
        st.builds("{}{}@example.com".format, LINES, st.sampled_from(["\n", "\r\n", " ", ",", "<", "\0", "\u2028"])),
        st.builds("ann@example.com{}Bcc: eve@example.com".format, st.sampled_from(["\n", "\r", "\r\n", ",", ";", " "])),
    )
)
def test_a_recipient_cannot_add_headers_or_recipients(recipient):
    message = None
    with suppress(MailError):
        message = composed(recipient=recipient)
    if message is None:
        return
    assert "Bcc" not in message
    assert len(message["To"].addresses) == 1
    assert [name for name, _ in message.items()] == [name for name, _ in composed().items()]


@pytest.mark.parametrize(
    "recipient", ["", "ann", "ann@", "@example.com", "a@b@c", "ann@-.example\u00e9", "a b@example.com"]
)
def test_a_recipient_that_is_none_is_refused_for_good(recipient):
    with pytest.raises(MailError, match="address") as refused:
        composed(recipient=recipient)
    assert not refused.value.transient
    assert not recipient or f"{recipient} " not in str(refused.value)


@pytest.mark.parametrize(
    ("recipient", "written"),
    [("ann+x@example.com", "ann+x@example.com"), ("o'brien@b\u00fccher.example", "o'brien@xn--bcher-kva.example")],
)
def test_readable_domains_travel_in_ascii(recipient, written):
    mailbox = Mailbox()
    with mail_server(mailbox) as port:
        send(composed(recipient=recipient), [plain(port)], TIMEOUT)
    assert mailbox.envelopes[0].rcpt_tos == [written]
    assert mailbox.messages[0]["To"] == written


@pytest.mark.parametrize("subject", ["a\nBcc: eve@example.com", "a\r\nX: y"])
def test_a_subject_cannot_add_headers(subject):
    with pytest.raises(ValueError, match="linefeed"):
        compose(
            Rendered(subject, "x", "x"), sender="x@example.com", recipient="a@example.com", message_id="m", date=DATE
        )


@pytest.mark.parametrize("message_id", ["", "a b", "a>", "a\nb", "@", "x" * 201, "-a"])
def test_message_ids_that_are_none_are_refused(message_id):
    with pytest.raises(ValueError, match="message id"):
        composed(message_id=message_id)


@pytest.mark.parametrize("sender", ["", "ConsentMD", "a@b, c@d", "x <a b@c>"])
def test_a_sender_that_is_none_is_refused(sender):
    with pytest.raises(ValueError, match="EMAIL_FROM"):
        composed(sender=sender)


FAILING = {
    "mail 4xx": {"mail": "451 try later"},
    "rcpt 4xx": {"rcpt": "450 greylisted"},
    "data 4xx": {"data": "452 disk full"},
    "closing": {"rcpt": "421 closing"},
    "auth 5xx": {"mail": "530 5.7.0 authentication required"},
}


@pytest.mark.parametrize("replies", FAILING.values(), ids=FAILING)
def test_the_second_server_takes_over_from_one_that_is_unable(replies):
    first, second = Mailbox(**replies), Mailbox()
    with mail_server(first) as one, mail_server(second) as two:
        assert send(composed(), [plain(one), plain(two)], TIMEOUT) == f"127.0.0.1:{two}"
    assert first.attempts == 1
    assert [message["Message-ID"] for message in second.messages] == ["<3f0e-outbox.1@consentmd.example>"]


@pytest.mark.parametrize("replies", FAILING.values(), ids=FAILING)
def test_a_lone_server_that_is_unable_is_worth_another_try(replies):
    with mail_server(Mailbox(**replies)) as port, pytest.raises(MailError) as failed:
        send(composed(), [plain(port)], TIMEOUT)
    assert failed.value.transient
    assert f"127.0.0.1:{port} refused it ({next(iter(replies.values()))[:3]})" in str(failed.value)


@pytest.mark.parametrize(
    "replies", [{"rcpt": "550 no such user ann@example.com"}, {"mail": "552 too big"}, {"data": "554 spam"}]
)
def test_a_message_refused_for_good_is_not_offered_elsewhere(replies):
    first, second = Mailbox(**replies), Mailbox()
    with mail_server(first) as one, mail_server(second) as two, pytest.raises(MailError) as failed:
        send(composed(), [plain(one), plain(two)], TIMEOUT)
    assert not failed.value.transient
    assert second.attempts == 0
    assert "ann@example.com" not in str(failed.value)


def test_while_the_first_server_is_down_the_seconds_refusal_is_not_final():
    with mail_server(Mailbox(rcpt="550 relaying denied")) as port, pytest.raises(MailError) as failed:
        send(composed(), [plain(closed_port()), plain(port)], TIMEOUT)
    assert failed.value.transient


def test_nobody_is_listening():
    second = Mailbox()
    with mail_server(second) as port:
        assert send(composed(), [plain(closed_port()), plain(port)], TIMEOUT).endswith(f":{port}")
    with pytest.raises(MailError, match="ConnectionRefusedError") as failed:
        send(composed(), [plain(closed_port()), plain(closed_port())], TIMEOUT)
    assert failed.value.transient


def test_no_server_is_configured():
    with pytest.raises(MailError, match="SMTP_HOST") as failed:
        send(composed(), [], TIMEOUT)
    assert failed.value.transient


BROKEN = {
    "greets with 554": [b"554 go away\r\n"],
    "greets with junk": [b"hello?\r\n"],
    "greets with binary": [b"\xff\xfe\x00\r\n"],
    "refuses EHLO and HELO": [GREETING, b"502 no\r\n", b"550 no\r\n"],
    "hangs up at once": [],
    "hangs up after EHLO": [GREETING, EHLO],
    "hangs up after DATA": [GREETING, EHLO, OK, OK, b"354 go on\r\n"],
    "is silent": [None],
    "is silent after DATA": [GREETING, EHLO, OK, OK, b"354 go on\r\n", None],
}


@pytest.mark.parametrize("lines", BROKEN.values(), ids=BROKEN)
def test_the_second_server_takes_over_from_one_that_is_broken(lines):
    second = Mailbox()
    with scripted_server(*lines) as one, mail_server(second) as two:
        # A short limit, since silence is waited out.
        assert send(composed(), [plain(one), plain(two)], 0.5) == f"127.0.0.1:{two}"
    assert len(second.messages) == 1


@pytest.mark.parametrize("end", [b"500 what?\r\n", None])
def test_what_happens_after_acceptance_does_not_matter(end):
    second = Mailbox()
    lines = [GREETING, EHLO, OK, OK, b"354 go on\r\n", OK, end]
    with scripted_server(*lines) as one, mail_server(second) as two:
        assert send(composed(), [plain(one), plain(two)], 0.5) == f"127.0.0.1:{one}"
    assert second.attempts == 0


def test_addresses_beyond_ascii_need_a_server_that_takes_them():
    international = composed(recipient="änn@example.com")
    able, unable = Mailbox(), [GREETING, EHLO, OK]
    with mail_server(able, enable_SMTPUTF8=True) as port:
        send(international, [plain(port)], TIMEOUT)
    assert able.envelopes[0].rcpt_tos == ["änn@example.com"]
    with scripted_server(*unable) as port, pytest.raises(MailError, match="international") as failed:
        send(international, [plain(port)], TIMEOUT)
    assert not failed.value.transient


@pytest.fixture
def trusted(tmp_path, monkeypatch):
    file, context = certificate(tmp_path, "127.0.0.1")
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    return context


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_protected_and_signed_in(trusted, security):
    mailbox = Mailbox()
    with mail_server(mailbox, **{security: trusted}, password="secret") as port:
        send(composed(), [SmtpServer("127.0.0.1", port, security, "mailer", "secret")], TIMEOUT)
    assert [session.authenticated for session in mailbox.sessions] == [True]
    assert len(mailbox.messages) == 1


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_refused_password_is_the_servers_trouble_not_the_messages(trusted, security):
    mailbox, second = Mailbox(), Mailbox()
    with mail_server(mailbox, **{security: trusted}, password="secret") as one, mail_server(second) as two:
        wrong = SmtpServer("127.0.0.1", one, security, "mailer", "wr0ng-password")
        assert send(composed(), [wrong, plain(two)], TIMEOUT).endswith(f":{two}")
        with pytest.raises(MailError, match=r"refused it \(535\)") as failed:
            send(composed(), [wrong], TIMEOUT)
    assert failed.value.transient
    assert "wr0ng" not in str(failed.value) + repr(wrong)
    assert mailbox.attempts == 0


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_certificate_nobody_vouches_for_gets_no_mail(tmp_path, security):
    _, context = certificate(tmp_path, "127.0.0.1")
    mailbox = Mailbox()
    with (
        mail_server(mailbox, **{security: context}) as port,
        pytest.raises(MailError, match="SSLCertVerificationError") as failed,
    ):
        send(composed(), [SmtpServer("127.0.0.1", port, security)], TIMEOUT)
    assert failed.value.transient
    assert mailbox.attempts == 0


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_certificate_of_another_host_gets_no_mail(tmp_path, monkeypatch, security):
    file, context = certificate(tmp_path, "127.0.0.2")
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    mailbox = Mailbox()
    with (
        mail_server(mailbox, **{security: context}) as port,
        pytest.raises(MailError, match="SSLCertVerificationError"),
    ):
        send(composed(), [SmtpServer("127.0.0.1", port, security)], TIMEOUT)
    assert mailbox.attempts == 0


def test_a_server_without_starttls_gets_no_mail():
    mailbox = Mailbox()
    with mail_server(mailbox) as port, pytest.raises(MailError, match="lacks STARTTLS") as failed:
        send(composed(), [SmtpServer("127.0.0.1", port, "starttls")], TIMEOUT)
    assert failed.value.transient
    assert mailbox.attempts == 0


def test_a_password_is_never_sent_in_the_clear():
    with pytest.raises(ValueError, match="in the clear") as refused:
        SmtpServer("mail.example", 25, "none", "mailer", "secret")
    assert "secret" not in str(refused.value)
