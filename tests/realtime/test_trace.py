"""What is asked for over a socket, and what comes of it, belongs to the trace of the connection."""

import secrets

import pytest

from realtime.identity import at_work, context, new_unit
from realtime.session import peer_of
from shared import trace
from tests.realtime.sockets import Ws

TRACE = secrets.token_hex(16)
HEADERS = {"traceparent": f"00-{TRACE}-{secrets.token_hex(8)}-01"}


@pytest.mark.parametrize(
    ("collection", "command", "data"),
    [("events", "user:typing", {"isTyping": True}), ("outbox", "message:send", {"content": "On my way."})],
    ids=["an event", "a task"],
)
def test_a_command_belongs_to_the_connections_trace(gateway, cloud, practice, collection, command, data) -> None:
    chat = practice.chat()
    auth = {"token": practice.doctor.token}
    with Ws(gateway, auth=auth, additional_headers=HEADERS) as socket:
        assert socket.ask(command, {"chatId": chat, **data})["event"] == "ack"
    made = [doc.to_dict() for doc in cloud.firestore.collection(collection).get()]
    ours = [doc["traceparent"] for doc in made if TRACE in doc.get("traceparent", "")]
    assert ours
    assert HEADERS["traceparent"] not in ours, "a span of its own"


def test_an_event_made_by_a_request_carries_its_trace(api, cloud, practice) -> None:
    mine = secrets.token_hex(16)
    chat = practice.chat()
    headers = {"traceparent": f"00-{mine}-{secrets.token_hex(8)}-01"}
    sent = api.as_(practice.doctor).post(f"/chats/{chat}/messages", {"content": "Hello"}, headers=headers)
    assert sent.status == 201, sent
    told = [doc.to_dict() for doc in cloud.firestore.collection("events").get()]
    assert any(mine in event.get("traceparent", "") for event in told if event["event"].startswith("message"))


def test_telling_an_event_is_logged_under_its_trace(cloud) -> None:
    peer = peer_of({}, "127.0.0.1", 0)
    assert peer.traceparent, "a connection without a trace gets one"
    with at_work(context(new_unit(), peer, "REALTIME_RECEIVE"), HEADERS["traceparent"]):
        work = trace.current()
    assert work is not None
    assert (work.trace.trace_id, work.endpoint) == (TRACE, "realtime")
