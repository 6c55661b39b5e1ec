"""The worker that ends the ringing of calls."""

from tests.functions.calls.conftest import callers  # noqa: F401 - fixture


def test_nobody_answered(api, callers) -> None:  # noqa: F811 - fixture
    call = callers.ring(callers.doctor, callers.patient)["callId"]
    for _ in range(2):
        assert callers.run("miss_call", call).status == 204
    stored = callers.stored(call)
    assert (stored.state, stored.duration_seconds, stored.ended_by) == ("missed", 0, None)
    listed = api.as_(callers.patient).get("/call-logs", params={"direction": "missed"})["data"]
    assert [row["callId"] for row in listed].count(call) == 1


def test_it_was_answered(callers) -> None:  # noqa: F811 - fixture
    call = callers.talk()
    assert callers.run("miss_call", call).status == 204
    assert callers.stored(call).state == "active"


def test_one_of_several_did_not(callers) -> None:  # noqa: F811 - fixture
    call = callers.ring(callers.doctor, callers.patient, callers.nurse)["callId"]
    callers.post(callers.patient, call, "answer")
    assert callers.run("miss_call", call).status == 204
    stored = callers.stored(call)
    assert (stored.state, stored.part(callers.nurse.id).state) == ("active", "missed")
    # Who comes late comes all the same.
    assert callers.post(callers.nurse, call, "join")["authToken"]


def test_there_is_none(callers) -> None:  # noqa: F811 - fixture
    assert callers.run("miss_call", callers.doctor.id).status == 204
