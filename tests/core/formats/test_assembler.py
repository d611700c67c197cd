from __future__ import annotations

import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loglama_core.formats.assembler import RecordAssembler
from loglama_core.model import RecordFlag, RecordRow, level_name
from tests.core.formats.assembling import MTIME_NS, assembler, nanoseconds, row_of, rows_of

STAMPED = b"2026-11-01 10:00:00,123 - app - ERROR - till is stuck\n"
TRACEBACK = b"""Traceback (most recent call last):
  File "/srv/app.py", line 17, in work
    raise KeyError(till)
KeyError: 3

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "/srv/app.py", line 19, in work
ValueError: error: bad
"""
JSON_LINE = b'{"timestamp": "2026-11-01T10:00:00.5Z", "level": "info", "event": "up"}\n'


def test_fault_56_a_chained_traceback_with_blank_lines_joins_its_record() -> None:
    first, second = rows_of(STAMPED + TRACEBACK + STAMPED)
    assert first[4] == "till is stuck\n" + TRACEBACK.decode().rstrip("\n")
    assert first[7] == RecordFlag.MULTI_LINE
    assert second[4] == "till is stuck"
    assert second[6] == len(STAMPED + TRACEBACK)


def test_fault_56_a_record_that_may_be_continued_is_held_until_it_cannot_be() -> None:
    reader = assembler()
    assert reader.feed(STAMPED, 100) == []
    assert reader.pending_offset == 100
    assert reader.feed(TRACEBACK, 100 + len(STAMPED)) == []
    assert reader.pending_offset == 100
    (row,) = reader.flush()
    assert row[4].endswith("ValueError: error: bad")
    assert row[6] == 100
    assert reader.flush() == []


@pytest.mark.parametrize(
    "trace",
    [
        "java.lang.Error: x\n\tat com.acme.Main.run(Main.java:5)\nCaused by: java.io.IOException\n\t... 3 more",
        "System.InvalidOperationException: x\n   at Acme.Program.Main()\n--- End of stack trace ---",
        "panic: boom\n\ngoroutine 1 [running]:\nmain.main()\n\t/srv/main.go:5 +0x1d",
    ],
)
def test_stack_traces_of_other_languages_join_a_stamped_record(trace: str) -> None:
    rows = rows_of(f"2026-11-01 10:00:00 ERROR failed\n{trace}\n2026-11-01 10:00:01 INFO next\n")
    assert [row[4] for row in rows] == [f"failed\n{trace}", "next"]


def test_fault_56_a_record_has_at_most_1000_lines() -> None:
    rows = rows_of(STAMPED + b"  more\n" * 2500)
    assert [row[4].count("\n") + 1 for row in (rows_of(STAMPED + b"  m\n" * 400))] == [401]
    lines = [(row[8] or row[4]).count("\n") + 1 for row in rows]
    assert lines == [1000, 1000, 501]
    assert {row[0] for row in rows} == {nanoseconds("2026-11-01T10:00:00.123Z")}


def test_a_format_that_reads_nothing_any_more_is_forgotten() -> None:
    reader = assembler()
    rows = reader.feed(STAMPED + b"plain text\n" * 3000, 0) + reader.flush()
    assert len(rows) == 2 + 1001
    assert reader.format_name is None


def test_json_lines_are_complete_at_once() -> None:
    reader = assembler()
    (row,) = reader.feed(JSON_LINE, 0)
    assert reader.pending_offset is None
    assert row == (nanoseconds("2026-11-01T10:00:00.5Z"), 9, "own", None, "up", None, 0, 0, None)
    assert reader.format_name == "json"


def test_a_raw_traceback_between_json_lines_is_one_record_of_its_own() -> None:
    before, trace, after = rows_of(JSON_LINE + TRACEBACK + JSON_LINE)
    assert trace[4] == TRACEBACK.decode().rstrip("\n")
    assert trace[7] == RecordFlag.TIME_INFERRED | RecordFlag.UNPARSED | RecordFlag.MULTI_LINE
    assert (before[0], trace[0]) == (after[0], after[0])


def test_every_line_of_a_mixed_source_is_read_by_the_format_that_fits_it() -> None:
    rows = rows_of(
        JSON_LINE + b"2026-11-01 10:00:01,000 - app - WARNING - text\n" + JSON_LINE + b"INFO:     Application startup\n"
        b"WARNING: careful\n" + JSON_LINE
    )
    assert [(row[1], row[4]) for row in rows] == [
        (9, "up"), (13, "text"), (9, "up"), (9, "Application startup"), (13, "careful"), (9, "up"),
    ]  # fmt: skip


def test_the_format_follows_a_source_that_changes() -> None:
    reader = assembler()
    reader.feed(STAMPED * 3, 0)
    assert reader.format_name == "python-name-level"
    reader.feed(b"2026-11-01 10:00:00,123 - WARNING - app.db - slow\n" * 2, 3 * len(STAMPED))
    assert reader.format_name == "python-level-name"


