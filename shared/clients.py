"""Clients of the services this uses, made once per process on first use.

SDKs are imported inside the factories: an endpoint that does not use one does not pay for its import at cold start
(Firestore about 270 ms, storage 220 ms, Tink 65 ms with bytecode). No client is made before the fork that starts a
worker, for the same reason and because gRPC channels do not like to cross it.
"""

import threading
from collections.abc import Callable
from functools import cache, wraps
from typing import TYPE_CHECKING, Any, TypeVar

from shared.config import path, settings

if TYPE_CHECKING:
    from google.cloud.firestore import AsyncClient
    from google.cloud.firestore import Client as FirestoreClient
    from google.cloud.storage import Client as StorageClient
    from google.genai import Client as GenaiClient
    from twilio.rest import Client as TwilioClient

    from shared.store.crypto import Sealer
    from shared.store.keys import Keyring

T = TypeVar("T")
#: One first import at a time. Google's packages import each other in circles, so two threads that begin at different
#: ends find half-made modules: the first requests of a cold process ended in 500s before this.
_LOADING = threading.RLock()


def _once(factory: Callable[[], T]) -> Callable[[], T]:
    """`factory`, called once per process, by one thread."""
    made = cache(factory)

    @wraps(factory)
    def get() -> T:
        with _LOADING:
            return made()

    get.cache_clear = made.cache_clear  # type: ignore[attr-defined]
    return get


@_once
def firestore() -> "FirestoreClient":
    """The Firestore client; `FIRESTORE_EMULATOR_HOST` redirects it."""
    from google.cloud import firestore as sdk

    return sdk.Client(project=settings().google_cloud_project, database=settings().firestore_database)


@_once
def async_firestore() -> "AsyncClient":
    """The Firestore client of the realtime gateway, for one event loop."""
    from google.cloud import firestore as sdk

    return sdk.AsyncClient(project=settings().google_cloud_project, database=settings().firestore_database)


@_once
def storage() -> "StorageClient":
    """The Cloud Storage client; `STORAGE_EMULATOR_HOST` redirects it."""
    import os

    from google.auth.credentials import AnonymousCredentials
    from google.cloud import storage as sdk

    credentials = AnonymousCredentials() if os.environ.get("STORAGE_EMULATOR_HOST") else None  # type: ignore[no-untyped-call]
    return sdk.Client(project=settings().google_cloud_project, credentials=credentials)


@_once
def keyring() -> "Keyring":
    """The keysets of this deployment."""
    from shared.store.keys import Keyring

    return Keyring(path(settings().keyset_dir), settings().keyset_kms_key)


@_once
def sealer() -> "Sealer":
    """Field encryption and blind indexes."""
    from shared.store.crypto import Sealer

    return Sealer(keyring())


@_once
def twilio() -> "TwilioClient":
    """The Twilio client; `TWILIO_URL` redirects it."""
    from urllib.parse import urlsplit, urlunsplit

    from twilio.http.http_client import TwilioHttpClient
    from twilio.rest import Client

    config = settings()
    base = urlsplit(config.twilio_url)

    class Redirected(TwilioHttpClient):  # type: ignore[misc]
        """The SDK builds host names itself and knows no other way to another server."""

        def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Any:
            asked = urlsplit(url)
            there = urlunsplit((base.scheme, base.netloc, base.path.rstrip("/") + asked.path, asked.query, ""))
            return super().request(method, there, *args, **kwargs)

    transport = Redirected(timeout=config.twilio_timeout_seconds)
    return Client(config.twilio_account_sid, config.twilio_auth_token, http_client=transport)


