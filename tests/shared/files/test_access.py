"""Who may open a file that belongs to a record, and how an upload becomes part of one."""

import uuid
from datetime import timedelta

import pytest

from shared import files
from shared.config import settings
from shared.context import ROW_ACCESS, Caller, Context, Trail
from shared.errors import NotFound
from shared.files import FileRecord, Ref
from shared.files.access import ACCESS, id_in
from shared.files.documents import file_id_of, first_object, new_object
from shared.users.documents import SESSIONS_OF_USER, User
from tests.client import refused
from tests.configured import configured
from tests.functions.chats.conftest import HIDDEN, make_talkers
from tests.functions.files import samples
from tests.functions.files.helpers import record_of, scanned, send, stored


@pytest.fixture(autouse=True)
def many_uploads():
    with configured(RATE_LIMIT_UPLOADS_PER_MINUTE="1000"):
        yield


@pytest.fixture(scope="module")
def talkers(api, world):
    return make_talkers(api, world)


def context(cloud, account) -> Context:
    unit = cloud.unit()
    ctx = Context(unit=unit, settings=settings(), trail=Trail("TEST"), request_id="test")
    session = unit.find(SESSIONS_OF_USER, userId=account.id, limit=1)[0]
    ctx.identify(Caller(unit.get(User, account.id), session))
    return ctx


def attached(api, talkers, chat, content=None):
    """A file the doctor sent into a chat, found clean."""
    upload = stored(api, talkers.doctor, content, folder="chat-files")
    answer = api.as_(talkers.doctor).post(
        f"/chats/{chat}/messages", {"fileId": upload["id"], "type": "file", "content": "See this"}
    )
    assert answer.status == 201, answer
    return {**upload, "messageId": answer["id"]}


def opens(api, who, file) -> bool:
    answers = {api.as_(who).get(f"/files/{file['id']}{what}").status for what in ("", "/download")}
    assert answers in ({200}, {404}), answers
    return answers == {200}


def test_who_reads_the_chat_opens_its_files(api, talkers) -> None:
    file = attached(api, talkers, talkers.care_team())
    inside = (talkers.doctor, talkers.nurse, talkers.patient)
    outside = (talkers.family, talkers.payer, talkers.stranger, talkers.other_patient)
    assert [opens(api, who, file) for who in inside] == [True] * 3
    assert [opens(api, who, file) for who in outside] == [False] * 4
    answer = api.as_(talkers.patient).get(f"/files/{file['id']}/download")
    assert answer.trips <= 3
    assert answer.response.content == samples.pdf()


def test_who_is_taken_out_of_the_chat_loses_its_files_at_once(api, talkers) -> None:
    chat = talkers.care_team()
    file = attached(api, talkers, chat)
    assert opens(api, talkers.nurse, file)
    gone = api.as_(talkers.doctor).delete(f"/chats/{chat}/participants/{talkers.nurse.id}")
    assert gone.status < 300, gone
    assert not opens(api, talkers.nurse, file)
    assert opens(api, talkers.patient, file)


def test_who_loses_the_patient_loses_the_files_at_once(api, world, talkers) -> None:
    nurse = world.nurse()
    world.join_care_team(talkers.patient.patient_id, nurse, by=talkers.doctor)
    file = attached(api, talkers, talkers.care_team(nurse, talkers.patient))
    assert opens(api, nurse, file)
    left = api.as_(talkers.doctor).delete(f"/patients/{talkers.patient.patient_id}/care-team/{nurse.id}")
    assert left.status < 300, left
    assert not opens(api, nurse, file)


def test_a_file_from_before_ones_time_in_the_chat_is_not_seen(api, world, talkers) -> None:
    chat = talkers.care_team(talkers.patient)
    before = attached(api, talkers, chat)
    late = world.nurse()
    world.join_care_team(talkers.patient.patient_id, late, by=talkers.doctor)
    joined = api.as_(talkers.doctor).post(f"/chats/{chat}/participants", {"userId": late.id, "shareHistory": False})
    assert joined.status in {200, 201}, joined
    after = attached(api, talkers, chat)
    assert (opens(api, late, before), opens(api, late, after)) == (False, True)