def test_a_known_format_is_kept_and_an_unknown_name_means_detection() -> None:
    assert assembler(format_name="loguru").format_name == "loguru"
    assert assembler(format_name="auto").format_name is None
    assert assembler(format_name="no-such-format").format_name is None


def test_a_line_inside_a_message_does_not_begin_a_record_because_it_vaguely_looks_like_one() -> None:
    text = b'error: in a message\n[info] too\n{"id": 60}\nnext\n}\n'
    (row,) = rows_of(STAMPED + text)
    assert row[4] == "till is stuck\n" + text.decode().rstrip("\n")


def test_plain_lines_are_records_of_their_own_and_flagged() -> None:
    rows = rows_of("Job started\n  indented\nJob ended\nError: disk full\nERROR disk full\n[warn] disk\n")
    assert [(row[1], row[4], row[7] & RecordFlag.UNPARSED) for row in rows] == [
        (0, "Job started\n  indented", RecordFlag.UNPARSED),
        (0, "Job ended", RecordFlag.UNPARSED),
        (17, "Error: disk full", RecordFlag.UNPARSED),
        (17, "disk full", 0),
        (13, "disk", 0),
    ]


def test_rich_leaves_out_a_time_that_it_printed_before() -> None:
    rows = rows_of(
        "[03/04/26 05:06:07] INFO     drawer 3 is open             till.py:48\n"
        "                    WARNING  drawer 4 does not            till.py:49\n"
        "                             open, try the key\n"
        "                    ERROR    no key                       till.py:50\n"
    )
    assert [(row[1], row[4]) for row in rows] == [
        (9, "drawer 3 is open"),
        (13, "drawer 4 does not\n                             open, try the key"),
        (17, "no key"),
    ]
    assert len({row[0] for row in rows}) == 1


def test_the_records_of_a_json_text_sequence_begin_with_a_separator() -> None:
    rows = rows_of('\x1e{"level":"info","msg":"one"}\n\x1e{"level":"error","msg":"two"}\n')
    assert [(row[1], row[4], row[6], row[7]) for row in rows] == [
        (9, "one", 0, RecordFlag.TIME_INFERRED),
        (17, "two", 30, RecordFlag.TIME_INFERRED),
    ]


def test_twisted_writes_the_level_as_an_object() -> None:
    level = '"log_level":{"name":"warn"},"log_namespace":"till"'
    (row,) = rows_of(f'\x1e{{"log_time":1793512800.5,{level},"log_format":"drawer {{n}}","n":3}}\n')
    assert row[:5] == (1793512800_500000000, 13, "own", "till", "drawer {n}")


@pytest.mark.parametrize(
    ("line", "severity", "message"),
    [
        ("2026-11-01 10:00:00 [ERROR] broken", 17, "broken"),
        ("[2026-11-01T10:00:00Z] WARN: careful", 13, "careful"),
        ("2026-11-01T10:00:00Z - debug - text", 5, "text"),
        ("2026-11-01T10:00:00Z\tinfo\ttabbed", 9, "tabbed"),
        ("2026-11-01 10:00:00 Error while reading", 17, "Error while reading"),
        ("2026-11-01 10:00:00 nothing said", 0, "nothing said"),
        ("2026-11-01 10:00:00 -5 degrees", 0, "-5 degrees"),
        ("01/Nov/2026:10:00:00 +0000 apache stamp", 0, "apache stamp"),
        ("Sun Nov 01 10:00:00 2026 ctime", 0, "ctime"),
        ("1793527200.000 execve()", 0, "execve()"),
        ("1793527200000 milliseconds", 0, "milliseconds"),
    ],
)
def test_the_fallback_takes_a_leading_stamp_and_level(line: str, severity: int, message: str) -> None:
    row = row_of(line)
    assert row[0] == nanoseconds("2026-11-01T10:00:00Z")
    assert (row[1], row[4], row[7]) == (severity, message, 0)


def test_a_stamp_in_the_middle_of_a_line_is_not_its_time() -> None:
    assert row_of("backup of 2020-01-01 10:00:00 done")[0] == MTIME_NS


def test_fault_55_a_missing_time_is_the_previous_record_s_or_the_file_s_never_now() -> None:
    rows = rows_of(b"first\n" + JSON_LINE + b'{"level": "info", "msg": "x", "time": "yesterday"}\n')
    assert [row[0] for row in rows] == [MTIME_NS] + [nanoseconds("2026-11-01T10:00:00.5Z")] * 2
    assert rows[2][7] == RecordFlag.TIME_INFERRED
    assert json.loads(rows[2][5] or "") == {"time": "yesterday"}
    reader = assembler(previous_time_ns=5)
    assert (reader.feed(b"x\n", 9) + reader.flush())[0][0] == 5


