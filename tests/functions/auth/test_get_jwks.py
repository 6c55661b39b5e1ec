import jwt


def test_tokens_are_verified_with_it(api, world):
    answer = api.get("/.well-known/jwks.json")
    assert answer.status == 200, answer
    account = world.family()
    kid = jwt.get_unverified_header(account.token)["kid"]
    (key,) = [key for key in answer["keys"] if key["kid"] == kid]
    claims = jwt.decode(account.token, jwt.PyJWK(key), algorithms=["ES256"], audience="consentmd", issuer="consentmd")
    assert claims["sub"] == account.id


def test_only_public_parts_are_shown(api):
    for key in api.get("/.well-known/jwks.json")["keys"]:
        assert key.keys() <= {"kty", "crv", "x", "y", "use", "alg", "kid"}


def test_it_may_be_cached(api):
    answer = api.get("/.well-known/jwks.json")
    assert answer.headers["Cache-Control"] == "public, max-age=300"
    assert api.get("/.well-known/jwks.json", headers={"If-None-Match": answer.headers["ETag"]}).status == 304
    assert answer.trips == 0
