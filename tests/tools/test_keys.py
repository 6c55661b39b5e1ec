"""The key tool makes, rotates and wraps keys without ever losing one."""

import json
import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from shared.auth.tokens import TokenError, TokenIssuer, TokenVerifier
from shared.store.keys import KEYSETS, Keyring
from tools.keys import KeysError, create, main, rotate

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
FILES = {*(f"{name}.json" for name in KEYSETS), "jwt.pem", "jwks.json"}


def contents(directory):
    return {path.name: path.read_bytes() for path in directory.iterdir()}


def token(directory):
    issuer = TokenIssuer((directory / "jwt.pem").read_bytes(), "consentmd", "consentmd", 900)
    return issuer.issue("u", "a@b.example", "Admin", ["Admin"], "s", NOW)


def verify(directory, issued):
    jwks = json.loads((directory / "jwks.json").read_text())
    return TokenVerifier(jwks, "consentmd", "consentmd").verify(issued, NOW + timedelta(minutes=1))


def test_create_makes_everything_once(tmp_path, capsys):
    directory = tmp_path / "new" / "keys"
    assert main(["create", str(directory)]) == 0
    assert {line.rsplit("/", 1)[1] for line in capsys.readouterr().out.splitlines()} == FILES
    before = contents(directory)
    assert set(before) == FILES
    assert main(["create", str(directory)]) == 0
    assert capsys.readouterr().out == ""
    assert contents(directory) == before


def test_only_the_owner_reads_them(tmp_path):
    create(tmp_path / "keys")
    assert stat.S_IMODE((tmp_path / "keys").stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "keys").iterdir()} == {0o600}


def test_create_adds_only_what_is_missing(tmp_path):
    create(tmp_path)
    before = contents(tmp_path)
    (tmp_path / "users.json").unlink()
    (tmp_path / "jwks.json").unlink()
    assert create(tmp_path) == ["users.json", "jwks.json"]
    after = contents(tmp_path)
    assert json.loads(after["jwks.json"]) == json.loads(before["jwks.json"])
    assert {name: data for name, data in after.items() if name != "users.json"} == {
        name: data for name, data in before.items() if name != "users.json"
    }
    assert after["users.json"] != before["users.json"]


def test_runs_at_the_same_time_make_each_key_once(tmp_path):
    with ThreadPoolExecutor(8) as pool:
        made = [name for names in pool.map(lambda _: create(tmp_path), range(8)) for name in names]
    assert sorted(made) == sorted(FILES)
    assert verify(tmp_path, token(tmp_path)).user_id == "u"


def test_the_published_key_holds_no_secret_and_goes_by_its_thumbprint(tmp_path):
    create(tmp_path)
    (jwk,) = json.loads((tmp_path / "jwks.json").read_text())["keys"]
    assert set(jwk) == {"kty", "crv", "x", "y", "kid", "use", "alg"}
    assert jwk["kid"] == TokenIssuer((tmp_path / "jwt.pem").read_bytes(), "i", "a", 1).key_id


@pytest.mark.parametrize("name", ["users", "patients", "platform"])
def test_rotation_keeps_the_old_readable_and_uses_the_new(tmp_path, name):
    create(tmp_path)
    generations = []
    for _ in range(3):
        generations.append(Keyring(tmp_path).aead(name).encrypt(b"x", b""))
        assert main(["rotate", str(tmp_path), name]) == 0
    now = Keyring(tmp_path).aead(name)
    assert [now.decrypt(each, b"") for each in generations] == [b"x"] * 3
    assert len({each[:5] for each in [*generations, now.encrypt(b"x", b"")]}) == 4


def test_audit_signatures_survive_rotation(tmp_path):
    create(tmp_path)
    old = Keyring(tmp_path).mac().compute_mac(b"entry")
    rotate(tmp_path, "audit")
    Keyring(tmp_path).mac().verify_mac(old, b"entry")
    assert Keyring(tmp_path).mac().compute_mac(b"entry") != old


def test_tokens_survive_one_rotation_and_not_two(tmp_path):
    create(tmp_path)
    first = token(tmp_path)
    rotate(tmp_path, "jwt")
    assert verify(tmp_path, first).user_id == "u"
    second = token(tmp_path)
    assert verify(tmp_path, second).user_id == "u"
    rotate(tmp_path, "jwt")
    assert verify(tmp_path, second).user_id == "u"
    with pytest.raises(TokenError, match="UNKNOWN_KEY"):
        verify(tmp_path, first)


def test_the_index_is_not_rotated(tmp_path):
    create(tmp_path)
    before = contents(tmp_path)
    with pytest.raises(KeysError, match="stop matching"):
        rotate(tmp_path, "index")
    assert contents(tmp_path) == before


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["rotate", "DIR", "nothing"], f"choose one of {', '.join((*KEYSETS, 'jwt'))}"),
        (["rotate", "DIR/empty", "users"], "users.json is missing"),
        (["rotate", "DIR/empty", "jwt"], "jwt.pem is missing"),
    ],
)
def test_a_command_that_cannot_be_done_says_why(tmp_path, capsys, arguments, sentence):
    create(tmp_path)
    assert main([each.replace("DIR", str(tmp_path)) for each in arguments]) == 1
    captured = capsys.readouterr()
    assert sentence in captured.err
    assert captured.out == ""


def test_a_damaged_keyset_is_never_overwritten(tmp_path, capsys):
    create(tmp_path)
    (tmp_path / "users.json").write_text("{")
    assert main(["rotate", str(tmp_path), "users"]) == 1
    assert main(["create", str(tmp_path)]) == 0
    assert (tmp_path / "users.json").read_text() == "{"
    assert "backup" in capsys.readouterr().err
