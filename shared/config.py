"""Settings: one frozen object, read from the environment once.

Every setting is a field of `Settings`; its environment variable is the field's name in capitals. The table in
`docs/configuration.md` is generated from here. Nothing else in `shared/` or `functions/` reads the environment.
"""

import math
import os
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple, NoReturn, Self, get_args, get_origin

Names = tuple[str, ...]

#: Variables by which Google's SDKs are sent to a local server; some of them switch off authentication.
EMULATORS = ("FIRESTORE_EMULATOR_HOST", "STORAGE_EMULATOR_HOST", "FIREBASE_AUTH_EMULATOR_HOST")


#: What staging and production get when nothing else is said; a demo on one machine is better off without.
HARDENED: Mapping[str, str] = {
    "require_verified_email": "true",
    "mfa_required_roles": "Admin,Doctor,Nurse",
    "trusted_proxy_hops": "2",
}


class ConfigurationError(Exception):
    """The environment cannot be used; the message lists everything that is wrong with it."""


class Setting(NamedTuple):
    """What is known of a setting besides its name and type. The limits are those of numbers."""

    default: Any
    description: str
    gt: float | None = None
    ge: float | None = None
    le: float | None = None


def Field(  # noqa: N802 - a declaration, as models have them
    default: Any, *, description: str, gt: float | None = None, ge: float | None = None, le: float | None = None
) -> Any:
    """A setting of `Settings`. No model of pydantic, which takes 7 ms to make of so many: every function has them."""
    return Setting(default, description, gt, ge, le)