def test_a_year_outside_1990_to_2100_is_not_a_time_and_is_not_lost() -> None:
    row = row_of("1970-01-01 00:00:00,000 - app - INFO - boot")
    assert row[0] == MTIME_NS
    assert row[7] == RecordFlag.TIME_INFERRED
    assert json.loads(row[5] or "") == {"time": "1970-01-01 00:00:00,000"}


def test_fault_43_a_partial_line_is_stored_flagged() -> None:
    reader = assembler()
    assert reader.feed_partial(b'{"level": "info", "msg": "x"}', 0)[0][7] & RecordFlag.PARTIAL
    assert reader.feed(STAMPED, 30) == []
    assert reader.feed_partial(b"  continued", 30 + len(STAMPED)) == []
    (row,) = reader.flush()
    assert row[7] == RecordFlag.PARTIAL | RecordFlag.MULTI_LINE
    assert row[4] == "till is stuck\n  continued"


def test_fault_45_crlf_lone_cr_and_empty_lines() -> None:
    data = b"\r\n\n" + STAMPED[:-1] + b"\r\n\r\n" + STAMPED[:-1] + b" a\rb\r\n\n"
    rows = rows_of(data)
    assert [row[4] for row in rows] == ["till is stuck", "till is stuck a\rb"]
    assert [data[row[6] : row[6] + 10] for row in rows] == [b"2026-11-01"] * 2


def test_fault_47_a_long_line_keeps_its_true_length() -> None:
    reader = assembler(max_message=50)
    assert reader.feed(STAMPED, 0) == []
    prefix = b"2026-11-01 10:00:00,123 - app - INFO - " + b"x" * 500
    assert [row[4] for row in reader.feed_long_line(prefix, 10_000_000, 54)] == ["till is stuck"]
    assert reader.pending_offset == 54
    (row,) = reader.feed(JSON_LINE, 10_000_055)[:1]
    assert row[7] & RecordFlag.SHORTENED
    assert (row[4], row[8]) == ("x" * 50, "x" * 500)
    assert json.loads(row[5] or "") == {"original_length": 10_000_000}


def test_a_message_over_the_limit_is_shortened_and_kept_whole_beside() -> None:
    (row,) = rows_of(STAMPED + b"  " + b"y" * 3000 + b"\n", max_message=100)
    whole = "till is stuck\n  " + "y" * 3000
    assert (row[4], row[8]) == (whole[:100], whole)
    assert row[7] == RecordFlag.SHORTENED | RecordFlag.MULTI_LINE


def test_fault_49_bytes_that_are_not_utf8_are_kept_as_escapes() -> None:
    row = row_of(b"2026-11-01 10:00:00,123 - app - INFO - caf\xe9 \xc5")
    assert row[4] == r"caf\xe9 \xc5"
    assert row[7] == RecordFlag.BYTES_REPLACED
    row = row_of(b'{"level": "info", "msg": "caf\xe9", "k": "\xc5"}')
    assert (row[4], json.loads(row[5] or "")) == (r"caf\xe9", {"k": r"\xc5"})


def test_fault_50_byte_order_marks() -> None:
    (first, second) = rows_of(b"\xef\xbb\xbf" + JSON_LINE + JSON_LINE)
    assert (first[4], first[6], second[6]) == ("up", 0, 3 + len(JSON_LINE))
    for encoding in ("utf-16-le", "utf-16-be"):
        text = JSON_LINE.decode() + STAMPED.decode().replace("stuck", "żółć") + JSON_LINE.decode()
        data = ("\ufeff" + text).encode(encoding)
        assert [(row[4], row[7]) for row in rows_of(data)] == [("up", 0), ("till is żółć", 0), ("up", 0)]


def test_fault_51_nul_becomes_text() -> None:
    row = row_of(b"2026-11-01 10:00:00,123 - app - INFO - a\0b and much more text")
    assert (row[4], row[7]) == (r"a\x00b and much more text", RecordFlag.BYTES_REPLACED)
    row = row_of(r'{"level":"info","msg":"a\u0000b","logger":"l\u0000","service":"s\u0000","k\u0000":["\u0000"]}')
    assert row[2:6] == (r"s\x00", r"l\x00", r"a\x00b", r'{"k\\x00":["\\x00"]}')
    assert row[7] & RecordFlag.BYTES_REPLACED


def test_fault_52_colours_of_the_layout_go_those_of_the_message_stay() -> None:
    red = "\x1b[31mred\x1b[0m"
    stamp = "2026-11-01 10:00:00,123"
    assert row_of(f"{stamp} - \x1b[31m\x1b[1mCRITICAL\x1b[0m - shop.till - c")[:5][1:] == (21, "own", "shop.till", "c")
    assert row_of(f"{stamp} - \x1b[32mINFO\x1b[0m - shop.till - ansi {red} tab")[4] == f"ansi {red} tab"
    assert row_of(f"\x1b[32m{stamp} - INFO - shop.till - all\x1b[0m")[4] == "all"
    assert row_of(f"plain {red}")[4] == f"plain {red}"
    assert row_of("\x1b]0;title\x07text")[4] == "\x1b]0;title\x07text"


