"""Make, rotate and wrap the keys of a deployment.

    python -m tools.keys create DIR [--kms-key KEY]         make whatever is missing; never replaces a key
    python -m tools.keys add DIR NAME [--kms-key KEY]       add a key that opens and does not yet seal
    python -m tools.keys promote DIR NAME [--kms-key KEY]   use the added key from now on; the old ones still open
    python -m tools.keys wrap   DIR --kms-key KEY           turn clear keysets into ones wrapped by Cloud KMS

Rotating takes two steps with a deployment between them: every running process must be able to open what the first of
the new ones seals. DIR holds `<name>.json` (Tink keysets), `jwt.pem` (ES256 private key), `jwks.json` (its public half,
RFC 7517) and between the two steps `jwt.next.pem`. All files are readable by their owner only and are replaced
atomically; two runs on one DIR wait for each other.
KEY is `projects/*/locations/*/keyRings/*/cryptoKeys/*`.
"""

import argparse
import fcntl
import json
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm

from shared.auth.jws import thumbprint
from shared.store.keys import AEAD_DOMAINS, AUDIT, INDEX, KEYSETS, KMS_URL, KeysetError, KmsAead, associated_data, parse

JWT: Final = "jwt"
NEXT_PEM: Final = "jwt.next.pem"


class KeysError(Exception):
    """The command cannot be done; the message says why and what to do."""


def create(directory: Path, kms: KmsAead | None = None) -> list[str]:
    """Make every key that `directory` lacks and return the names of the files made. Never touches an existing key."""
    made = []
    with _locked(directory):
        for name in KEYSETS:
            path = directory / f"{name}.json"
            if not path.exists():
                _write(path, _serialize(name, _new_keyset(name), kms))
                made.append(path.name)
        pem, jwks = directory / "jwt.pem", directory / "jwks.json"
        if not pem.exists():
            _write(pem, _new_private_key())
            made.append(pem.name)
        current, published = _public_jwk(pem.read_bytes()), _published(jwks)
        if current["kid"] not in {key["kid"] for key in published}:
            _publish(jwks, [current, *published])
            made.append(jwks.name)
    return made


def add(directory: Path, name: str, kms: KmsAead | None = None) -> None:
    """Add a key to the keyset `name` (or `jwt`) that is known from now on and used once it has been promoted.

    A keyset keeps all its keys. Raises `KeysError` or `KeysetError`.
    """
    with _rotating(directory, name):
        if name == JWT:
            _add_jwt(directory)
            return
        path = directory / f"{name}.json"
        keyset = _message(parse(name, path, kms))
        if keyset.key[-1].key_id != keyset.primary_key_id:
            raise KeysError(f"The key added to {name} last is not in use yet: deploy it, then promote it.")
        taken = {key.key_id for key in keyset.key}
        fresh = _message(_new_keyset(name))
        while fresh.primary_key_id in taken:
            fresh = _message(_new_keyset(name))
        keyset.key.add().CopyFrom(fresh.key[0])
        _write(path, _serialize(name, _handle(keyset), kms))


def promote(directory: Path, name: str, kms: KmsAead | None = None) -> None:
    """Use the key that `add` made. The JWKS keeps the key before it, whose tokens live on for minutes.

    Raises `KeysError` or `KeysetError`.
    """
    with _rotating(directory, name):
        if name == JWT:
            _promote_jwt(directory)
            return
        path = directory / f"{name}.json"
        keyset = _message(parse(name, path, kms))
        if keyset.key[-1].key_id == keyset.primary_key_id:
            raise KeysError(f"The newest key of {name} is in use already. Run add first, and deploy what it made.")
        keyset.primary_key_id = keyset.key[-1].key_id
        _write(path, _serialize(name, _handle(keyset), kms))


def wrap(directory: Path, kms: KmsAead) -> list[str]:
    """Wrap every clear keyset of `directory` and return the names of the files replaced.

    Each wrapped keyset has been unwrapped again and compared before it replaces the clear one (Tink does so).
    """
    wrapped = []
    with _locked(directory):
        for name in KEYSETS:
            path = directory / f"{name}.json"
            if "encryptedKeyset" not in path.read_text("utf-8"):
                _write(path, _serialize(name, parse(name, path, None), kms))
                wrapped.append(path.name)
    return wrapped


def _new_keyset(name: str) -> Any:
    import tink
    from tink import aead, mac, prf

    aead.register()
    mac.register()
    prf.register()
    templates = {
        INDEX: prf.prf_key_templates.HMAC_SHA256,
        AUDIT: mac.mac_key_templates.HMAC_SHA256_256BITTAG,
        **dict.fromkeys(AEAD_DOMAINS, aead.aead_key_templates.AES256_GCM),
    }
    return tink.new_keyset_handle(templates[name])


def _message(handle: Any) -> Any:
    # Tink for Python has no keyset manager: keys are added and chosen in the keyset's protocol buffer.
    from tink import proto_keyset_format, secret_key_access
    from tink.proto import tink_pb2

    return tink_pb2.Keyset.FromString(proto_keyset_format.serialize(handle, secret_key_access.TOKEN))


