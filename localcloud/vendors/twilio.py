"""Twilio's Messages API and its webhooks, for one account and number.

`POST, GET /twilio/2010-04-01/Accounts/{sid}/Messages.json`, `GET …/Messages/{sid}.json`; what was sent is followed by
signed status callbacks. `POST /twilio/_inbound` `{"from": "+1…", "body": "…"}` is a text message from a telephone: it
calls our webhook as Twilio does, and keeps STOP, START and HELP as Twilio does (it answers them itself, and takes
nothing more for a number that said STOP). `POST /twilio/_answers` `{"for": <number>, "answer": …, "times": 1}` makes
it answer otherwise: an error code, `undelivered`, `silent` (no callbacks), `lost` (it takes the message, and the
connection breaks before the answer).
"""

import base64
import hashlib
import hmac
import http.client
import json
import logging
import re
import threading
import time
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from localcloud.httpd import Application, Request, Response
from localcloud.vendors.control import Answers, answer_json, request_json
from localcloud.vendors.sent import Sent, read

log = logging.getLogger(__name__)

_MESSAGES = re.compile(r"/2010-04-01/Accounts/(AC[0-9a-f]{32})/Messages(?:/(SM[0-9a-f]{32}))?\.json")
_E164 = re.compile(r"\+[1-9][0-9]{4,14}")
_LONGEST = 1600
#: Twilio's error codes: HTTP status and message (twilio.com/docs/api/errors).
_ERRORS = {
    "20003": (401, "Authenticate"),
    "20429": (429, "Too Many Requests"),
    "20500": (500, "Internal Server Error"),
    "21211": (400, "Invalid 'To' Phone Number"),
    "21606": (400, "The 'From' phone number is not a valid, SMS-capable inbound phone number for your account."),
    "21610": (400, "Attempt to send to unsubscribed recipient"),
    "21614": (400, "'To' number is not a valid mobile number"),
    "21602": (400, "Message body is required."),
    "21617": (400, "The concatenated message body exceeds the 1600 character limit."),
}
_BEHAVIOURS = frozenset({"undelivered", "silent", "lost"})
#: Twilio's own keywords (twilio.com/docs/messaging/features/opt-out), by what they mean.
_KEYWORDS = {
    **dict.fromkeys(("STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT"), "STOP"),
    **dict.fromkeys(("START", "YES", "UNSTOP"), "START"),
    **dict.fromkeys(("HELP", "INFO"), "HELP"),
}
_REPLIES = {
    "STOP": "You have successfully been unsubscribed. You will not receive any more messages from this number. "
    "Reply START to resubscribe.",
    "START": "You have successfully been re-subscribed to messages from this number. Reply HELP for help. "
    "Reply STOP to unsubscribe. Msg&Data Rates May Apply.",
    "HELP": "Reply STOP to unsubscribe. Msg&Data Rates May Apply.",
}  # fmt: skip


def routes(data_dir: Path, environ: Mapping[str, str]) -> Application:
    """The stand-in, keeping what it is sent in `data_dir`."""
    return Twilio(data_dir, environ)


