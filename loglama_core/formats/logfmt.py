"""Logfmt: ``key=value key="quoted value" bare`` -> records and fields."""

from __future__ import annotations

import re
from typing import Any

import orjson

from loglama_core.formats.decoding import clean_text
from loglama_core.formats.json_keys import LEVEL_KEYS, TIME_KEYS, UsualKeys
from loglama_core.formats.json_lines import JsonLines
from loglama_core.formats.json_values import NAME_LENGTH
from loglama_core.formats.levels import SEVERITY_BY_WORD
from loglama_core.formats.timestamps import StampReader
from loglama_core.model import ParsedRecord

# Possessive, so that a line is walked once whatever is in it; but not around a group that may itself backtrack, which
# Python before 3.11.5 matches wrongly (Debian 12 brings 3.11.2).
# Blanks are spelled out, because a set with \\s in it is matched half as quickly.
_BLANK = r" \t\n\r\x0b\x0c"
_QUOTED = rf""""[^"\\]*+(?:\\.[^"\\]*+)*+"|'[^'\\]*+(?:\\.[^'\\]*+)*+'(?=[{_BLANK}]|$)"""
_KEY = rf"""[^{_BLANK}="']++"""
_NUMBER = r"-?(?:0|[1-9][0-9]{0,14})(?:\.[0-9]{1,9})?"
_WHOLE_NUMBER = re.compile(_NUMBER)
_PAIRS = re.compile(rf"""(?:{_KEY}(?:=(?:{_QUOTED}|[^{_BLANK}"]*+))?+(?:[{_BLANK}]++|$))+""")
_PAIR = re.compile(
    rf"""({_KEY})(=(?:({_NUMBER})(?=[{_BLANK}]|$)|([^{_BLANK}"'][^{_BLANK}"]*+)|"([^"\\]*+)"|{_QUOTED}|[^{_BLANK}"]*+))?"""
)
"""A key, all that follows it, and of that a number, a bare or a quoted value, whichever it is."""
_EXACT = r"0|-?[1-9][0-9]{0,14}|-?(?:0\.0{0,2}|[1-9][0-9]{0,7}\.)[0-9]{0,5}[1-9]"
"""Numbers that are written in JSON as they stand here: 15 digits at most, no zero at either end."""
_TEXT = r"""[^\x00-\x20"'\\][^\x00-\x20"\\]*+"""
_VALUE = rf"""(?:((?:{_EXACT})(?=[ ]|$)|"[^"\\\x00-\x1f]*+")|(?!{_NUMBER}(?:[ ]|$))({_TEXT})|({_NUMBER}))"""
_TEXT_VALUE = rf"""(?:("[^"\\\x00-\x1f]*+")|({_TEXT})|(\b\B))"""
"""A value: as JSON has it (1), a text without quotes (2), a number that is to be looked at (3)."""
_MOST_OPENINGS = 4
_MOST_RESTS = 8
_MOST_OPENING_KEYS = 16
_MOST_LEARNT = 64
"""Openings that a source may have before no more are compiled, at 0.5 ms each."""
_Pair = tuple[str, str, str, str, str]
_FIRST = re.compile(r"[A-Za-z_@][\w.@/-]{0,63}+=")
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r", '"': '"', "'": "'", "\\": "\\"}
_NEVER_NUMBERS = frozenset(TIME_KEYS + LEVEL_KEYS)


