"""Register an app for push notifications.

Registering a token again is the same device; another account that registers it takes it over. Tokens that FCM no
longer knows are forgotten by themselves; an app that was given a new one says which device it `replaces`.
"""

from shared.http import Context, endpoint, own_account
from shared.notifications.device_models import DeviceOut, NewDevice
from shared.notifications.devices import reads, register, replaced


@endpoint("POST /notifications/devices", access=own_account, status=201, reads=reads, reads_by_input=replaced)
def register_device(ctx: Context, body: NewDevice) -> DeviceOut:
    return register(ctx, body)