def test_a_deleted_messages_file_is_gone(api, talkers) -> None:
    file = attached(api, talkers, talkers.care_team())
    assert api.as_(talkers.doctor).delete(f"/messages/{file['messageId']}").status < 300
    assert not opens(api, talkers.doctor, file)


def test_an_access_is_in_the_patients_log(api, talkers) -> None:
    file = attached(api, talkers, talkers.care_team())
    assert opens(api, talkers.nurse, file)
    assert not opens(api, talkers.stranger, file)
    log = api.as_(talkers.patient).get(f"/patients/{talkers.patient.patient_id}/access-log?limit=50")
    told = {(e["userId"], e["outcome"]) for e in log["data"] if e["action"] in {"GET_FILE", "DOWNLOAD_FILE"}}
    assert {(talkers.nurse.id, "success"), (talkers.stranger.id, "refused")} <= told


def test_an_upload_is_claimed_once_by_its_sender(api, cloud, talkers) -> None:
    sent = stored(api, talkers.doctor)
    chat, other = Ref("chats", str(uuid.uuid4())), Ref("chats", str(uuid.uuid4()))
    with pytest.raises(NotFound):
        files.claim(context(cloud, talkers.nurse), sent["id"], chat)
    ctx = context(cloud, talkers.doctor)
    made = files.claim(ctx, sent["id"], chat, patient_id=talkers.patient.patient_id)
    ctx.unit.commit()
    assert (made.ref, made.patient_id) == (chat, talkers.patient.patient_id)
    # Five years from when it was sent, where it had no end before.
    kept = record_of(cloud, sent["id"])
    assert kept["retainUntil"] - kept["createdAt"] == timedelta(days=5 * 366)
    again = context(cloud, talkers.doctor)
    assert files.claim(again, sent["id"], chat).ref == chat
    assert not again.unit.dirty
    for ref in (other, Ref("patients", talkers.patient.patient_id)):
        with pytest.raises(NotFound):
            files.claim(context(cloud, talkers.doctor), sent["id"], ref)


def test_an_infected_upload_is_nobodys_to_claim(api, cloud, talkers) -> None:
    sent = send(api, talkers.doctor, samples.INFECTED_PDF).json
    scanned(api, talkers.doctor, sent["id"], "infected")
    with pytest.raises(NotFound):
        files.claim(context(cloud, talkers.doctor), sent["id"], Ref("chats", str(uuid.uuid4())))


def test_a_kind_of_record_that_nobody_decides_about_is_nobodys(api, cloud, world, talkers) -> None:
    sent = send(api, talkers.doctor).json
    unit = cloud.unit()
    unit.update(unit.get(FileRecord, sent["id"]), ref_kind="somethings", ref_id=str(uuid.uuid4()))
    unit.commit()
    for who in (talkers.doctor, world.admin):
        refused(api.as_(who).get(f"/files/{sent['id']}"), *HIDDEN)


def test_family_without_the_health_record_has_none_of_its_files(api, cloud, talkers) -> None:
    sent = stored(api, talkers.doctor)
    unit = cloud.unit()
    patient = talkers.patient.patient_id
    unit.update(unit.get(FileRecord, sent["id"]), ref_kind="medical_records", ref_id=patient, patient_id=patient)
    unit.commit()
    assert [opens(api, who, sent) for who in (talkers.patient, talkers.nurse)] == [True, True]
    assert [opens(api, who, sent) for who in (talkers.payer, talkers.stranger)] == [False, False]


def test_every_decision_can_be_asked_before_its_code_is_loaded() -> None:
    assert {target.partition(":")[2] for target in ACCESS.values()} <= ROW_ACCESS.keys()


def test_ids_and_names_of_objects_lead_to_each_other(cloud) -> None:
    now = cloud.unit().now
    made = [new_object("recordings", now + timedelta(seconds=n)) for n in range(3)]
    assert made == sorted(made)
    assert first_object("recordings", now) <= made[0] < first_object("recordings", now + timedelta(seconds=1))
    for name in made:
        assert id_in(name) == id_in(file_id_of(name)) == file_id_of(name)
        assert uuid.UUID(name.partition("/")[2]).version == 7
