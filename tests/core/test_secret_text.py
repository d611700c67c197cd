"""What is taken for a secret, and what is not (security 18)."""

from __future__ import annotations

import time

import pytest

from loglama_core.secret_text import MASK, is_secret_field, mask_secrets, mask_secrets_in_fields

SECRET = "hunter2x"
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c"


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        (f"login password={SECRET} ok", f"login password={MASK} ok"),
        (f"password: {SECRET}, user: ann", f"password: {MASK}, user: ann"),
        (f"DB_PASSWORD='{SECRET} x'", f"DB_PASSWORD='{MASK}'"),
        (f'{{"api_key": "{SECRET}", "n": 1}}', f'{{"api_key": "{MASK}", "n": 1}}'),
        (rf"body={{\"token\":\"{SECRET}\"}}", rf"body={{\"token\":\"{MASK}\"}}"),
        (f"dbPassword={SECRET}", f"dbPassword={MASK}"),
        (f"Uid=sa;Pwd={SECRET};", f"Uid=sa;Pwd={MASK};"),
        (f"?access_token={SECRET}&page=2", f"?access_token={MASK}&page=2"),
        (f"Authorization: Bearer {SECRET}", f"Authorization: {MASK}"),
        (f"'authorization': 'Basic {SECRET}'", f"'authorization': '{MASK}'"),
        (f"Cookie: a=1; session={SECRET}", f"Cookie: {MASK}"),
        (f"sent bearer {SECRET * 3} on", f"sent bearer {MASK} on"),
        (f"postgres://ann:{SECRET}@db:5432/x", f"postgres://ann:{MASK}@db:5432/x"),
        (f"redis://:{SECRET}@cache/0", f"redis://:{MASK}@cache/0"),
        ("key AKIAIOSFODNN7EXAMPLE used", f"key {MASK} used"),
        (f"ghp_{'a1' * 18} and glpat-{'x' * 20}", f"{MASK} and {MASK}"),
        (f"xoxb-{'1' * 12}-abc", MASK),
        (f"sk-{'a' * 20}", MASK),
        ("ASIA" + "Q" * 16, MASK),
        ("AIza" + "b" * 35, MASK),
        ("ya29." + "b" * 30, MASK),
        ("github_pat_" + "b" * 30, MASK),
        (f"passphrase: {SECRET}", f"passphrase: {MASK}"),
        (f"credentials={SECRET}", f"credentials={MASK}"),
        (f"client_secret={SECRET}", f"client_secret={MASK}"),
        (f"X-Api-Key: {SECRET}", f"X-Api-Key: {MASK}"),
        (f"Proxy-Authorization: Basic {SECRET}", f"Proxy-Authorization: {MASK}"),
        (f"jwt {JWT}", f"jwt {MASK}"),
        (f"-----BEGIN RSA PRIVATE KEY-----\n{SECRET}\n-----END RSA PRIVATE KEY-----\nafter", f"{MASK}\nafter"),
        (f"-----BEGIN PRIVATE KEY-----\n{SECRET}", MASK),
    ],
)
def test_security_18_secrets_are_masked_and_what_stands_beside_them_stays(text: str, masked: str) -> None:
    found, number = mask_secrets(text)
    assert found == masked
    assert number == masked.count(MASK)
    assert SECRET not in found
    assert mask_secrets(found) == (found, 0), "a mask is no secret"


@pytest.mark.parametrize(
    "text",
    [
        "token stream 12 finished",
        "max_tokens=4096 prompt_tokens: 12",
        "password changed for ann",
        "GET http://host:8080/items?page=2",
        "mailto: ann@example.org",
        "PWD=/home/ann",
        "key=value cache_key misses 3",
        "secrets rotated, authorization failed",
        "skipped basic checks, cookies: none",
        "disk-0 risk-averse task-1",
        "asia south, akia",
    ],
)
def test_what_only_looks_alike_is_left_alone(text: str) -> None:
    assert mask_secrets(text) == (text, 0)


def test_fields_are_masked_by_name_and_by_value_at_any_depth() -> None:
    fields = {
        "user": {"name": "ann", "password": SECRET, "tags": ["x", f"token={SECRET}"]},
        "accessToken": {"value": SECRET},
        "pin_token": 1234,
        "secret": None,
        "has_password": True,
        "url": f"amqp://u:{SECRET}@h",
    }
    masked, number = mask_secrets_in_fields(fields)
    assert masked == {
        "user": {"name": "ann", "password": MASK, "tags": ["x", f"token={MASK}"]},
        "accessToken": MASK,
        "pin_token": MASK,
        "secret": None,
        "has_password": True,
        "url": f"amqp://u:{MASK}@h",
    }
    assert number == 5
    assert not is_secret_field("max_tokens")


@pytest.mark.parametrize(
    "piece",
    ["a_", "sk-", "eyJaaaaaaaaa-", "a", "password", "password=", "://", "a://b:", "-----BEGIN ", "cookie ", "bearer ",
     "basic  ", "authorization:", '"', "\\", "token\\\\\\", "xoxb-", "'password': '", "A"],
)  # fmt: skip
def test_security_13_a_hostile_line_costs_little(piece: str) -> None:
    text = "token=1 " + piece * (200_000 // len(piece))
    began = time.process_time()
    mask_secrets(text)
    assert time.process_time() - began < 2.0
