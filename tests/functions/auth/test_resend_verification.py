from tests.client import refused
from tests.functions.auth.links import token_in
from tests.world import unique


def ask(api, email):
    return api.post("/auth/resend-verification", {"email": email})


def test_the_link_is_mailed_again(api, cloud, world):
    account = world.register("Family")
    first = token_in(cloud.wait_for_mail(account.email, having="Confirm")[0])
    answer = ask(api, account.email)
    assert answer.status == 200, answer
    again = token_in(cloud.wait_for_mail(account.email, 2, having="Confirm")[0])
    assert again != first
    assert api.post("/auth/verify-email", {"token": again}).status == 200


def test_answer_and_work_tell_nothing(api, cloud, world):
    confirmed = world.register("Family")
    token = token_in(cloud.wait_for_mail(confirmed.email, having="Confirm")[0])
    assert api.post("/auth/verify-email", {"token": token}).status == 200
    answers = [
        ask(api, email) for email in (confirmed.email, world.register("Family").email, f"{unique()}@example.org")
    ]
    assert len({(a.status, a.response.text, a.trips, a.reads, a.writes) for a in answers}) == 1


def test_it_takes_an_address(api):
    refused(api.post("/auth/resend-verification", {}), 400, "VALIDATION_ERROR")
