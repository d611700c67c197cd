"""What LogLama can mend itself: each fix is shown before it is made, changes one thing, and can be made twice."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from loglama_core.collector.daemon import start_daemon, stop_daemon
from loglama_core.collector.daemon_lock import clear_leftovers, running_daemon
from loglama_core.collector.one_pass import collect_once
from loglama_core.config.settings import Settings
from loglama_core.errors import LogLamaError
from loglama_core.model import Fix
from loglama_core.store.mending import fold_write_ahead_log, recount_minutes
from loglama_core.store.search_database import remove_index, search_path
from loglama_core.store.search_index import RecordIndexer
from loglama_core.store.writer import RecordWriter

_PRIVATE_FOLDER = 0o700
_OTHERS = 0o077
_OTHERS_WRITE = 0o022
_COMMAND_S = 5.0


def fix_private(paths: Iterable[Path]) -> Fix | None:
    """Take all rights of others away from files of this user; ``None`` when one is not its own, or a link."""
    return _mode_fix("make private", paths, _OTHERS)


def fix_unwritable_for_others(paths: Iterable[Path]) -> Fix | None:
    """Take the right to write away from others; ``None`` when one of the files is not this user's, or a link."""
    return _mode_fix("forbid others to write", paths, _OTHERS_WRITE)


def fix_make_folder(folder: Path) -> Fix:
    """Make a folder for this user only."""
    return Fix("make folder", (str(folder),), (f"mkdir -p -m 700 {folder}",))


def fix_fold_write_ahead_log(db_path: Path) -> Fix:
    """Fold the write-ahead log back into the store and give its space back."""
    return Fix("fold write-ahead log", (str(db_path),), (f"fold {db_path}-wal into the store and empty it",))


def fix_recount(db_path: Path) -> Fix:
    """Count the records of every minute anew."""
    return Fix("recount", (str(db_path),), (f"count every record of {db_path} anew; nobody can write meanwhile",))


def fix_rebuild_index(db_path: Path) -> Fix:
    """Make the search index anew; searches are right meanwhile, only slower."""
    return Fix("rebuild index", (str(db_path),), (f"rm {search_path(db_path)}*, and index every record anew",))


def fix_clear_leftovers(db_path: Path, names: Sequence[str]) -> Fix:
    """Remove what a killed daemon left behind."""
    return Fix("clear left-overs", (str(db_path),), tuple(f"rm {name}" for name in names))


def fix_start_collector() -> Fix:
    """Start the background collector."""
    return Fix("start collector", (), ("loglama log-collector start",))


def fix_restart_collector() -> Fix:
    """End the background collector and start it again."""
    return Fix("restart collector", (), ("loglama log-collector restart",))


def fix_resume_collector() -> Fix:
    """Let the background collector go on that a signal holds."""
    return Fix("resume collector", (), ("send the collector SIGCONT",))


def fix_collect() -> Fix:
    """Collect once, now."""
    return Fix("collect", (), ("loglama collect-logs",))


def fix_migrate(db_path: Path) -> Fix:
    """Bring the store to the schema this program knows."""
    return Fix("migrate", (str(db_path),), (f"bring {db_path} to the newest schema; every record is kept",))


def fix_tmux_clipboard() -> Fix:
    """Let tmux take copies from the programs in it, until its server ends."""
    return Fix("tmux clipboard", (), ("tmux set-option -s set-clipboard on",))


def apply_fix(fix: Fix, settings: Settings) -> None:
    """Make the change. Raises ``LogLamaError`` or ``OSError`` when it cannot be made; what was made before stays."""
    _ACTIONS[fix.action](fix, settings)


def _mode_fix(action: str, paths: Iterable[Path], taken: int) -> Fix | None:
    """Return the fix that takes the bits ``taken`` away wherever one is set."""
    targets: list[str] = []
    preview: list[str] = []
    for path in paths:
        status = path.lstat()
        mode = stat.S_IMODE(status.st_mode)
        if not mode & taken:
            continue
        if stat.S_ISLNK(status.st_mode) or os.geteuid() not in {0, status.st_uid}:
            return None
        targets.append(str(path))
        preview.append(f"chmod {mode & ~taken:03o} {path}  (now {mode:03o})")
    return Fix(action, tuple(targets), tuple(preview)) if targets else None


def _take_rights(taken: int) -> Callable[[Fix, Settings], None]:
    def take(fix: Fix, _settings: Settings) -> None:
        for target in fix.targets:
            path = Path(target)
            status = path.lstat()
            if stat.S_ISLNK(status.st_mode):
                raise LogLamaError(f"{path} became a symbolic link", "look at it before anything is changed")
            # By name: opening and closing the store past SQLite would drop the locks of this process's connections.
            path.chmod(stat.S_IMODE(status.st_mode) & ~taken)

    return take


def _make_folder(fix: Fix, _settings: Settings) -> None:
    Path(fix.targets[0]).mkdir(mode=_PRIVATE_FOLDER, parents=True, exist_ok=True)


def _migrate(_fix: Fix, settings: Settings) -> None:
    RecordWriter(settings.db_path).close()


def _rebuild_index(_fix: Fix, settings: Settings) -> None:
    remove_index(search_path(settings.db_path))
    with RecordIndexer(settings.db_path) as indexer:
        indexer.catch_up(lambda: False)


def _start_collector(_fix: Fix, settings: Settings) -> None:
    start_daemon(settings, settings.collect_interval_s)


def _restart_collector(_fix: Fix, settings: Settings) -> None:
    stop_daemon(settings)
    start_daemon(settings, settings.collect_interval_s)


def _resume_collector(_fix: Fix, settings: Settings) -> None:
    daemon = running_daemon(settings.db_path)
    if daemon is not None:
        os.kill(daemon.pid, signal.SIGCONT)


def _collect(_fix: Fix, settings: Settings) -> None:
    collect_once(settings)


def _tmux_clipboard(_fix: Fix, _settings: Settings) -> None:
    command = ["tmux", "set-option", "-s", "set-clipboard", "on"]
    try:
        subprocess.run(command, capture_output=True, text=True, timeout=_COMMAND_S, check=True)  # noqa: S603 - a fixed command
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        raise LogLamaError(f"tmux did not take the option: {error}", f"run `{' '.join(command)}` yourself") from error


_ACTIONS: dict[str, Callable[[Fix, Settings], None]] = {
    "make private": _take_rights(_OTHERS),
    "forbid others to write": _take_rights(_OTHERS_WRITE),
    "make folder": _make_folder,
    "fold write-ahead log": lambda _fix, settings: fold_write_ahead_log(settings.db_path),
    "recount": lambda _fix, settings: recount_minutes(settings.db_path),
    "rebuild index": _rebuild_index,
    "clear left-overs": lambda _fix, settings: clear_leftovers(settings.db_path),
    "start collector": _start_collector,
    "restart collector": _restart_collector,
    "resume collector": _resume_collector,
    "collect": _collect,
    "migrate": _migrate,
    "tmux clipboard": _tmux_clipboard,
}
