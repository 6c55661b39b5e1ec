"""Fill a local deployment with a demo practice, through its own API.

    python -m tools.seed          with the environment of `python -m localcloud env`

Accounts with the password `Demo-Passw0rd!`: admin@, doctor@, doctor2@, nurse@, patient@, patient2@, family@
demo.consentmd.example; providers over the fourteen specialties, one not yet verified; patients with diagnoses,
medications, allergies and half a year of vital signs. Safe to repeat: what is there is left as it is.
"""

import os
import random
import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import requests

from tools.demo import booking
from tools.demo.notes import seed_notes

PASSWORD = "Demo-Passw0rd!"
DOMAIN = "demo.consentmd.example"

#: Name, title, specialty (seed 004 §4.2) and languages of the providers besides doctor@ and doctor2@.
PROVIDERS = (
    ("Amara Nwosu", "MD", "cardiology"), ("Henrik Solberg", "MD", "cardiology"), ("Priya Raman", "MD", "dermatology"),
    ("Lucía Ortega", "DO", "family_medicine"), ("Tomás Herrera", "MD", "family_medicine"),
    ("Grace Whitfield", "MD", "internal_medicine"), ("Daniel Mensah", "MD", "internal_medicine"),
    ("Yuki Tanaka", "MD", "neurology"), ("Farah Siddiqui", "MD", "obstetrics_gynecology"),
    ("Olivia Brandt", "MD", "oncology"), ("Marcus Bell", "MD", "oncology"), ("Ingrid Falk", "MD", "ophthalmology"),
    ("Samuel Adeyemi", "MD", "orthopedics"), ("Claire Dubois", "MD", "orthopedics"), ("Nadia Haddad", "MD", "pediatrics"),
    ("Peter Lindqvist", "MD", "pediatrics"), ("Rosa Delgado", "MD", "psychiatry"), ("Jonah Feld", "MD", "psychiatry"),
    ("Wei Zhang", "MD", "radiology"), ("Bianca Moretti", "MD", "surgery"), ("Kofi Asante", "MD", "urology"),
)  # fmt: skip

#: Name, birth date, blood type, diagnoses, medications (name, dosage, frequency), allergies (what, severity).
PATIENTS: tuple[tuple[str, str, str, tuple[str, ...], tuple[tuple[str, str, str], ...], tuple[tuple[str, str], ...]], ...] = (
    ("Walter Hughes", "1951-09-02", "A+", ("Atrial fibrillation", "Type 2 diabetes mellitus"),
     (("Apixaban", "5 mg", "twice daily"), ("Metformin", "1000 mg", "twice daily")), (("Sulfonamides", "moderate"),)),
    ("Elena Petrova", "1978-01-21", "B-", ("Migraine without aura",), (("Sumatriptan", "50 mg", "as needed"),), ()),
    ("Noah Fischer", "2016-06-11", "O+", ("Asthma, mild persistent",),
     (("Fluticasone", "44 mcg", "two puffs twice daily"),), (("Peanuts", "severe"),)),
    ("Maya Johnson", "1992-12-05", "AB+", ("Generalized anxiety disorder",), (("Sertraline", "50 mg", "once daily"),), ()),
    ("Hassan Ali", "1969-04-17", "O-", ("Chronic kidney disease, stage 3a",),
     (("Losartan", "50 mg", "once daily"),), (("Iodinated contrast", "severe"),)),
)  # fmt: skip


@dataclass
class Person:
    """A signed-in demo account."""

    url: str
    token: str
    user: dict[str, Any]

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """Call the API as this person."""
        return call(self.url, method, path, body, self.token)


