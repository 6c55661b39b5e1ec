"""Links that were mailed."""


def token_in(mail: dict) -> str:
    """What follows `#token=` in the link of an e-mail."""
    found = [link for link in mail["links"] if "#token=" in link]
    assert found, mail["text"]
    return found[0].partition("#token=")[2]


def reset_token(api, cloud, account) -> str:
    """A link to set a new password, as its owner gets it."""
    subject = "Set a new password"
    known = sum(mail["subject"] == subject for mail in cloud.mail(account.email))
    assert api.post("/auth/forgot-password", {"email": account.email}).status == 200
    return token_in(cloud.wait_for_mail(account.email, known + 1, having=subject)[0])
