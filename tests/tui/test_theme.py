"""Text can be read in every theme: 4.5:1 at least (WCAG AA), on the background and under the cursor."""

from __future__ import annotations

from itertools import product

import pytest
from rich.color import Color, ColorSystem

from loglama_core.config.pylama_preset import PYLAMA_SERVICES
from loglama_tui.theme import HIGH_CONTRAST, PALETTES, Palette
from tests.tui.screen_form import contrast

TEXT_ROLES = ("accent", "bright", "soft", "dim", "faint", "error", "warning", "info", "debug", "good")


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


def test_a_service_has_one_color_in_every_run_and_those_of_the_preset_differ() -> None:
    assert [PALETTES["loglama"].service_color(name) for name in ("weblama", "apilama", "")] == [
        "#e293b8",
        "#cdbba7",
        "#8cb8ea",
    ]
    names = [*PYLAMA_SERVICES, "loglama"]
    for palette in PALETTES.values():
        assert len({palette.service_color(name) for name in names}) == len(names)