class Twilio:
    """One account."""

    def __init__(self, data_dir: Path, environ: Mapping[str, str]) -> None:
        self._directory = data_dir
        self._sent = Sent(data_dir)
        self._answers = Answers(frozenset(_ERRORS) | _BEHAVIOURS)
        self._account = environ["TWILIO_ACCOUNT_SID"]
        self._token = environ["TWILIO_AUTH_TOKEN"]
        self._number = environ["TWILIO_PHONE_NUMBER"]
        self._inbound_url = f"{environ['PUBLIC_URL']}/api/v1/messaging/webhook/sms"
        self._unsubscribed = data_dir / "unsubscribed.json"
        self._guard = threading.Lock()

    def __call__(self, request: Request) -> Response:
        """Answer one request."""
        if request.path == "/_answers" and request.method == "POST":
            return self._answers.order(request)
        if request.path == "/_inbound" and request.method == "POST":
            return self._inbound(request_json(request))
        found = _MESSAGES.fullmatch(request.path)
        if found is None or found[1] != self._account:
            return answer_json(404, {"code": 20404, "message": "The requested resource was not found", "status": 404})
        basic = base64.b64encode(f"{self._account}:{self._token}".encode()).decode()
        if not hmac.compare_digest(request.headers.get("Authorization", ""), f"Basic {basic}"):
            return _refusal("20003")
        if request.method == "POST" and found[2] is None:
            return self._create(request)
        if request.method == "GET":
            return self._fetch(found[2]) if found[2] else self._list(request)
        return answer_json(405, {"code": 20004, "message": "Method not allowed", "status": 405})

    # The API

    def _create(self, request: Request) -> Response:
        raw = request.body.read_all(1 << 16) or b""
        form = dict(parse_qsl(raw.decode("utf-8"), keep_blank_values=True))
        to, body = form.get("To", ""), form.get("Body", "")
        if (problem := self._problem(to, form.get("From", ""), body)) is not None:
            return _refusal(problem)
        ordered = self._answers.take(to)
        if ordered in _ERRORS:
            return _refusal(ordered)
        message = self._message("outbound-api", self._number, to, body, "queued")
        self._keep(message)
        if form.get("StatusCallback") and ordered != "silent":
            last = "undelivered" if ordered == "undelivered" else "delivered"
            threading.Thread(target=self._progress, args=(message, form["StatusCallback"], last), daemon=True).start()
        if ordered == "lost":
            raise ConnectionAbortedError("the message is taken; its sender will not know")
        return answer_json(201, _resource(message))

    def _problem(self, to: str, sender: str, body: str) -> str | None:
        if not _E164.fullmatch(to):
            return "21211"
        if sender != self._number:
            return "21606"
        if not body:
            return "21602"
        if len(body) > _LONGEST:
            return "21617"
        return "21610" if to in self._stopped() else None

    def _fetch(self, sid: str) -> Response:
        kept = self._sent.get(sid)
        if kept is None:
            return answer_json(404, {"code": 20404, "message": "The requested resource was not found", "status": 404})
        return answer_json(200, _resource(kept["message"]))

    def _list(self, request: Request) -> Response:
        query = request.query
        # Newest first, as Twilio lists them; one page is enough for what a number is sent here.
        kept = read(self._directory, to=query.get("To"), limit=int(query.get("PageSize", "50")))
        found = [each["message"] for each in kept if each["message"]["direction"] == "outbound-api"]
        shown = [_resource(each) for each in found if query.get("From") in {None, each["from"]}]
        page = {"messages": shown, "page": 0, "page_size": len(shown), "next_page_uri": None, "uri": request.path}
        return answer_json(200, page)

    # Webhooks

    def _progress(self, message: dict[str, Any], url: str, last: str) -> None:
        """Tell the status callback what becomes of a message; once each, as Twilio does."""
        for status in ("sent", last):
            time.sleep(0.05)
            message = {**message, "status": status, "error_code": 30003 if status == "undelivered" else None}
            self._keep(message)
            form = {
                "MessageSid": message["sid"], "SmsSid": message["sid"], "MessageStatus": status, "SmsStatus": status,
                "To": message["to"], "From": message["from"], "AccountSid": self._account, "ApiVersion": "2010-04-01",
            }  # fmt: skip
            if status == "undelivered":
                form["ErrorCode"] = "30003"
            try:
                self._call(url, form)
            except OSError:
                log.warning("a status callback was not taken")

    def _inbound(self, order: dict[str, Any]) -> Response:
        sender, body = order.get("from"), order.get("body")
        if not isinstance(sender, str) or not _E164.fullmatch(sender) or not isinstance(body, str):
            return answer_json(400, {"error": "from is an E.164 number, body a text"})
        sid = str(order.get("sid") or f"SM{uuid.uuid4().hex}")
        form = {
            "MessageSid": sid, "SmsMessageSid": sid, "SmsSid": sid, "AccountSid": self._account, "From": sender,
            "To": self._number, "Body": body, "NumMedia": "0", "NumSegments": "1", "ApiVersion": "2010-04-01",
        }  # fmt: skip
        if keyword := _KEYWORDS.get(body.strip().upper()):
            form["OptOutType"] = keyword
            self._obey(sender, keyword)
        try:
            status, answer = self._call(self._inbound_url, form)
        except OSError:
            return answer_json(502, {"error": "the webhook did not answer"})
        return answer_json(200, {"sid": sid, "webhookStatus": status, "webhookAnswer": answer})

    def _obey(self, number: str, keyword: str) -> None:
        with self._guard:
            stopped = set(self._stopped())
            if keyword != "HELP":
                stopped = stopped | {number} if keyword == "STOP" else stopped - {number}
                self._unsubscribed.write_text(json.dumps(sorted(stopped)))
        self._keep(self._message("outbound-reply", self._number, number, _REPLIES[keyword], "delivered"))

    def _stopped(self) -> list[str]:
        try:
            stopped: list[str] = json.loads(self._unsubscribed.read_text())
        except FileNotFoundError:
            return []
        return stopped

    def _call(self, url: str, form: dict[str, str]) -> tuple[int, str]:
        parts = urlsplit(url)
        headers = {
            "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8",
            "User-Agent": "TwilioProxy/1.1",
            "X-Twilio-Signature": signature(self._token, url, form),
        }
        # The URL is signed as it was given; who answers it listens on IPv4.
        host = "127.0.0.1" if parts.hostname == "localhost" else parts.hostname or ""
        connection = http.client.HTTPConnection(host, parts.port, timeout=15)
        try:
            target = parts.path + (f"?{parts.query}" if parts.query else "")
            connection.request("POST", target, urlencode(form), {**headers, "Host": parts.netloc})
            answer = connection.getresponse()
            return answer.status, answer.read().decode("utf-8", "replace")
        finally:
            connection.close()

    # What was sent

    def _message(self, direction: str, sender: str, to: str, body: str, status: str) -> dict[str, Any]:
        return {
            "sid": f"SM{uuid.uuid4().hex}", "account_sid": self._account, "direction": direction, "from": sender,
            "to": to, "body": body, "status": status, "error_code": None,
            "date_created": format_datetime(datetime.now(UTC)),
        }  # fmt: skip

    def _keep(self, message: dict[str, Any]) -> None:
        shown = {
            "channel": "sms", "messageId": message["sid"], "from": message["from"], "to": [message["to"]],
            "subject": message["body"][:80], "text": message["body"], "html": "", "links": [], "copies": 1,
            "headers": {"Status": message["status"], "Direction": message["direction"]}, "message": message,
        }  # fmt: skip
        self._sent.put(message["sid"], message["to"], shown)


def signature(token: str, url: str, form: Mapping[str, str]) -> str:
    """X-Twilio-Signature: HMAC-SHA1 of the URL and the sorted fields (twilio.com/docs/usage/webhooks)."""
    text = url + "".join(name + form[name] for name in sorted(form))
    return base64.b64encode(hmac.new(token.encode(), text.encode(), hashlib.sha1).digest()).decode()


def _resource(message: dict[str, Any]) -> dict[str, Any]:
    """A message as the API answers it."""
    return {
        **message, "date_sent": None, "date_updated": message["date_created"], "error_message": None,
        "num_segments": "1", "num_media": "0", "price": None, "price_unit": "USD", "api_version": "2010-04-01",
        "messaging_service_sid": None, "subresource_uris": {},
        "uri": f"/2010-04-01/Accounts/{message['account_sid']}/Messages/{message['sid']}.json",
    }  # fmt: skip


def _refusal(code: str) -> Response:
    status, message = _ERRORS[code]
    more = f"https://www.twilio.com/docs/errors/{code}"
    return answer_json(status, {"code": int(code), "message": message, "more_info": more, "status": status})
