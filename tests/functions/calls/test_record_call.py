"""POST /calls/{callId}/record, POST /meetings/{callId}/recording."""

from localcloud.gemini.voice import speak
from shared.files.documents import FileRecord
from tests.client import refused
from tests.functions.calls.conftest import SAID


def test_it_is_recorded_and_can_be_had(api, callers, cloud) -> None:
    call = callers.talk(consent=True)
    callers.hear(call, SAID)
    answer = api.as_(callers.doctor).post(f"/meetings/{call}/recording", {"action": "start"})
    assert (answer.status, answer["state"]) == (200, "wanted")
    again = callers.post(callers.doctor, call, "record", {"action": "start"})
    assert again["recordingId"] == answer["recordingId"]
    callers.until(answer["recordingId"], "recording")
    assert callers.post(callers.doctor, call, "record", {"action": "stop"})["state"] == "stopping"
    recording = callers.until(answer["recordingId"], "stored")
    assert answer["recordingUrl"].endswith(f"/files/{recording.file_id}/download")
    record = cloud.unit().get(FileRecord, recording.file_id)
    assert (record.folder, record.ref, record.patient_id) == ("recordings", ("calls", call), callers.patient.patient_id)
    assert (record.retain_until - record.created_at).days == 2 * 366
    # Nothing of the vendor's link stays.
    assert recording.source_url is None
    for who in (callers.doctor, callers.patient, callers.nurse):
        got = api.as_(who).get(f"/files/{recording.file_id}/download")
        assert got.response.content == speak(SAID)
    refused(api.as_(callers.stranger).get(f"/files/{recording.file_id}/download"), 404, "NOT_FOUND")
    assert callers.post(callers.doctor, call, "record", {"action": "stop"})["state"] == "stored"
    assert callers.post(callers.doctor, call, "end")["callLog"]["recordingUrl"] == answer["recordingUrl"]
    refused(api.as_(callers.doctor).post(f"/calls/{call}/record", {"action": "start"}), 409, "CALL_OVER")
    # Of a call that is over the clinician's relationship is asked for, and in the same batch as the recording.
    assert callers.post(callers.doctor, call, "record", {"action": "stop"})["state"] == "stored"
    assert callers.post(callers.doctor, call, "end")["callLog"]["recordingUrl"] == answer["recordingUrl"]


def test_not_without_everybodys_consent(api, callers) -> None:
    call = callers.talk()
    path, start = f"/calls/{call}/record", {"action": "start"}
    refused(api.as_(callers.doctor).post(path, start), 422, "CONSENT_REQUIRED")
    callers.post(callers.doctor, call, "consent", {"recording": True})
    callers.post(callers.patient, call, "consent", {"scribe": True})
    refused(api.as_(callers.doctor).post(path, start), 422, "CONSENT_REQUIRED")
    callers.post(callers.patient, call, "consent", {"recording": True})
    assert api.as_(callers.doctor).post(path, start).status == 200
    callers.post(callers.doctor, call, "end")


def test_who_may(api, callers) -> None:
    call = callers.talk(consent=True)
    path = f"/calls/{call}/record"
    refused(api.as_(callers.patient).post(path, {"action": "start"}), 403, "NOT_CALL_HOST")
    refused(api.as_(callers.stranger).post(path, {"action": "start"}), 404, "NOT_FOUND")
    refused(api.as_(callers.doctor).post(path, {"action": "stop"}), 409, "ALREADY_DONE")
    callers.rewind(call, provider="meet")
    for action in ("start", "stop"):
        refused(api.as_(callers.doctor).post(path, {"action": action}), 409, "CALL_BY_MEET")
