"""Text can be read in every theme: 4.5:1 at least (WCAG AA), on the background and under the cursor."""

from __future__ import annotations

from itertools import product

import pytest
from rich.color import Color, ColorSystem

from loglama_tui.theme import HIGH_CONTRAST, PALETTES, Palette

TEXT_ROLES = ("accent", "bright", "soft", "dim", "faint", "error", "warning", "info", "debug", "good")


def luminance(color: str) -> float:
    """The relative luminance of WCAG 2 of ``#rrggbb``."""
    channels = (int(color[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def colors_of_text(palette: Palette) -> set[str]:
    return {getattr(palette, role) for role in TEXT_ROLES} | set(palette.services)


def test_the_measure_is_the_known_one() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("palette", PALETTES.values(), ids=PALETTES)
def test_all_text_can_be_read(palette: Palette) -> None:
    least = 7.0 if palette is HIGH_CONTRAST else 4.5
    for color, background in product(colors_of_text(palette), (palette.background, palette.cursor)):
        assert contrast(color, background) >= least, (color, background)
    assert contrast(palette.on_accent, palette.accent) >= 4.5
    assert contrast(palette.background, palette.error) >= 4.5, "CRIT is written on the colour of errors"


def ansi(color: str) -> int | None:
    return Color.parse(color).downgrade(ColorSystem.STANDARD).number


def test_sixteen_colors_keep_the_roles_of_the_contrast_theme_apart() -> None:
    palette = HIGH_CONTRAST
    assert ansi(palette.background) == 0
    assert ansi(palette.cursor) not in {ansi(color) for color in colors_of_text(palette)} | {0}
    levels = [ansi(color) for color in (palette.error, palette.warning, palette.info, palette.debug)]
    assert len(set(levels)) == 4
    assert 0 not in {ansi(color) for color in colors_of_text(palette)}


def test_a_service_has_one_color_in_every_run() -> None:
    assert [PALETTES["loglama"].service_color(name) for name in ("weblama", "apilama", "")] == [
        "#b3c46a",
        "#e89a78",
        "#8cb8ea",
    ]
