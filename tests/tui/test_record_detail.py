from __future__ import annotations

from datetime import timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from loglama_core.model import LogRecord, RecordFlag
from loglama_core.query.comparison import literal_pattern
from loglama_core.query.parser import parse_query
from loglama_core.query.tree import Compare, Not, Text
from loglama_tui.screens.record import RecordScreen
from loglama_tui.theme import DARK
from loglama_tui.widgets.cell_wrap import wrap_cells, wrap_pieces
from loglama_tui.widgets.field_tree import CHILDREN_SHOWN, field_rows
from loglama_tui.widgets.moment import local_time, utc_time
from loglama_tui.widgets.record_detail import MESSAGE_SHOWN, RecordDetail
from loglama_tui.widgets.traceback_lines import split_traceback
from loglama_tui.widgets.value_query import text_query, value_query
from tests.tui.widget_app import WidgetApp, shown, style_of

ZONE = timezone(timedelta(hours=1))
TIME_NS = 1_793_530_625_137_000_000  # 2026-11-01 10:57:05.137 UTC
TRACE = """upstream timeout
Traceback (most recent call last):
  File "/srv/api/http.py", line 88, in call
    reply = await client.post(url)
httpx.ReadTimeout: timed out"""
ESCAPE = "\x1b]52;c;YQ==\x07"
HOSTILE = f"{ESCAPE}[@click=app.quit]x[/] [/bold] \u202eabc\x9b2J\r"


def record(message: str = "upstream timeout", **changes: Any) -> LogRecord:
    values: dict[str, Any] = {
        "id": 10_482_113,
        "time_ns": TIME_NS,
        "severity": 17,
        "service": "apilama",
        "logger": "app.http",
        "message": message,
        "fields": {"status": 504, "user": {"name": "Ann Lee", "roles": ["admin", "ops"]}, "ok": True},
        "source": "logs/apilama.log",
        "offset": 48_113_902,
        "flags": 0,
    }
    return LogRecord(**{**values, **changes})


class DetailApp(WidgetApp):
    def __init__(self) -> None:
        self.detail = RecordDetail()
        super().__init__(self.detail)
        self.filters: list[tuple[str, bool]] = []
        self.copied: list[str] = []

    def on_mount(self) -> None:
        self.detail.focus()

    def on_record_detail_filter_requested(self, event: RecordDetail.FilterRequested) -> None:
        self.filters.append((event.text, event.exclude))

    def on_record_detail_copy_requested(self, event: RecordDetail.CopyRequested) -> None:
        self.copied.append(event.text)


def line_with(detail: RecordDetail, text: str) -> str:
    return next(line for line in shown(detail) if text in line)


async def to_row(app: DetailApp, pilot: Any, text: str) -> None:
    """Press down until the cursor's bar stands before a line with the text."""
    for _ in range(60):
        await pilot.press("down")
        if any(line.startswith("▌") and text in line for line in shown(app.detail)):
            return
    raise AssertionError(f"the cursor never came to {text!r}")


async def test_a_record_is_shown_whole() -> None:
    app = DetailApp()
    async with app.run_test(size=(80, 30)) as pilot:
        app.detail.show(record(), None, ZONE)
        await pilot.pause()
        text = "\n".join(shown(app.detail))
        for part in (
            "RECORD 10,482,113",
            "upstream timeout",
            "2026-11-01 11:57:05.137 +01:00",
            "2026-11-01 10:57:05.137Z",
            "error",
            "apilama",
            "app.http",
            "504",
            "Ann Lee",
            "logs/apilama.log  at byte 48,113,902",
        ):
            assert part in text
        assert style_of(app.detail, "upstream") == f"{DARK.bright} bold"
        assert style_of(app.detail, "error") == DARK.error
        assert style_of(app.detail, "apilama") == DARK.service_color("apilama")
        assert "▌" not in text


async def test_nested_fields_stand_under_their_name_and_can_be_closed_and_opened() -> None:
    app = DetailApp()
    async with app.run_test(size=(80, 30)) as pilot:
        app.detail.show(record(), None, ZONE)
        await to_row(app, pilot, "▾ user")
        assert line_with(app.detail, "roles").startswith("   ▾ roles")
        await pilot.press("left")
        assert not any("roles" in line for line in shown(app.detail))
        assert line_with(app.detail, "user").startswith("▌▸ user")
        await pilot.press("enter")
        assert any("roles" in line for line in shown(app.detail))
        await pilot.press("y")
        assert app.copied == ['{"name": "Ann Lee", "roles": ["admin", "ops"]}']
        assert app.filters == []


