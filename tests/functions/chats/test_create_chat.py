"""POST /chats."""

import pytest

from shared.patients.documents import Patient
from tests.client import refused
from tests.functions.chats.conftest import HIDDEN, NOWHERE
from tests.functions.patients.conftest import sent_to

PATH = "/chats"


def test_a_care_team_talks_about_its_patient(api, talkers, cloud) -> None:
    body = {
        "name": "Care Team - Pia",
        "type": "Care Team",
        "patientId": talkers.patient.patient_id,
        "participantIds": [talkers.nurse.id, talkers.patient.id],
    }
    made = api.as_(talkers.doctor).post(PATH, body)
    assert (made.status, made.trips) == (201, 2)
    assert (made["name"], made["type"], made["patientId"]) == ("Care Team - Pia", "Care Team", body["patientId"])
    assert (made["isAdmin"], made["createdBy"], made["unreadCount"]) == (True, talkers.doctor.id, 0)
    for who in (talkers.doctor, talkers.nurse, talkers.patient):
        assert talkers.row(who, made["id"])["name"] == "Care Team - Pia"
        assert any(e.get("event") == "chat:joined" for e in sent_to(cloud, "events", who))
    refused(api.as_(talkers.family).get(f"/chats/{made['id']}"), *HIDDEN)
    stored = repr(cloud.firestore.collection("chats").document(made["id"]).get().to_dict())
    assert "Pia" not in stored


def test_two_people_have_one_direct_chat(api, talkers) -> None:
    made = api.as_(talkers.doctor).post(PATH, {"type": "Direct", "participantIds": [talkers.nurse.id]})
    assert made.status in {200, 201}
    again = api.as_(talkers.nurse).post(PATH, {"type": "Direct", "participantIds": [talkers.doctor.id]})
    assert (again.status, again["id"]) == (200, made["id"])
    # Each sees it under the other's name.
    assert (made["name"], again["name"]) == (talkers.nurse.user["name"], "Dr Talker")


def test_a_direct_chat_of_patient_and_clinician_rests_on_their_relationship(api, talkers) -> None:
    made = api.as_(talkers.patient).post(PATH, {"type": "Direct", "participantIds": [talkers.doctor.id]})
    assert made.status in {200, 201}
    assert made["patientId"] == talkers.patient.patient_id


def test_staff_among_themselves_and_to_many(api, talkers) -> None:
    staff = {"type": "Internal Staff", "name": "Roster", "participantIds": [talkers.stranger.id, talkers.admin.id]}
    assert api.as_(talkers.nurse).post(PATH, staff).status == 201
    news = {"type": "Broadcast", "name": "Office hours", "participantIds": [talkers.patient.id, talkers.family.id]}
    assert api.as_(talkers.doctor).post(PATH, news).status == 201


def test_a_number_has_one_chat(api, talkers, cloud) -> None:
    patient = cloud.unit().get(Patient, talkers.patient.patient_id)
    body = {"type": "SMS", "phoneNumber": "+1 312 555 0177", "patientId": patient.id}
    made = api.as_(talkers.doctor).post(PATH, body)
    assert (made.status, made["phoneNumber"]) == (201, "+13125550177")
    joined = api.as_(talkers.nurse).post(PATH, body)
    assert joined["id"] == made["id"]
    assert talkers.row(talkers.nurse, made["id"])
    refused(api.as_(talkers.stranger).post(PATH, body), *HIDDEN)
    refused(api.as_(talkers.stranger).post(PATH, body | {"patientId": None}), 422, "MAY_NOT_CONTACT")


def test_a_number_that_is_nobodys_is_the_administrators(api, talkers) -> None:
    body = {"type": "SMS", "phoneNumber": "+13125550179"}
    made = api.as_(talkers.doctor).post(PATH, body)
    assert made.status == 201
    refused(api.as_(talkers.stranger).post(PATH, body), 422, "MAY_NOT_CONTACT")
    assert api.as_(talkers.admin).post(PATH, body)["id"] == made["id"]


