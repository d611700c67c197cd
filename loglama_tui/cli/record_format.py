"""A record in each data format: pretty, jsonl, csv, logfmt, raw."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from loglama_core.errors import UsageError
from loglama_core.export.record_json import RECORD_KEYS, record_as_json, record_value
from loglama_core.model import LogRecord, RecordFlag, flag_names
from loglama_tui.cli.data_lines import csv_line, flattened, json_line, logfmt_line
from loglama_tui.cli.pretty_record import PrettyRecords
from loglama_tui.display_safe import display_safe_block
from loglama_tui.source_path import source_from

FORMATS: tuple[str, ...] = ("pretty", "jsonl", "csv", "logfmt", "raw")


class RecordFormat:
    """Turns records into what is printed of them."""

    def __init__(
        self,
        name: str,
        *,
        terminal: bool,
        color: bool = False,
        utc: bool = False,
        names: Sequence[str] = (),
        full_text: Callable[[int], str | None] | None = None,
        folder: Path | None = None,
    ) -> None:
        """``names``: of ``--fields``. ``full_text``: ``RecordReader.full_text``, for messages that were shortened.

        ``folder``: sources below it are named from it.
        """
        if name == "raw" and names:
            raise UsageError("--format raw prints messages only", "leave out --fields, or use --format csv")
        self.name = name
        self._terminal = terminal
        self._names = tuple(names)
        self._full_text = full_text
        self._folder = folder
        self._pretty = PrettyRecords(utc=utc, color=color, names=self._names)

    def header(self) -> str:
        """Return what stands before the first record: the column names of CSV."""
        return csv_line(self._names or RECORD_KEYS, terminal=self._terminal) if self.name == "csv" else ""

    def format(self, record: LogRecord, *, mark: str = "") -> str:
        """Return the record's lines; ``mark`` stands before it in the pretty format only."""
        if self._folder is not None:
            record = replace(record, source=source_from(self._folder, record.source))
        if self.name == "pretty":
            return self._pretty.lines(record, mark=mark)
        if self.name == "jsonl":
            return json_line(self._as_object(record), terminal=self._terminal)
        if self.name == "csv":
            return csv_line(self._cells(record), terminal=self._terminal)
        if self.name == "logfmt":
            return logfmt_line(self._pairs(record))
        text = self._message(record)
        return f"{display_safe_block(text) if self._terminal else text}\n"

    def _as_object(self, record: LogRecord) -> dict[str, object]:
        if not self._names:
            return record_as_json(record)
        return {name: record_value(record, name) for name in self._names}

    def _cells(self, record: LogRecord) -> list[object]:
        cells = [record_value(record, name) for name in self._names or RECORD_KEYS]
        return [" ".join(cell) if isinstance(cell, list) and not self._names else cell for cell in cells]

    def _pairs(self, record: LogRecord) -> list[tuple[str, object]]:
        if self._names:
            return [(name, record_value(record, name)) for name in self._names]
        own = record_as_json(record) | {"fields": None, "flags": ",".join(flag_names(record.flags))}
        pairs = [(key, value) for key, value in own.items() if value not in {None, ""}]
        return pairs + [
            (f"fields.{key}" if key in RECORD_KEYS else key, value) for key, value in flattened(record.fields)
        ]

    def _message(self, record: LogRecord) -> str:
        if record.flags & RecordFlag.SHORTENED and self._full_text is not None:
            return self._full_text(record.id) or record.message
        return record.message
