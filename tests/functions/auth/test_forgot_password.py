from tests.client import refused
from tests.conftest import eventually
from tests.functions.auth.links import token_in
from tests.world import unique


def ask(api, email):
    return api.post("/auth/forgot-password", {"email": email})


def test_a_link_is_mailed(api, cloud, world):
    account = world.family()
    answer = ask(api, account.email)
    assert answer.status == 200, answer
    mail = cloud.wait_for_mail(account.email, having="Set a new password")[0]
    assert token_in(mail).startswith(account.id)
    assert "60 minutes" in mail["text"] or "1 hour" in mail["text"]


def test_answer_and_work_are_the_same_without_an_account(api, cloud, world):
    known, unknown = ask(api, world.family().email), ask(api, f"{unique()}@example.org")
    assert known.json == unknown.json
    assert (known.trips, known.reads, known.writes) == (unknown.trips, unknown.reads, unknown.writes)
    assert known.trips == 2


def test_an_address_without_an_account_gets_no_mail(api, cloud):
    email = f"{unique('ghost')}@example.org"
    before = {m.id for m in cloud.stored("emails", "state", "dropped")}
    assert ask(api, email).status == 200
    dropped = eventually(
        lambda: [m for m in cloud.stored("emails", "state", "dropped") if m.id not in before], "the mail is dropped"
    )
    assert all(m.get("to") is None and m.get("values") is None for m in dropped)
    assert cloud.mail(email) == []


def test_a_mailbox_is_not_flooded(api, cloud, world):
    account = world.family()
    before = api.post("/auth/forgot-password", {"email": account.email})
    for _ in range(6):
        assert ask(api, account.email).json == before.json
    cloud.wait_for_mail(account.email, 5, having="Set a new password")
    found = api.as_(world.admin).get("/audit-logs", params={"action": "FORGOT_PASSWORD", "limit": 2})
    assert all(entry["details"] == {"cause": "TOO_MANY_MAILS"} for entry in found["data"])


def test_the_mail_is_forgotten_once_it_is_sent(api, cloud, world):
    account = world.family()
    ask(api, account.email)
    mail = cloud.wait_for_mail(account.email, having="Set a new password")[0]
    message_id = mail["messageId"].strip("<>").partition("@")[0]
    stored = cloud.firestore.collection("emails").document(message_id)
    ended = eventually(lambda: (d := stored.get().to_dict())["state"] == "accepted" and d, "the mail is marked")
    assert (ended["to"], ended["values"], ended["purpose"]) == (None, None, None)


def test_it_takes_an_address(api):
    refused(api.post("/auth/forgot-password", {"email": "nobody"}), 400, "VALIDATION_ERROR")
