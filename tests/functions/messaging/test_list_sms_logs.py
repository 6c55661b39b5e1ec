import pytest

from tests.client import refused
from tests.conftest import eventually
from tests.functions.notifications.notices import phone

PATH = "/messaging/sms-logs"


def rows(api, account, number="", **options):
    answer = api.as_(account).get(PATH + (f"?phone=%2B{number[1:]}" if number else ""), **options)
    assert answer.status == 200, answer
    return answer


@pytest.fixture(scope="module")
def exchange(api, cloud, world):
    """A doctor and their patient who text each other; a colleague of the care team, and a stranger."""
    number = phone()
    patient = world.patient(phoneNumber=number)
    doctor, colleague, stranger = world.doctor(), world.nurse(), world.doctor()
    for member in (doctor, colleague):
        world.join_care_team(patient.patient_id, member, by=patient)
    api.as_(doctor).post("/messaging/send-sms", {"recipientPhone": number, "message": "How are you?"})
    cloud.wait_for_sms(number)
    eventually(lambda: rows(api, doctor)["data"][0]["status"] == "delivered", "it is delivered")
    cloud.vendor("/twilio/_inbound", {"from": number, "body": "Well, thank you"})
    return patient, number, doctor, colleague, stranger


def test_both_sides_newest_first(api, cloud, exchange) -> None:
    patient, number, doctor, *_ = exchange
    answer = rows(api, doctor, number)
    assert answer.trips == 4
    received, sent = answer["data"]
    ours = cloud.environ["TWILIO_PHONE_NUMBER"]
    assert (received["from"], received["to"], received["message"], received["status"]) == (
        number, ours, "Well, thank you", "received",
    )  # fmt: skip
    assert (sent["from"], sent["to"], sent["message"], sent["status"]) == (ours, number, "How are you?", "delivered")
    assert {row["patientId"] for row in answer["data"]} == {patient.patient_id}
    assert received["chatId"] == sent["chatId"]


def test_the_care_team_finds_them_by_the_number(api, exchange) -> None:
    _, number, doctor, colleague, _ = exchange
    assert len(rows(api, colleague, number)["data"]) == 2
    assert {row["senderId"] for row in rows(api, doctor)["data"]} == {doctor.id, None}


def test_a_stranger_finds_nothing(api, exchange) -> None:
    _, number, *_, stranger = exchange
    assert rows(api, stranger, number)["data"] == []
    assert rows(api, stranger)["data"] == []


def test_administrators_find_everything(api, world, exchange) -> None:
    _, number, *_ = exchange
    assert len(rows(api, world.admin, number)["data"]) == 2
    first = api.as_(world.admin).get(f"{PATH}?limit=1")
    following = api.as_(world.admin).get(f"{PATH}?limit=1&cursor={first['pagination']['nextCursor']}")
    assert first["data"][0]["id"] != following["data"][0]["id"]


def test_codes_are_not_in_the_log(api, cloud, world) -> None:
    account, number = world.family(), phone()
    api.as_(account).post("/users/me/phone/verify", {"phoneNumber": number})
    cloud.wait_for_sms(number, having="code")
    (row,) = rows(api, world.admin, number)["data"]
    assert (row["purpose"], row["message"]) == ("verification", None)


def test_reading_is_in_the_patients_access_log(api, exchange) -> None:
    patient, number, _, colleague, _ = exchange
    rows(api, colleague, number)
    log = api.as_(patient).get(f"/patients/{patient.patient_id}/access-log")
    assert colleague.id in {entry["userId"] for entry in log["data"]}


def test_it_is_for_staff(api, world) -> None:
    refused(api.as_(world.patient()).get(PATH), 403, "ROLE_NOT_ALLOWED")
