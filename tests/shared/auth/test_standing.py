"""What an account reaches that is not in full standing, and sign-ins that meet the end of their account's sessions."""

import pytest

from shared.auth.sign_in import sign_in
from shared.auth.sign_in_models import SignIn
from shared.config import settings
from shared.context import Context, Trail
from shared.store import Conflicted
from tests.client import refused
from tests.configured import configured
from tests.functions.auth.factors import enrolled
from tests.functions.auth.links import token_in
from tests.world import PASSWORD


def test_until_its_address_is_confirmed_an_account_reaches_itself(api, cloud, world):
    account = world.register("Patient")
    with configured(REQUIRE_VERIFIED_EMAIL="true"):
        assert api.as_(account).get("/users/me").status == 200
        assert api.as_(account).get("/auth/sessions").status == 200
        refused(api.as_(account).get(f"/patients/{account.patient_id}"), 403, "EMAIL_NOT_VERIFIED")
        token = token_in(cloud.wait_for_mail(account.email, having="Confirm")[0])
        assert api.post("/auth/verify-email", {"token": token}).status == 200
        assert api.as_(account).get(f"/patients/{account.patient_id}").status == 200


def test_a_role_may_have_to_use_a_second_factor(api, world):
    doctor, family = world.doctor(), world.family()
    with configured(MFA_REQUIRED_ROLES="Admin, Doctor"):
        refused(api.as_(doctor).get("/patients"), 403, "MFA_ENROLMENT_REQUIRED")
        assert api.as_(family).get("/patients").status == 200
        enrolled(api, world, doctor)
        assert api.as_(doctor).get("/patients").status == 200


@pytest.mark.parametrize("what", ["password", "logout", "deactivation", "reset"])
def test_a_sign_in_under_way_does_not_outlive_it(api, cloud, world, what):
    """It read the account before, and would commit its session after."""
    account = world.family()
    ctx = Context(
        unit=cloud.unit(), settings=settings(), trail=Trail(action="LOGIN"), request_id="x", route="/auth/login"
    )
    sign_in(ctx, SignIn(email=account.email, password=PASSWORD))
    admin = api.as_(world.admin)
    if what == "password":
        sent = {"currentPassword": PASSWORD, "newPassword": "fresh-Badger-77-lantern"}
        done = api.as_(account).post("/auth/change-password", sent)
    elif what == "logout":
        done = admin.post(f"/admin/users/{account.id}/logout")
    elif what == "deactivation":
        done = admin.post(f"/admin/users/{account.id}/deactivate")
    else:
        api.post("/auth/forgot-password", {"email": account.email})
        token = token_in(cloud.wait_for_mail(account.email, having="Set a new password")[0])
        done = api.post("/auth/reset-password", {"token": token, "password": "fresh-Badger-77-lantern"})
    assert done.status == 200, done
    with pytest.raises(Conflicted):
        ctx.unit.commit()


def test_without_anything_in_between_it_goes_through(cloud, world):
    account = world.family()
    ctx = Context(
        unit=cloud.unit(), settings=settings(), trail=Trail(action="LOGIN"), request_id="x", route="/auth/login"
    )
    sign_in(ctx, SignIn(email=account.email, password=PASSWORD))
    ctx.unit.commit()