class Settings:
    """Everything that differs between one deployment and another. Frozen.

    Takes values by name, as text where they come from the environment. Raises `ConfigurationError`.
    """

    environment: Literal["local", "development", "staging", "production"] = Field(
        "production", description="Where this runs. Only `local` accepts emulators."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="Least severity logged.")
    port: int = Field(8080, description="Port the function listens on (read by functions-framework).")
    google_cloud_project: str = Field("consentmd-local", description="Project of every Google Cloud resource.")
    public_url: str = Field("http://localhost:8080", description="Base URL of this API, as clients see it.")

    # Data
    firestore_database: str = Field("(default)", description="Firestore database id.")
    database_timeout_seconds: float = Field(5.0, gt=0, description="Longest a single Firestore call may take.")
    storage_timeout_seconds: float = Field(
        10.0, gt=0, description="Longest a single Cloud Storage call may take, retries included."
    )
    uploads_bucket: str = Field("consentmd-local-uploads", description="Cloud Storage bucket of uploaded files.")
    audit_bucket: str = Field("", description="Locked bucket that keeps a copy of each audit root; empty: no copy.")
    storage_signing_key_file: str = Field(
        "", description="Service account key that signs file links where IAM signBlob is not to be had (local)."
    )
    file_link_minutes: int = Field(15, ge=1, le=15, description="Life of a link to a file.")
    clamd_host: str = Field("127.0.0.1", description="Host of the virus scanner (clamd), beside the scanning worker.")
    clamd_port: int = Field(3310, description="Its TCP port.")
    clamd_timeout_seconds: float = Field(60.0, gt=0, description="Longest a scan may be silent.")

    # Keys
    keyset_dir: str = Field("", description="Folder of the Tink keysets, one file per domain.")
    keyset_kms_key: str = Field("", description="Cloud KMS key that wraps the keysets; empty: clear (local).")
    jwt_private_key_file: str = Field("", description="ES256 private key (PEM) of tokens; identity functions only.")
    jwks_file: str = Field("", description="Public keys (JWKS) that access tokens are verified with.")

    # Tasks
    cloud_tasks_url: str = Field("https://cloudtasks.googleapis.com", description="Base URL of the Cloud Tasks API.")
    cloud_tasks_location: str = Field("us-central1", description="Location of the queues.")
    worker_url: str = Field(
        "http://127.0.0.1:8080/tasks/{target}",
        description="URL of a worker; `{target}` is its function, `{name}` its deployed name.",
    )
    tasks_service_account: str = Field(
        "tasks@consentmd-local.iam.gserviceaccount.com", description="Account whose OIDC token workers accept."
    )
    scheduler_service_account: str = Field(
        "scheduler@consentmd-local.iam.gserviceaccount.com", description="Account whose OIDC token schedules accept."
    )
    oidc_certs_url: str = Field(
        "https://www.googleapis.com/oauth2/v1/certs", description="Certificates OIDC tokens of workers are signed with."
    )

    # Mail
    smtp_host: str = Field("", description="Mail server. Empty: e-mail stays queued.")
    smtp_port: int = Field(587, description="Its port.")
    smtp_user: str = Field("", description="Its user name; empty: no authentication.")
    smtp_password: str = Field("", description="Its password (secret).")
    smtp_security: Literal["starttls", "tls", "none"] = Field("starttls", description="How it is protected.")
    smtp_fallback_host: str = Field("", description="Second mail server, used when the first fails.")
    smtp_fallback_port: int = Field(587, description="Its port.")
    smtp_fallback_user: str = Field("", description="Its user name.")
    smtp_fallback_password: str = Field("", description="Its password (secret).")
    smtp_fallback_security: Literal["starttls", "tls", "none"] = Field("starttls", description="How it is protected.")
    smtp_timeout_seconds: float = Field(10.0, gt=0, description="Longest a mail server may take to answer.")
    email_from: str = Field("ConsentMD <no-reply@consentmd.example>", description="Sender of every e-mail.")

    # Practice
    practice_name: str = Field("ConsentMD", description="Name of the practice, on letterheads.")
    practice_address: str = Field("", description="Its address, on letterheads; lines separated by semicolons.")
    practice_phone: str = Field("", description="Its telephone number, on letterheads.")

    # SMS and push
    twilio_account_sid: str = Field("", description="Twilio account that sends SMS; empty: SMS is off.")
    twilio_auth_token: str = Field("", description="Its token; also signs Twilio's webhooks (secret).")
    twilio_phone_number: str = Field("", description="Number SMS are sent from and replied to (E.164).")
    twilio_url: str = Field("https://api.twilio.com", description="Base URL of Twilio's API.")
    twilio_timeout_seconds: float = Field(10.0, gt=0, description="Longest Twilio may take to answer.")
    fcm_url: str = Field("", description="Base URL of Firebase Cloud Messaging, if not Google's (local).")
    fcm_timeout_seconds: float = Field(10.0, gt=0, description="Longest FCM may take to answer.")

    notification_retention_days: int = Field(30, ge=1, description="How long notifications are kept.")
    notification_batch_size: int = Field(100, ge=1, le=100, description="Users notified in one commit.")
    message_email_minutes: int = Field(
        15, ge=0, le=1440, description="One e-mail tells of all chat messages within so many minutes; 0: one for each."
    )
    max_retry_attempts: int = Field(3, ge=1, le=10, description="Tries at a notification's delivery on a channel.")
    phone_code_minutes: int = Field(10, ge=1, le=60, description="Life of a code that verifies a telephone number.")

    # Browsers
    frontend_url: str = Field(
        "http://localhost:5173", description="Web app; allowed origin and base of e-mailed links."
    )
    admin_url: str = Field("", description="Administration app; allowed origin.")
    cors_origin: Names = Field((), description="Further allowed origins, separated by commas.")
    cookie_domain: str = Field("", description="Domain of the session cookies; empty: the host that answered.")
    trusted_proxy_hops: int = Field(
        0, ge=0, description="Entries our own proxies append to X-Forwarded-For (production: 2, the load balancer)."
    )
    swagger_enabled: bool = Field(True, description="Serve the API documentation page at /api/docs.")

    # Identity
    identity_mode: Literal["local", "external"] = Field(
        "local", description="Who signs users in: this backend, or an external issuer whose tokens it verifies."
    )
    jwt_issuer: str = Field("consentmd", description="`iss` of our access tokens.")
    jwt_audience: str = Field("consentmd", description="`aud` of our access tokens.")
    jwt_leeway_seconds: int = Field(5, ge=0, le=60, description="Clock difference tolerated in tokens.")
    access_token_minutes: int = Field(15, ge=1, description="Life of an access token.")
    refresh_token_days: int = Field(7, ge=1, description="Life of a session from its login, however often refreshed.")
    session_idle_minutes: int = Field(30, ge=1, description="A session that is not refreshed for so long is over.")
    bcrypt_cost: int = Field(12, ge=4, le=16, description="Cost of password hashes.")
    require_verified_email: bool = Field(
        False,
        description="Until the address is confirmed an account reaches only /auth/* and /users/me (production: on).",
    )
    mfa_required_roles: Names = Field(
        (), description="Roles that must use multi-factor sign-in (production: Admin,Doctor,Nurse)."
    )
    email_token_hours: int = Field(48, ge=1, description="Life of an address confirmation link.")
    reset_token_minutes: int = Field(60, ge=5, description="Life of a password reset link.")
    invitation_days: int = Field(14, ge=1, description="Life of a patient invitation.")
    google_client_id: str = Field("", description="OAuth client of Google sign-in; empty: off.")
    google_certs_url: str = Field(
        "https://www.googleapis.com/oauth2/v1/certs", description="Certificates of Google ID tokens."
    )
    facebook_app_id: str = Field("", description="App of Facebook sign-in; empty: off.")
    facebook_app_secret: str = Field("", description="Its secret.")
    facebook_graph_url: str = Field("https://graph.facebook.com", description="Base URL of Facebook's Graph API.")
    external_issuer: str = Field("", description="`iss` of the external identity provider (IDENTITY_MODE=external).")
    external_audience: str = Field("", description="`aud` it must carry; empty: not checked.")
    external_shared_secret: str = Field("", description="HS256 secret shared with it (at least 32 characters).")
    external_jwks_url: str = Field("", description="Or the URL of its public keys.")
    external_verify_url: str = Field("", description="Or called for every new token to confirm it (optional).")
    external_user_url: str = Field("", description="Where a user is read on first sight; `{userId}` is replaced.")
    external_api_key: str = Field("", description="Key sent to the two URLs above (secret).")

    # Limits
    rate_limit_general_per_minute: int = Field(100, ge=1, description="Requests per address and minute.")
    rate_limit_auth_per_minute: int = Field(10, ge=1, description="Requests to /auth/* per address and minute.")
    rate_limit_bookings_per_hour: int = Field(10, ge=1, description="Booking attempts per user and hour.")
    rate_limit_holds_per_hour: int = Field(30, ge=1, description="Slots held per user and hour.")
    rate_limit_uploads_per_minute: int = Field(10, ge=1, description="Uploaded files per user and minute.")
    login_failures_per_15_minutes: int = Field(5, ge=1, description="Failed sign-ins per account and address.")
    login_failures_per_account_hour: int = Field(20, ge=1, description="Failed sign-ins per account, all addresses.")
    max_body_bytes: int = Field(1_048_576, ge=1024, description="Largest body of a request that is not an upload.")
    max_upload_bytes: int = Field(33_554_432, ge=1024, description="Largest upload through a function (32 MiB).")
    max_file_bytes: int = Field(52_428_800, ge=1024, description="Largest file, by direct upload (50 MB).")
    max_response_bytes: int = Field(
        33_554_432, ge=1024, description="Larger downloads are answered with a signed link (Cloud Run: 32 MiB)."
    )
    avatar_max_bytes: int = Field(5_242_880, ge=1024, description="Largest avatar image.")
    ai_wait_seconds: float = Field(20.0, ge=0, description="How long a request waits for a job it started.")

    # Scribe
    ai_model: str = Field("gemini-3.5-flash", description="Model of the scribe; generally available ones only.")
    ai_location: str = Field("us-central1", description="Vertex AI location that the model is called in.")
    ai_url: str = Field("", description="Base URL of Vertex AI, if not Google's (local).")
    ai_timeout_seconds: float = Field(90.0, gt=0, description="Longest one answer of the model may take.")
    ai_attempts: int = Field(3, ge=1, le=10, description="Attempts at one call of the model, with back-off.")
    ai_retry_seconds: float = Field(1.0, gt=0, description="Wait before the second attempt; doubles, with jitter.")
    ai_job_attempts: int = Field(3, ge=1, description="Attempts at a whole job before it fails.")
    ai_window_characters: int = Field(
        24_000, ge=500, description="Longest part of a conversation that one call of the model is given."
    )
    ai_input_usd_per_million: float = Field(0.30, ge=0, description="Price of a million input tokens (USD).")
    ai_audio_usd_per_million: float = Field(1.00, ge=0, description="Price of a million input tokens of audio (USD).")
    ai_output_usd_per_million: float = Field(2.50, ge=0, description="Price of a million output tokens (USD).")
    transcribe_voice: bool = Field(
        True,
        description="Transcribe every voice message once its recording is clean. Off, recordings go to the model only"
        " when somebody asks: for deployments without Vertex AI, where they would end as failed.",
    )
    scribe_min_words: int = Field(8, ge=1, description="Words with content below which nothing is generated.")

    # Calls
    video_provider: Literal["100ms", "meet"] = Field(
        "100ms", description="Where the video visits of appointments take place; other calls are always by 100ms."
    )
    hundred_ms_api_key: str = Field("", description="Access key of the 100ms app; empty: calls are off.")
    hundred_ms_api_secret: str = Field("", description="Its secret; signs management and join tokens (secret).")
    hundred_ms_template_id: str = Field("", description="Template of the rooms, with the roles host and guest.")
    hundred_ms_webhook_secret: str = Field("", description="What webhooks of 100ms carry in X-Webhook-Secret (secret).")
    hundred_ms_url: str = Field("https://api.100ms.live", description="Base URL of the API of 100ms.")
    hundred_ms_timeout_seconds: float = Field(10.0, gt=0, description="Longest 100ms may take to answer.")
    hundred_ms_media_hosts: Names = Field(
        ("100ms.live",), description="Hosts, with their subdomains, that recordings are fetched from; nothing else is."
    )
    meet_calendar_id: str = Field(
        "", description="Calendar whose events carry the Google Meet links of visits (VIDEO_PROVIDER=meet)."
    )
    meet_subject: str = Field(
        "", description="Workspace user whose calendar that is, whom the service account stands in for."
    )
    calendar_url: str = Field(
        "https://www.googleapis.com/calendar/v3", description="Base URL of the Google Calendar API."
    )
    call_ring_seconds: int = Field(45, ge=5, le=300, description="How long a call rings before it is missed.")
    call_token_minutes: int = Field(60, ge=1, le=1440, description="Life of a token that joins a call.")
    recording_max_bytes: int = Field(1_073_741_824, ge=1024, description="Largest recording that is taken in (1 GiB).")

    # Realtime
    ws_token_in_query: bool = Field(
        False, description="Accept an access token as ?token= of /ws. URLs are logged: off in production."
    )
    realtime_ticket_seconds: int = Field(30, ge=5, le=300, description="Life of a ticket that opens a socket.")
    realtime_queue_frames: int = Field(
        256, ge=8, description="Frames that may wait for a socket before it is closed as a slow consumer (4008)."
    )
    realtime_frames_per_second: float = Field(10.0, gt=0, description="Frames a socket may send, sustained.")
    realtime_frames_burst: int = Field(60, ge=1, description="Frames a socket may send at once.")
    realtime_max_frame_bytes: int = Field(65_536, ge=1024, description="Largest frame a socket may send.")
    realtime_sockets_per_user: int = Field(
        20, ge=1, description="Sockets of one user on one gateway; one more closes the oldest (4010)."
    )
    realtime_auth_seconds: float = Field(10.0, gt=0, description="How long a new socket may take to say who it is.")
    realtime_recheck_seconds: float = Field(
        300.0, gt=0, description="How often a socket's session is looked at, besides at once when it is revoked."
    )
    realtime_watchdog_seconds: float = Field(
        15.0, gt=0, description="A gateway that hears nothing of its database listener for so long asks the event log."
    )
    realtime_renewal_seconds: float = Field(
        600.0, gt=0, description="How often a gateway begins its database listener anew."
    )
    realtime_lease_seconds: float = Field(60.0, gt=1, description="How long presence outlives a gateway that died.")

    # Access
    appointment_access_days: int = Field(30, ge=0, description="Days a visit keeps giving its provider access.")
    hold_minutes: int = Field(5, ge=1, le=60, description="How long a held slot is kept for who holds it.")
    prepayment_minutes: int = Field(
        30, ge=1, le=1440, description="How long an appointment of a prepaid service waits to be paid for."
    )
    waitlist_offer_minutes: int = Field(
        30, ge=1, le=1440, description="How long a slot that came free is kept for who is next on the waitlist."
    )
    visit_opens_minutes: int = Field(15, ge=0, le=1440, description="How long before its time a video visit opens.")
    visit_closes_minutes: int = Field(60, ge=0, le=1440, description="How long after its end it stays open.")
    upload_session_hours: int = Field(24, ge=1, le=168, description="Life of a direct upload that is not completed.")
    unclaimed_file_days: int = Field(7, ge=1, description="Life of an attachment that was sent and never attached.")
    record_retention_years: int = Field(7, ge=1, description="How long notes, records and their files are kept.")
    recording_retention_years: int = Field(2, ge=1, description="How long recordings of calls are kept.")
    call_retention_years: int = Field(
        7, ge=1, description="How long calls, the logs of them and their transcripts are kept."
    )
    message_retention_years: int = Field(5, ge=1, description="How long messages are kept.")
    message_search: bool = Field(
        False,
        description="Index the words of messages (as keyed tokens, per chat), so that a chat can be searched."
        " Applies to messages sent or edited from then on; see docs/security.md for what the tokens give away.",
    )
    audit_retention_years: int = Field(6, ge=6, description="How long audit entries are kept (45 CFR 164.316).")

    def __init__(self, **given: object) -> None:
        values: dict[str, Any] = {name: setting.default for name, setting in SETTINGS.items()}
        wrong = [f"{variable(name)}: is not a setting" for name in given.keys() - SETTINGS.keys()]
        for name in given.keys() & SETTINGS.keys():
            try:
                values[name] = _read(TYPES[name], SETTINGS[name], given[name])
            except ValueError as refused:
                wrong.append(f"{variable(name)}: {refused}")
        self.__dict__.update(values)
        if not wrong:
            try:
                self._check()
            except ValueError as refused:
                wrong.append(f"settings: {refused}")
        if wrong:
            raise ConfigurationError("The configuration cannot be used:\n  " + "\n  ".join(sorted(wrong)))

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"settings are read once: {name} cannot be changed")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Settings) and self.__dict__ == other.__dict__

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        """Without values: some are secrets."""
        return "Settings()"

    def changed(self, **values: object) -> Self:
        """The same with some values changed."""
        return type(self)(**{**{name: getattr(self, name) for name in SETTINGS}, **values})

    def _check(self) -> None:
        if self.identity_mode == "external":
            if not self.external_issuer:
                raise ValueError("EXTERNAL_ISSUER is needed when IDENTITY_MODE is external")
            if bool(self.external_shared_secret) == bool(self.external_jwks_url):
                raise ValueError("exactly one of EXTERNAL_SHARED_SECRET and EXTERNAL_JWKS_URL is needed")
            if self.external_shared_secret and len(self.external_shared_secret) < 32:
                raise ValueError("EXTERNAL_SHARED_SECRET must have at least 32 characters")
        if self.call_retention_years < self.recording_retention_years:
            raise ValueError("CALL_RETENTION_YEARS must not be less than RECORDING_RETENTION_YEARS")
        if self.environment == "production" and not self.keyset_kms_key:
            raise ValueError("KEYSET_KMS_KEY is needed in production: keysets must not lie in the clear")

    @property
    def allowed_origins(self) -> frozenset[str]:
        """Origins that browsers may call from (RESOLUTIONS: CORS)."""
        named = {self.frontend_url, self.admin_url, *self.cors_origin}
        if self.environment != "production":
            named |= {"http://localhost:5173", "http://localhost:3000"}
        return frozenset(origin.rstrip("/") for origin in named if origin)

    @property
    def secure_cookies(self) -> bool:
        """Cookies are marked Secure everywhere; browsers treat http://localhost as secure for them."""
        return True


