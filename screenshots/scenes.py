"""The tabs and telling states of the explorer, each as steps that lead to it: for pictures and for tests alike."""

from __future__ import annotations

import asyncio
import os
import tempfile
import time
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING
from unittest.mock import patch

from textual._compositor import LayoutUpdate
from textual.strip import Strip
from textual.widgets import Input

from screenshots.stage import Stage, StagedExplorer, demo_stage, empty_stage, explorer_on

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from rich.segment import Segment
    from textual.pilot import Pilot

TINY, NARROW, NORMAL, WIDE = (60, 20), (80, 24), (120, 40), (200, 50)
EVERY_SIZE = (NARROW, NORMAL, WIDE)
_TIMED_OUT = 'level>=warning "timed out"'
_PATIENCE_S = 60.0
_LOOKS, _LOOK_S = 3, 0.02


@dataclass(frozen=True)
class Scene:
    """One state.

    ``steps``: keys; a step ``see TEXT`` waits until the screen shows the text, ``log`` lets the services log for some
    seconds. ``shows``: text on the screen once all is there. ``place``: what the explorer is opened on, the ``demo``,
    one of its ``own`` to write to, or an ``empty`` folder.
    """

    name: str
    tab: str
    steps: tuple[str, ...] = ()
    shows: str = ""
    query: str = ""
    sizes: tuple[tuple[int, int], ...] = (NORMAL,)
    place: str = "demo"
    trouble: bool = False
    theme: str = ""
    no_color: bool = False


def typed(text: str) -> tuple[str, ...]:
    """Return the keys that type a text."""
    names = {" ": "space", ":": "colon", '"': "quotation_mark", "(": "left_parenthesis"}
    return tuple(names.get(character, character) for character in text)


SCENES = (
    # Live
    Scene("live_following", "live", shows="following", sizes=(TINY, *EVERY_SIZE)),
    Scene("live_light", "live", shows="following", theme="loglama-light"),
    Scene("live_contrast", "live", shows="following", theme="loglama-contrast"),
    Scene("live_no_color", "live", shows="following", no_color=True),
    Scene("live_paused", "live", ("up", "up", "log", "see new"), shows="new", sizes=(NARROW, NORMAL), place="own"),
    Scene(
        "live_filtered",
        "live",
        ("dollar_sign", "see hits", "slash", *typed("timed out"), "see timed out", "enter"),
        shows="hits",
        sizes=(NARROW, NORMAL),
    ),
    Scene("live_detail", "live", ("E", "see ▌", "enter"), shows="request_id", sizes=EVERY_SIZE),
    Scene("live_nothing", "live", ("slash", *typed("no such text"), "enter"), shows="No record matches"),
    Scene("live_levels", "live", ("l",), shows="critical"),
    # Search
    Scene("search_everything", "search", shows="hits", sizes=(TINY, *EVERY_SIZE)),
    Scene("search_hits", "search", ("down", "down", "enter"), "request_id", _TIMED_OUT, EVERY_SIZE),
    Scene("search_facets", "search", ("f", "down", "down"), "hits", "level:error", (NORMAL,)),
    Scene("search_brush", "search", ("h", *["left"] * 12, *["shift+left"] * 10), "hits", "level:error", (NORMAL,)),
    Scene("search_nothing", "search", shows="Nothing found", query="no such text", sizes=(NARROW,)),
    Scene("search_mistake", "search", ("slash", *typed(" (")), "column", "timeout", (NARROW,)),
    Scene("search_completion", "search", ("slash", *typed("level:"), "see 43,575"), "column 7", sizes=(NARROW, NORMAL)),
    Scene("search_light", "search", ("down", "down"), "hits", _TIMED_OUT, theme="loglama-light"),
    Scene("search_contrast", "search", ("down", "down"), "hits", _TIMED_OUT, theme="loglama-contrast"),
    Scene("context", "search", ("down", "down", "c", "see source", "c"), "across", _TIMED_OUT, (NARROW, NORMAL)),
    Scene("trace", "search", ("down", "down", "down", "t"), "weblama", _TIMED_OUT, EVERY_SIZE),
    Scene("patterns", "search", ("p",), "kinds", "level>=warning", (NARROW, NORMAL)),
    Scene("compare", "search", ("d", "down", "down", "d"), "differ", _TIMED_OUT),
    Scene("record_narrow", "search", ("down", "down", "enter"), "request_id", _TIMED_OUT, (TINY, NARROW)),
    # Services
    Scene("services", "services", ("down", "down", "down"), shows="redis", sizes=EVERY_SIZE, trouble=True),
    Scene("services_tiny", "services", shows="NEEDS", sizes=(TINY,), trouble=True),
    Scene("services_well", "services", ("down",), shows="LATEST"),
    # Diagnostics
    Scene("diagnostics", "diagnostics", shows="checked at", sizes=(TINY, *EVERY_SIZE), trouble=True),
    Scene("diagnostics_well", "diagnostics", shows="checked at"),
    Scene("diagnostics_fix", "diagnostics", ("down", "down", "f"), shows="chmod", trouble=True),
    # Anywhere
    Scene("help", "live", ("question_mark",), "IN THE LOG", sizes=(NARROW, NORMAL)),
    Scene("palette", "live", ("ctrl+p",), sizes=(NARROW, NORMAL)),
    Scene("first_run", "live", shows="", place="empty", sizes=(NARROW, NORMAL)),
)


