"""Opening sockets: tickets, tokens, origins; and what ends them."""

import contextlib
import json
from datetime import UTC, datetime

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from shared.auth.tokens import opaque_hash
from tests.conftest import eventually
from tests.realtime.conftest import SETTINGS
from tests.realtime.sockets import Ws, signed_in


def ticket(api, who) -> str:
    return api.as_(who).post("/realtime/tickets")["ticket"]


def refused(socket: Ws, reason: str) -> None:
    assert socket.next("error")["data"]["reason"] == reason
    assert socket.closed() == 4001


def test_a_ticket_opens_one_socket(gateway, practice, api) -> None:
    one = ticket(api, practice.doctor)
    with Ws(gateway, ticket=one) as socket:
        assert socket.next("connected")["data"]["userId"] == practice.doctor.id
    with Ws(gateway, ticket=one) as again:
        refused(again, "TOKEN_INVALID")
    with Ws(gateway, auth={"ticket": ticket(api, practice.doctor)}) as socket:
        socket.next("connected")


def test_a_ticket_dies_after_its_time_and_with_its_session(gateway, practice, api, world, cloud) -> None:
    old = ticket(api, practice.doctor)
    stored = cloud.firestore.collection("realtimeTickets").document(opaque_hash(old))
    assert old.encode() not in json.dumps(stored.get().to_dict(), default=str).encode()
    stored.update({"expiresAt": datetime(2020, 1, 1, tzinfo=UTC)})
    with Ws(gateway, ticket=old) as socket:
        refused(socket, "TOKEN_INVALID")
    device = world.sign_in(practice.doctor.email)
    dead = ticket(api, device)
    assert api.as_(device).post("/auth/logout").status == 200
    with Ws(gateway, ticket=dead) as socket:
        refused(socket, "SESSION_ENDED")


def test_a_token_in_the_first_message_or_where_allowed_in_the_url(gateway, practice, cloud) -> None:
    with Ws(gateway, token=practice.doctor.token) as socket:
        socket.next("connected")
    strict = cloud.start_realtime("strict", **SETTINGS, WS_TOKEN_IN_QUERY="false")
    with Ws(strict, token=practice.doctor.token) as socket:
        refused(socket, "INVALID_REQUEST")
    with signed_in(strict, practice.doctor):
        pass
    cloud.kill("strict")


@pytest.mark.parametrize("auth", [{"token": "x"}, {"ticket": "x" * 500}, {}, {"token": 5}])
def test_who_cannot_say_who_they_are_is_turned_away(gateway, auth) -> None:
    with Ws(gateway, auth=auth) as socket:
        assert socket.next("error")["data"]["code"] == "UNAUTHORIZED"
        assert socket.closed() == 4001


def test_who_says_nothing_is_not_waited_for(gateway) -> None:
    with Ws(gateway) as socket:
        refused(socket, "TOKEN_MISSING")


def test_an_account_in_no_full_standing_gets_no_socket(gateway, world, api) -> None:
    pending = world.clinician(approved=False)
    with Ws(gateway, auth={"token": pending.token}) as socket:
        refused(socket, "CREDENTIALS_NOT_VERIFIED")


def test_a_foreign_page_gets_no_socket(gateway, practice) -> None:
    with pytest.raises(InvalidStatus) as refusal:
        Ws(gateway, origin="https://evil.example", token=practice.doctor.token)
    assert refusal.value.response.status_code == 403
    with Ws(gateway, origin="http://localhost:5173", token=practice.doctor.token) as socket:
        socket.next("connected")


def test_signing_out_closes_the_sockets_of_that_session_at_once(gateway, second, practice, api, world) -> None:
    device = world.sign_in(practice.doctor.email)
    with (
        signed_in(gateway, device) as one,
        signed_in(second, device) as two,
        signed_in(gateway, practice.doctor) as other,
    ):
        assert api.as_(device).post("/auth/logout").status == 200
        assert (one.closed(5), two.closed(5)) == (4002, 4002)
        assert not [f for f in one.frames if f["event"] == "session.ended"]
        assert other.ask("ping")["event"] == "pong"


def test_a_session_that_ends_without_a_word_is_found_out(gateway, world, cloud) -> None:
    somebody = world.family()
    with signed_in(gateway, somebody) as socket:
        (session,) = cloud.stored("sessions", "userId", somebody.id)
        session.reference.update({"idleAt": session.get("createdAt")})
        assert socket.closed() == 4002


def test_too_much_is_refused(gateway, world) -> None:
    somebody = world.family()
    with signed_in(gateway, somebody) as socket:
        socket.raw.send(json.dumps({"event": "x", "data": {"text": "x" * 70_000}}))
        assert socket.closed() == 1009
    with signed_in(gateway, somebody) as socket:
        # It may be closed before everything was sent.
        with contextlib.suppress(ConnectionClosed):
            for number in range(300):
                socket.send("no:such", {}, f"r{number}")
        assert socket.closed() == 4009
        assert "RATE_LIMITED" in str(socket.frames)


def test_one_socket_too_many_closes_the_oldest(cloud, world) -> None:
    somebody = world.family()
    small = cloud.start_realtime("small", **SETTINGS, REALTIME_SOCKETS_PER_USER="1")
    with signed_in(small, somebody) as first, signed_in(small, somebody) as then:
        assert first.closed() == 4010
        assert then.ask("ping")["event"] == "pong"
    cloud.kill("small")


def test_presence_ends_with_its_gateway(gateway, cloud, practice) -> None:
    chat = practice.chat()
    dying = cloud.start_realtime("dying", **SETTINGS)
    lost = signed_in(dying, practice.doctor)
    assert lost.ask("chat:join", {"chatId": chat})["event"] == "ack"
    cloud.kill("dying")
    with signed_in(gateway, practice.nurse) as nurse:

        def alone() -> bool:
            assert nurse.ask("chat:join", {"chatId": chat})["event"] == "ack"
            present = nurse.next("user:joined")["data"]["connectedUsers"]
            return [p["userId"] for p in present] == [practice.nurse.id]

        eventually(alone, "the lost socket is forgotten")