def test_docker_s_envelope_is_opened() -> None:
    inner = json.dumps('{"level":"warn","msg":"inner","k":1}\n')
    row = row_of(f'{{"log":{inner},"stream":"stderr","time":"2026-11-01T10:00:00.123456789Z"}}')
    assert (row[0], row[1], row[4]) == (nanoseconds("2026-11-01T10:00:00.123456789Z"), 13, "inner")
    assert json.loads(row[5] or "") == {"stream": "stderr", "k": 1}
    row = row_of(
        r'{"log":"2026-11-01 09:00:00,000 - a.b - ERROR - x\n","stream":"stdout","time":"2026-11-01T10:00:00Z"}'
    )
    assert (row[0], row[1], row[3], row[4]) == (nanoseconds("2026-11-01T09:00:00Z"), 17, "a.b", "x")
    row = row_of(r'{"log":"just text\n","stream":"stdout","time":"2026-11-01T10:00:00Z"}')
    assert (row[0], row[4], row[7]) == (nanoseconds("2026-11-01T10:00:00Z"), "just text", 0)


LINES = st.one_of(
    st.binary(max_size=60),
    st.text(max_size=40).map(lambda text: text.encode("utf-8", "surrogatepass")),
    st.sampled_from([
        JSON_LINE[:-1], STAMPED[:-1], *TRACEBACK.split(b"\n"), b"", b"  x", b"plain", b"{", b"}", b'{"a":1}', b"[1]",
        b'{"log":"x\\n","stream":"o","time":"2024-01-01T00:00:00Z"}', b"web-1  | \tat a.b(c)", b"web-1  | ",
        b"web-1  | Traceback (most recent call last):", b"web-1  | panic: x", b"web-1  | a.b.CError: x",
        b"[", b"]", b"],", b"  {", b'  "time": "2026-03-04T05:06:07Z", "msg": "x"', b"  },", b'{"a":1},',
        b',{"msg":"x","ts":1}',
        b'[{"msg":"x","ts":1},{"msg":"y","ts":2}]', b'{"records":[{"msg":"x","ts":1}]}',
        b"level=info msg=x time=1793527200",
        b"<34>1 2003-10-11T22:14:15.003Z host su - - - text", b'1.2.3.4 - - [10/Oct/2000:13:55:36 -0700] "GET /" 200 1',
        b'{"level":"info","msg":"x","a":1,"a":2}', b"ERROR: x", b"\x1b[31mERROR\x1b[0m hi", b"\x1b[0m", b"\xff\xfea\0",
        b'{"level":"info","msg":"\\ud800","n":123456789012345678901}', b"x\r", b"2026-11-01 10:00:00 x", b"\0",
    ]),
)  # fmt: skip


def fed(reader: RecordAssembler, lines: list[bytes], cuts: list[int]) -> list[RecordRow]:
    rows: list[RecordRow] = []
    offset = 0
    edges = sorted({min(cut, len(lines)) for cut in cuts} | {0, len(lines)})
    for first, last in pairwise(edges):
        block = b"".join(line + b"\n" for line in lines[first:last])
        rows += reader.feed(block, offset)
        offset += len(block)
    return rows + reader.flush()


@given(st.lists(LINES.map(lambda line: line.replace(b"\n", b" ")), max_size=25), st.lists(st.integers(0, 25)))
def test_fault_44_any_bytes_in_any_blocks_give_the_same_rows_and_lose_no_line(
    lines: list[bytes], cuts: list[int]
) -> None:
    rows = fed(assembler(), lines, [])
    assert rows == fed(assembler(), lines, cuts)
    starts = [row[6] for row in rows]
    assert starts == sorted(set(starts))
    for row in rows:
        for value in row:
            if isinstance(value, str):
                assert "\0" not in value
                value.encode()
    stored = "\n".join(f"{row[4]}\n{row[5]}" for row in rows)
    for line in lines:
        if line.isascii() and line.strip() == line and line.isalnum():
            assert line.decode() in stored


@given(st.binary(max_size=200), st.integers(0, 2**40))
def test_a_partial_or_long_line_of_any_bytes_is_a_record(line: bytes, offset: int) -> None:
    line = line.replace(b"\n", b" ")
    for rows in (
        (reader := assembler()).feed_partial(line, offset) + reader.flush(),
        (reader := assembler()).feed_long_line(line, len(line) + 1, offset) + reader.flush(),
    ):
        assert len(rows) <= 1
        assert all(row[6] == offset for row in rows)


