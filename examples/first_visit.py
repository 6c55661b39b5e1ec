"""A first visit, from registration to the audit: what an app does, step by step, over HTTP.

    make run                           in one terminal
    python examples/first_visit.py     in another (--url, --console for other ports)

Needs nothing but Python: it speaks to the API with urllib and reads the confirmation e-mail in the local console.
"""

import argparse
import json
import re
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from typing import Any

PASSWORD = "violet-Harbor-31-teapot"


class Client:
    """One signed-in person."""

    def __init__(self, url: str, token: str = "") -> None:
        self.url = url
        self.token = token

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """Send JSON, answer JSON; stops with the API's own sentence when it refuses."""
        headers = {"Content-Type": "application/json"}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        if method != "GET":
            # The same key again would get the same answer again: safe to retry after a lost connection.
            headers["Idempotency-Key"] = str(uuid.uuid4())
        data = json.dumps(body).encode() if body is not None else None
        request = urllib.request.Request(self.url + path, data=data, headers=headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return json.loads(answer.read() or b"null")
        except urllib.error.HTTPError as refused:
            error = json.loads(refused.read())["error"]
            sys.exit(f"{method} {path}: {refused.code} {error['reason']}: {error['message']} {error['details']}")
        except urllib.error.URLError as lost:
            sys.exit(f"Nothing answers at {self.url} ({lost.reason}). Start it with: make run")


def step(text: str) -> None:
    """Say what happens."""
    print(f"• {text}")


def mail(console: str, to: str, subject: str) -> str:
    """Text of an e-mail in the local outbox, as soon as it has arrived."""
    query = urllib.parse.urlencode({"channel": "email", "to": to})
    for _ in range(150):
        with urllib.request.urlopen(f"{console}/api/outbox?{query}", timeout=10) as answer:
            for message in json.load(answer):
                if subject.lower() in message["subject"].lower():
                    return str(message["text"])
        time.sleep(0.2)
    sys.exit(f"No e-mail about {subject!r} arrived for {to}")


def register(url: str, console: str, role: str, name: str, **fields: Any) -> tuple[Client, dict[str, Any]]:
    """An account with a confirmed address."""
    email = f"{name.split(maxsplit=1)[0].lower()}.{uuid.uuid4().hex[:6]}@example.org"
    made = Client(url).call(
        "POST", "/auth/register", {"email": email, "password": PASSWORD, "name": name, "role": role, **fields}
    )
    found = re.search(r"#token=([^\s]+)", mail(console, email, "confirm"))
    if not found:
        sys.exit("The confirmation e-mail carries no link")
    Client(url).call("POST", "/auth/verify-email", {"token": found[1]})
    step(f"{name} registered as {role} and confirmed {email}")
    return Client(url, made["accessToken"]), made["user"]


def main() -> None:
    """Walk through it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--url", default="http://127.0.0.1:8080/api/v1")
    parser.add_argument("--console", default="http://127.0.0.1:4000")
    options = parser.parse_args()
    url, console = options.url, options.console

    signed_in = Client(url).call(
        "POST", "/auth/login", {"email": "admin@demo.consentmd.example", "password": "Demo-Passw0rd!"}
    )
    admin = Client(url, signed_in["accessToken"])
    step("The demo administrator signed in")

    doctor, doctor_account = register(
        url, console, "Doctor", "Dana Okafor", specialty="cardiology", license="IL-448812"
    )
    admin.call(
        "POST", f"/admin/users/{doctor_account['id']}/verify", {"decision": "approve", "reason": "Licence checked"}
    )
    step("The administrator verified the doctor's credentials")

    patient = doctor.call("POST", "/patients", {"name": "Sam Rivera", "dateOfBirth": "1985-03-15", "bloodType": "O+"})
    at = f"/patients/{patient['id']}"
    step(f"The doctor made a record: {patient['mrn']}")
    doctor.call("POST", f"{at}/diagnoses", {"diagnosis": "Essential hypertension", "diagnosedDate": "2024-06-01"})
    doctor.call("POST", f"{at}/medications", {"name": "Lisinopril", "dosage": "10 mg", "frequency": "once daily"})
    doctor.call("POST", f"{at}/allergies", {"allergy": "Penicillin", "severity": "moderate"})
    step("… with a diagnosis, a medication and an allergy")
    for systolic, diastolic, pulse in ((148, 94, 82), (139, 88, 76), (127, 81, 71)):
        doctor.call("POST", f"{at}/vitals", {"systolicBp": systolic, "diastolicBp": diastolic, "heartRate": pulse})
    step("Three sets of vital signs recorded")
    history = doctor.call("GET", f"{at}/vitals")
    for vitals in history["data"]:
        pressure, pulse = f"{vitals['systolic']}/{vitals['diastolic']} mmHg", f"{vitals['heartRate']} bpm"
        print(f"    {vitals['recordedDate'][:16]}  {pressure}, {pulse}")

    invited = f"sam.{uuid.uuid4().hex[:6]}@example.org"
    doctor.call("POST", f"{at}/invite", {"email": invited})
    code = re.search(r"#token=([^\s]+)", mail(console, invited, "invit"))
    if not code:
        sys.exit("The invitation carries no code")
    joined = Client(url).call(
        "POST",
        "/auth/register",
        {"email": invited, "password": PASSWORD, "name": "Sam Rivera", "role": "Patient", "inviteCode": code[1]},
    )
    sam = Client(url, joined["accessToken"])
    own = sam.call("GET", at)
    step(f"The patient accepted the invitation and reads the same record: {own['mrn']}, {len(own['vitals'])} vitals")

    log = sam.call("GET", f"{at}/access-log")
    step(f"The patient sees who opened it: {log['pagination']['total']} entries, latest {log['data'][0]['action']}")

    verdict = admin.call("GET", "/audit-logs/verify")
    if not verdict["entries"]:
        step("Waiting for the trail to be sealed, which happens each minute …")
    for _ in range(80):
        if verdict["entries"]:
            break
        time.sleep(1)
        verdict = admin.call("GET", "/audit-logs/verify")
    step(f"The audit trail verifies: valid={verdict['valid']}, {verdict['entries']} sealed entries compared")
    if not verdict["valid"]:
        sys.exit("The audit trail does not verify")
    print("Done.")


if __name__ == "__main__":
    main()
