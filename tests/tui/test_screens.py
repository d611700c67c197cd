"""Every tab and telling state as it was last looked at and found good: ``screens/`` holds them as text.

After a change that is meant, ``nox -s tests -- tests/tui/test_screens.py --accept-screens`` stores what is shown now;
``git diff`` is what to look at then, and ``nox -s screenshots`` draws it.
"""

from __future__ import annotations

import difflib
from pathlib import Path

import pytest

from loglama_tui.theme import HIGH_CONTRAST, palette_of
from screenshots.scenes import SCENES, Scene, Stages, played, screen_of
from tests.tui.screen_form import faint_texts, text_form

STORED = Path(__file__).parent / "screens"
CASES = [(scene, size) for scene in SCENES for size in scene.sizes]


def name_of(scene: Scene, size: tuple[int, int]) -> str:
    return f"{scene.name}_{size[0]}x{size[1]}"


@pytest.fixture(scope="module")
def stages(tmp_path_factory: pytest.TempPathFactory) -> Stages:
    return Stages(tmp_path_factory.mktemp("stages"))


@pytest.mark.parametrize(("scene", "size"), CASES, ids=[name_of(*case) for case in CASES])
async def test_the_screen_is_as_it_was_found_good(
    scene: Scene, size: tuple[int, int], stages: Stages, request: pytest.FixtureRequest
) -> None:
    path = STORED / f"{name_of(scene, size)}.txt"
    async with played(scene, size, stages.of(scene)) as app:
        palette = palette_of(app)
        lines = screen_of(app)
        is_alone = len(app.screen_stack) == 1
    shown = text_form(lines, palette)
    if request.config.getoption("--accept-screens"):
        path.write_text(shown, encoding="utf-8")
    stored = path.read_text(encoding="utf-8") if path.exists() else ""
    difference = difflib.unified_diff(stored.splitlines(), shown.splitlines(), "as stored", "as shown now", lineterm="")
    assert stored == shown, "\n".join(difference)
    if is_alone and not scene.no_color:
        assert not faint_texts(lines, 7.0 if palette is HIGH_CONTRAST else 4.5)


def test_every_stored_screen_belongs_to_a_scene() -> None:
    assert {path.stem for path in STORED.iterdir()} == {name_of(*case) for case in CASES}
