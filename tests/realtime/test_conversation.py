"""Talking over sockets: what is sent reaches those it is for, and nobody else, in seed 000's and seed 003's forms."""

import asyncio
import uuid
from typing import Any

import socketio

from tests.conftest import eventually
from tests.realtime.sockets import Ws, signed_in

WORDS = "Pelvistone ache since Zyxqday"


def test_a_message_reaches_everybody_in_the_chat_on_every_gateway(gateway, second, practice) -> None:
    text = f"{WORDS} {uuid.uuid4()}"
    with (
        signed_in(gateway, practice.doctor) as doctor,
        signed_in(gateway, practice.nurse) as nurse,
        signed_in(second, practice.patient) as patient,
        signed_in(second, practice.stranger) as stranger,
    ):
        body = {"chatId": practice.team, "content": text, "type": "text", "senderId": practice.nurse.id}
        sent = doctor.ask("message:send", body)
        assert sent["event"] == "ack", sent
        for socket in (doctor, nurse, patient):
            frame = socket.next("message:received")
            message = frame["data"]
            assert (message["id"], message["content"], message["type"]) == (sent["data"]["id"], text, "text")
            assert message["chatId"] == practice.team
            assert message["createdAt"].endswith("Z")
            # Whoever the client says it is, it is who signed in.
            assert message["sender"]["id"] == practice.doctor.id
            assert message["sender"]["name"] == "Doctor Example"
            assert frame["id"] != message["id"]
            assert frame["cursor"]
        assert stranger.ask("ping")["event"] == "pong"
        assert [f["event"] for f in stranger.frames] == ["connected", "pong"]


def test_what_a_socket_sends_is_what_the_endpoint_does(gateway, practice, api) -> None:
    with signed_in(gateway, practice.doctor) as doctor:
        body = {"chatId": practice.team, "content": "once", "clientMessageId": uuid.uuid4().hex}
        first, again = doctor.ask("message:send", body), doctor.ask("message:send", body)
        assert first["data"]["id"] == again["data"]["id"]
        assert api.as_(practice.nurse).get(f"/messages/{first['data']['id']}")["content"] == "once"
        refused = doctor.ask("message:send", {"chatId": practice.team})
        assert refused["event"] == "error"
        assert refused["data"]["code"] == "VALIDATION_ERROR"
        assert refused["data"]["details"]
    with signed_in(gateway, practice.stranger) as stranger:
        for event in ("message:send", "user:typing", "chat:join"):
            refused = stranger.ask(event, {"chatId": practice.team, "content": "x"})
            assert (refused["event"], refused["data"]["code"]) == ("error", "NOT_FOUND")
        for event, data in (("no:such", {}), ("message:send", []), ("message:read", {"messageId": "1"})):
            assert stranger.ask(event, data)["data"]["code"] == "VALIDATION_ERROR"


def test_reading_is_told_and_stored(gateway, practice, api) -> None:
    with signed_in(gateway, practice.doctor) as doctor, signed_in(gateway, practice.nurse) as nurse:
        message = practice.say(practice.doctor, "read me")
        nurse.next(lambda f: f["event"] == "message:received" and f["data"]["id"] == message)
        assert nurse.ask("message:read", {"messageId": message})["event"] == "ack"
        told = doctor.next(lambda f: f["event"] == "message:read" and f["data"]["messageId"] == message)["data"]
        assert told["readBy"] == practice.nurse.id
        assert told["readAt"]
        assert api.as_(practice.nurse).get(f"/messages/{message}")["isRead"]


