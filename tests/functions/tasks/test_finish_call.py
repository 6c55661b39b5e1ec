"""The worker that tidies up behind calls."""

from tests.client import refused
from tests.functions.calls.conftest import callers  # noqa: F401 - fixture


def test_the_vendor_is_down_and_comes_back(callers) -> None:  # noqa: F811 - fixture
    call = callers.talk()
    room = callers.stored(call).room_id
    # For good, so that no other attempt comes before ours.
    callers.failing("503", on=room, times=0)
    callers.post(callers.doctor, call, "end")
    refused(callers.run("finish_call", call), 503, "CALLS_UNAVAILABLE")
    callers.failing(None, on=room)
    assert callers.run("finish_call", call).status == 204
    assert [r["enabled"] for r in callers.rooms() if r["id"] == room] == [False]


def test_a_call_that_goes_on_is_left_alone(callers) -> None:  # noqa: F811 - fixture
    call = callers.talk()
    assert callers.run("finish_call", call).status == 204
    room = callers.stored(call).room_id
    assert [r["enabled"] for r in callers.rooms() if r["id"] == room] == [True]
    # A room that the vendor has forgotten is closed.
    callers.failing("404", on=room)
    callers.post(callers.doctor, call, "end")
    assert callers.run("finish_call", call).status == 204
