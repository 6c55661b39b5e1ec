"""What left the house because of messages in chats: every channel, as exact sets of ids.

For each message and recipient there has to be one notification, one e-mail and one push, and one text message where the
recipient wants those: the same ids, none missing, none besides. A vendor may have been handed a delivery twice only
where a process died inside the call; then both carry the same id, and what is counted here is how often.
"""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

from localcloud.smtp import outbox
from localcloud.stack import Stack
from localcloud.vendors import sent as vendors
from shared.events import notification_id
from shared.messaging.documents import SmsMessage
from shared.notifications.delivery import mail_id
from shared.notifications.devices import device_id
from shared.notifications.documents import Channel, Device, Inbox, NotificationPreferences
from shared.store.document import Document
from shared.users.documents import User
from shared.users.preference_documents import Preferences
from tools.bench.world import Account

#: A delivery whose worker was killed is taken over when its lease is up (2 min) and its task's back-off has passed.
PATIENCE_SECONDS = 420
_LOOK_SECONDS = 5


@dataclass(frozen=True)
class Expected:
    """Who has to be told of what: (message id, recipient)."""

    told: frozenset[tuple[str, str]]
    #: Recipients who get text messages, by number.
    numbers: dict[str, str]

    def ids(self, name: Callable[[str, str], str]) -> set[str]:
        """The ids that follow from each message and recipient."""
        return {name(f"message:{message}", user) for message, user in self.told}

    def texted(self) -> set[str]:
        """Ids of the notifications that go out as text messages, too; the text message has the same."""
        return {notification_id(f"message:{m}", u) for m, u in self.told if u in self.numbers.values()}


def reachable(account: Account, *, number: str = "") -> Iterable[Document]:
    """What has a member told by push and e-mail, and with a number by SMS."""
    token = f"bench-{account.id}"
    now = datetime.now(UTC)
    yield Device(id=device_id(token), user_id=account.id, token=token, platform="ios", registered_at=now)
    yield Inbox(id=account.id, has_devices=True)
    if number:
        yield User(**{**account.user.model_dump(), "phone_number": number, "phone_verified": True})
        yield Preferences(id=account.id, sms_notifications=True)
        yield NotificationPreferences(id=account.id, types={"message": {Channel.SMS.value: True}})


class Waiting(NamedTuple):
    """Deliveries that have not ended, and how many of them a worker has claimed: what killing it interrupts."""

    queued: int
    claimed: int


def waiting() -> Waiting:
    """What is on its way to a vendor now."""
    from shared import clients

    now, queued, claimed = datetime.now(UTC), 0, 0
    for collection in ("emails", "pushes", "smsMessages"):
        # Every one is looked at: no query of the product's asks for the state, so no index has it.
        for snapshot in clients.firestore().collection(collection).select(["state", "leaseUntil"]).stream(timeout=60):
            if snapshot.get("state") == "queued":
                lease = snapshot.get("leaseUntil")
                queued += 1
                claimed += lease is not None and lease > now
    return Waiting(queued, claimed)


def check(stack: Stack, expected: Expected, say: Callable[[str], None]) -> tuple[dict[str, Any], bool]:
    """Wait until nothing more comes, and compare; figures, and whether every set is what it has to be."""
    _wait(stack, expected, say)
    wanted = {
        "notifications": expected.ids(notification_id),
        "e-mails": expected.ids(mail_id),
        "pushes": expected.ids(notification_id),
        "texts": expected.texted(),
    }
    notifications = _documents("notifications", ["channels"])
    mails = outbox.messages(stack.data_dir / "smtp")
    pushes = [push["message"]["data"]["notificationId"] for push in _sent(stack, "fcm")]
    texts = _documents(SmsMessage.collection, ["sid", "state"])
    found = {
        "notifications": set(notifications),
        "e-mails": {mail["messageId"].strip("<>").partition("@")[0] for mail in mails},
        "pushes": set(pushes),
        "texts": {key for key, text in texts.items() if text["state"] in {"accepted", "sent", "delivered"}},
    }
    sids = {text["sid"] for text in texts.values()}
    at_vendor = [text["messageId"] for text in _sent(stack, "twilio") if text["to"][0] in expected.numbers]
    figures: dict[str, Any] = {}
    for channel, ids in wanted.items():
        missing, besides = len(ids - found[channel]), len(found[channel] - ids)
        figures[f"{channel}: expected, missing, besides"] = f"{len(ids)}, {missing}, {besides}"
    told = {"inApp": "accepted", "push": "accepted", "email": "accepted"}
    unfinished = sum(told.items() - made["channels"].items() != set() for made in notifications.values())
    twice = sum(mail["copies"] - 1 for mail in mails)
    figures |= {
        "notifications whose channels say otherwise": unfinished,
        "e-mails handed over again under their id": twice,
        "pushes handed over again under their id": len(pushes) - len(set(pushes)),
        "texts at the vendor that none of ours claims": len(set(at_vendor) - sids),
        "dead letters": len(_documents("deadLetters", [])),
    }
    whole = found == wanted and len(sids) == len(texts) and not unfinished and not figures["dead letters"]
    return figures, whole and not set(at_vendor) - sids


def _wait(stack: Stack, expected: Expected, say: Callable[[str], None]) -> None:
    """Until every notification is made and no delivery waits, or nothing has changed for `PATIENCE_SECONDS`."""
    before, since = (-1, Waiting(-1, -1)), time.monotonic()
    while True:
        made = _count("notifications"), waiting()
        say(f"{made[0]} of {len(expected.told)} notifications; {made[1].queued} deliveries wait")
        if made[0] >= len(expected.told) and not made[1].queued:
            return
        if made != before:
            before, since = made, time.monotonic()
        elif time.monotonic() - since > PATIENCE_SECONDS:
            return
        stack.run_schedule("sweep_outbox")
        time.sleep(_LOOK_SECONDS)


def _count(collection: str) -> int:
    from shared import clients

    found: Any = clients.firestore().collection(collection)
    return int(found.count(alias="n").get(timeout=60)[0][0].value)


def _documents(collection: str, fields: list[str]) -> dict[str, dict[str, Any]]:
    from shared import clients

    found = clients.firestore().collection(collection).select(fields).stream(timeout=60)
    return {snapshot.id: snapshot.to_dict() or {} for snapshot in found}


def _sent(stack: Stack, vendor: str) -> list[dict[str, Any]]:
    return vendors.read(stack.data_dir / "vendors" / vendor)
