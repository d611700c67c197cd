"""JSON lines of any logger -> records: what is time, level, message … is found under its usual names."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson

from loglama_core.formats import docker_lines
from loglama_core.formats.decoding import decode_line
from loglama_core.formats.fallback import parse_levelled
from loglama_core.formats.json_arrays import held_records
from loglama_core.formats.json_envelopes import JsonObject, unwrap
from loglama_core.formats.json_keys import (
    KeyPlan,
    UsualKeys,
    plan_keys,
)
from loglama_core.formats.json_reading import MAX_KEYS, JsonObjectReading
from loglama_core.formats.json_values import (
    drop_same_severity,
    may_name,
    request_of,
    severity_by_status,
    severity_of,
    take_name,
    take_odd_message,
    take_traces,
)
from loglama_core.formats.levels import (
    SEVERITY_BY_WORD,
)
from loglama_core.formats.merged_fields import with_inner
from loglama_core.formats.moments import NANOSECONDS
from loglama_core.formats.otlp import is_otlp, log_records
from loglama_core.formats.quick_json import BRACKET, is_deep, needs_care, object_in
from loglama_core.formats.script_objects import script_object
from loglama_core.formats.time_names import is_local, is_number_time
from loglama_core.formats.timestamps import StampReader
from loglama_core.model import ParsedRecord, RecordFlag, RecordRow

_MULTI_LINE = int(RecordFlag.MULTI_LINE)
_UNPARSED = int(RecordFlag.UNPARSED)
_PLANS = 1024
_NAMES = 1024
_LENGTH_OF_STAMP = len("2026-03-04 05:06")


class JsonLines:
    """Reads the JSON lines of one source.

    ``read_text`` reads the text a container engine wrapped into JSON. ``evident``: whether the record read last had the
    keys of a log record, and not just those of any object. ``wraps``: whether it holds a line of a container's output;
    ``is_bare``: whether that line is no record itself; ``container_line``: its text, and what stood beside it.
    """

    def __init__(self, stamps: StampReader, read_text: Callable[[str], ParsedRecord | None]) -> None:
        self.evident = self.wraps = self.is_bare = False
        self._others: list[ParsedRecord] = []
        self.container_line: tuple[str, JsonObject] = "", {}
        self._stamps = stamps
        self._iso = stamps.iso
        self._read_text = read_text
        self._plans: dict[tuple[str, ...], KeyPlan] = {}
        self._usual_keys: dict[tuple[str, ...], UsualKeys] = {}
        self._names: set[str | None] = set()

    def read_usual(
        self,
        lines: list[bytes],
        index: int,
        offset: int,
        rows: list[RecordRow],
        *,
        service_here: str,
        max_message: int,
        careful: bool,
    ) -> tuple[int, int]:
        """Append the rows of lines up to the first that is not of the usual kind; return its index and offset.

        Usual: a flat object whose keys name one time, level and message each, with values of the usual types. Nine in
        ten lines of a server are, and here one costs 2.8 us; through ``read`` and ``interpret`` it is 4.
        ``offset``: of the line at ``index``. A carriage return at a line's end is white space to JSON.
        """
        usual_keys, names, read_time, append = self._usual_keys.get, self._names, self._iso, rows.append
        for index in range(index, len(lines)):  # noqa: B020, PLR1704
            line = lines[index]
            if careful and needs_care(line):
                return index, offset
            try:
                record = orjson.loads(line)
                usual = usual_keys(tuple(record))
                if usual is None or line.count(b'":') != len(record) or (BRACKET in line and is_deep(line)):
                    return index, offset
                time_key, level_key, message_key, logger_key, service_key = usual
                take = record.pop
                stamp, severity, message = take(time_key), SEVERITY_BY_WORD.get(take(level_key)), take(message_key)
                logger = take(logger_key) if logger_key else None
                service = take(service_key) if service_key else None
                if not severity or type(message) is not str or type(stamp) is not str or len(message) > max_message:
                    return index, offset
                if logger not in names or service not in names:
                    if not (may_name(logger) and may_name(service)):
                        return index, offset
                    self._remember_names(logger, service)
            except (orjson.JSONDecodeError, TypeError):  # no JSON, or no object, or a list where a word should be
                return index, offset
            time_ns = read_time(stamp)
            if time_ns is None:
                return index, offset
            fields = orjson.dumps(record).decode() if record else None
            flags = _MULTI_LINE if "\n" in message else 0
            append((time_ns, severity, service or service_here, logger, message, fields, offset, flags, None))
            offset += len(line) + 1
        return len(lines), offset

    def read(self, line: bytes, careful: bool) -> ParsedRecord | None:  # noqa: FBT001 (a keyword costs 0.05 us)
        """Return the record a line beginning with ``{`` holds, ``None`` if it is not a JSON object.

        ``careful``: whether the line may be one that needs care (``may_need_care``).
        """
        record = object_in(line, careful)
        return self._read_carefully(line) if record is None else self.interpret(record, 0)

    def _remember_names(self, *names: str | None) -> None:
        if len(self._names) > _NAMES:
            self._names.clear()
        self._names.update(names)

    def _read_carefully(self, line: bytes) -> ParsedRecord | None:
        reading = JsonObjectReading(line)
        if reading.record is None:
            printed = script_object(line)
            parsed = None if printed is None else self.interpret(printed, 0)
            return parsed if self.evident else None
        parsed = self.interpret(reading.record, reading.flags)
        if reading.faithful:
            return parsed
        text, flags = decode_line(line)
        return (*parsed[:4], text, None, flags | _UNPARSED)

    def interpret_if_evident(self, record: JsonObject) -> ParsedRecord | None:
        """Return the record that ``record`` is if it has the keys of a log record. It is taken apart."""
        plan = self._plan(tuple(record))
        if not plan.evident:
            return None
        if plan.usual is None:
            return self.interpret(record, 0)
        time_key, level_key, message_key, logger_key, service_key = plan.usual
        stamp, level, message = record[time_key], record[level_key], record[message_key]
        if not (type(stamp) is type(level) is type(message) is str):
            return self.interpret(record, 0)
        logger = record[logger_key] if logger_key else None
        service = record[service_key] if service_key else None
        if not (may_name(logger) and may_name(service)):
            return self.interpret(record, 0)
        time_ns, severity = self._iso(stamp), SEVERITY_BY_WORD.get(level)
        if time_ns is None or not severity:
            return self.interpret(record, 0)
        del record[time_key], record[level_key], record[message_key]
        if logger_key:
            del record[logger_key]
        if service_key:
            del record[service_key]
        fields = orjson.dumps(record).decode() if record else None
        return time_ns, severity, service, logger, message, fields, _MULTI_LINE if "\n" in message else 0

    def interpret(self, record: JsonObject, flags: int) -> ParsedRecord:
        """Return what ``record`` holds as time, level, message …; the rest of it are the fields. It is taken apart."""
        plan = self._plan(tuple(record))
        if plan.nested and any(type(record[key]) is not str or key == "log" for key in plan.nested):
            if type(record.get("log")) is str and "stream" in record and "time" in record:
                return self.read_container_line(record.pop("log"), record, flags)
            if is_otlp(record):
                exported = list(log_records(record))
                return (
                    self._read_many(exported, flags) if exported else (None, 0, None, None, "", _text_of(record), flags)
                )
            if not (plan.time or plan.message) and (held := held_records(record)) and self._plan(tuple(held[0])).time:
                return self._read_many(held, flags)
            unwrap(record)
            plan = self._plan(tuple(record))
        self.evident = plan.evident
        self.wraps = False
        time_ns = self._take_time(record, plan)
        severity = self._take_severity(record, plan) if plan.level else severity_by_status(record, plan.status)
        severity = severity or plan.unsaid
        message = None
        for key in plan.message:
            if type(record[key]) is str:
                message = record.pop(key)
                break
        if message is None:
            message = take_odd_message(record, plan)
        logger = take_name(record, plan.logger) if plan.logger else None
        service = take_name(record, plan.service) if plan.service else None
        if plan.trace:
            message = take_traces(record, plan, message)
        elif not message and "message" not in record:
            message = request_of(record)
        if "\n" in message:
            flags |= _MULTI_LINE
        return time_ns, severity, service, logger, message, _text_of(record) if record else None, flags

    def usual_keys(self, keys: tuple[str, ...]) -> UsualKeys | None:
        """Return the keys of time, level, message, logger and service among ``keys`` if there are no others of such."""
        return self._plan(keys).usual

    def _plan(self, keys: tuple[str, ...]) -> KeyPlan:
        plan = self._plans.get(keys)
        if plan is None:
            plan = plan_keys(keys)
            if len(self._plans) >= _PLANS:
                self._plans.clear()
                self._usual_keys.clear()
            if len(keys) <= MAX_KEYS:
                self._plans[keys] = plan
                if plan.usual is not None:
                    self._usual_keys[keys] = plan.usual
        return plan

    def _time_of(self, value: Any) -> int | None:
        if type(value) is str:
            if value[4:5] == "-" and (time_ns := self._iso(value)) is not None:
                return time_ns
            return self._stamps.text(value.removeprefix("/Date(").removesuffix(")/")) or self._stamps.any_year(value)
        if type(value) is int or type(value) is float:
            return self._stamps.number(value)
        if type(value) is dict:
            seconds = value.get("seconds", value.get("epochSecond"))
            nanos = value.get("nanos", value.get("nanoOfSecond", 0))
            if type(seconds) is int and type(nanos) is int and 0 <= nanos < NANOSECONDS:
                second_ns = self._stamps.number(seconds)
                return None if second_ns is None else second_ns + nanos
            if type(value.get("date")) is str and type(value.get("timezone")) is str:  # PHP's DateTime
                return self._stamps.in_zone(value["date"], value["timezone"])
            return self._time_of(value["$date"]) if type(value.get("$date")) in {str, int} else None
        return None

    def _take_time(self, record: JsonObject, plan: KeyPlan) -> int | None:
        if plan.date is not None and (time_ns := self._take_date_and_clock(record, *plan.date)) is not None:
            return time_ns
        zone = record.get("tz")
        for key in plan.time:
            value = record[key]
            if zone and type(value) is type(zone) is str and is_local(value) and zone[0] in "+-":
                value += zone
            time_ns = self._time_of(value)
            if time_ns is not None:
                del record[key]
                return time_ns
        for key in plan.other_times:
            value = record[key]
            is_text = type(value) is str and len(value) >= _LENGTH_OF_STAMP and not value.isdecimal()
            if (is_text or is_number_time(key)) and (time_ns := self._time_of(value)) is not None:
                return time_ns
        return None

    def _take_date_and_clock(self, record: JsonObject, date: str, clock: str) -> int | None:
        """Read what a firewall writes: ``date=2026-03-04 time=05:06:07 tz="+0100"``."""
        zone = record.get("tz", "")
        if not (type(record[date]) is type(record[clock]) is type(zone) is str):
            return None
        time_ns = self._iso(f"{record[date]}T{record[clock]}{zone}")
        if time_ns is not None:
            del record[date], record[clock]
        return time_ns

    @staticmethod
    def _take_severity(record: JsonObject, plan: KeyPlan) -> int:
        for key in plan.level:
            value = record[key]
            severity = SEVERITY_BY_WORD.get(value, 0) if type(value) is str else 0
            if plan.numbers and type(value) is int and 0 <= value < len(plan.numbers):
                severity = plan.numbers[value]
            if severity or (severity := severity_of(key, value)):
                if type(value) is not list:  # of tags one is the level
                    del record[key]
                if len(plan.level) > 1:
                    drop_same_severity(record, plan.level, severity)
                return severity
        return 0

    def read_array(self, line: bytes) -> ParsedRecord | None:
        """Return the first record of a line that is an array of such; ``None`` if it is none."""
        try:
            array = orjson.loads(line)
        except orjson.JSONDecodeError:
            return None
        if not (array and all(type(each) is dict for each in array) and self._plan(tuple(array[0])).evident):
            return None
        return self._read_many(array, 0)

    def _read_many(self, records: list[JsonObject], flags: int) -> ParsedRecord:
        """Return the first of some records, and keep the others for ``take_others``."""
        parsed = []
        for record in records:
            parsed.append(self.interpret(record, flags))
            parsed += self.take_others()
        self.evident = True
        self._others = parsed[1:]
        return parsed[0]

    def take_others(self) -> list[ParsedRecord]:
        """Return the records that the line read last holds beside the one returned."""
        others, self._others = self._others, []
        return others

    def parse_docker(self, text: str) -> ParsedRecord | None:
        """Return the record of a whole line of Docker's own files, ``None`` for a piece of one and any other line."""
        found = docker_lines.docker_line(text)
        if found is None or not found[0].endswith("\n"):
            return None
        parsed = self.read_container_line(*found, 0)
        return None if self.take_others() else parsed

    def read_container_line(self, line: str, record: JsonObject, flags: int) -> ParsedRecord:
        """Read the line that Docker wrapped, ``log``, with ``stream`` and ``time`` that stand beside it."""
        self.container_line = line, record
        text = line.rstrip("\r\n")
        outer_ns = self._time_of(record["time"])
        beside = record
        if outer_ns is not None:
            beside = {"stream": record["stream"]} if len(record) == 2 else {**record}
            beside.pop("time", None)
        inner = self._read_wrapped_object(text, beside) if text.startswith("{") else None
        is_bare = False
        if inner is None:
            inner = self._read_text(text)
            is_bare = inner is None
            inner = inner or parse_levelled(text) or (None, 0, None, None, text, None, _MULTI_LINE * ("\n" in text))
            inner = (*inner[:5], with_inner(beside, inner[5]), inner[6])
        self.evident = self.wraps = True
        self.is_bare = is_bare
        return (outer_ns if inner[0] is None else inner[0], *inner[1:6], flags | inner[6])

    def _read_wrapped_object(self, text: str, beside: JsonObject) -> ParsedRecord | None:
        """Read a JSON object within another's value, with what stood ``beside`` it; ``None`` if it is none."""
        line = text.encode()
        record, flags = object_in(line, True), 0
        if record is None:
            reading = JsonObjectReading(line)
            record, flags = reading.record if reading.faithful else None, reading.flags
        if record is None or "stream" in record:
            return None
        return self.interpret(beside | record, flags)


def _text_of(record: JsonObject) -> str:
    return orjson.dumps(record).decode()
