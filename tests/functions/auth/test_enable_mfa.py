import base64

from tests.client import refused
from tests.functions.auth.factors import enrolled


def test_it_gives_a_secret_and_a_qr_code(api, world):
    account = world.family()
    for path in ("/auth/enable-mfa", "/auth/mfa/enable"):
        answer = api.as_(account).post(path)
        assert answer.status == 200, answer
        assert answer.json.keys() == {"secret", "qrCode"}
        assert len(base64.b32decode(answer["secret"])) == 20
        kind, _, data = answer["qrCode"].partition(",")
        assert kind == "data:image/png;base64"
        assert base64.b64decode(data).startswith(b"\x89PNG")
        assert answer.trips == 2


def test_the_secret_is_pending_and_sealed(api, cloud, world):
    account = world.family()
    secret = api.as_(account).post("/auth/enable-mfa")["secret"]
    stored = cloud.firestore.collection("credentials").document(account.id).get().to_dict()
    assert isinstance(stored["mfaPendingSecret"], bytes)
    assert secret not in repr(stored)
    assert api.post("/auth/login", {"email": account.email, "password": account.password}).status == 200


def test_what_is_on_is_not_replaced(api, world):
    account, _, _ = enrolled(api, world)
    refused(api.as_(account).post("/auth/enable-mfa"), 409, "ALREADY_DONE")


def test_it_takes_somebody(api):
    refused(api.post("/auth/enable-mfa"), 401, "TOKEN_MISSING")
