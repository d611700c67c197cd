"""Style sheets by name, read when they are first needed: parsing all of them would cost the first screen 15 ms."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from textual.app import App

STYLES = Path(__file__).parent / "styles"


def use_style_sheets(app: App[int], *names: str) -> None:
    """Make the sheets ``styles/<name>.tcss`` apply, if they do not yet."""
    new = [path for name in names if not app.stylesheet.has_source(str(path := STYLES / f"{name}.tcss"), "")]
    for path in new:
        app.stylesheet.read(path)
    if new:
        app.stylesheet.reparse()
        app.stylesheet.update(app)
