from __future__ import annotations

from xml.etree import ElementTree as ET

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from screenshots.svg_picture import CELL, LINE, MARGIN, svg_of

SVG = "{http://www.w3.org/2000/svg}"
PLAIN = Style(color="#e4eaf1", bgcolor="#10151c")


def drawn(*lines: list[Segment]) -> ET.Element:
    text = svg_of([Strip(line) for line in lines], foreground="#e4eaf1", background="#10151c")
    assert text.count("http") == 1, "nothing is fetched from elsewhere"
    return ET.fromstring(text)  # noqa: S314 - made two lines above


def texts(picture: ET.Element) -> list[tuple[str | None, float]]:
    return [(each.text, float(each.attrib["x"])) for each in picture.iter(f"{SVG}text")]


def test_text_stands_in_its_cells_whatever_stands_before_it() -> None:
    picture = drawn([Segment("  ab", PLAIN), Segment("山🦙c", PLAIN), Segment("   d", PLAIN)])
    assert texts(picture) == [("ab", 2 * CELL), ("山", 4 * CELL), ("🦙", 6 * CELL), ("c", 8 * CELL), ("d", 12 * CELL)]
    assert picture.attrib["viewBox"] == f"0 0 {13 * CELL + 2 * MARGIN} {LINE + 2 * MARGIN}"


def test_markup_in_a_line_is_text() -> None:
    picture = drawn([Segment("<script>&amp;\"'</script>", PLAIN)])
    assert [text for text, _ in texts(picture)] == ["<script>&amp;\"'</script>"]


def test_bars_and_rules_are_shapes_without_seams() -> None:
    picture = drawn([Segment("▄▄", Style(color="#ff0000", bgcolor="#10151c")), Segment("───", PLAIN)])
    group = picture.find(f"{SVG}g")
    assert group is not None
    bar, rule = ({**each.attrib} for each in group.iter(f"{SVG}rect"))
    assert bar == {"x": "0", "y": str(LINE // 2), "width": str(2 * CELL), "height": str(LINE // 2), "fill": "#ff0000"}
    assert (rule["x"], rule["width"], rule["height"]) == (str(2 * CELL), str(3 * CELL), "1")
    assert texts(picture) == []


def test_a_background_of_its_own_is_drawn_under_its_text() -> None:
    picture = drawn([Segment("hit", Style(color="#10151c", bgcolor="#f2a65a", bold=True))])
    group = picture.find(f"{SVG}g")
    assert group is not None
    assert [each.tag.removeprefix(SVG) for each in group] == ["rect", "text"]
    assert group[0].attrib["fill"] == "#f2a65a"
    assert group[1].attrib["class"] == "b"
