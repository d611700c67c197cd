"""How secrets look in text: what ``[redact]`` replaces, ``diagnose`` counts, and what is masked wherever it is shown.

Imports nothing of LogLama. A text is first asked whether it may hold a secret at all (``may_hold_secret``, 1.2 us for
225 characters): the patterns themselves cost twenty times that, and of a hundred log lines perhaps seven need them.
Every repetition that could begin at many places of one text is bounded: a hostile line of 1 MiB costs no more than a
few.
"""

from __future__ import annotations

import re
from typing import Any

MASK = "********"
"""What stands in place of a secret: always as long, so that it does not tell the secret's length."""

SECRET_VALUE = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----"
    r"|\b(?:sk|pk|rk)[-_][A-Za-z0-9_-]{16,}"
    r"|\bgh[pousr]_[A-Za-z0-9]{20,}|\bgithub_pat_\w{20,}|\bglpat-[\w-]{16,}"
    r"|\bxox[abeprs]-[A-Za-z0-9-]{10,}"
    r"|\bA[KS]IA[A-Z0-9]{16}\b|\bAIza[\w-]{30,}|\bya29\.[\w-]{20,}"
    r"|\beyJ[\w-]{8,4096}\.eyJ[\w-]{8,4096}\.[\w-]*"
)
"""Values that are secrets by their form alone: private, cloud, GitHub, GitLab, Slack and JSON web keys."""

USER_INFO = re.compile(r"(?P<name>[A-Za-z][A-Za-z0-9+.-]{0,30}://[^\s:/@]{0,200}:)(?P<value>[^\s/]+)(?P<end>@)")
"""``user:password@`` in a URL."""

# Parts that every secret's name or form has in lower case, each begun at its rarest letter. Seven times as quick as the
# whole words: while the first letters are few and no part looks back or repeats, the engine skips from one to the next.
_HINT = re.compile(
    r"w(?:ord|d)|k(?:en|ie|ey|ia|[-_])|z[ae]|cre|@|yj|xox|b(?:ear|asi|egi)|g(?:h[pousr]_|ithub_pat|lpat-)|ya29"
).search

_SECRET_NAME_ENDS = (
    "password",
    "passwd",
    "passphrase",
    "pwd",
    "secret",
    "token",
    "apikey",
    "accesskey",
    "signingkey",
    "privatekey",
    "secretkey",
    "accountkey",
    "credential",
    "credentials",
    "authorization",
    "cookie",
)
_NAME = (
    r"(?:[A-Za-z0-9]{1,40}[_.-]){0,4}[A-Za-z0-9]{0,20}?"
    r"(?:password|passwd|passphrase|secret|token|api[_-]?key|(?:access|signing|private|secret|account)[_-]?key"
    r"|credentials?|pwd(?=[\"']?\s{0,9}[=:]\s{0,9}[^/\s]))"
)
# A value in quotes (of a Python or JSON text, there perhaps escaped), or up to the next blank or separator. The closing
# quote is left where it is.
_VALUE = r"\\+[\"'][^\"'\\\n]+|\"(?:[^\"\\\n]|\\.)+|'(?:[^'\\\n]|\\.)+|[^\s,;&\"'<>{}\\]+"
_ASSIGN = r"(?:\\*[\"'])?\s{0,9}[=:]\s{0,9}"
_PATTERNS = (
    re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL),
    re.compile(
        rf"(?P<name>\b(?:proxy-)?authorization{_ASSIGN})"
        r"(?P<value>\\*[\"']?(?:(?:bearer|basic|digest|negotiate|token)\s{1,9})?[^\s\"'\\,;]+)",
        re.IGNORECASE,
    ),
    re.compile(rf"(?P<name>\b(?:set-)?cookie{_ASSIGN})(?P<value>\\*[\"']?[^\n\"'\\]+)", re.IGNORECASE),
    re.compile(rf"(?P<name>(?<![A-Za-z0-9]){_NAME}{_ASSIGN})(?P<value>{_VALUE})", re.IGNORECASE),
    USER_INFO,
    re.compile(r"(?P<name>\b(?:bearer|basic)\s{1,9})(?P<value>[A-Za-z0-9+/_.~-]{16,}=*)", re.IGNORECASE),
    SECRET_VALUE,
)


def may_hold_secret(text: str) -> bool:
    """Whether a text has anything that a secret could not be without."""
    lower = text.lower()
    return _HINT(lower) is not None or "phrase" in lower or "ASIA" in text


def mask_secrets(text: str) -> tuple[str, int]:
    """Return the text with every secret in it masked, and how many there were; a mask is no secret."""
    if not may_hold_secret(text):
        return text, 0
    found = 0

    def counted(match: re.Match[str]) -> str:
        nonlocal found
        replacement = _replacement(match)
        found += replacement != match[0]
        return replacement

    for pattern in _PATTERNS:
        text = pattern.sub(counted, text)
    return text, found


def is_secret_field(name: str) -> bool:
    """Whether a field of this name (``password``, ``db_password``, ``accessToken``) holds a secret, whatever it is."""
    return name.lower().replace("_", "").replace("-", "").endswith(_SECRET_NAME_ENDS)


def mask_secrets_in_fields(fields: dict[str, Any]) -> tuple[dict[str, Any], int]:
    """Return an object of JSON with the secrets masked in its texts and under its names, and how many there were."""
    masked: dict[str, Any] = {}
    found = 0
    for name, value in fields.items():
        if value not in (None, "", MASK) and not isinstance(value, bool) and is_secret_field(name):
            masked[name] = MASK
            found += 1
        else:
            masked[name], more = _mask_value(value)
            found += more
    return masked, found


def _mask_value(value: Any) -> tuple[Any, int]:
    if isinstance(value, str):
        return mask_secrets(value)
    if isinstance(value, dict):
        return mask_secrets_in_fields(value)
    if isinstance(value, list):
        masked = [_mask_value(item) for item in value]
        return [item for item, _ in masked], sum(found for _, found in masked)
    return value, 0


def _replacement(match: re.Match[str]) -> str:
    """Return what takes the place of a match: its ``name`` as it stood, and the mask in the quotes of its ``value``."""
    named = match.groupdict()
    value = named.get("value")
    if value is None:
        return MASK
    bare = value.lstrip("\\")
    quote = value[: len(value) - len(bare)] + (bare[0] if bare[:1] in {'"', "'"} else "")
    return f"{named['name']}{quote}{MASK}{named.get('end') or ''}"
