from tests.client import refused
from tests.functions.auth.links import reset_token, token_in


def test_the_address_is_confirmed(api, cloud, world):
    account = world.register("Family")
    token = token_in(cloud.wait_for_mail(account.email, having="Confirm")[0])
    assert api.as_(account).get("/users/me")["emailVerified"] is False
    answer = api.post("/auth/verify-email", {"token": token})
    assert answer.status == 200, answer
    assert answer.trips == 2
    assert api.as_(account).get("/users/me")["emailVerified"] is True
    refused(api.post("/auth/verify-email", {"token": token}), 422, "LINK_EXPIRED")


def test_another_kind_of_link_confirms_nothing(api, cloud, world):
    token = reset_token(api, cloud, world.register("Family"))
    refused(api.post("/auth/verify-email", {"token": token}), 422, "LINK_EXPIRED")


def test_an_invented_token_is_refused(api, world):
    refused(api.post("/auth/verify-email", {"token": f"{world.admin.id}.abc"}), 422, "LINK_EXPIRED")
    refused(api.post("/auth/verify-email", {}), 400, "VALIDATION_ERROR")
