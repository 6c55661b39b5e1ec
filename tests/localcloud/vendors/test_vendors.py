"""The stand-ins against the vendors' own SDKs: what these accept, refuse and sign."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import firebase_admin
import httpx
import pytest
from firebase_admin import credentials, exceptions, messaging
from google.oauth2.credentials import Credentials
from requests.adapters import HTTPAdapter
from twilio.base.exceptions import TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.request_validator import RequestValidator
from twilio.rest import Client

from localcloud.httpd import HttpServer
from localcloud.vendors.mount import Vendors, names
from localcloud.vendors.sent import read

ACCOUNT, TOKEN, OURS = "AC" + "0" * 32, "a-token", "+15005550006"


class Hook:
    """Somebody's webhook: keeps what it is called with."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, dict[str, str], str]] = []
        self.arrived = threading.Condition()
        hook = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                url = f"http://{self.headers['Host']}{self.path}"
                with hook.arrived:
                    hook.calls.append((url, dict(parse_qsl(body)), self.headers["X-Twilio-Signature"]))
                    hook.arrived.notify_all()
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://localhost:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def wait_for(self, count: int) -> list[tuple[str, dict[str, str], str]]:
        with self.arrived:
            assert self.arrived.wait_for(lambda: len(self.calls) >= count, timeout=20)
            return self.calls


class Stand:
    """The stand-ins on a port of their own."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.hook = folder, Hook()
        environ = {"TWILIO_ACCOUNT_SID": ACCOUNT, "TWILIO_AUTH_TOKEN": TOKEN, "TWILIO_PHONE_NUMBER": OURS,
                   "PUBLIC_URL": self.hook.url}  # fmt: skip
        self.server = HttpServer(0, Vendors(folder, environ))
        self.server.start()
        self.url = f"http://127.0.0.1:{self.server.port}"

    def twilio(self, token: str = TOKEN) -> Client:
        base = self.url

        class Here(TwilioHttpClient):
            def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Any:
                return super().request(method, url.replace("https://api.twilio.com", f"{base}/twilio"), *args, **kwargs)

        return Client(ACCOUNT, token, http_client=Here())

    def send(self, to: str, body: str = "Hello", **options: Any) -> Any:
        return self.twilio().messages.create(to=to, from_=OURS, body=body, **options)

    def post(self, path: str, body: Any, **options: Any) -> httpx.Response:
        return httpx.post(f"{self.url}{path}", json=body, **options)


@pytest.fixture(scope="module")
def stand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    made = Stand(tmp_path_factory.mktemp("vendors"))
    yield made
    made.server.stop()
    made.hook.server.shutdown()
    made.hook.server.server_close()


def test_each_vendor_is_under_its_prefix(stand: Stand) -> None:
    assert {"fcm", "twilio"} <= names()
    assert httpx.get(f"{stand.url}/health").json() == {"status": "ok"}
    unknown = httpx.get(f"{stand.url}/nobody/x")
    assert unknown.status_code == 404
    assert "/twilio/" in unknown.json()["error"]


def test_the_sdk_sends_finds_and_is_called_back_with_a_signature_it_accepts(stand: Stand) -> None:
    made = stand.send("+15550001", status_callback=f"{stand.hook.url}/status?messageId=1")
    assert (made.status, made.to, made.error_code) == ("queued", "+15550001", None)
    assert [m.sid for m in stand.twilio().messages.list(to="+15550001", from_=OURS)] == [made.sid]
    calls = stand.hook.wait_for(2)
    assert [fields["MessageStatus"] for _, fields, _ in calls[:2]] == ["sent", "delivered"]
    for url, fields, signature in calls[:2]:
        assert fields["MessageSid"] == made.sid
        assert RequestValidator(TOKEN).validate(url, fields, signature)
        assert not RequestValidator("another").validate(url, fields, signature)
    assert stand.twilio().messages(made.sid).fetch().status == "delivered"
    assert read(stand.folder / "twilio", to="+15550001")[0]["text"] == "Hello"


@pytest.mark.parametrize(("to", "body", "code", "status"), [
    ("5550001", "x", 21211, 400), ("+15550001", "", 21602, 400), ("+15550001", "x" * 1601, 21617, 400),
])  # fmt: skip
def test_the_sdk_is_refused_what_twilio_refuses(stand: Stand, to: str, body: str, code: int, status: int) -> None:
    with pytest.raises(TwilioRestException) as refused:
        stand.send(to, body)
    assert (refused.value.code, refused.value.status) == (code, status)


def test_credentials_are_checked(stand: Stand) -> None:
    with pytest.raises(TwilioRestException) as refused:
        stand.twilio("wrong").messages.create(to="+15550001", from_=OURS, body="x")
    assert (refused.value.code, refused.value.status) == (20003, 401)


def test_a_telephone_texts_us_and_says_stop(stand: Stand) -> None:
    before = len(stand.hook.calls)
    told = stand.post("/twilio/_inbound", {"from": "+15550002", "body": "stop"}).json()
    assert told["webhookStatus"] == 204
    url, fields, signature = stand.hook.wait_for(before + 1)[before]
    assert (fields["Body"], fields["OptOutType"], fields["From"]) == ("stop", "STOP", "+15550002")
    assert RequestValidator(TOKEN).validate(url, fields, signature)
    with pytest.raises(TwilioRestException) as refused:
        stand.send("+15550002")
    assert refused.value.code == 21610
    # The vendor answers keywords itself, and takes them back.
    assert "unsubscribed" in read(stand.folder / "twilio", to="+15550002")[0]["text"]
    stand.post("/twilio/_inbound", {"from": "+15550002", "body": "START"})
    assert stand.send("+15550002").status == "queued"


def test_what_is_ordered_is_answered_as_often_as_ordered(stand: Stand) -> None:
    stand.post("/twilio/_answers", {"for": "+15550003", "answer": "20429", "times": 1})
    with pytest.raises(TwilioRestException) as refused:
        stand.send("+15550003")
    assert refused.value.status == 429
    assert stand.send("+15550003").status == "queued"
    assert stand.post("/twilio/_answers", {"for": "+15550003", "answer": "no such answer"}).status_code == 400


MESSAGE = {"token": "a-device-token", "notification": {"title": "T", "body": "B"}, "data": {"id": "1"}}
SEND = "/fcm/v1/projects/consentmd-local/messages:send"
BEARER = {"Authorization": "Bearer x"}


def test_fcm_takes_what_fcm_takes(stand: Stand) -> None:
    answer = stand.post(SEND, {"message": MESSAGE}, headers=BEARER)
    assert answer.status_code == 200
    assert answer.json()["name"].startswith("projects/consentmd-local/messages/")
    kept = read(stand.folder / "fcm", to="a-device-token")[0]
    assert (kept["channel"], kept["subject"], kept["text"]) == ("push", "T", "B")


@pytest.mark.parametrize("message", [
    {}, {"notification": {"title": "T"}}, MESSAGE | {"patient": "x"}, MESSAGE | {"data": {"n": 1}},
    MESSAGE | {"data": {"x": "y" * 5000}},
])  # fmt: skip
def test_fcm_refuses_what_fcm_refuses(stand: Stand, message: dict[str, Any]) -> None:
    answer = stand.post(SEND, {"message": message}, headers=BEARER)
    assert (answer.status_code, answer.json()["error"]["status"]) == (400, "INVALID_ARGUMENT")


def test_fcm_wants_credentials(stand: Stand) -> None:
    assert stand.post(SEND, {"message": MESSAGE}).status_code == 401


@pytest.fixture
def fcm(stand: Stand, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Firebase's own SDK, on the stand-in."""

    class Token(Credentials):
        def refresh(self, _request: Any) -> None:
            """Not here: an answer of 401 is an answer."""

    class Anybody(credentials.Base):
        def get_credential(self) -> Any:
            return Token("a-token")

    url = f"{stand.url}/fcm/v1/projects/{{0}}/messages:send"
    monkeypatch.setattr(messaging._MessagingService, "FCM_URL", url)
    app = firebase_admin.initialize_app(Anybody(), {"projectId": "consentmd-local"}, name="vendors")
    # Its own four tries at what may pass would take seconds.
    messaging._get_messaging_service(app)._client.session.mount("http://", HTTPAdapter(max_retries=0))
    yield app
    firebase_admin.delete_app(app)


