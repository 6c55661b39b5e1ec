"""End push notifications to one of the caller's apps."""

from shared.http import Context, endpoint, own_account
from shared.notifications.devices import access_device, unregister


@endpoint("DELETE /notifications/devices/{deviceId}", access=own_account)
def unregister_device(ctx: Context, deviceId: str) -> None:
    unregister(ctx, access_device(ctx, deviceId))
