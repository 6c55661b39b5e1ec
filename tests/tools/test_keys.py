"""The key tool makes, rotates and wraps keys without ever losing one."""

import json
import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from shared.auth.tokens import TokenError, TokenIssuer, TokenVerifier
from shared.store.keys import KEYSETS, Keyring
from tools.keys import KeysError, add, create, main, promote

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
        assert main(["add", str(tmp_path), name]) == 0
        assert main(["promote", str(tmp_path), name]) == 0
    now = Keyring(tmp_path).aead(name)
    assert [now.decrypt(each, b"") for each in generations] == [b"x"] * 3
    assert len({each[:5] for each in [*generations, now.encrypt(b"x", b"")]}) == 4


def test_audit_signatures_survive_rotation(tmp_path):
    create(tmp_path)
    old = Keyring(tmp_path).mac().compute_mac(b"entry")
    add(tmp_path, "audit")
    assert Keyring(tmp_path).mac().compute_mac(b"entry") == old
    promote(tmp_path, "audit")
    Keyring(tmp_path).mac().verify_mac(old, b"entry")
    assert Keyring(tmp_path).mac().compute_mac(b"entry") != old


@pytest.mark.parametrize("name", ["users", "audit", "jwt"])
def test_a_process_that_knows_the_added_key_understands_those_that_use_it(tmp_path, name):
    create(tmp_path)
    add(tmp_path, name)
    if name == "jwt":
        before = (tmp_path / "jwks.json").read_bytes()
        promote(tmp_path, name)
        assert (tmp_path / "jwks.json").read_bytes() == before
        assert verify(tmp_path, token(tmp_path)).user_id == "u"
    elif name == "audit":
        running = Keyring(tmp_path).mac()
        promote(tmp_path, name)
        running.verify_mac(Keyring(tmp_path).mac().compute_mac(b"x"), b"x")
    else:
        running = Keyring(tmp_path).aead(name)
        promote(tmp_path, name)
        assert running.decrypt(Keyring(tmp_path).aead(name).encrypt(b"x", b""), b"") == b"x"


@pytest.mark.parametrize("name", ["users", "jwt"])
def test_the_steps_of_a_rotation_come_in_turn(tmp_path, name):
    create(tmp_path)
    with pytest.raises(KeysError, match="Run add first"):
        promote(tmp_path, name)
    add(tmp_path, name)
    between = contents(tmp_path)
    with pytest.raises(KeysError, match="not in use yet"):
        add(tmp_path, name)
    assert contents(tmp_path) == between


def test_tokens_survive_one_rotation_and_not_two(tmp_path):
    create(tmp_path)
    first = token(tmp_path)
    add(tmp_path, "jwt")
    promote(tmp_path, "jwt")
    assert verify(tmp_path, first).user_id == "u"
    second = token(tmp_path)
    assert verify(tmp_path, second).user_id == "u"
    add(tmp_path, "jwt")
    assert verify(tmp_path, second).user_id == "u"
    with pytest.raises(TokenError, match="UNKNOWN_KEY"):
        verify(tmp_path, first)


def test_the_index_is_not_rotated(tmp_path):
    create(tmp_path)
    before = contents(tmp_path)
    with pytest.raises(KeysError, match="stop matching"):
        add(tmp_path, "index")
    assert contents(tmp_path) == before


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["add", "DIR", "nothing"], f"choose one of {', '.join((*KEYSETS, 'jwt'))}"),
        (["add", "DIR/empty", "users"], "users.json is missing"),
        (["add", "DIR/empty", "jwt"], "jwt.pem is missing"),
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
    assert main(["add", str(tmp_path), "users"]) == 1
    assert main(["create", str(tmp_path)]) == 0
    assert (tmp_path / "users.json").read_text() == "{"
    assert "backup" in capsys.readouterr().err
