"""Settings: read once, refused with every reason at once, safe where nothing is said."""

import pytest

from shared.config import EMULATORS, HARDENED, SETTINGS, ConfigurationError, Settings, load

LOCAL = {"ENVIRONMENT": "local"}
PRODUCTION = {"ENVIRONMENT": "production", "KEYSET_KMS_KEY": "projects/p/locations/us/keyRings/r/cryptoKeys/k"}


def test_everything_that_is_wrong_is_said_at_once() -> None:
    wrong = {"LOG_LEVEL": "loud", "BCRYPT_COST": "99", "FILE_LINK_MINUTES": "60", "SMTP_PORT": "mail"}
    with pytest.raises(ConfigurationError) as refused:
        load({**LOCAL, **wrong})
    assert all(name in str(refused.value) for name in wrong)
    assert "loud" not in str(refused.value)


def test_unknown_variables_are_nobodys_business() -> None:
    assert load({**LOCAL, "PATH": "/bin", "SOMETHING_ELSE": "1"}) == load(LOCAL)


def test_an_empty_variable_is_as_if_it_were_not_set() -> None:
    assert load({**LOCAL, "LOG_LEVEL": ""}).log_level == "info"


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        load(LOCAL).bcrypt_cost = 4


@pytest.mark.parametrize("environment", ["production", "staging", None])
def test_where_nothing_is_said_the_safe_side_is_taken(environment) -> None:
    environ = {**PRODUCTION, "ENVIRONMENT": environment or ""}
    found = load({k: v for k, v in environ.items() if v})
    assert found.require_verified_email is True
    assert found.mfa_required_roles == ("Admin", "Doctor", "Nurse")
    assert found.trusted_proxy_hops == 2
    assert "http://localhost:3000" not in found.allowed_origins or found.environment != "production"


def test_what_is_said_wins_over_the_safe_default() -> None:
    assert load({**PRODUCTION, "MFA_REQUIRED_ROLES": "Admin"}).mfa_required_roles == ("Admin",)
    assert load({**PRODUCTION, "REQUIRE_VERIFIED_EMAIL": "false"}).require_verified_email is False


def test_hardened_defaults_are_settings() -> None:
    assert HARDENED.keys() <= SETTINGS.keys()


@pytest.mark.parametrize("emulator", EMULATORS)
def test_an_emulator_outside_a_local_run_is_refused_with_a_sentence(emulator) -> None:
    with pytest.raises(ConfigurationError, match=emulator):
        load({**PRODUCTION, emulator: "127.0.0.1:1"})
    # On the platform, whatever the settings claim.
    with pytest.raises(ConfigurationError, match=emulator):
        load({**LOCAL, emulator: "127.0.0.1:1", "K_SERVICE": "get-patient"})
    assert load({**LOCAL, emulator: "127.0.0.1:1"}).environment == "local"


def test_production_refuses_keysets_in_the_clear() -> None:
    with pytest.raises(ConfigurationError, match="KEYSET_KMS_KEY"):
        load({"ENVIRONMENT": "production"})


@pytest.mark.parametrize(
    "external",
    [
        {},
        {"EXTERNAL_ISSUER": "https://id.example"},
        {"EXTERNAL_ISSUER": "https://id.example", "EXTERNAL_SHARED_SECRET": "short"},
        {"EXTERNAL_ISSUER": "i", "EXTERNAL_SHARED_SECRET": "s" * 32, "EXTERNAL_JWKS_URL": "https://id.example/jwks"},
    ],
)
def test_an_external_identity_provider_is_described_whole(external) -> None:
    with pytest.raises(ConfigurationError, match="EXTERNAL_"):
        load({**LOCAL, "IDENTITY_MODE": "external", **external})


def test_allowed_origins_come_from_settings() -> None:
    found = load(
        {**PRODUCTION, "FRONTEND_URL": "https://app.example/", "CORS_ORIGIN": "https://a.example, https://b.example"}
    )
    assert found.allowed_origins == {"https://app.example", "https://a.example", "https://b.example"}


def test_calls_are_kept_as_long_as_their_recordings() -> None:
    with pytest.raises(ConfigurationError, match="CALL_RETENTION_YEARS"):
        load({**LOCAL, "CALL_RETENTION_YEARS": "2", "RECORDING_RETENTION_YEARS": "3"})


@pytest.mark.parametrize(
    ("variable", "text", "read"),
    [
        ("SWAGGER_ENABLED", "No", False),
        ("SWAGGER_ENABLED", "1", True),
        ("BCRYPT_COST", " 4 ", 4),
        ("DATABASE_TIMEOUT_SECONDS", "0.5", 0.5),
        ("DATABASE_TIMEOUT_SECONDS", "3", 3.0),
        ("CORS_ORIGIN", " https://a.example ,,https://b.example", ("https://a.example", "https://b.example")),
    ],
)
def test_text_is_read_as_the_type_of_its_setting(variable, text, read) -> None:
    found = getattr(load({**LOCAL, variable: text}), variable.lower())
    assert (found, type(found)) == (read, type(read))


@pytest.mark.parametrize(
    ("variable", "text"),
    [
        ("SWAGGER_ENABLED", "perhaps"),
        ("BCRYPT_COST", "3"),
        ("BCRYPT_COST", "17"),
        ("BCRYPT_COST", "4.5"),
        ("DATABASE_TIMEOUT_SECONDS", "0"),
        ("DATABASE_TIMEOUT_SECONDS", "nan"),
        ("DATABASE_TIMEOUT_SECONDS", "inf"),
        ("VIDEO_PROVIDER", "other"),
    ],
)
def test_what_is_no_value_of_a_setting_is_refused(variable, text) -> None:
    with pytest.raises(ConfigurationError, match=f"{variable}: should be "):
        load({**LOCAL, variable: text})


def test_settings_show_no_values_and_know_their_names() -> None:
    assert "secret" not in repr(load({**LOCAL, "FACEBOOK_APP_SECRET": "secret"}))
    with pytest.raises(ConfigurationError, match="NO_SUCH_THING: is not a setting"):
        Settings(no_such_thing="1")


def test_changed_settings_are_checked_like_others() -> None:
    assert load(LOCAL).changed(bcrypt_cost=5).bcrypt_cost == 5
    with pytest.raises(ConfigurationError, match="BCRYPT_COST"):
        load(LOCAL).changed(bcrypt_cost=99)