class LogfmtLines:
    """Reads logfmt lines; what a key means is known to ``json_lines``, what a stamp means to ``stamps``."""

    def __init__(self, objects: JsonLines, stamps: StampReader) -> None:
        self._objects = objects
        self._stamps = stamps
        self._openings: list[_Opening] = []
        self._learnt = 0

    def parse(self, text: str) -> ParsedRecord | None:
        """Return the record of a line that is logfmt throughout and has the keys of a log record, else ``None``."""
        openings = self._openings
        for opening in openings:
            if (parsed := opening.parse(text)) is not None:
                if opening is not openings[0]:
                    openings.remove(opening)
                    openings.insert(0, opening)
                return parsed
        if _FIRST.match(text) is None:
            return None
        pairs = _PAIR.findall(text)
        # Pairs one blank apart are the line; one with other blanks is matched as a whole, which is twice the work.
        if " ".join([pair[0] + pair[1] for pair in pairs]) != text and _PAIRS.fullmatch(text) is None:
            return None
        fields = _fields_of(pairs)
        keys = tuple(fields)
        parsed = self._objects.interpret_if_evident(fields)
        if parsed is not None and len(keys) == len(pairs):
            self._learn(keys)
        return parsed

    def _learn(self, keys: tuple[str, ...]) -> None:
        """Remember the keys that a line began with: the next probably does, too."""
        usual = self._objects.usual_keys(keys)
        if usual is None or self._learnt >= _MOST_LEARNT:
            return
        count = max(keys.index(key) for key in usual if key is not None) + 1
        if count <= _MOST_OPENING_KEYS and all(opening.keys != keys[:count] for opening in self._openings):
            self._learnt += 1
            self._openings.insert(0, _Opening(keys[:count], usual, self._objects, self._stamps))
            del self._openings[_MOST_OPENINGS:]


class _Opening:
    """The keys that lines begin with, up to the last of time, level, message, logger and service.

    One pattern takes their values at once, another those of the keys that mostly follow. It halves the work for a line.
    """

    __slots__ = ("_iso", "_match", "_objects", "_others", "_places", "_rests", "_stamps", "_usual", "keys")

    def __init__(self, keys: tuple[str, ...], usual: UsualKeys, objects: JsonLines, stamps: StampReader) -> None:
        value = rf"""=("[^"\\]++"|[^{_BLANK}"'][^{_BLANK}"]*+)"""
        self._match = re.compile(" ".join(re.escape(key) + value for key in keys) + "(?: |$)").match
        self.keys = keys
        self._usual = usual
        self._objects = objects
        self._stamps = stamps
        self._iso = stamps.iso
        self._rests: list[_Rest] = []
        self._places = tuple(len(keys) if key is None else keys.index(key) for key in usual)
        self._others = tuple((key, place) for place, key in enumerate(keys) if key not in usual)

    def parse(self, text: str) -> ParsedRecord | None:
        """Return the record of a line that begins so and has nothing else that would tell time, level or message."""
        found = self._match(text)
        if found is None:
            return None
        groups = (*found.groups(), "")
        time_at, level_at, message_at, logger_at, service_at = self._places
        stamp, level, message = groups[time_at], groups[level_at], groups[message_at]
        logger, service = groups[logger_at], groups[service_at]
        if stamp[0] == '"':
            stamp = stamp[1:-1]
        if message[0] == '"':
            message = message[1:-1]
        severity = SEVERITY_BY_WORD.get(level) or SEVERITY_BY_WORD.get(level.strip('"'))
        time_ns = self._iso(stamp) or self._stamps.text(stamp)
        if not severity or time_ns is None or len(logger) > NAME_LENGTH or len(service) > NAME_LENGTH:
            return None
        if (logger < ":" or service < ":") and (_WHOLE_NUMBER.fullmatch(logger) or _WHOLE_NUMBER.fullmatch(service)):
            return None  # a number is no name
        rest = text[found.end() :]
        fields = self._fields(rest) if rest else ""
        if fields is None:
            return None
        if self._others:
            begin = orjson.dumps({key: _value(key, groups[at]) for key, at in self._others}).decode()
            fields = f"{begin[:-1]},{fields[1:]}" if fields else begin
        return time_ns, severity, service.strip('"') or None, logger.strip('"') or None, message, fields or None, 0

    def _fields(self, rest: str) -> str | None:
        """Return the fields in what follows the opening, ``None`` if it is not logfmt or tells more of the record."""
        rests = self._rests
        for place, known in enumerate(rests):
            if (fields := known.read(rest)) is not None:
                if place:
                    rests[place - 1 : place + 1] = known, rests[place - 1]
                return fields
        pairs = _PAIR.findall(rest)
        if " ".join([pair[0] + pair[1] for pair in pairs]) != rest:
            return None
        others = _fields_of(pairs)
        keys = tuple(others)
        all_keys = (*self.keys, *keys)
        if len(keys) != len(pairs) or len({*all_keys}) != len(all_keys):
            return None
        if self._objects.usual_keys(all_keys) != self._usual:
            return None
        if len(rests) < _MOST_RESTS and all(len(pair[1]) > 1 for pair in pairs):
            rests.append(_Rest(keys))
        return orjson.dumps(others).decode()