def call(url: str, method: str, path: str, body: Any = None, token: str = "") -> Any:
    """Send JSON; raises `SystemExit` with the API's sentence when it refuses."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    answer = requests.request(method, url + path, json=body, headers=headers, timeout=60)
    if not answer.ok:
        raise SystemExit(f"seeding stopped at {method} {path}: {answer.status_code} {answer.text}")
    return answer.json() if answer.content else None


def existing(url: str, email: str) -> Person | None:
    """The account, signed in, if it is there."""
    credentials = {"email": email, "password": PASSWORD}
    answer = requests.post(f"{url}/auth/login", json=credentials, timeout=60)
    if answer.status_code == 401:
        return None
    if not answer.ok:
        raise SystemExit(f"seeding stopped at POST /auth/login: {answer.status_code} {answer.text}")
    return Person(url, answer.json()["accessToken"], answer.json()["user"])


def account(url: str, email: str, role: str, name: str, **fields: Any) -> tuple[Person, bool]:
    """The account, made if it was missing; and whether it was."""
    found = existing(url, email)
    if found:
        return found, False
    body = {"email": email, "password": PASSWORD, "role": role, "name": name, **fields}
    made = call(url, "POST", "/auth/register", body)
    confirm_address(made["user"]["id"])
    return Person(url, made["accessToken"], made["user"]), True


def confirm_address(user_id: str) -> None:
    """Mark a demo address as confirmed: nobody reads mail at it."""
    from shared import clients
    from shared.config import settings
    from shared.store import Unit
    from shared.users.documents import User

    unit = Unit(connect=clients.firestore, unlock=clients.sealer, timeout=settings().database_timeout_seconds)
    user = unit.get(User, user_id)
    if user is not None:
        unit.update(user, email_verified=True)
        unit.commit()


def clinician(admin: Person, email: str, role: str, name: str, **fields: Any) -> Person:
    """A Doctor or Nurse with verified credentials."""
    person, fresh = account(admin.url, email, role, name, **fields)
    if fresh:
        decision = {"decision": "approve", "reason": "Licence checked against the state board"}
        admin.call("POST", f"/admin/users/{person.user['id']}/verify", decision)
    return person


def chart(doctor: Person, patient_id: str, index: int) -> None:
    """Clinical data of one patient, and half a year of vital signs that tell a plausible story."""
    _, _, _, diagnoses, medications, allergies = PATIENTS[index % len(PATIENTS)]
    at = f"/patients/{patient_id}"
    for text in diagnoses:
        doctor.call("POST", f"{at}/diagnoses", {"diagnosis": text, "diagnosedDate": "2023-06-01"})
    for name, dosage, frequency in medications:
        body = {"name": name, "dosage": dosage, "frequency": frequency, "startDate": "2023-06-01"}
        doctor.call("POST", f"{at}/medications", body | {"prescribingDoctorId": doctor.user["id"]})
    for what, severity in allergies:
        doctor.call("POST", f"{at}/allergies", {"allergy": what, "severity": severity})
    dice = random.Random(index)  # the same demo on every machine
    for week in range(26, -1, -2):
        when = datetime.now(UTC) - timedelta(weeks=week, hours=dice.randint(0, 5))
        vitals = {
            "recordedDate": when.isoformat(timespec="seconds"),
            "systolicBp": 128 + week // 2 + dice.randint(-5, 5),
            "diastolicBp": 80 + week // 4 + dice.randint(-4, 4),
            "heartRate": 72 + dice.randint(-8, 8),
            "temperature": round(36.6 + dice.uniform(-0.3, 0.4), 1),
            "respirationRate": 14 + dice.randint(-2, 3),
            "oxygenSaturation": round(97.5 + dice.uniform(-1.2, 1.2), 1),
            "weight": round(70 + index * 4 + week * 0.08, 1),
        }
        doctor.call("POST", f"{at}/vitals", vitals)


def seed(url: str) -> None:
    """Make what is missing, one line a step."""
    from tools.create_admin import create_admin
    from tools.demo import providers
    from tools.demo.chats import seed_chats
    from tools.demo.files import seed_files
    from tools.demo.notices import seed_notices
    from tools.demo.scribe import seed_scribe

    admin = existing(url, f"admin@{DOMAIN}")
    if admin is None:
        create_admin(f"admin@{DOMAIN}", "Alex Morgan", PASSWORD)
        admin = existing(url, f"admin@{DOMAIN}")
    if admin is None:
        raise SystemExit("seeding stopped: the administrator cannot sign in")
    print("administrator")

    def professional(specialty: str, number: int) -> dict[str, Any]:
        return {"title": "MD", "specialty": specialty, "license": f"IL-{448000 + number}", "hourlyRate": 180.0}

    doctor = clinician(admin, f"doctor@{DOMAIN}", "Doctor", "Dana Okafor", **professional("cardiology", 1))
    doctor2 = clinician(admin, f"doctor2@{DOMAIN}", "Doctor", "Miguel Santos", **professional("family_medicine", 2))
    nurse = clinician(admin, f"nurse@{DOMAIN}", "Nurse", "Robin Clarke", title="RN", license="IL-448003")
    doctors = [(doctor, "cardiology"), (doctor2, "family_medicine")]
    for number, (name, title, specialty) in enumerate(PROVIDERS, 10):
        email = f"{name.split()[0].lower().encode('ascii', 'ignore').decode()}.{number}@{DOMAIN}"
        made = clinician(admin, email, "Doctor", name, **professional(specialty, number) | {"title": title})
        doctors.append((made, specialty))
    account(url, f"pending@{DOMAIN}", "Doctor", "Casey Unverified", **professional("urology", 99))
    print(f"{len(PROVIDERS) + 4} clinicians, one waiting for verification")
    providers.seed(doctors)

    born = {"dateOfBirth": "1985-03-15", "phone": "+13125550142", "address": "123 Main St, Springfield, IL"}
    patient, fresh = account(url, f"patient@{DOMAIN}", "Patient", "Sam Rivera", **born)
    patient2, fresh2 = account(url, f"patient2@{DOMAIN}", "Patient", "Jordan Lee", dateOfBirth="1990-07-30")
    family, _ = account(url, f"family@{DOMAIN}", "Family", "Maria Rivera")
    for index, (person, is_fresh) in enumerate(((patient, fresh), (patient2, fresh2))):
        if is_fresh:
            patient_id = person.user["patientId"]
            for member in (doctor, nurse):
                person.call("POST", f"/patients/{patient_id}/care-team", {"userId": member.user["id"]})
            chart(doctor, patient_id, index)
    if fresh:
        grant = {"userId": family.user["id"], "scopes": ["health_record", "appointments"]}
        patient.call("POST", f"/patients/{patient.user['patientId']}/family-grants", grant)
    print("patients with accounts, their charts and care teams, a family grant")

    seed_chats(doctor, doctor2, nurse, patient, family)
    seed_files(doctor, patient)
    print("conversations, with a letter, a picture and a voice message")
    seed_notices(doctor, patient, nurse)
    print("devices, quiet hours, a text message")
    seed_scribe(doctor, patient)
    print("a visit with a drafted note")

    if doctor2.call("GET", "/patients?limit=1")["pagination"]["total"] == 0:
        for index, (name, birth, blood, *_) in enumerate(PATIENTS):
            body = {"name": name, "dateOfBirth": birth, "bloodType": blood}
            record = doctor2.call("POST", "/patients", body)
            doctor2.call("POST", f"/patients/{record['id']}/care-team", {"userId": doctor.user["id"]})
            chart(doctor2, record["id"], index)
    print(f"{len(PATIENTS)} records made by the clinic")
    print(f"notes of {seed_notes(doctor, nurse, PASSWORD)} patients")
    booking.seed(doctor, [patient, patient2])
    print("appointments")


def main() -> int:
    """Seed the deployment the environment points at."""
    url = os.environ.get("PUBLIC_URL", "http://localhost:8080").replace("//localhost", "//127.0.0.1")
    seed(url + "/api/v1")
    return 0


if __name__ == "__main__":
    sys.exit(main())
