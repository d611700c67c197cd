"""Importing named files: one pass over them, each exactly once, as the collector reads its own."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from loglama_core.collector.given_files import GivenFiles
from loglama_core.collector.one_pass import CollectionPass
from loglama_core.collector.piped_input import PipedInput
from loglama_core.errors import UsageError
from loglama_core.formats.detection import JSON
from loglama_core.formats.own_folder import use_folder
from loglama_core.store.intake import Intake
from loglama_core.store.writer import RecordWriter

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from loglama_core.collector.one_pass import Progress, SourceReport
    from loglama_core.config.settings import Settings

STANDARD_INPUT = "-"


def import_paths(
    settings: Settings,
    paths: Sequence[str],
    *,
    service: str | None = None,
    format_name: str | None = None,
    on_progress: Callable[[Progress], None] | None = None,
    should_stop: Callable[[], bool] = lambda: False,
) -> list[SourceReport]:
    """Store every record of the files at ``paths``: of folders all below, ``-`` is the standard input.

    What is stored already adds nothing, whether it was imported or collected; the last line counts as complete. It may
    be stopped, or interrupted, at any time and called again. Raises ``UsageError`` for a path that is not there or a
    format that is not known, ``StoreError``.
    """
    use_folder(settings.formats_dir)
    if format_name is not None:
        check_format(format_name)
    files = [path for path in paths if path != STANDARD_INPUT]
    has_pipe = len(files) < len(paths)
    if has_pipe and (named := _file_at_standard_input()) is not None:
        files.append(named)
        has_pipe = False
    given = GivenFiles(settings, files, service=service, format_name=format_name)
    writer = RecordWriter(settings.db_path, Intake.of(settings))
    try:
        reports = CollectionPass(settings, writer, given, on_progress, should_stop, is_import=True).run()
        if has_pipe:
            piped = PipedInput(settings, writer, service=service or "stdin", format_name=format_name)
            reports.append(piped.store(sys.stdin.fileno(), on_progress))
    finally:
        writer.close()
    return reports


def check_format(name: str) -> None:
    """Refuse a format that there is none of. Raises ``UsageError``."""
    from loglama_core.config.known_names import nearest_hint
    from loglama_core.formats.catalog import text_formats

    known = [JSON, "logfmt", "columns", *(text_format.name for text_format in text_formats())]
    if name not in known:
        msg = f"no such format {name!r}"
        raise UsageError(msg, nearest_hint(name, known))


def _file_at_standard_input() -> str | None:
    """Return the path of the regular file the standard input was redirected from: it is imported as that file."""
    path = os.path.realpath("/dev/stdin")
    ours = os.fstat(sys.stdin.fileno())
    try:
        there = os.stat(path)
    except OSError:
        return None
    is_file = os.path.isfile(path) and (there.st_dev, there.st_ino) == (ours.st_dev, ours.st_ino)
    return path if is_file else None
