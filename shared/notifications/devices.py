"""Apps that take push notifications."""

import re
import uuid
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from shared.context import Context, reads_by_path, row_access
from shared.errors import NotFound
from shared.notifications.device_models import DEVICE_ID, DeviceOut
from shared.notifications.documents import Device, Inbox
from shared.store.document import Document

if TYPE_CHECKING:
    from shared.notifications.device_models import NewDevice


def _first_batch(device_id: str, _user_id: str) -> Iterable[tuple[type[Document], str]]:
    return ((Device, device_id),)


reads_by_path("deviceId", _first_batch)


def reads(user_id: str) -> tuple[tuple[type[Document], str], ...]:
    """What registering reads together with the session."""
    return ((Inbox, user_id),)


def device_id(token: str) -> str:
    """Id of the device with this token: registering it again changes nothing, by another account moves it there."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"consentmd:device:{token}"))


@row_access
def access_device(ctx: Context, own_id: str) -> Device:
    """The caller's device. Raises `NotFound`, also for somebody else's."""
    device = ctx.unit.get(Device, own_id)
    ctx.about("devices", own_id)
    if device is None or device.user_id != ctx.caller.id:
        raise ctx.refuse(NotFound())
    ctx.checked("access_device", own_id)
    return device


def replaced(said: Mapping[str, Any], _user_id: str) -> Iterable[tuple[type[Document], str]]:
    """The device that a body names, read with the session."""
    named = said.get("replaces")
    if isinstance(named, str) and re.fullmatch(DEVICE_ID, named):
        yield Device, named


def register(ctx: Context, body: "NewDevice") -> DeviceOut:
    """Send the caller's push notifications to this app, and nobody else's any more.

    A device that it replaces goes, if it is the caller's and still there: FCM may have told of its end before.
    """
    before = ctx.unit.get(Device, body.replaces) if body.replaces else None
    if before is not None and before.user_id == ctx.caller.id and before.id != device_id(body.token):
        ctx.unit.remove(Device, before.id)
    device = ctx.unit.put(
        Device(
            id=device_id(body.token),
            user_id=ctx.caller.id,
            token=body.token,
            platform=body.platform,
            registered_at=ctx.now,
        )
    )
    inbox = ctx.unit.get(Inbox, ctx.caller.id)
    if inbox is None:
        ctx.unit.create(Inbox(id=ctx.caller.id, has_devices=True))
    else:
        ctx.unit.update(inbox, has_devices=True)
    return DeviceOut(device_id=device.id, platform=device.platform, registered_at=device.registered_at)


def unregister(ctx: Context, device: Device) -> None:
    """Send no more to this app; when it was the last, the next delivery finds out."""
    ctx.unit.remove(Device, device.id)
