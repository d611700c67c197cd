"""Which names and values are secrets, and how they are shown.

A secret shown once in a terminal, a report or an error message is a secret lost; a harmless value masked by mistake
costs nothing but a ``--show-secrets``. In doubt, a value is masked.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from loglama_core.secret_text import MASK, SECRET_VALUE, USER_INFO

_SECRET_PARTS = (
    "TOKEN",
    "SECRET",
    "PASSWORD",
    "PASSWD",
    "PASSPHRASE",
    "CREDENTIAL",
    "PRIVATEKEY",
    "APIKEY",
    "ACCESSKEY",
    "SIGNINGKEY",
)
_SECRET_WORDS = frozenset({"KEY", "KEYS", "PASS", "PWD", "PW", "PAT", "AUTH", "JWT", "COOKIE", "SALT", "DSN", "PIN"})
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")


def is_secret_name(name: str) -> bool:
    """Whether a variable or key of this name (``OPENAI_API_KEY``, ``dbPassword``) usually holds a secret."""
    words = [word.upper() for word in _WORD.findall(name)]
    if not _SECRET_WORDS.isdisjoint(words):
        return True
    joined = "".join(words)
    return any(part in joined for part in _SECRET_PARTS)


def is_secret(name: str, value: str, declared: Collection[str] = ()) -> bool:
    """Whether ``value`` must not be shown in full: by its name, by the names ``declared`` as secret, or by its form.

    A plural name with a number (``MAX_TOKENS=4096``) is an amount, not a secret.
    """
    if name in declared:
        return True
    if is_secret_name(name) and not (name.upper().endswith("TOKENS") and value.isdecimal()):
        return True
    return USER_INFO.search(value) is not None or SECRET_VALUE.search(value) is not None


def mask(name: str, value: str, declared: Collection[str] = ()) -> str:
    """Return ``value`` fit to be shown: secrets become ``MASK``.

    Of a URL with ``user:password@`` only the password does. An empty value stays empty: that a secret is missing is no
    secret.
    """
    if not value or not is_secret(name, value, declared):
        return value
    if name in declared or SECRET_VALUE.search(value):
        return MASK
    hidden = USER_INFO.sub(rf"\g<name>{MASK}@", value)
    return MASK if hidden == value else hidden