def test_typing_presence_and_calls_reach_other_gateways_and_are_not_replayed(gateway, second, practice) -> None:
    chat = practice.chat()
    with signed_in(gateway, practice.doctor) as doctor, signed_in(second, practice.nurse) as nurse:
        before = nurse.cursor
        assert doctor.ask("chat:join", {"chatId": chat, "userId": practice.nurse.id})["event"] == "ack"
        joined = nurse.next("user:joined")["data"]
        assert (joined["chatId"], joined["userId"]) == (chat, practice.doctor.id)
        assert [c["userId"] for c in joined["connectedUsers"]] == [practice.doctor.id]
        assert doctor.ask("user:typing", {"chatId": chat, "isTyping": True})["event"] == "ack"
        typing = nurse.next("user:typing")["data"]
        assert typing == {"chatId": chat, "userId": practice.doctor.id, "isTyping": True}
        call = {"chatId": chat, "callId": str(uuid.uuid4()), "callType": "video", "roomId": "room-1"}
        assert doctor.ask("call:initiated", call)["event"] == "ack"
        ringing = nurse.next("call:initiated")["data"]
        assert ringing["from"] == {"id": practice.doctor.id, "name": "Doctor Example"}
        assert ringing["to"]["id"] == practice.nurse.id
        assert (ringing["callId"], ringing["callType"], ringing["roomId"]) == (call["callId"], "video", "room-1")
        for wrong in ({"callType": "smoke"}, {"roomId": "a b"}, {"callId": "1"}):
            assert doctor.ask("call:initiated", call | wrong)["data"]["code"] == "VALIDATION_ERROR"
        assert doctor.ask("user:typing", {"chatId": chat, "isTyping": "yes"})["event"] == "error"
        doctor.raw.close()
        left = nurse.next("user:left")["data"]
        assert left == {"chatId": chat, "userId": practice.doctor.id}
        assert not [f for f in doctor.frames if f["event"] == "user:typing"], "nobody is told of their own typing"
    # A minute later nothing of this would be told again; a call that still rings would.
    with signed_in(gateway, practice.nurse, since=before) as nurse:
        nurse.next("replayed")


def test_socket_io_speaks_seed_003(gateway, practice, cloud) -> None:
    async def talk() -> None:
        got: dict[str, list[tuple[str, Any]]] = {"doctor": [], "nurse": [], "bell": []}

        def listen(client: Any, who: str, namespace: str = "/") -> None:
            client.on("*", lambda event, data: got[who].append((event, data)), namespace=namespace)

        async def first(who: str, event: str) -> Any:
            for _ in range(500):
                if found := [data for name, data in got[who] if name == event]:
                    return found[0]
                await asyncio.sleep(0.02)
            raise AssertionError(f"{who} got no {event}: {got[who]}")

        doctor, nurse = socketio.AsyncClient(), socketio.AsyncClient()
        listen(doctor, "doctor")
        listen(nurse, "nurse")
        listen(nurse, "bell", "/notifications")
        try:
            await doctor.connect(gateway, auth={"token": practice.doctor.token}, transports=["websocket"])
            await nurse.connect(gateway, auth={"token": practice.nurse.token}, namespaces=["/", "/notifications"])
            assert (await first("bell", "connected"))["message"] == "Connected to notifications"
            joined = await doctor.call("join-chat", {"chatId": practice.team, "userId": practice.doctor.id})
            assert joined == {"success": True}
            present = await first("nurse", "user-joined")
            assert practice.doctor.id in [c["userId"] for c in present["connectedUsers"]]
            await doctor.emit("typing", {"chatId": practice.team, "userId": "x", "isTyping": True})
            assert (await first("nurse", "user-typing"))["userId"] == practice.doctor.id
            sent = {"chatId": practice.team, "content": WORDS, "type": "text", "senderId": practice.nurse.id}
            await doctor.emit("send-message", sent)
            message = await first("nurse", "message-received")
            assert (message["content"], message["senderId"]) == (WORDS, practice.doctor.id)
            assert {"messageType", "isRead", "fileUrl", "voiceDuration", "eventId", "cursor"} <= message.keys()
            await nurse.emit("message-read", {"chatId": practice.team, "messageId": message["id"], "userId": "x"})
            read = await first("doctor", "message-read")
            assert (read["messageId"], read["readBy"]) == (message["id"], practice.nurse.id)
            bell = await first("bell", "notification")
            assert (bell["type"], bell["userId"]) == ("message", practice.nurse.id)
            assert WORDS not in str(bell)
            assert (await nurse.call("notification:acknowledge", {"notificationId": bell["id"]},
                                     namespace="/notifications"))["success"]  # fmt: skip
            await doctor.emit("send-message", {"chatId": practice.team})
            assert (await first("doctor", "error"))["message"]
            assert "notification" not in [name for name, _ in got["nurse"]]
        finally:
            await doctor.disconnect()
            await nurse.disconnect()

    asyncio.run(talk())


