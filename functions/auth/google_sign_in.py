"""Sign in with Google.

Takes an ID token that Google issued to our app. An account is made when there is none (201); one with the same
address is used only if that address is confirmed. Accounts with multi-factor sign-in send `mfaCode`, too. 404 unless
configured. Source: seed 001, External Integrations §3.
"""

from shared.auth import social
from shared.auth.sign_in_models import GoogleSignIn, SignedIn
from shared.http import Context


@social.social_sign_in("POST /auth/google", secrets=["JWT_PRIVATE_KEY_FILE"])
def google_sign_in(ctx: Context, body: GoogleSignIn) -> SignedIn:
    return social.sign_in_as(ctx, social.google(ctx, body.google_token), body.wanted, body.mfa_code)
