"""GET /calls/{callId}/transcript."""

from shared.ai.speech import Segment
from shared.ai.transcripts import Transcript, transcript_id
from tests.client import refused


def written(callers, call: str, **fields) -> None:
    """A transcript of a call, as far as its worker has come."""
    unit = callers.cloud.unit()
    said = Segment(start=1.5, end=3.0, speaker="patient", text="My left knee hurts.")
    unit.create(
        Transcript(
            id=transcript_id("calls", call), ref_kind="calls", ref_id=call, patient_id=callers.patient.patient_id,
            **{"state": "partial", "scribe_allowed": True, "segments": [said], "text": f"Patient: {said.text}",
               "pieces_done": 1, "created_at": unit.now, "updated_at": unit.now, **fields},
        )
    )  # fmt: skip
    unit.commit()


def test_as_far_as_it_has_come(api, callers) -> None:
    call = callers.talk(consent=True)
    path = f"/calls/{call}/transcript"
    refused(api.as_(callers.doctor).get(path), 422, "TRANSCRIPT_MISSING")
    written(callers, call)
    for who in (callers.doctor, callers.nurse, callers.admin):
        answer = api.as_(who).get(path)
        assert (answer.status, answer.trips <= 3) == (200, True), answer
        assert (answer["state"], answer["piecesDone"], answer["summary"]) == ("partial", 1, None)
        assert answer["segments"] == [{"start": 1.5, "end": 3.0, "speaker": "patient", "text": "My left knee hurts."}]
    refused(api.as_(callers.stranger).get(path), 404, "NOT_FOUND")
    refused(api.as_(callers.patient).get(path), 403, "ROLE_NOT_ALLOWED")


def test_not_once_somebody_takes_their_consent_back(api, callers) -> None:
    call = callers.talk(consent=True)
    written(callers, call)
    callers.post(callers.patient, call, "consent", {"scribe": False})
    refused(api.as_(callers.doctor).get(f"/calls/{call}/transcript"), 422, "CONSENT_REQUIRED")