def test_the_parts_of_a_line_that_containerd_cut_are_one_record_however_they_are_fed() -> None:
    lines = [
        b"2026-03-04T05:06:07.000000001Z stdout F first\n",
        b'2026-03-04T05:06:08.000000001Z stdout P {"level":"warn","msg":"drawer \n',
        b"2026-03-04T05:06:08.000000002Z stdout P is\n",
        b'2026-03-04T05:06:08.000000003Z stdout F  open","a":1}\n',
        b"2026-03-04T05:06:09.000000001Z stderr P INFO half\n",
        b"2026-03-04T05:06:10.000000001Z stdout F last\n",
    ]
    rows = rows_of(b"".join(lines))
    assert [(row[1], row[4]) for row in rows] == [(0, "first"), (13, "drawer is open"), (9, "half"), (0, "last")]
    assert [row[6] for row in rows] == [0, len(lines[0]), sum(map(len, lines[:4])), sum(map(len, lines[:5]))]
    reader = assembler()
    offset, fed = 0, []
    for line in lines:
        fed += reader.feed(line, offset)
        offset += len(line)
    assert fed + reader.flush() == rows


def test_an_object_over_several_lines_is_one_record_and_its_fields_are_read() -> None:
    indented = '{\n  "level": "warn",\n  "time": "2026-03-04T05:06:07Z",\n  "msg": "stuck",\n  "at": [\n    1\n  ]\n}\n'
    flat = '{\n"level": "error",\n"time": "2026-03-04T05:06:08Z",\n"at": {\n"till": 3\n},\n"msg": "broke"\n}\n'
    on_one_line = '{"level":"info","time":"2026-03-04T05:06:09Z","msg":"up"}\n'
    rows = rows_of(indented + flat + on_one_line + indented + "a line of its own\n")
    assert [(level_name(row[1]), row[4], json.loads(row[5] or "{}")) for row in rows] == [
        ("warning", "stuck", {"at": [1]}),
        ("error", "broke", {"at": {"till": 3}}),
        ("info", "up", {}),
        ("warning", "stuck", {"at": [1]}),
        (None, "a line of its own", {}),
    ]
    assert [row[0] for row in rows[:3]] == [nanoseconds(f"2026-03-04T05:06:0{second}Z") for second in (7, 8, 9)]


def test_binary_values_of_an_exported_journal_are_read_by_their_length() -> None:
    def block(cursor: int, message: bytes) -> bytes:
        head = b"__CURSOR=s=%d\n__REALTIME_TIMESTAMP=177260076%d000089\nPRIORITY=4\n" % (cursor, cursor)
        sized = b"MESSAGE\n" + len(message).to_bytes(8, "little") + message
        return head + sized + b"\nSYSLOG_IDENTIFIER=till\n\n"

    messages = [b"two\n\nlines", b"ten\nbytes\n\n", b"\xff\x00", b"PRIORITY=1\n__CURSOR", b"x" * 266]
    data = b"".join(block(number, message) for number, message in enumerate(messages))
    rows = rows_of(data)
    assert [(level_name(row[1]), row[3]) for row in rows] == [("warning", "till")] * len(messages)
    assert [row[4] for row in rows] == [
        "two\n\nlines",
        "ten\nbytes\n\n",
        "\\xff\\x00",
        "PRIORITY=1\n__CURSOR",
        "x" * 266,
    ]
    assert [row[0] for row in rows] == [1772600760000089000 + number * 10**9 for number in range(len(messages))]


def test_parts_of_two_streams_that_stand_among_each_other_are_joined_each_to_its_own() -> None:
    lines = [
        "2026-03-04T05:06:07.1Z stdout P level=warn msg=a",
        "2026-03-04T05:06:07.2Z stderr P whe",
        "2026-03-04T05:06:07.3Z stdout P -b",
        "2026-03-04T05:06:07.4Z stderr F re",
        "2026-03-04T05:06:07.5Z stderr F alone",
        "2026-03-04T05:06:07.6Z stdout F -c time=2026-03-04T05:06:00Z",
        "2026-03-04T05:06:07.7Z stdout F after",
    ]
    data = "".join(line + "\n" for line in lines).encode()
    rows = rows_of(data)
    starts = [data.index(line.encode()) for line in lines]
    assert [(row[4], row[6]) for row in rows] == [
        ("a-b-c", starts[0]),
        ("where", starts[1]),
        ("alone", starts[4]),
        ("after", starts[6]),
    ]
    for cut in starts:
        reader = assembler()
        assert reader.feed(data[:cut], 0) + reader.feed(data[cut:], cut) + reader.flush() == rows


