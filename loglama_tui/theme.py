"""The explorer's colours: a palette for each theme (dark, light, high contrast), and the Textual themes made of them.

Colour carries meaning (level, service) and nothing else; the accent marks where the eye should be. Every text role
has a contrast of at least 4.5:1 on the background and on the cursor's row (held by a test).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from zlib import crc32

from textual.theme import Theme

if TYPE_CHECKING:
    from textual.app import App


@dataclass(slots=True, frozen=True)
class Palette:
    """Colours by role, as ``#rrggbb``."""

    name: str
    dark: bool
    background: str
    cursor: str
    """Background of the cursor's row."""
    rule: str
    """Lines between regions; decoration, not text."""
    accent: str
    on_accent: str
    """Text on an accent background."""
    bright: str
    soft: str
    dim: str
    faint: str
    error: str
    warning: str
    info: str
    debug: str
    good: str
    bar: str
    """Bars of histograms and facets; not text."""
    services: tuple[str, ...]
    """Service names take one each, by a stable hash of the name."""

    def level_color(self, level: str | None) -> str:
        """Return the colour of a level name."""
        return {
            "critical": self.error,
            "error": self.error,
            "warning": self.warning,
            "info": self.info,
        }.get(level or "", self.debug)

    def service_color(self, service: str) -> str:
        """Return the colour that a service has in every view, run after run."""
        return self.services[crc32(service.encode("utf-8", "replace"), _SALT) % len(self.services)]


_SALT = 24
"""The first with which the services of the PyLama preset and LogLama itself differ in every theme."""


DARK = Palette(
    name="loglama",
    dark=True,
    background="#10151c",
    cursor="#1c2732",
    rule="#252e39",
    accent="#f2a65a",
    on_accent="#10151c",
    bright="#e4eaf1",
    soft="#a9b6c4",
    dim="#8b98a7",
    faint="#84909e",
    error="#f4695c",
    warning="#e8b44c",
    info="#7db4e6",
    debug="#8b98a7",
    good="#5cc3b3",
    bar="#3f6f9a",
    services=("#8cb8ea", "#c0a3e8", "#e89a78", "#cdbba7", "#86cf9a", "#6cc7d6", "#e293b8", "#b3c46a"),
)

LIGHT = Palette(
    name="loglama-light",
    dark=False,
    background="#fbfaf7",
    cursor="#ece8df",
    rule="#d9d4c8",
    accent="#9a5200",
    on_accent="#ffffff",
    bright="#1b2129",
    soft="#3f4a56",
    dim="#586370",
    faint="#5f6a76",
    error="#b3261e",
    warning="#855000",
    info="#1f5f9e",
    debug="#586370",
    good="#0d6b5f",
    bar="#7fa6c9",
    services=("#1f5f9e", "#6b3fa6", "#a03f15", "#6b5d45", "#21693a", "#0b6478", "#9c2a63", "#566400"),
)

HIGH_CONTRAST = Palette(
    name="loglama-contrast",
    dark=True,
    background="#000000",
    cursor="#00005f",
    rule="#aaaaaa",
    accent="#ffff55",
    on_accent="#000000",
    bright="#ffffff",
    soft="#ffffff",
    dim="#c6c6c6",
    faint="#aaaaaa",
    error="#ff8080",
    warning="#ffff55",
    info="#55ffff",
    debug="#c6c6c6",
    good="#55ff55",
    bar="#5c7cff",
    services=("#55ffff", "#ff9cff", "#55ff55", "#ffff55", "#a8b8ff", "#ffb0b0"),
)
"""For tired eyes and bad screens, and for terminals of sixteen colours: each role is near one of them."""

PALETTES = {palette.name: palette for palette in (DARK, LIGHT, HIGH_CONTRAST)}
START_THEME = DARK.name
START_THEME_OF_16_COLORS = HIGH_CONTRAST.name


def textual_theme(palette: Palette) -> Theme:
    """Return the Textual theme of a palette; the roles are CSS variables of the same name (``$soft``, ``$rule`` …)."""
    return Theme(
        name=palette.name,
        primary=palette.accent,
        secondary=palette.info,
        accent=palette.accent,
        warning=palette.warning,
        error=palette.error,
        success=palette.good,
        foreground=palette.bright,
        background=palette.background,
        surface=palette.background,
        panel=palette.cursor,
        dark=palette.dark,
        variables={
            "cursor-row": palette.cursor,
            "rule": palette.rule,
            "on-accent": palette.on_accent,
            "bright": palette.bright,
            "soft": palette.soft,
            "dim": palette.dim,
            "faint": palette.faint,
            "info": palette.info,
            "good": palette.good,
            "bar": palette.bar,
            "input-cursor-background": palette.accent,
            "input-cursor-foreground": palette.on_accent,
            "input-selection-background": palette.rule,
            "scrollbar": palette.rule,
            "scrollbar-hover": palette.faint,
            "scrollbar-active": palette.accent,
            "scrollbar-background": palette.background,
            "scrollbar-background-hover": palette.background,
            "scrollbar-background-active": palette.background,
            "scrollbar-corner-color": palette.background,
        },
    )


def palette_of(app: App[Any]) -> Palette:
    """Return the palette of the theme that an app shows now."""
    return PALETTES.get(app.theme, DARK)
