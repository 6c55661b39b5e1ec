"""A received e-mail as the console and the tests want to read it."""

import contextlib
import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.message import EmailMessage
from html.parser import HTMLParser

_URL = re.compile(r"https?://[^\s<>\"']+")
_CLOSING = ".,;:!?)]}"
_LINK_ATTRIBUTES = {"href", "src"}


@dataclass(frozen=True)
class Message:
    """One e-mail, decoded. `headers` of the same name are joined by line breaks; `links` are in order, each once."""

    message_id: str
    sender: str
    subject: str
    text: str
    html: str
    headers: dict[str, str]
    links: list[str]
    #: {name, mimeType, text}; `text` is empty where the content is not text.
    attachments: list[dict[str, str]]


def parse(raw: bytes, envelope_sender: str) -> Message:
    """Decode a message (RFC 5322, MIME). What cannot be decoded is shown as well as it can be; nothing is refused.

    A message without Message-ID gets a new one, as a real server would give it (RFC 6409 section 8.3).
    """
    mail = message_from_bytes(raw, policy=policy.default)
    headers: dict[str, str] = {}
    for name, coded in mail.raw_items():
        value = _decoded(coded)
        headers[name] = f"{headers[name]}\n{value}" if name in headers else value
    first = {name.lower(): value.split("\n")[0] for name, value in reversed(headers.items())}
    try:
        text, html = _body(mail, "plain"), _body(mail, "html")
    except Exception:
        # On malformed MIME headers the library raises whatever its parser stumbles on; then the source is the text.
        text, html = raw.decode("utf-8", "replace"), ""
    return Message(
        message_id=first.get("message-id") or f"<{uuid.uuid4()}@localhost>",
        sender=first.get("from") or envelope_sender,
        subject=first.get("subject", ""),
        text=text,
        html=html,
        headers=headers,
        links=list(dict.fromkeys([*_links_of_text(text), *_links_of_html(html)])),
        attachments=_attachments(mail),
    )


def _attachments(mail: EmailMessage) -> list[dict[str, str]]:
    found: list[dict[str, str]] = []
    # As above: one that cannot be read is not worth hiding the message for.
    with contextlib.suppress(Exception):
        for part in mail.iter_attachments():
            content = str(part.get_content()) if part.get_content_maintype() == "text" else ""
            name = part.get_filename() or ""
            found.append({"name": name, "mimeType": part.get_content_type(), "text": content})
    return found


def _decoded(value: str) -> str:
    """Unfold a header and decode its encoded words (RFC 2047).

    Not by the library's structured headers: on malformed addresses those raise whatever their parser stumbles on
    (AttributeError, IndexError), and one bad header would hide the message.
    """
    unfolded = "".join(value.splitlines()).strip()
    text = unfolded.encode("utf-8", "surrogateescape").decode("utf-8", "replace")  # SMTPUTF8 sends bytes as they are
    try:
        return str(make_header(decode_header(text)))
    except (HeaderParseError, LookupError, ValueError):  # an unknown character set or broken base64
        return text


def _body(mail: EmailMessage, kind: str) -> str:
    part = mail.get_body((kind,))
    if part is None:
        return ""
    try:
        return str(part.get_content())
    except (LookupError, ValueError):  # an unknown character set or a broken transfer encoding
        content = part.get_payload(decode=True)
        return content.decode("utf-8", "replace") if isinstance(content, bytes) else ""


def _links_of_text(text: str) -> Iterator[str]:
    for found in _URL.findall(text):
        yield found.rstrip(_CLOSING)


def _links_of_html(html: str) -> list[str]:
    collector = _Links()
    # The parser asserts on a malformed <![...; what was found before it stays.
    with contextlib.suppress(AssertionError):
        collector.feed(html)
        collector.close()
    return collector.found


class _Links(HTMLParser):
    """URLs of attributes and of the visible text, character references resolved."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del tag
        self.found += [value for name, value in attrs if name in _LINK_ATTRIBUTES and value and _URL.match(value)]

    def handle_data(self, data: str) -> None:
        self.found += _links_of_text(data)