@pytest.mark.parametrize(
    ("row", "query", "copy"),
    [
        ("status", "status:504", "504"),
        ("ok  ", "ok:true", "true"),
        ("Ann Lee", 'user.name:"Ann Lee"', "Ann Lee"),
        ("admin", "user.roles:admin", "admin"),
        ("level", "level:error", "error"),
        ("service", "service:apilama", "apilama"),
        ("logger", "logger:app.http", "app.http"),
        ("at byte", "source:logs/apilama.log", "logs/apilama.log"),
        ("upstream", '"upstream timeout"', "upstream timeout"),
    ],
)
async def test_the_value_under_the_cursor_is_filtered_for_filtered_out_and_copied(
    row: str, query: str, copy: str
) -> None:
    app = DetailApp()
    async with app.run_test(size=(80, 30)) as pilot:
        app.detail.show(record(), None, ZONE)
        await to_row(app, pilot, row)
        await pilot.press("enter", "minus", "y")
        assert app.filters == [(query, False), (query, True)]
        assert app.copied == [copy]


async def test_without_a_cursor_copy_takes_the_message_raw() -> None:
    app = DetailApp()
    async with app.run_test() as pilot:
        app.detail.show(record(f"evil {ESCAPE}\nsecond"), None, ZONE)
        await pilot.press("y")
        assert app.copied == [f"evil {ESCAPE}\nsecond"]


async def test_a_traceback_has_places_dim_code_bright_and_the_error_red() -> None:
    app = DetailApp()
    async with app.run_test(size=(80, 40)) as pilot:
        app.detail.show(record(TRACE), None, ZONE)
        await pilot.pause()
        assert line_with(app.detail, "TRACEBACK").strip() == "TRACEBACK  4 lines"
        assert style_of(app.detail, '  File "/srv') == DARK.dim
        assert style_of(app.detail, "    reply = await") == DARK.bright
        assert style_of(app.detail, "httpx.ReadTimeout") == DARK.error
        assert style_of(app.detail, ": timed out") == DARK.bright


async def test_a_traceback_in_a_field_is_shown_as_one() -> None:
    app = DetailApp()
    async with app.run_test(size=(80, 40)) as pilot:
        app.detail.show(record("boom", fields={"exception": TRACE, "status": 1}), None, ZONE)
        await pilot.pause()
        assert any(line.strip().startswith("EXCEPTION  5 lines") for line in shown(app.detail))
        assert style_of(app.detail, "httpx.ReadTimeout") == DARK.error


async def test_a_message_of_a_megabyte_is_cut_with_the_way_to_the_rest() -> None:
    app = DetailApp()
    message = "x" * 1_000_000
    async with app.run_test(size=(80, 24)) as pilot:
        app.detail.show(record("x" * 2000, flags=int(RecordFlag.SHORTENED)), None, ZONE)
        await pilot.pause()
        assert any("the whole text is being read" in line for line in app_lines(app))
        app.detail.show(record("x" * 2000, flags=int(RecordFlag.SHORTENED)), message, ZONE)
        await pilot.pause()
        lines = app_lines(app)
        rest = len(message) - MESSAGE_SHOWN
        assert any(f"… {rest:,} characters more: loglama show 10482113 --raw" in line for line in lines)
        assert app.detail.virtual_size.height < MESSAGE_SHOWN // 70 + 40
        await pilot.press("y")
        assert app.copied == [message]


def app_lines(app: DetailApp) -> list[str]:
    return ["".join(text for text, _ in line.pieces) for line in app.detail.build_lines(77)]


async def test_a_long_traceback_can_be_read_to_its_end_with_the_down_key() -> None:
    app = DetailApp()
    trace = "boom\nTraceback (most recent call last):\n" + '  File "a.py", line 1, in f\n' * 25 + "KeyError: 'last'"
    async with app.run_test(size=(80, 24)) as pilot:
        app.detail.show(record(trace), None, ZONE)
        await pilot.pause()
        assert not any("'last'" in line for line in shown(app.detail))
        seen: set[str] = set()
        for _ in range(50):
            await pilot.press("down")
            seen.update(shown(app.detail))
        assert any("KeyError: 'last'" in line for line in seen)
        assert any("at byte" in line for line in shown(app.detail))