#: Every setting by name, in the order of the class, and their types.
SETTINGS: Final[Mapping[str, Setting]] = {
    name: setting for name, setting in vars(Settings).items() if isinstance(setting, Setting)
}
TYPES: Final[Mapping[str, Any]] = {name: Settings.__annotations__[name] for name in SETTINGS}

_TRUE: Final = frozenset({"true", "1", "yes", "on", "t", "y"})
_FALSE: Final = frozenset({"false", "0", "no", "off", "f", "n"})


def _read(kind: Any, setting: Setting, given: object) -> Any:
    """`given` as the setting's type. Raises `ValueError` with what it should be, never with what it is."""
    if kind is bool:
        word = str(given).strip().lower()
        if word not in _TRUE | _FALSE:
            raise ValueError("should be true or false")
        return word in _TRUE
    if kind in {int, float}:
        return _number(kind, setting, given)
    if kind == Names:
        parts = given.split(",") if isinstance(given, str) else given
        if not isinstance(parts, list | tuple) or not all(isinstance(part, str) for part in parts):
            raise ValueError("should be names, separated by commas")
        return tuple(filter(None, (part.strip() for part in parts)))
    if get_origin(kind) is Literal:
        if given not in get_args(kind):
            raise ValueError("should be " + " or ".join(map(str, get_args(kind))))
        return given
    if not isinstance(given, str):
        raise ValueError("should be text")  # noqa: TRY004 - said like all else that is wrong
    return given


