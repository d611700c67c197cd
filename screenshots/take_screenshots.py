"""Draw the pictures of README and docs: scenes of the explorer on the demo, at a fixed moment and with a fixed seed.

Run by ``nox -s screenshots``; running it again changes nothing. Arguments are names of pictures; none means all, and
then those no longer drawn are removed. Writes ``screenshots/NAME.svg``.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path

from loglama_tui.theme import palette_of
from screenshots.scenes import NARROW, NORMAL, SCENES, WIDE, Scene, Stages, played, screen_of
from screenshots.svg_picture import svg_of

FOLDER = Path(__file__).parent
DRAWN = (
    ("live_following", NORMAL),
    ("live_following", NARROW),
    ("live_light", NORMAL),
    ("live_contrast", NORMAL),
    ("live_filtered", NORMAL),
    ("live_detail", NORMAL),
    ("search_hits", WIDE),
    ("search_facets", NORMAL),
    ("search_brush", NORMAL),
    ("search_completion", NARROW),
    ("context", NORMAL),
    ("trace", NORMAL),
    ("patterns", NORMAL),
    ("compare", NORMAL),
    ("services", NORMAL),
    ("diagnostics", NORMAL),
    ("diagnostics_fix", NORMAL),
    ("help", NORMAL),
)


async def drawn(scene: Scene, size: tuple[int, int], stages: Stages) -> str:
    """Return the picture of a scene as SVG."""
    async with played(scene, size, stages.of(scene)) as app:
        palette = palette_of(app)
        return svg_of(screen_of(app), foreground=palette.bright, background=palette.background)


def main(names: list[str]) -> None:
    """Draw the pictures named, or all."""
    scenes = {scene.name: scene for scene in SCENES}
    pictures = {f"{name}_{size[0]}x{size[1]}": (scenes[name], size) for name, size in DRAWN}
    with tempfile.TemporaryDirectory(prefix="loglama-pictures-") as folder:
        stages = Stages(Path(folder))
        for picture in names or pictures:
            scene, size = pictures[picture]
            (FOLDER / f"{picture}.svg").write_text(asyncio.run(drawn(scene, size, stages)), encoding="utf-8")
    if not names:
        for path in FOLDER.glob("*.svg"):
            if path.stem not in pictures and not path.stem.startswith("recording"):
                path.unlink()


if __name__ == "__main__":
    main(sys.argv[1:])
