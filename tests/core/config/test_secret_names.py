from __future__ import annotations

import pytest

from loglama_core.config.secret_names import is_secret_name, mask
from loglama_core.secret_text import MASK


@pytest.mark.parametrize(
    "name",
    [
        "OPENAI_API_KEY",
        "GITHUB_TOKEN",
        "db_password",
        "dbPassword",
        "SMTP_PASSWD",
        "AWS_SECRET_ACCESS_KEY",
        "APIKEY",
        "KEY",
        "SENTRY_DSN",
        "SERVICE_CREDENTIALS",
        "BASIC_AUTH",
        "DB_PASS",
        "SSH_PRIVATE_KEY",
        "SECRETS",
    ],
)
def test_security_19_secret_names(name: str) -> None:
    assert is_secret_name(name)
    assert mask(name, "hunter2") == MASK


@pytest.mark.parametrize("name", ["APILAMA_PORT", "KEYBOARD", "MONKEY_LIMIT", "AUTHOR", "LOGLAMA_DB_PATH", "COMPASS"])
def test_plain_names_are_shown(name: str) -> None:
    assert mask(name, "8080") == "8080"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("postgres://ann:hunter2@db:5432/x", f"postgres://ann:{MASK}@db:5432/x"),
        ("redis://:hunter2@cache", f"redis://:{MASK}@cache"),
        ("amqp://u:p@ss@host", f"amqp://u:{MASK}@host"),
        ("http://127.0.0.1:8080/x", "http://127.0.0.1:8080/x"),
        ("ghp_abcdefghijklmnopqrstuvwxyz0123456789", MASK),
        ("-----BEGIN RSA PRIVATE KEY-----\nMIIE", MASK),
        ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.abc", MASK),
    ],
)
def test_security_19_secret_values(value: str, shown: str) -> None:
    assert mask("BACKEND", value) == shown


def test_an_amount_of_tokens_is_no_token() -> None:
    assert mask("MAX_TOKENS", "4096") == "4096"
    assert mask("API_TOKENS", "a1,b2") == MASK
    assert mask("API_TOKEN", "4096") == MASK


def test_declared_secrets_are_masked_whatever_their_name() -> None:
    assert mask("BACKEND", "plain", {"BACKEND"}) == MASK


def test_the_mask_does_not_tell_the_length_but_an_empty_value_shows() -> None:
    assert mask("TOKEN", "x") == mask("TOKEN", "x" * 99)
    assert mask("TOKEN", "") == ""