async def test_security_1_2_3_nothing_in_a_record_reaches_the_terminal_or_runs() -> None:
    app = DetailApp()
    hostile = record(
        f"{HOSTILE}\nTraceback (most recent call last):\n{HOSTILE}\n",
        service=HOSTILE,
        logger=HOSTILE,
        source=HOSTILE,
        fields={
            HOSTILE: HOSTILE,
            "nested": {HOSTILE: [HOSTILE, {HOSTILE: "\ud800"}]},
            "exception": f"{TRACE}{HOSTILE}",
        },
        flags=63,
    )
    async with app.run_test(size=(80, 100)) as pilot:
        app.detail.show(hostile, None, ZONE)
        for _ in range(8):
            await pilot.press("down")
            await pilot.click(RecordDetail, offset=(5, 5))
        for line in shown(app.detail):
            assert line.isprintable(), line
        assert "\\x1b]52" in "\n".join(shown(app.detail))
        assert app.is_running


async def test_security_5_6_floods_of_marks_wide_text_and_huge_fields_keep_the_columns() -> None:
    app = DetailApp()
    fields = {
        "zalgo": "a" + "\u0300" * 10_000,
        "wide": "漢字" * 200,
        "huge": "x" * 1_000_000,
        "k\u0301" * 500: 1,
        "漢" * 60: 2,
    }
    async with app.run_test(size=(80, 24)) as pilot:
        app.detail.show(record(fields=fields), None, ZONE)
        await pilot.pause()
        detail = app.detail
        assert detail.virtual_size.height < 200
        for top in range(0, detail.virtual_size.height, 20):
            detail.scroll_to(y=top, animate=False)
            for y in range(20):
                assert detail.render_line(y).cell_length == detail.scrollable_content_region.width


async def test_every_flag_is_explained_in_words() -> None:
    app = DetailApp()
    async with app.run_test(size=(100, 40)) as pilot:
        app.detail.show(record(flags=63), "upstream timeout", ZONE)
        await pilot.pause()
        text = "\n".join(shown(app.detail))
        for name in ("time inferred:", "shortened:", "bytes replaced:", "multi-line:", "unparsed:", "partial:"):
            assert name in text


async def test_the_whole_text_arriving_later_does_not_move_the_cursor() -> None:
    app = DetailApp()
    async with app.run_test(size=(80, 40)) as pilot:
        shortened = record("upstream", flags=int(RecordFlag.SHORTENED))
        app.detail.show(shortened, None, ZONE)
        await to_row(app, pilot, "status")
        app.detail.show(shortened, "upstream timeout\nsecond line", ZONE)
        await pilot.pause()
        assert line_with(app.detail, "▌").startswith("▌status")
        assert any("second line" in line for line in shown(app.detail))
        app.detail.show(record(id=2), None, ZONE)
        await pilot.pause()
        assert app.detail.cursor is None


async def test_the_mouse_puts_the_cursor_and_a_double_click_filters() -> None:
    app = DetailApp()
    async with app.run_test(size=(80, 40)) as pilot:
        app.detail.show(record(), None, ZONE)
        await pilot.pause()
        y = next(index for index, line in enumerate(shown(app.detail)) if "status" in line)
        await pilot.click(RecordDetail, offset=(3, y))
        assert app.filters == []
        assert shown(app.detail)[y].startswith("▌status")
        await pilot.double_click(RecordDetail, offset=(3, y))
        assert app.filters == [("status:504", False)]


class ScreenApp(WidgetApp):
    def __init__(self) -> None:
        super().__init__()
        self.results: list[RecordDetail.FilterRequested | None] = []
        self.steps: list[int] = []

    def open(self) -> RecordScreen:
        screen = RecordScreen(record(), None, ZONE, self.steps.append)
        self.push_screen(screen, self.results.append)
        return screen


@pytest.mark.parametrize("key", ["escape", "q", "enter"])
async def test_the_screen_is_left_without_a_filter(key: str) -> None:
    app = ScreenApp()
    async with app.run_test(size=(80, 24)) as pilot:
        app.open()
        await pilot.pause()
        assert any("upstream timeout" in line for line in shown(app.screen.query_one(RecordDetail)))
        await pilot.press(key)
        assert app.results == [None]


async def test_a_filter_chosen_on_the_screen_is_its_result() -> None:
    app = ScreenApp()
    async with app.run_test(size=(80, 40)) as pilot:
        app.open()
        await pilot.press("down", "down", "down", "down", "minus")
        await pilot.pause()
        assert [(result.text, result.exclude) for result in app.results if result] == [("level:error", True)]