@_once
def fcm() -> Any:
    """The Firebase app that push notifications go out through; `FCM_URL` redirects it."""
    import firebase_admin
    from firebase_admin import credentials, messaging
    from requests.adapters import HTTPAdapter

    config = settings()
    options = {"projectId": config.google_cloud_project, "httpTimeout": config.fcm_timeout_seconds}
    credential: Any = credentials.ApplicationDefault()
    if config.fcm_url:
        from google.oauth2.credentials import Credentials

        class Token(Credentials):
            """A token that is never renewed: an answer of 401 is an answer."""

            def refresh(self, _request: Any) -> None:
                self.expiry = None

        class Static(credentials.Base):  # type: ignore[misc]
            """A credential of this machine only: no real one leaves for another server."""

            def get_credential(self) -> Any:
                return Token("none")  # type: ignore[no-untyped-call]

        credential = Static()
        messaging._MessagingService.FCM_URL = f"{config.fcm_url}/v1/projects/{{0}}/messages:send"  # noqa: SLF001
    app = firebase_admin.initialize_app(credential, options, name="consentmd")
    # Tries are counted and spaced by the worker; the SDK's own four would hold it for seven seconds each time.
    session = messaging._get_messaging_service(app)._client.session  # noqa: SLF001
    for scheme in ("https://fcm.googleapis.com", "https://", "http://"):
        session.mount(scheme, HTTPAdapter(pool_maxsize=20, max_retries=0))
    return app


@_once
def http() -> Any:
    """A plain HTTP session with pooled connections, for identity providers and certificates."""
    import requests

    return requests.Session()


@_once
def google_http() -> Any:
    """An HTTP session that authenticates as this function's service account.

    Cloud Tasks is called over REST with it: the gapic client costs 358 ms of import, this shares what Firestore and
    storage have loaded already.
    """
    import google.auth
    from google.auth.credentials import AnonymousCredentials
    from google.auth.transport.requests import AuthorizedSession

    # A credential never leaves over plain HTTP.
    if settings().cloud_tasks_url.startswith("https://"):
        credentials, _ = google.auth.default(scopes=["https://www.googleapis.com/auth/cloud-platform"])
    else:
        credentials = AnonymousCredentials()  # type: ignore[no-untyped-call]
    session = AuthorizedSession(credentials)  # type: ignore[no-untyped-call]
    # Looking for proxies in the environment took a tenth of the processor time of a request that asks for work.
    session.trust_env = False
    return session


@_once
def calendar_http() -> Any:
    """An HTTP session for the Calendar API, as the workspace user MEET_SUBJECT where one is named."""
    import google.auth
    from google.auth.credentials import AnonymousCredentials
    from google.auth.transport.requests import AuthorizedSession

    config = settings()
    # A credential never leaves over plain HTTP.
    if not config.calendar_url.startswith("https://"):
        return AuthorizedSession(AnonymousCredentials())  # type: ignore[no-untyped-call]
    credentials, _ = google.auth.default(scopes=["https://www.googleapis.com/auth/calendar.events"])
    if config.meet_subject and hasattr(credentials, "with_subject"):
        credentials = credentials.with_subject(config.meet_subject)
    return AuthorizedSession(credentials)  # type: ignore[no-untyped-call]


@_once
def genai() -> "GenaiClient":
    """The Gemini client, always by way of Vertex AI: the Developer API is not in the BAA. `AI_URL` redirects it.

    Repeats by itself what may pass: 408, 429, 5xx and broken connections.
    """
    import google.auth
    from google.genai import Client, types
    from google.oauth2.credentials import Credentials

    config = settings()
    if config.ai_url and not config.ai_url.startswith("https://"):
        # A credential never leaves over plain HTTP.
        credentials: Any = Credentials(token="anonymous")  # type: ignore[no-untyped-call]  # noqa: S106
    else:
        credentials, _ = google.auth.default(scopes=["https://www.googleapis.com/auth/cloud-platform"])
    retries = types.HttpRetryOptions(
        attempts=config.ai_attempts,
        initial_delay=config.ai_retry_seconds,
        max_delay=config.ai_retry_seconds * 16,
        jitter=config.ai_retry_seconds,
    )
    return Client(
        vertexai=True,
        project=config.google_cloud_project,
        location=config.ai_location,
        credentials=credentials,
        http_options=types.HttpOptions(
            base_url=config.ai_url or None,
            api_version="v1",
            timeout=round(config.ai_timeout_seconds * 1000),
            retry_options=retries,
        ),
    )
