"""Sign in with Facebook.

Takes an access token that Facebook issued to our app for a person. An account is made when there is none (201); one
with the same address is used only if that address is confirmed. Accounts with multi-factor sign-in send `mfaCode`,
too. 404 unless configured. Source: seed 002, L12.
"""

from shared.auth import social
from shared.auth.sign_in_models import FacebookSignIn, SignedIn
from shared.http import Context


@social.social_sign_in("POST /auth/facebook", secrets=["FACEBOOK_APP_SECRET", "JWT_PRIVATE_KEY_FILE"])
def facebook_sign_in(ctx: Context, body: FacebookSignIn) -> SignedIn:
    return social.sign_in_as(ctx, social.facebook(ctx, body.access_token), body.wanted, body.mfa_code)