def test_lines_of_another_stream_are_not_lost_when_the_last_part_never_comes() -> None:
    parts = "2026-03-04T05:06:07.1Z stdout P half\n2026-03-04T05:06:07.2Z stderr F whole\n"
    assert [row[4] for row in rows_of(parts)] == ["half", "whole"]
    assert [row[4] for row in rows_of(parts + "no line of a container\n")] == [
        "half",
        "whole",
        "no line of a container",
    ]
    many = parts + "2026-03-04T05:06:07.3Z stderr F again\n" * 1_200
    assert [row[4] for row in rows_of(many)] == ["half", "whole", *["again"] * 1_200]


def test_what_go_prints_when_it_panics_is_one_record() -> None:
    stack = "goroutine 1 [running]:\nmain.open(...)\n\t/srv/till.go:42\nmain.main()\n\t/srv/till.go:7 +0x1b\n"
    panic = f"panic: no drawer\n\n{stack}exit status 2"
    first, second = rows_of(f"{panic}\n2026/03/04 05:06:08 up again\n")
    assert (level_name(first[1]), first[4], second[4]) == ("critical", panic, "up again")
    assert json.loads(first[5] or "{}")["exception"] == {"type": "panic", "frame": "/srv/till.go:42 in main.open"}


def test_a_slow_query_has_the_time_that_it_states_in_utc() -> None:
    log = "# Time: 260304  6:06:07\n# User@Host: root[root] @ localhost []\nSET timestamp=1772600767;\nSELECT 1;\n"
    first, second = rows_of(log + log.replace("767", "768"))
    assert (first[0], second[0]) == (1772600767 * 10**9, 1772600768 * 10**9)
    assert second[4].split("\n")[-1] == "SELECT 1;"


PYTHON_TRACE = TRACEBACK.decode().rstrip("\n")
JAVA_TRACE = (
    "java.io.IOException: stuck\n\tat com.acme.Till.open(Till.java:3)\nCaused by: java.lang.Error\n\t... 2 more"
)
GO_PANIC = "panic: no drawer\n\ngoroutine 1 [running]:\nmain.main()\n\t/srv/till.go:7 +0x1b\nexit status 2"
WRAPPINGS = {
    "compose": "web-1  | ",
    "cri": "2026-03-04T05:06:07.000000089Z stderr F ",
    "syslog": "Mar  4 05:06:07 till shop[12]: ",
    "syslog-iso": "2026-03-04T05:06:07.000089+01:00 till shop[12]: ",
    "rfc5424": "<11>1 2026-03-04T05:06:07Z till shop 12 - - ",
    "multilog": "@4000000069a7bdc9054c5638 ",
    "pm2": "0|shop  | ",
    "docker": "",
}


def wrapped(wrapping: str, text: str) -> str:
    prefix = WRAPPINGS[wrapping]
    if prefix:
        return "".join(f"{prefix}{line}\n" for line in text.split("\n"))
    beside = {"stream": "stderr", "time": "2026-03-04T05:06:07.000000089Z"}
    return "".join(json.dumps({"log": f"{line}\n", **beside}) + "\n" for line in text.split("\n"))


@pytest.mark.parametrize("wrapping", WRAPPINGS)
def test_a_trace_is_one_record_whatever_was_put_before_each_of_its_lines(wrapping: str) -> None:
    failed = "2026-03-04 05:06:07,089 - shop.till - ERROR - failed"
    python, java, go = (f"{failed}\n{trace}" for trace in (PYTHON_TRACE, JAVA_TRACE, GO_PANIC))
    text = f"up\n{python}\nINFO: next\n{java}\n{go}\ndone"
    data = wrapped(wrapping, text).encode()
    rows = rows_of(data)
    messages = [
        row[4].removeprefix("INFO: ").removeprefix("2026-03-04 05:06:07,089 - shop.till - ERROR - ") for row in rows
    ]
    told = [f"failed\n{PYTHON_TRACE}", "next", f"failed\n{JAVA_TRACE}", "failed", GO_PANIC]
    assert messages == ["up", *told, "done"]
    assert [json.loads(rows[at][5] or "{}")["exception"]["type"] for at in (1, 3, 5)] == [
        "ValueError",
        "java.io.IOException",
        "panic",
    ]
    lines = data.splitlines(keepends=True)
    for first in range(len(lines)):
        reader, begin = assembler(), sum(map(len, lines[:first]))
        assert reader.feed(data[:begin], 0) + reader.feed(data[begin:], begin) + reader.flush() == rows


def test_lines_of_a_trace_are_not_joined_across_containers_streams_or_seconds() -> None:
    frame = '  File "/srv/till.py", line 3, in open'
    apart = [
        ("web-1  | Traceback (most recent call last):", f"db-1  | {frame}"),
        (
            "2026-03-04T05:06:07.1Z stderr F Traceback (most recent call last):",
            f"2026-03-04T05:06:07.1Z stdout F {frame}",
        ),
        (
            "Mar  4 05:06:07 till shop[12]: Traceback (most recent call last):",
            f"Mar  4 05:06:17 till shop[12]: {frame}",
        ),
        (
            "Mar  4 05:06:07 till shop[12]: Traceback (most recent call last):",
            f"Mar  4 05:06:07 till shop[13]: {frame}",
        ),
        ("Mar  4 05:06:07 till kernel: Memory:", "Mar  4 05:06:07 till kernel:   4096 pages"),
    ]
    for lines in apart:
        assert len(rows_of("".join(f"{line}\n" for line in lines))) == 2