async def test_next_and_previous_ask_whoever_holds_the_list() -> None:
    app = ScreenApp()
    async with app.run_test(size=(120, 40)) as pilot:
        screen = app.open()
        await pilot.press("n", "p", "N")
        assert app.steps == [1, -1, -1]
        screen.show(record("another one", id=7), None)
        await pilot.pause()
        assert any("another one" in line for line in shown(screen.query_one(RecordDetail)))
        assert screen.record.id == 7


def test_times_have_the_fewest_digits_that_lose_nothing_and_survive_any_number() -> None:
    assert utc_time(TIME_NS + 4_000) == "2026-11-01 10:57:05.137004Z"
    assert utc_time(TIME_NS + 1) == "2026-11-01 10:57:05.137000001Z"
    assert local_time(0, ZONE) == "1970-01-01 01:00:00.000 +01:00"
    assert local_time(10**30, ZONE) == f"{10**30} ns since 1970"
    assert utc_time(-(10**30)) == f"{-(10**30)} ns since 1970"
    assert local_time(253_402_300_799 * 10**9, ZONE) == "9999-12-31 23:59:59.000Z"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("status", "504"),
        ("duration_ms", "-30012.4"),
        ("url", "http://127.0.0.1:8002/run?a=b&c=(d)"),
        ("user.name", "Ann Lee"),
        ("quote", 'a "b" \\c,d'),
        ("star", "a*b"),
        ("level", "error"),
        ("service", "a,b OR c"),
        ("unicode", "łódź 漢字"),
    ],
)
def test_the_query_for_a_value_finds_exactly_it(field: str, value: str) -> None:
    assert parse_query(value_query(field, value)) == Compare(field, ":", (literal_pattern(value),))
    assert parse_query("-" + value_query(field, value)) == Not(Compare(field, ":", (literal_pattern(value),)))


@pytest.mark.parametrize(
    ("field", "value", "text"),
    [
        ("odd name", "x y", "x y"),
        ("[/bold]", "x", "x"),
        ("", "x", "x"),
        ("stack", "first line\nsecond", "first line"),
        ("escape", "red \x1b[31mand the longer part\x1b[0m", "[31mand the longer part"),
        ("long", "y" * 1000, "y" * 200),
    ],
)
def test_what_no_comparison_can_say_is_looked_for_as_text(field: str, value: str, text: str) -> None:
    assert parse_query(value_query(field, value)) == Text(text)


@given(st.text(max_size=60), st.text(max_size=60))
def test_every_query_made_from_a_record_can_be_read(field: str, value: str) -> None:
    query = value_query(field, value)
    assert not query or (parse_query(query) is not None and "\n" not in query)


def test_blank_text_makes_no_query() -> None:
    assert not text_query("  \n")


def test_fields_in_objects_and_arrays_have_the_names_queries_use() -> None:
    fields = {"a": {"b": [1, [2], {"c": 3}]}, "level": "x", "user.name": "Ann"}
    rows = {row.path: row.field for row in field_rows(fields) if row.branch is None}
    assert rows == {"a.b.0": "a.b", "a.b.1.0": "a.b", "a.b.2.c": "", "level": "", "user.name": "user.name"}


def test_a_field_of_a_million_members_costs_a_few_rows() -> None:
    rows = field_rows({"big": list(range(1_000_000)), "after": 1})
    assert len(rows) == CHILDREN_SHOWN + 3
    assert rows[-1].path == "after"
    assert rows[-2].shown == f"{1_000_000 - CHILDREN_SHOWN:,} more, not listed here"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("java.io.IOException: x\n\tat a.b(C.java:1)\nCaused by: y", "java.io.IOException: x"),
        ("TypeError: x is undefined\n    at f (a.js:1:2)", "TypeError: x is undefined"),
        ("plain\ntext", "plain\ntext"),
        ("meet me at noon", "meet me at noon"),
    ],
)
def test_stack_traces_of_other_languages_are_found(text: str, message: str) -> None:
    before, trace = split_traceback(text)
    assert before == message
    assert text == (f"{before}\n{trace}" if trace else before)


@given(st.text(max_size=300), st.integers(min_value=2, max_value=40))
def test_wrapping_loses_nothing_and_never_overflows(text: str, width: int) -> None:
    lines = wrap_cells(text, width)
    assert "".join(lines) == text
    assert all(cell_len(line) <= width for line in lines)
    pieces = wrap_pieces([(text[:7], "a"), (text[7:], "b")], width)
    assert ["".join(part for part, _ in line) for line in pieces] == lines