class Stages:
    """The folders that scenes play on, made when the first scene needs them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @cached_property
    def _demo(self) -> Stage:
        return demo_stage(self._new_folder("demo"))

    def _new_folder(self, name: str) -> Path:
        folder = self._folder / name
        folder.mkdir()
        return folder

    def of(self, scene: Scene) -> Stage:
        """Return the stage of a scene; one that is written to is its own."""
        if scene.place == "empty":
            stage = empty_stage(Path(tempfile.mkdtemp(dir=self._folder)))
        elif scene.place == "own":
            stage = demo_stage(Path(tempfile.mkdtemp(dir=self._folder)), minutes=12)
        else:
            stage = self._demo
        return replace(stage, trouble=scene.trouble)


@asynccontextmanager
async def played(scene: Scene, size: tuple[int, int], stage: Stage) -> AsyncIterator[StagedExplorer]:
    """Yield the explorer in the state of a scene, with nothing still to come. Raises ``TimeoutError``."""
    environ = {"NO_COLOR": "1"} if scene.no_color else {}
    with (
        patch.dict(os.environ, environ),
        explorer_on(stage, tab=scene.tab, query=scene.query, theme=scene.theme) as app,
    ):
        async with app.run_test(size=size) as pilot:
            app._look_for_alarms()
            await at_rest(pilot, app, "LogLama")
            for step in scene.steps:
                if step.startswith("see "):
                    await at_rest(pilot, app, step.removeprefix("see "))
                elif step == "log":
                    stage.let_services_log(5)
                else:
                    await pilot.press(step)
            await at_rest(pilot, app, scene.shows)
            yield app


def screen_of(app: StagedExplorer) -> list[Strip]:
    """Return what the terminal shows, line by line."""
    width, height = app.size
    lines: list[list[Segment]] = [[] for _ in range(height)]
    update = app.screen._compositor.render_update(full=True, screen_stack=app._background_screens)
    if not isinstance(update, LayoutUpdate):
        raise TypeError(f"Textual draws a whole screen as {type(update).__name__} now")
    for line, strips in zip(lines, update.strips, strict=False):
        for strip in strips:
            line.extend(strip)
    return [Strip(line).adjust_cell_length(width) for line in lines]


async def at_rest(pilot: Pilot[int], app: StagedExplorer, text: str) -> None:
    """Wait until the screen shows a text, nothing is being read, and one look after the other finds the same."""
    deadline = time.monotonic() + _PATIENCE_S
    seen: list[str] = []
    alike = 0
    while alike < _LOOKS:
        if time.monotonic() > deadline:
            raise TimeoutError(f"the screen never showed {text!r} at rest:\n" + "\n".join(seen))
        await asyncio.sleep(_LOOK_S)
        await pilot.pause()
        app._header_feed.refresh()
        for screen in app.screen_stack:
            for field in screen.query(Input):
                field.cursor_blink = False
        before, seen = seen, [strip.text for strip in screen_of(app)]
        is_there = any(text in line for line in seen)
        alike = alike + 1 if seen == before and is_there and app.is_at_rest else 0
