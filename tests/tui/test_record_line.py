from __future__ import annotations

import re
from datetime import UTC

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import get_character_cell_size
from rich.console import Console

from loglama_core.model import LogRecord
from loglama_tui.display_safe import display_safe
from loglama_tui.theme import DARK, LIGHT
from loglama_tui.widgets.moment import DATE, DAY
from loglama_tui.widgets.record_line import LineLayout, LineStyles, clip, record_line, with_cursor

STYLES = LineStyles(DARK)


def layout(width: int, *, dated: str = "") -> LineLayout:
    return LineLayout.for_width(width, dated=dated, longest_service=7, zone=UTC)


def record(message: str = "upstream timeout", **changes: object) -> LogRecord:
    given: dict[str, object] = {
        "id": 1, "time_ns": 1_793_530_625_137_000_000, "severity": 17, "service": "apilama", "logger": None,
        "message": message, "fields": {}, "source": "x", "offset": 0, "flags": 0,
    }  # fmt: skip
    return LogRecord(**(given | changes))  # type: ignore[arg-type]


def cells(text: str) -> int:
    return sum(get_character_cell_size(character) for character in text)


def test_columns() -> None:
    line = record_line(record(fields={"status": 504, "a": {"b": "c d"}}), layout(100), STYLES).text
    assert line.startswith(' 10:57:05.137 ERROR apilama  upstream timeout  status=504  a.b="c d"')
    assert record_line(record(), layout(100, dated=DAY), STYLES).text.startswith(" 11-01 10:57:05.137 ERROR")
    assert record_line(record(), layout(100, dated=DATE), STYLES).text.startswith(" 2026-11-01 10:57:05.137 ERROR")
    assert record_line(record(), layout(60), STYLES).text.startswith(" 10:57:05 ERROR apilama  upstream")
    assert record_line(record(), layout(40), STYLES).text.startswith(" 10:57:05 E  upstream timeout")


def test_more_lines_are_always_told_even_where_the_fields_do_not_fit() -> None:
    line = record_line(record("first\n" * 13 + "last", fields={"key": "v" * 200}), layout(80), STYLES).text
    assert line.rstrip().endswith("▸ 14 lines")
    assert cells(line) == 80


def test_a_hit_is_marked_in_any_case() -> None:
    line = record_line(
        record("ReadTIMEOUT", fields={"url": "/timeout"}), layout(100), STYLES, re.compile("timeout", re.IGNORECASE)
    )
    marked = [text for text, style, _ in line if style is STYLES.hit]
    assert marked == ["TIMEOUT", "timeout"]


def test_only_errors_are_bold() -> None:
    for severity, bold in ((5, False), (9, False), (13, False), (17, True), (21, True)):
        line = record_line(record(severity=severity), layout(100), STYLES)
        assert any(style and style.bold for _, style, _ in line) is bold


@given(
    message=st.text(max_size=300),
    service=st.text(min_size=1, max_size=30),
    fields=st.dictionaries(st.text(max_size=10), st.one_of(st.text(max_size=40), st.integers(), st.none()), max_size=4),
    width=st.integers(min_value=30, max_value=200),
)
def test_security_5_every_line_fills_its_width_whatever_the_text(
    message: str, service: str, fields: dict[str, object], width: int
) -> None:
    line = record_line(record(message, service=service, fields=fields), layout(width), STYLES)
    assert line.cell_length == width
    assert cells(line.text) == width
    assert line.text == display_safe(line.text)


def test_security_5_6_floods_cost_no_more_than_a_line() -> None:
    flood = record("e" + "\u0301" * 10_000, fields={"big": "x" * 10_000_000})
    line = record_line(flood, layout(100), STYLES)
    assert len(line.text) < 300
    assert cells(line.text) == 100


@pytest.mark.parametrize(
    ("text", "width", "shown"),
    [
        ("abc", 3, "abc"),
        ("abcd", 3, "ab…"),
        ("日本語", 6, "日本語"),
        ("日本語", 5, "日本…"),
        ("日本語", 4, "日…"),
        ("é", 1, "é"),
        ("anything", 0, ""),
    ],
)
def test_clip(text: str, width: int, shown: str) -> None:
    clipped, used = clip(text, width)
    assert clipped == shown
    assert used == cells(shown)


def test_times_outside_the_calendar_do_not_break_the_line() -> None:
    for time_ns in (-(2**62), 2**62, -1):
        assert record_line(record(time_ns=time_ns), layout(100), STYLES).cell_length == 100


def test_the_cursor_keeps_the_text_and_its_own_bar() -> None:
    plain = record_line(record(), layout(100), STYLES)
    shown = with_cursor(plain, STYLES)
    assert shown.text == "▌" + plain.text[1:]
    assert all(style and style.bgcolor and style.bgcolor.name == DARK.cursor for _, style, _ in shown)


def test_a_line_is_written_in_few_bytes_and_ends_reset() -> None:
    console = Console(color_system="truecolor", force_terminal=True)
    line = record_line(record(fields={"status": 504, "url": "/run", "request_id": "892f902b"}), layout(119), STYLES)
    written = line.render(console)
    assert len(written) < 450
    assert written.endswith("\x1b[0m")
    assert re.sub(r"\x1b\[[0-9;]*m", "", written) == line.text


def test_text_can_be_read_on_every_background() -> None:
    for palette in (DARK, LIGHT):
        roles = ("bright", "soft", "dim", "faint", "error", "warning", "info", "debug", "good", "accent")
        for color in (*(getattr(palette, role) for role in roles), *palette.services):
            for background in (palette.background, palette.cursor):
                assert contrast(color, background) >= 4.5, (palette.name, color, background)
        assert contrast(palette.on_accent, palette.accent) >= 4.5


def contrast(one: str, other: str) -> float:
    def luminance(color: str) -> float:
        parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)