def test_pieces_of_a_line_that_docker_cut_are_one_record() -> None:
    def line(log: str, stream: str = "stdout") -> str:
        return json.dumps({"log": log, "stream": stream, "time": "2026-03-04T05:06:07.000000089Z"}) + "\n"

    long = json.dumps({"level": "warn", "msg": "x" * 40_000, "time": "2026-03-04T05:06:00Z"})
    pieces = [long[:16_384], long[16_384:32_768], f"{long[32_768:]}\n"]
    data = "".join(map(line, ["up\n", *pieces, "after\n", long[:16_384]])) + line("other\n", "stderr") + line("x\n")
    rows = rows_of(data, max_message=10**6)
    assert [(row[1], row[4][:6], len(row[4])) for row in rows[:3]] == [
        (0, "up", 2),
        (13, "xxxxxx", 40_000),
        (0, "after", 5),
    ]
    assert rows[1][0] == nanoseconds("2026-03-04T05:06:00Z")
    assert [row[4] for row in rows[4:]] == ["other", "x"]
    assert rows[3][4] == long[:16_384]
    encoded = data.encode()
    for at in (line("up\n"), line("up\n") + line(pieces[0])):
        reader = assembler(max_message=10**6)
        assert reader.feed(encoded[: len(at)], 0) + reader.feed(encoded[len(at) :], len(at)) + reader.flush() == rows


def test_every_object_of_an_array_is_a_record_however_it_is_laid_out() -> None:
    records = [
        {"time": f"2026-03-04T05:06:0{second}Z", "level": "warn", "msg": f"m{second}", "at": {"till": [1, {"x": 2}]}}
        for second in range(4)
    ]
    flat = [json.dumps(record) for record in records]
    texts = [
        json.dumps(records),
        json.dumps(records, indent=2),
        json.dumps(records, indent="\t"),
        "[\n" + ",\n".join(flat) + "\n]",
        "[\n  " + ",\n  ".join(flat) + "\n]",
        "[\n " + "\n,".join(flat) + "\n]",
        json.dumps({"records": records}),
        json.dumps({"records": records}, indent=2),
        "\n".join(json.dumps(record, indent=4) for record in records),
    ]
    for text in texts:
        rows = rows_of(f"up\n{text}\ndown\n")
        assert [(row[1], row[4]) for row in rows] == [(0, "up"), *((13, f"m{at}") for at in range(4)), (0, "down")], (
            text
        )
        assert [row[0] for row in rows[1:5]] == [nanoseconds(f"2026-03-04T05:06:0{at}Z") for at in range(4)]
        assert {row[5] for row in rows[1:5]} == {'{"at":{"till":[1,{"x":2}]}}'}
        assert len({row[6] for row in rows}) == 6


def test_the_lines_of_a_log_group_are_read_as_what_they_are() -> None:
    events = [
        {"id": "1", "timestamp": 1772600767089, "message": "2026-03-04T05:06:07.000Z ERROR stuck\n"},
        {"id": "2", "timestamp": 1772600767090, "message": '{"level":"warn","msg":"open","ts":1772600767.5}'},
        {"id": "3", "timestamp": 1772600767091, "message": "text"},
    ]
    delivery = {"messageType": "DATA_MESSAGE", "logGroup": "shop", "logStream": "till", "logEvents": events}
    rows = rows_of(json.dumps(delivery) + "\n")
    assert [(row[0], row[1], row[4]) for row in rows] == [
        (1772600767 * 10**9, 17, "stuck"),
        (1772600767500000000, 13, "open"),
        (1772600767091000000, 0, "text"),
    ]
    assert json.loads(rows[2][5] or "{}") == {
        "messageType": "DATA_MESSAGE",
        "logGroup": "shop",
        "logStream": "till",
        "id": "3",
        "stream": "till",
    }


def test_an_array_that_is_no_log_stays_what_it_is() -> None:
    assert [row[4] for row in rows_of('[\n1,\n2\n]\n[{"a": 1}]\n')] == ["[", "1,", "2\n]", '[{"a": 1}]']