def test_notifications_on_the_plain_socket_have_seed_000s_form(gateway, practice) -> None:
    with signed_in(gateway, practice.patient) as patient:
        practice.say(practice.doctor, WORDS)
        frame = patient.next("notification:new", seconds=30)
        assert frame["data"]["type"] == "message"
        assert {"id", "title", "body", "timestamp"} <= frame["data"].keys()
        assert WORDS not in frame["data"]["title"] + frame["data"]["body"]


def test_who_is_removed_hears_of_it_and_then_nothing(gateway, practice, api) -> None:
    chat = practice.chat(practice.nurse, practice.patient, practice.family, kind="Family Update")
    with signed_in(gateway, practice.family) as family, signed_in(gateway, practice.nurse) as nurse:
        start = family.cursor
        practice.say(practice.doctor, "for the family", chat)
        assert family.until("for the family") == ["for the family"]
        gone = api.as_(practice.doctor).delete(f"/chats/{chat}/participants/{practice.family.id}")
        assert gone.status == 204, gone
        practice.say(practice.doctor, "not for the family", chat)
        assert nurse.until("not for the family")[-1] == "not for the family"
        assert family.next("chat:left")["data"] == {"chatId": chat, "userId": practice.family.id}
        family.ask("ping")
        assert "not for the family" not in str(family.frames)
        for event in ("message:send", "user:typing", "chat:join"):
            assert family.ask(event, {"chatId": chat, "content": "x"})["event"] == "error"
    # Nor what was theirs to see before, when it is replayed.
    with signed_in(gateway, practice.family, since=start) as family:
        family.next("replayed")
        assert "for the family" not in str(family.frames)


def test_who_loses_the_patient_gets_no_message_more(gateway, practice, api, world) -> None:
    relative = world.family()
    grant = world.grant_family(practice.patient.patient_id, relative, practice.patient, scopes=["messages"])
    chat = practice.chat(practice.patient, relative, kind="Family Update")
    with signed_in(gateway, relative) as ended, signed_in(gateway, practice.patient) as patient:
        practice.say(practice.doctor, "before", chat)
        ended.until("before")
        at = f"/patients/{practice.patient.patient_id}/family-grants/{grant['id']}"
        assert api.as_(practice.patient).delete(at).status == 204
        practice.say(practice.doctor, "after", chat)
        patient.until("after")
        ended.next("relationship.changed")
        ended.ask("ping")
        assert "after" not in [f["data"].get("content") for f in ended.frames]


def test_what_reaches_a_socket_is_audited_before_and_never_logged(gateway, practice, api, world, logs) -> None:
    nurse = world.nurse()
    world.join_care_team(practice.patient.patient_id, nurse, by=practice.patient)
    chat = practice.chat(nurse)
    with signed_in(gateway, nurse) as socket:
        practice.say(practice.doctor, f"{WORDS} one", chat)
        practice.say(practice.doctor, f"{WORDS} two", chat)
        socket.until(f"{WORDS} two")
    answer = api.as_(world.admin).get(f"/audit-logs?userId={nurse.id}&action=REALTIME_RECEIVE")
    (entry,) = answer["data"]
    assert entry["patientIds"] == [practice.patient.patient_id]
    assert len(api.as_(world.admin).get(f"/audit-logs?userId={nurse.id}&action=REALTIME_CONNECT")["data"]) == 1
    assert eventually(lambda: "socket ended" in logs(), "the gateway's last line about it")
    for secret in ("Pelvistone", "Zyxqday", nurse.token, practice.doctor.token):
        assert secret not in logs()


def test_a_frame_that_is_none_is_answered_and_the_socket_lives(gateway, practice) -> None:
    with signed_in(gateway, practice.nurse) as nurse:
        for junk in ("", "no json", "[]", '{"event": 5}', "null", b"\x00\x01"):
            nurse.raw.send(junk)
            assert nurse.next("error")["data"]["code"] == "VALIDATION_ERROR"
        assert nurse.ask("ping")["event"] == "pong"


def test_a_path_of_nobodys(gateway) -> None:
    import pytest
    from websockets.exceptions import InvalidStatus

    with pytest.raises(InvalidStatus):
        Ws(gateway, "/elsewhere")
