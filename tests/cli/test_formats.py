from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest

from loglama_core.errors import UsageError
from loglama_core.export.record_json import field_value, utc_time
from loglama_core.model import LogRecord, RecordFlag
from loglama_tui.cli.data_lines import csv_line, json_line, logfmt_line
from loglama_tui.cli.record_format import FORMATS, RecordFormat
from loglama_tui.cli.row_format import Column, format_rows
from loglama_tui.cli.time_format import readable_time

HOSTILE = "\x1b]52;c;aGk=\x07\x9b2J\u202ereversed\r[@click=app.quit]\ufeff\U000e0041"
START_NS = 1_793_491_200_000_000_000


def record(**changes: Any) -> LogRecord:
    values: dict[str, Any] = {
        "id": 1,
        "time_ns": START_NS + 84_891_000,
        "severity": 9,
        "service": "weblama",
        "logger": "app.http",
        "message": "request finished",
        "fields": {"status": 200, "request_id": "892f"},
        "source": "logs/weblama.log",
        "offset": 0,
        "flags": 0,
    }
    return LogRecord(**(values | changes))


def test_a_record_in_json_is_as_documented() -> None:
    line = RecordFormat("jsonl", terminal=False).format(record())
    assert line == (
        '{"id":1,"time":"2026-11-01T00:00:00.084891Z","level":"info","service":"weblama","logger":"app.http",'
        '"message":"request finished","fields":{"status":200,"request_id":"892f"},"source":"logs/weblama.log",'
        '"offset":0,"flags":[]}\n'
    )


@pytest.mark.parametrize(
    ("fraction", "digits"),
    [
        (0, "000"),
        (5_000_000, "005"),
        (84_891_000, "084891"),
        (1_000, "000001"),
        (1, "000000001"),
        (999_999_999, "9" * 9),
    ],
)
def test_times_have_the_fewest_digits_that_lose_nothing(fraction: int, digits: str) -> None:
    assert utc_time(START_NS + fraction) == f"2026-11-01T00:00:00.{digits}Z"


def test_times_before_1970_and_far_ahead_are_printed() -> None:
    assert utc_time(-1) == "1969-12-31T23:59:59.999999999Z"
    assert utc_time(2**63 - 1) == "2262-04-11T23:47:16.854775807Z"


def test_readable_times_say_when_they_are_utc() -> None:
    assert readable_time(START_NS + 84_891_000, utc=True) == "2026-11-01 00:00:00.084Z"


def test_nothing_given_is_null_in_json() -> None:
    line = RecordFormat("jsonl", terminal=False).format(record(severity=0, logger=None, fields={}, flags=3))
    values = json.loads(line)
    assert values["level"] is None
    assert values["logger"] is None
    assert values["fields"] == {}
    assert values["flags"] == ["time-inferred", "shortened"]


def test_numbers_beyond_64_bits_and_lone_surrogates_stay_json() -> None:
    fields = {"big": 2**70, "text": "\ud800"}
    assert json.loads(RecordFormat("jsonl", terminal=False).format(record(fields=fields)))["fields"] == fields


def test_chosen_names_are_the_only_keys_and_absent_ones_are_null() -> None:
    output = RecordFormat("jsonl", terminal=False, names=("time", "status", "user.name"))
    assert json.loads(output.format(record(fields={"status": 200}))) == {
        "time": "2026-11-01T00:00:00.084891Z",
        "status": 200,
        "user.name": None,
    }


def test_a_dotted_name_is_a_nested_field_or_a_key_with_dots() -> None:
    assert field_value({"user": {"name": "Ann"}}, "user.name") == "Ann"
    assert field_value({"http.status": 200}, "http.status") == 200
    assert field_value({"a.b": {"c": 1}}, "a.b.c") == 1
    assert field_value({"user": "Ann"}, "user.name") is None


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\0", "\r", "\n", "＝"])
def test_security_08_csv_never_starts_a_formula(start: str) -> None:
    text = f"{start}cmd|' /C calc'!A0,\"x\""
    (cells,) = csv.reader(io.StringIO(csv_line([text, -5, None, True], terminal=False), newline=""))
    assert cells == [f"'{text}", "-5", "", "true"]


def test_csv_has_a_header_and_fields_as_json() -> None:
    output = RecordFormat("csv", terminal=False)
    text = output.header() + output.format(record(message='two\nlines, "quoted"', flags=RecordFlag.MULTI_LINE))
    (values,) = csv.DictReader(io.StringIO(text, newline=""))
    assert values["message"] == 'two\nlines, "quoted"'
    assert json.loads(values["fields"]) == {"status": 200, "request_id": "892f"}
    assert values["flags"] == "multi-line"


