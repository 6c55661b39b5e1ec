"""The worker that brings recordings from the vendor."""

from shared.calls.documents import Recording
from shared.files.documents import FileRecord
from tests.client import refused
from tests.configured import configured
from tests.functions.calls.conftest import callers  # noqa: F401 - fixture


def arriving(callers, media: str) -> Recording:  # noqa: F811 - fixture
    """A recording that has been announced while the vendor's store answers like this."""
    from tests.conftest import eventually

    call = callers.talk(consent=True)
    callers.failing(media, on="media", times=0)
    made = callers.post(callers.doctor, call, "record", {"action": "start"})["recordingId"]
    callers.until(made, "recording")
    callers.post(callers.doctor, call, "record", {"action": "stop"})
    return eventually(lambda: (found := callers.until(made, "stopping")).source_url and found, "the announcement")


def test_the_vendors_store_is_down_and_comes_back(callers, cloud) -> None:  # noqa: F811 - fixture
    recording = arriving(callers, "503")
    refused(callers.run("fetch_recording", recording.id), 503, "CALLS_UNAVAILABLE")
    callers.failing(None, on="media")
    assert callers.run("fetch_recording", recording.id).status == 204
    callers.until(recording.id, "stored")
    before = cloud.unit().get(FileRecord, recording.file_id)
    assert callers.run("fetch_recording", recording.id).status == 204
    assert cloud.unit().get(FileRecord, recording.file_id) == before


def test_a_link_that_has_ended_is_asked_for_again(callers, cloud) -> None:  # noqa: F811 - fixture
    recording = arriving(callers, "503")
    unit = cloud.unit()
    gone = recording.source_url.replace(recording.asset_id, "0" * 24)
    unit.update(unit.get(Recording, recording.id), source_url=gone)
    unit.commit()
    callers.failing(None, on="media")
    assert callers.run("fetch_recording", recording.id).status == 204
    callers.until(recording.id, "stored")


def test_what_the_vendor_has_no_more_has_failed(callers, cloud) -> None:  # noqa: F811 - fixture
    recording = arriving(callers, "503")
    unit = cloud.unit()
    unit.update(unit.get(Recording, recording.id), source_url=None, asset_id="0" * 24)
    unit.commit()
    assert callers.run("fetch_recording", recording.id).status == 204
    callers.until(recording.id, "failed")
    callers.failing(None, on="media")


def test_withdrawn_meanwhile_it_is_not_fetched(callers, cloud) -> None:  # noqa: F811 - fixture
    recording = arriving(callers, "503")
    callers.post(callers.patient, recording.call_id, "consent", {"recording": False})
    callers.until(recording.id, "erased")
    callers.failing(None, on="media")
    assert callers.run("fetch_recording", recording.id).status == 204
    assert cloud.unit().get(FileRecord, recording.file_id) is None


def test_our_own_store_is_down(callers) -> None:  # noqa: F811 - fixture
    recording = arriving(callers, "503")
    callers.failing(None, on="media")
    with configured(STORAGE_EMULATOR_HOST="http://127.0.0.1:9", STORAGE_TIMEOUT_SECONDS="0.5"):
        refused(callers.run("fetch_recording", recording.id), 503, "STORAGE_UNAVAILABLE")
    assert callers.run("fetch_recording", recording.id).status == 204
    callers.until(recording.id, "stored")