def _handle(message: Any) -> Any:
    from tink import proto_keyset_format, secret_key_access

    return proto_keyset_format.parse(message.SerializeToString(), secret_key_access.TOKEN)


def _serialize(name: str, keyset: Any, kms: KmsAead | None) -> bytes:
    from tink import json_proto_keyset_format, secret_key_access

    text: str = (
        json_proto_keyset_format.serialize(keyset, secret_key_access.TOKEN)
        if kms is None
        else json_proto_keyset_format.serialize_encrypted(keyset, kms, associated_data(name))
    )
    return text.encode()


def _add_jwt(directory: Path) -> None:
    pem, coming, jwks = directory / "jwt.pem", directory / NEXT_PEM, directory / "jwks.json"
    if not pem.exists():
        raise KeysError(f"{pem} is missing. Run `python -m tools.keys create {directory}` first.")
    if coming.exists():
        raise KeysError(f"{coming} is not in use yet: deploy jwks.json everywhere, then promote it.")
    new = _new_private_key()
    # Published before it signs: a run that is interrupted in between leaves a key too many, never one too few.
    _publish(jwks, [_public_jwk(new), _public_jwk(pem.read_bytes())])
    _write(coming, new)


def _promote_jwt(directory: Path) -> None:
    pem, coming = directory / "jwt.pem", directory / NEXT_PEM
    if not coming.exists():
        raise KeysError(f"{coming} is missing. Run add first, and deploy jwks.json everywhere.")
    _write(pem, coming.read_bytes())
    coming.unlink()


def _new_private_key() -> bytes:
    return ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _public_jwk(pem: bytes) -> dict[str, str]:
    private = serialization.load_pem_private_key(pem, password=None)
    if not isinstance(private, ec.EllipticCurvePrivateKey) or not isinstance(private.curve, ec.SECP256R1):
        raise KeysError("jwt.pem is not a P-256 private key. Restore it, or delete it and run create for a new one.")
    jwk: dict[str, str] = ECAlgorithm.to_jwk(private.public_key(), as_dict=True)
    return {**jwk, "kid": thumbprint(jwk), "use": "sig", "alg": "ES256"}


def _published(jwks: Path) -> list[dict[str, str]]:
    return list(json.loads(jwks.read_bytes())["keys"]) if jwks.exists() else []


def _publish(jwks: Path, keys: Sequence[dict[str, str]]) -> None:
    _write(jwks, json.dumps({"keys": keys}, indent=2).encode() + b"\n")


@contextmanager
def _rotating(directory: Path, name: str) -> Iterator[None]:
    if name == INDEX:
        raise KeysError(
            "The index keyset cannot be rotated: stored blind indexes are compared with newly computed ones, so every"
            " search and every unique e-mail address would stop matching. It needs a migration that computes them anew."
        )
    if name not in {*KEYSETS, JWT}:
        raise KeysError(f"There is no keyset of that name; choose one of {', '.join((*KEYSETS, JWT))}.")
    with _locked(directory):
        yield


@contextmanager
def _locked(directory: Path) -> Iterator[None]:
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle = os.open(directory, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _write(path: Path, data: bytes) -> None:
    handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tools.keys", description="Make, rotate and wrap keys.")
    commands = parser.add_subparsers(dest="command", required=True)
    for command, text in (
        ("create", "make whatever is missing"),
        ("add", "add a key that opens and does not yet seal"),
        ("promote", "use the added key from now on"),
        ("wrap", "wrap clear keysets by Cloud KMS"),
    ):
        sub = commands.add_parser(command, help=text)
        sub.add_argument("directory", type=Path, metavar="DIR")
        if command in {"add", "promote"}:
            sub.add_argument("name", metavar="NAME", help=f"one of {', '.join((*KEYSETS, JWT))}")
        sub.add_argument("--kms-key", default="", required=command == "wrap", help="Cloud KMS key of the keysets")
        sub.add_argument("--kms-url", default=KMS_URL, help="where the KMS REST API answers")
    options = parser.parse_args(arguments)
    kms = KmsAead(options.kms_key, options.kms_url) if options.kms_key else None
    try:
        if options.command == "create":
            for made in create(options.directory, kms):
                print(f"made {options.directory / made}")
        elif options.command == "add":
            add(options.directory, options.name, kms)
            published = "jwks.json" if options.name == JWT else f"{options.name}.json"
            print(f"{options.name}: a key was added. Deploy {published} everywhere, then run promote.")
        elif options.command == "promote":
            promote(options.directory, options.name, kms)
            print(f"{options.name}: the new key is in use")
        elif kms is not None:
            for wrapped in wrap(options.directory, kms):
                print(f"wrapped {options.directory / wrapped}")
    except (KeysError, KeysetError, OSError) as failed:
        print(failed, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