def test_logfmt_quotes_what_needs_it_and_keeps_own_keys_apart() -> None:
    fields = {"user": {"name": "Ann Lee"}, "id": "x", "empty": "", "a b=": 1, "none": None, "list": [1, "two"]}
    line = RecordFormat("logfmt", terminal=False).format(record(message='say "hi"', fields=fields))
    assert line == (
        "id=1 time=2026-11-01T00:00:00.084891Z level=info service=weblama logger=app.http "
        r'message="say \"hi\"" source=logs/weblama.log offset=0 user.name="Ann Lee" fields.id=x empty="" a_b_=1 '
        r'none=null list="[1,\"two\"]"' + "\n"
    )


def test_raw_prints_the_whole_text_of_a_shortened_message() -> None:
    output = RecordFormat("raw", terminal=False, full_text={1: "the whole"}.get)
    assert output.format(record(message="the", flags=RecordFlag.SHORTENED)) == "the whole\n"
    assert output.format(record(message="short")) == "short\n"


def test_raw_and_chosen_fields_contradict_each_other() -> None:
    with pytest.raises(UsageError):
        RecordFormat("raw", terminal=False, names=("status",))


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("names", [(), ("message", "logger", "service", HOSTILE)])
def test_security_01_a_terminal_gets_no_hostile_character_in_any_format(name: str, names: tuple[str, ...]) -> None:
    if name == "raw":
        names = ()
    hostile = record(
        message=f"{HOSTILE}\nline {HOSTILE}",
        service=HOSTILE,
        logger=HOSTILE,
        source=HOSTILE,
        fields={HOSTILE: HOSTILE, "n": {HOSTILE: [HOSTILE]}},
    )
    output = RecordFormat(name, terminal=True, names=names)
    text = output.header() + output.format(hostile)
    assert not [character for character in text if not character.isprintable() and character != "\n"]
    if name == "jsonl" and not names:
        assert json.loads(text)["message"] == hostile.message


def test_security_01_rows_are_as_harmless_as_records() -> None:
    for name in FORMATS:
        text = format_rows([{"source": HOSTILE}], [Column("source", "SOURCE")], name, terminal=True)
        assert not [character for character in text if not character.isprintable() and character != "\n"], name


def test_a_program_gets_raw_text_as_it_was() -> None:
    assert RecordFormat("raw", terminal=False).format(record(message=HOSTILE)) == f"{HOSTILE}\n"


def test_security_02_a_message_of_several_lines_is_one_indented_record() -> None:
    text = RecordFormat("pretty", terminal=True, utc=True).format(record(message="first\nERROR fake\r\n\n  third\n"))
    assert text.split("\n") == [
        "2026-11-01 00:00:00.084Z INFO     weblama  first  status=200  request_id=892f",
        "    │ ERROR fake\\x0d",
        "    │ ",
        "    │   third",
        "",
    ]


def test_pretty_colours_level_and_service_and_makes_only_errors_bold() -> None:
    output = RecordFormat("pretty", terminal=True, color=True, utc=True)
    assert "\x1b[94mINFO" in output.format(record())
    assert "\x1b[1m" not in output.format(record())
    assert "\x1b[1mrequest finished\x1b[0m" in output.format(record(severity=17))


def test_security_06_a_huge_field_is_cut_on_a_persons_screen_only() -> None:
    huge = record(fields={"body": "x" * 10_000})
    text = RecordFormat("pretty", terminal=True).format(huge)
    assert len(text) < 500
    assert "…(+9700 characters)" in text
    assert len(RecordFormat("jsonl", terminal=False).format(huge)) > 10_000


def test_pretty_prints_chosen_fields_in_their_order() -> None:
    output = RecordFormat("pretty", terminal=True, names=("status", "level", "gone", "message"))
    assert output.format(record()) == "status=200  INFO      gone=  request finished\n"


def test_rows_are_aligned_for_a_person() -> None:
    columns = [Column("service", "SERVICE"), Column("count", "COUNT", right=True)]
    rows: list[dict[str, object]] = [{"service": "weblama", "count": 12_345}, {"service": None, "count": 7}]
    assert format_rows(rows, columns, "pretty", terminal=True) == (
        "SERVICE   COUNT\nweblama  12,345\n-             7\n"
    )
    assert format_rows(rows, columns, "raw", terminal=False) == "weblama\t12345\n\t7\n"
    assert format_rows(rows, columns, "csv", terminal=False) == "service,count\nweblama,12345\n,7\n"


def test_json_for_a_terminal_reads_back_alike() -> None:
    assert json.loads(json_line(HOSTILE, terminal=True)) == HOSTILE
    assert logfmt_line([("k", HOSTILE)]).isascii()