def test_a_number_whose_chat_was_deleted_begins_anew(api, talkers, cloud) -> None:
    body = {"type": "SMS", "phoneNumber": "+13125550180", "patientId": talkers.patient.patient_id}
    chat = talkers.chat(talkers.doctor, **body)
    talkers.say(talkers.doctor, chat, "before")
    assert api.as_(talkers.doctor).delete(f"/chats/{chat}").status == 204
    assert api.as_(talkers.nurse).post(PATH, body)["id"] == chat
    talkers.say(talkers.nurse, chat, "after")
    assert talkers.texts(talkers.nurse, chat) == ["after"]
    refused(api.as_(talkers.doctor).get(f"/chats/{chat}"), *HIDDEN)
    # And so for a text that comes in.
    assert api.as_(talkers.nurse).delete(f"/chats/{chat}").status == 204
    from shared.chats import sms_chat
    from shared.config import settings
    from shared.context import Context, Trail

    unit = cloud.unit()
    ctx = Context(unit=unit, settings=settings(), trail=Trail("TEST"), request_id="test")
    found = sms_chat(ctx, "+13125550180", talkers.patient.patient_id)
    unit.commit()
    assert (found.id, {*found.member_ids}) == (chat, {talkers.doctor.id, talkers.nurse.id})
    assert talkers.texts(talkers.doctor, chat) == []
    again = Context(unit=cloud.unit(), settings=settings(), trail=Trail("TEST"), request_id="test")
    assert sms_chat(again, "+1 312 555 0180", None).id == chat


#: What nobody learns more about than that it cannot be: strangers, people who do not exist, family without the scope.
@pytest.mark.parametrize("who", ["stranger", "payer", "other_patient", "nobody", "family"])
def test_only_people_with_a_relationship_are_let_in(api, talkers, who) -> None:
    user_id = NOWHERE if who == "nobody" else getattr(talkers, who).id
    body = {"type": "Care Team", "patientId": talkers.patient.patient_id, "participantIds": [user_id]}
    refused(api.as_(talkers.doctor).post(PATH, body), 422, "MAY_NOT_CONTACT")
    if who != "family":
        refused(api.as_(talkers.doctor).post(PATH, body | {"type": "Family Update"}), 422, "MAY_NOT_CONTACT")


@pytest.mark.parametrize(
    ("by", "to"),
    [
        ("stranger", "patient"), ("patient", "stranger"), ("patient", "other_patient"), ("family", "patient"),
        ("payer", "doctor"), ("doctor", "payer"), ("admin", "patient"), ("stranger", "family"), ("doctor", "doctor"),
    ],
)  # fmt: skip
def test_who_may_not_write_to_whom(api, talkers, by, to) -> None:
    body = {"type": "Direct", "participantIds": [getattr(talkers, to).id]}
    refused(api.as_(getattr(talkers, by)).post(PATH, body), 422, "MAY_NOT_CONTACT")


def test_patients_are_no_staff(api, talkers) -> None:
    body = {"type": "Internal Staff", "name": "x", "participantIds": [talkers.patient.id]}
    refused(api.as_(talkers.doctor).post(PATH, body), 422, "MAY_NOT_CONTACT")
    for who in (talkers.patient, talkers.family):
        refused(api.as_(who).post(PATH, body), 403, "ROLE_NOT_ALLOWED")


def test_somebody_elses_patient(api, talkers) -> None:
    body = {"type": "Care Team", "patientId": talkers.patient.patient_id}
    refused(api.as_(talkers.stranger).post(PATH, body), *HIDDEN)
    refused(api.as_(talkers.doctor).post(PATH, body | {"patientId": NOWHERE}), *HIDDEN)
    refused(api.as_(talkers.other_patient).post(PATH, body), *HIDDEN)


def test_a_grant_without_messages(api, talkers) -> None:
    # Another patient of the practice, let in by this one to see bills.
    payer = talkers.other_patient
    grant = {"userId": payer.id, "scopes": ["billing"]}
    assert api.as_(talkers.patient).post(f"/patients/{talkers.patient.patient_id}/family-grants", grant).status == 201
    body = {"type": "Care Team", "patientId": talkers.patient.patient_id}
    refused(api.as_(payer).post(PATH, body), 403, "SCOPE_NOT_GRANTED")


@pytest.mark.parametrize(
    "body",
    [
        {"type": "Direct", "participantIds": []},
        {"type": "Direct", "participantIds": [NOWHERE], "name": "x"},
        {"type": "Care Team", "name": "x"},
        {"type": "SMS"},
        {"type": "SMS", "phoneNumber": "abc"},
        {"type": "Internal Staff"},
        {"type": "Group", "name": "x"},
        {"type": "Internal Staff", "name": "x", "phoneNumber": "+13125550177"},
        {"type": "Broadcast", "name": "x", "patientId": NOWHERE},
        {"type": "Internal Staff", "name": "x", "participantIds": ["y"]},
    ],
)
def test_what_does_not_go_together(api, talkers, body) -> None:
    refused(api.as_(talkers.doctor).post(PATH, body), 400, "VALIDATION_ERROR")