def test_two_traces_that_stand_among_each_other_are_each_one_record() -> None:
    frame = '  File "/srv/till.py", line 3, in open'
    lines = [
        "web-1  | up",
        "web-1  | Traceback (most recent call last):",
        "db-1   | java.io.IOException: disk",
        f"web-1  | {frame}",
        "db-1   | \tat com.acme.Disk.write(Disk.java:9)",
        "web-1  |     raise KeyError(3)",
        "mq-1   | 2026-03-04 05:06:07,089 - mq - WARNING - slow",
        "web-1  | KeyError: 3",
        "db-1   | INFO: going down",
        "web-1  | INFO: next",
        "web-1  | INFO: last",
    ]
    data = "".join(f"{line}\n" for line in lines).encode()
    starts = [data.index(f"{line}\n".encode()) for line in lines]
    rows = rows_of(data)
    assert [(row[2], row[4], row[6]) for row in rows] == [
        (
            "web-1",
            "up\nTraceback (most recent call last):\n" + f"{frame}\n    raise KeyError(3)\nKeyError: 3",
            starts[0],
        ),
        ("db-1", "java.io.IOException: disk\n\tat com.acme.Disk.write(Disk.java:9)", starts[2]),
        ("mq-1", "slow", starts[6]),
        ("db-1", "going down", starts[8]),
        ("web-1", "next", starts[9]),
        ("web-1", "last", starts[10]),
    ]
    for cut in starts:
        reader = assembler()
        assert reader.feed(data[:cut], 0) + reader.feed(data[cut:], cut) + reader.flush() == rows


def test_a_trace_waits_for_no_more_than_32_lines_from_elsewhere_and_for_two_seconds() -> None:
    def line(second: int, stream: str, text: str) -> str:
        return json.dumps({"log": f"{text}\n", "stream": stream, "time": f"2026-03-04T05:06:{second:02}Z"}) + "\n"

    head, frame = "Traceback (most recent call last):", '  File "/srv/till.py", line 3, in open'
    for others, second, parts in ((32, 7, 1), (33, 7, 3), (1, 8, 1), (1, 17, 3)):
        data = line(7, "stderr", head)
        data += "".join(line(second, "stdout", f"GET /{number}") for number in range(others))
        rows = rows_of(data + line(second, "stderr", frame) + line(second, "stderr", "KeyError: 3"))
        traces = [row[4] for row in rows if not row[4].startswith("GET")]
        assert len(traces) == parts
        assert "\n".join(traces) == f"{head}\n{frame}\nKeyError: 3"
        assert len(rows) == others + parts
        assert [row[6] for row in rows] == sorted({row[6] for row in rows})


def enveloped(envelope: str, text: str) -> bytes:
    if not envelope.startswith("{"):
        return f"{envelope}{text}".encode()
    return json.dumps({"log": f"{text}\n", **json.loads(envelope)}).encode()


ENVELOPED = st.builds(
    enveloped,
    st.sampled_from([
        "web-1  | ", "db-1  | ", "", "2026-03-04T05:06:07.1Z stdout F ", "2026-03-04T05:06:07.1Z stderr F ",
        "2026-03-04T05:06:07.1Z stdout P ", '{"stream":"stdout","time":"2026-03-04T05:06:07.1Z"}',
        '{"stream":"stderr","time":"2026-03-04T05:06:07.1Z"}',
    ]),
    st.sampled_from([
        "up", "Traceback (most recent call last):", '  File "/a.py", line 3, in f', "KeyError: 3", "",
        "\tat a.b(C.java:1)", "a.b.CError: x", "panic: x", "goroutine 1 [running]:", "main.f(...)",
        "2026-03-04 05:06:07 INFO open",
        '{"level":"info","msg":"x"}', "  indented", "{", "}", "[", "]",
    ]),
)  # fmt: skip


@given(st.lists(ENVELOPED, max_size=30), st.lists(st.integers(0, 30)))
def test_wrapped_lines_in_any_blocks_give_the_same_rows(lines: list[bytes], cuts: list[int]) -> None:
    rows = fed(assembler(), lines, [])
    assert rows == fed(assembler(), lines, cuts)
    starts = [row[6] for row in rows]
    assert starts == sorted(set(starts))


def test_a_line_like_docker_s_that_holds_other_values_is_read_as_json() -> None:
    begin, end = '{"log":"up\\n" ,"a":1 ,"b":"', '","stream":"stdout","time":"2026-03-04T05:06:07.000000089Z"}'
    docker = json.dumps({"log": "first\n", "stream": "stdout", "time": "2026-03-04T05:06:06Z"}, separators=(",", ":"))
    for value, told in (("x\\n", "x\n"), ("x", "x"), ("\\u0041", "A")):
        for odd in (f"{begin}{value}{end}", f"{begin.replace(chr(92) + 'n', '')}{value}{end}"):
            rows = rows_of(f"{docker}\n{odd}\n{docker}\n")
            assert [row[4] for row in rows] == ["first", "up", "first"]
            assert json.loads(rows[1][5] or "{}") == {"a": 1, "b": told, "stream": "stdout"}