class _Rest:
    """Keys that follow an opening, none of which means anything: their values are made JSON as they stand."""

    __slots__ = ("_keys", "_match")

    def __init__(self, keys: tuple[str, ...]) -> None:
        self._keys = tuple((f"{orjson.dumps(key).decode()}:", 3 * place) for place, key in enumerate(keys))
        self._match = re.compile(
            " ".join(f"{re.escape(key)}={_TEXT_VALUE if key in _NEVER_NUMBERS else _VALUE}" for key in keys)
        ).fullmatch

    def read(self, rest: str) -> str | None:
        """Return the values as a JSON object, ``None`` if there are other keys or values that must be looked at."""
        found = self._match(rest)
        if found is None:
            return None
        groups = found.groups()
        parts = []
        for name, at in self._keys:
            if bare := groups[at + 1]:
                parts.append(f'{name}"{bare}"')
            elif as_it_is := groups[at]:
                parts.append(name + as_it_is)
            else:
                parts.append(name + orjson.dumps(_number(groups[at + 2])).decode())
        return f"{{{','.join(parts)}}}"


def read_pairs(text: str) -> dict[str, Any]:
    """Return the pairs in ``text``: bare keys are true, unquoted decimal numbers numbers, repeated keys lists."""
    return _fields_of(_PAIR.findall(text))


def _fields_of(pairs: list[_Pair]) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for key, raw, number, bare, quoted in pairs:
        if bare:
            fields[key] = bare
        elif quoted:
            fields[key] = quoted
        elif number:
            fields[key] = number if key in _NEVER_NUMBERS else _number(number)
        else:
            fields[key] = _unusual(raw)
    if len(fields) < len(pairs):
        _join_repeated(fields, pairs)
    return fields


def _unusual(raw: str) -> str | bool:
    """Return a value in single quotes or with escapes, an empty one, and true for a key without one."""
    if len(raw) > 2 and raw[1] == raw[-1] and raw[1] in "\"'":
        return raw[2:-1] if "\\" not in raw else _unquote(raw[1:])
    return raw[1:] if raw else True


def _join_repeated(fields: dict[str, Any], pairs: list[_Pair]) -> None:
    """Make the value of a key given more than once a list of all its values."""
    values: dict[str, list[Any]] = {}
    for pair in pairs:
        values.setdefault(pair[0], []).append(_fields_of([pair])[pair[0]])
    fields |= {key: given for key, given in values.items() if len(given) > 1}


def _unquote(quoted: str) -> str:
    try:
        text = str(orjson.loads(quoted))
    except orjson.JSONDecodeError:
        text = _ESCAPE.sub(lambda match: _ESCAPED.get(match[1], match[0]), quoted[1:-1])
    return clean_text(text)[0]


def _value(key: str, text: str) -> int | float | str:
    """Return the value of a key: a quoted or bare text, a number."""
    if text[0] == '"':
        return text[1:-1]
    if text[0] in "-0123456789" and key not in _NEVER_NUMBERS and _WHOLE_NUMBER.fullmatch(text):
        return _number(text)
    return text


def _number(digits: str) -> int | float | str:
    if "." not in digits:
        return int(digits) if digits != "-0" else digits
    number = float(digits)
    # Of at most 15 digits none is lost, unless zeros stand at either end.
    if digits[-1] != "0" and len(digits) < 16 and not digits.startswith(("0.0", "-0.0")):
        return number
    return number if repr(number) == digits else digits