def to_device(token: str) -> Any:
    message = messaging.Message(notification=messaging.Notification("T", "B"), data={"id": "1"})
    message.token = token
    return message


def test_the_sdk_sends_a_push(stand: Stand, fcm: Any) -> None:
    sent = messaging.send_each([to_device("sdk-1"), to_device("sdk-2")], app=fcm)
    assert sent.success_count == 2
    for token, each in zip(("sdk-1", "sdk-2"), sent.responses, strict=True):
        (kept,) = read(stand.folder / "fcm", to=token)
        assert (kept["messageId"], kept["subject"], kept["headers"]) == (each.message_id, "T", {"id": "1"})


@pytest.mark.parametrize(("answer", "error"), [
    ("UNREGISTERED", messaging.UnregisteredError), ("SENDER_ID_MISMATCH", messaging.SenderIdMismatchError),
    ("QUOTA_EXCEEDED", messaging.QuotaExceededError), ("THIRD_PARTY_AUTH_ERROR", messaging.ThirdPartyAuthError),
    ("UNAVAILABLE", exceptions.UnavailableError), ("INTERNAL", exceptions.InternalError),
    ("INVALID_ARGUMENT", exceptions.InvalidArgumentError),
])  # fmt: skip
def test_the_sdk_understands_every_refusal(stand: Stand, fcm: Any, answer: str, error: type[Exception]) -> None:
    token = f"refused-{answer}"
    # Of a 401 the SDK's own session asks twice more, with a new token.
    times = 3 if answer == "THIRD_PARTY_AUTH_ERROR" else 1
    stand.post("/fcm/_answers", {"for": token, "answer": answer, "times": times})
    (refused,) = messaging.send_each([to_device(token)], app=fcm).responses
    assert type(refused.exception) is error
    assert messaging.send_each([to_device(token)], app=fcm).success_count == 1


def test_what_was_sent_outlives_a_restart(tmp_path: Path) -> None:
    from localcloud.vendors.sent import Sent

    kept = Sent(tmp_path)
    kept.put("1", "x", {"text": "kept"})
    kept.close()
    assert Sent(tmp_path).get("1") == {"text": "kept"}