def _number(kind: type[int] | type[float], setting: Setting, given: object) -> float:
    if isinstance(given, bool) or not isinstance(given, str | int | kind):
        raise ValueError("should be a number")  # noqa: TRY004 - said like all else that is wrong
    try:
        number = kind(given)
    except ValueError:
        raise ValueError("should be a whole number" if kind is int else "should be a number") from None
    if not math.isfinite(number):
        raise ValueError("should be a number")
    if setting.gt is not None and number <= setting.gt:
        raise ValueError(f"should be above {setting.gt}")
    if setting.ge is not None and number < setting.ge:
        raise ValueError(f"should be at least {setting.ge}")
    if setting.le is not None and number > setting.le:
        raise ValueError(f"should be at most {setting.le}")
    return number


def variable(field: str) -> str:
    """Environment variable of a settings field."""
    return field.upper()


def load(environ: dict[str, str]) -> Settings:
    """Read settings from `environ`; raise `ConfigurationError` naming every variable that is wrong."""
    hardened = HARDENED if environ.get("ENVIRONMENT", "production") in {"staging", "production"} else {}
    given = {name: text for name in SETTINGS if (text := environ.get(variable(name), ""))}
    settings = Settings(**{**hardened, **given})
    emulated = [name for name in EMULATORS if environ.get(name)]
    if emulated and (settings.environment != "local" or environ.get("K_SERVICE")):
        raise ConfigurationError(
            f"{', '.join(emulated)} is set, but ENVIRONMENT is {settings.environment}, not local. An emulator"
            " accepts requests without authentication, so the function refuses to start; unset it."
        )
    return settings


@cache
def settings() -> Settings:
    """The settings of this process."""
    return load(dict(os.environ))


def path(value: str) -> Path:
    """A path from a setting, `~` expanded."""
    return Path(value).expanduser()
