"""The one place that says how production code is pointed at the local services."""

from dataclasses import dataclass
from pathlib import Path

PROJECT = "consentmd-local"
LOCATION = "us-central1"
UPLOADS_BUCKET = f"{PROJECT}-uploads"
AUDIT_BUCKET = f"{PROJECT}-audit"


@dataclass(frozen=True)
class Ports:
    """Loopback ports of the local services."""

    api: int
    console: int
    firestore: int
    tasks: int
    storage: int
    smtp: int
    vendors: int = 0
    clamd: int = 0
    functions: int = 0
    #: Where tasks are done by a process of their own; 0: where everything is.
    workers: int = 0


def environment(ports: Ports, data_dir: Path, firestore_host: str | None = None) -> dict[str, str]:
    """Return the environment variables that production code and tools need to use the local services.

    `data_dir` holds the data of all of them; paths in the result are absolute. `firestore_host` is the `host:port` of a
    Firestore that somebody else runs (Google's emulator); without it, localcloud's own engine on `ports.firestore`.
    """
    data = data_dir.resolve()
    vendors = f"http://127.0.0.1:{ports.vendors}"
    return {
        "ENVIRONMENT": "local",
        "LOG_LEVEL": "info",
        "GOOGLE_CLOUD_PROJECT": PROJECT,
        "PUBLIC_URL": f"http://localhost:{ports.api}",
        "FRONTEND_URL": "http://localhost:5173",
        "FIRESTORE_EMULATOR_HOST": firestore_host or f"127.0.0.1:{ports.firestore}",
        "STORAGE_EMULATOR_HOST": f"http://127.0.0.1:{ports.storage}",
        "STORAGE_SIGNING_KEY_FILE": str(data / "storage" / "service-account.json"),
        "UPLOADS_BUCKET": UPLOADS_BUCKET,
        "AUDIT_BUCKET": AUDIT_BUCKET,
        "CLOUD_TASKS_URL": f"http://127.0.0.1:{ports.tasks}",
        "CLOUD_TASKS_LOCATION": LOCATION,
        "WORKER_URL": f"http://127.0.0.1:{ports.workers or ports.api}/tasks/{{target}}",
        "TASKS_SERVICE_ACCOUNT": f"tasks@{PROJECT}.iam.gserviceaccount.com",
        "SCHEDULER_SERVICE_ACCOUNT": f"scheduler@{PROJECT}.iam.gserviceaccount.com",
        "OIDC_CERTS_URL": f"http://127.0.0.1:{ports.tasks}/oauth2/v1/certs",
        "SMTP_HOST": "127.0.0.1",
        "SMTP_PORT": str(ports.smtp),
        "SMTP_SECURITY": "none",
        "EMAIL_FROM": "ConsentMD <no-reply@consentmd.example>",
        "AI_URL": f"{vendors}/gemini",
        "AI_MODEL": "gemini-stand-in",
        "AI_RETRY_SECONDS": "0.05",
        "CLAMD_HOST": "127.0.0.1",
        "CLAMD_PORT": str(ports.clamd),
        "FCM_URL": f"{vendors}/fcm",
        "TWILIO_URL": f"{vendors}/twilio",
        "TWILIO_ACCOUNT_SID": "AC00000000000000000000000000000000",
        "TWILIO_AUTH_TOKEN": "localcloud-twilio-auth-token",
        "TWILIO_PHONE_NUMBER": "+15005550006",
        "HUNDRED_MS_URL": f"{vendors}/hundredms",
        "HUNDRED_MS_API_KEY": "localcloud-100ms-access-key",
        "HUNDRED_MS_API_SECRET": "localcloud-100ms-app-secret-of-this-machine",
        "HUNDRED_MS_TEMPLATE_ID": "localcloud-template",
        "HUNDRED_MS_WEBHOOK_SECRET": "localcloud-100ms-webhook-secret",
        "CALENDAR_URL": f"{vendors}/calendar/v3",
        "MEET_CALENDAR_ID": "visits@localcloud.example",
        "KEYSET_DIR": str(data / "keys"),
        "JWT_PRIVATE_KEY_FILE": str(data / "keys" / "jwt.pem"),
        "JWKS_FILE": str(data / "keys" / "jwks.json"),
        # Browsers on this machine try things out with a token in the URL.
        "WS_TOKEN_IN_QUERY": "true",
        # Everybody here is one address: the limits of production would end a demo, and the demo data, in a minute.
        "RATE_LIMIT_GENERAL_PER_MINUTE": "6000",
        "RATE_LIMIT_AUTH_PER_MINUTE": "600",
        # Password hashes at production's cost take 0.2 s each, measured; the demo data alone makes dozens.
        "BCRYPT_COST": "10",
    }
