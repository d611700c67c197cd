"""Logs whose own header names the columns: W3C extended (IIS, CloudFront, Incapsula) and Zeek."""

from __future__ import annotations

import re
from typing import Any

import orjson

from loglama_core.formats.levels import severity_of_status
from loglama_core.formats.timestamps import StampReader
from loglama_core.model import ParsedRecord

_DIRECTIVE = re.compile(
    r"#(?:Software|Version|Fields|Date|Start-Date|End-Date|Remark|GMT-Offset|System-Id|SubComponent"
    r"|separator|set_separator|empty_field|unset_field|path|open|close|types|fields)\b"
)
_VALUE = re.compile(r'"((?:[^"]|"")*)"|(\S+)')
_NUMBER = re.compile(r"(?:0|[1-9]\d{0,14})(?:\.\d{1,9})?", re.ASCII)
_MOST_COLUMNS = 200
_TEXTS = frozenset({"version", "cs-version", "id.orig_h", "id.resp_h", "uid"})
_REQUEST = (
    ("cs-method", "cs-uri-stem", "cs-uri-query", "sc-status"),
    ("cs-method", "cs-uri", "cs-uri-query", "sc-status"),
    ("method", "uri", "", "status_code"),
)


class HeadedLines:
    """Reads the lines of one source by the header above them."""

    def __init__(self, stamps: StampReader) -> None:
        self._stamps = stamps
        self._columns: list[str] = []
        self._is_tabbed = False
        self._date = ""

    @property
    def has_header(self) -> bool:
        """Whether a header told columns."""
        return bool(self._columns)

    def learn(self, head: bytes) -> None:
        """Take note of the header in the first bytes of a source that is read on from further below."""
        for line in head.decode("utf-8", "replace").split("\n")[:-1]:
            if line.startswith("#"):
                self._note(line.rstrip("\r"))

    def parse(self, text: str) -> ParsedRecord | None:
        """Return the record of a line of the header, or of one that has a value for each column."""
        if text[0] == "#":
            if _DIRECTIVE.match(text) is None:
                return None
            self._note(text)
            return None, 0, None, None, text, None, 0
        if not self._columns:
            return None
        values = (
            text.split("\t") if self._is_tabbed else [found[found.lastindex or 0] for found in _VALUE.finditer(text)]
        )
        if len(values) != len(self._columns):
            return None
        return self._record(dict(zip(self._columns, values, strict=True)), text)

    def _note(self, text: str) -> None:
        if text.startswith(("#Fields:", "#fields\t")):
            self._is_tabbed = "\t" in text[8:].strip()
            columns = text[8:].strip().split("\t" if self._is_tabbed else None)
            self._columns = columns if len(columns) <= _MOST_COLUMNS and len(set(columns)) == len(columns) else []
        elif text.startswith("#Date:"):
            self._date = text[6:].strip()[:10]

    def _record(self, row: dict[str, str], text: str) -> ParsedRecord:
        time_ns = self._time(row)
        fields: dict[str, Any] = {}
        for name, value in row.items():
            if value in {"-", "", "(empty)"}:
                continue
            is_number = name not in _TEXTS and _NUMBER.fullmatch(value) is not None
            fields[name] = (float(value) if "." in value else int(value)) if is_number else value
        severity = 0
        message = text
        for method, path, query, status in _REQUEST:
            if path in fields and method in fields:
                asked = f"?{row[query]}" if query in fields else ""
                message = f"{row[method]} {row[path]}{asked} {row.get(status, '')}".rstrip()
                if type(number := fields.get(status)) is int:
                    severity = severity_of_status(number)
                break
        return time_ns, severity, None, None, message, orjson.dumps(fields).decode() if fields else None, 0

    def _time(self, row: dict[str, str]) -> int | None:
        """Take the time out of a row: date and time of W3C are UTC, Zeek counts seconds."""
        if "time" in row and ("date" in row or self._date):
            date = row.get("date", self._date)
            time_ns = self._stamps.iso(f"{date}T{row['time']}Z")
            if time_ns is not None:
                row.pop("date", None)
                del row["time"]
            return time_ns
        if "ts" in row and (time_ns := self._stamps.text(row["ts"])) is not None:
            del row["ts"]
            return time_ns
        return None
