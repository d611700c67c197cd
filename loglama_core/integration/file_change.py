"""One file of a project as it is and as it would be."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import unified_diff
from pathlib import Path


@dataclass(slots=True, frozen=True)
class FileChange:
    """``before`` is ``None`` for a file that is made. ``path`` is relative to the project's folder."""

    path: Path
    before: str | None
    after: str
    is_program: bool = False

    def diff(self) -> str:
        """Return what changes, in the form of ``diff -u``."""
        before = [] if self.before is None else self.before.splitlines(keepends=True)
        lines = unified_diff(
            before,
            self.after.splitlines(keepends=True),
            "/dev/null" if self.before is None else f"a/{self.path}",
            f"b/{self.path}",
        )
        return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)


def read_text(path: Path) -> str | None:
    """Return the text of a file with its line ends as they are; ``None`` if it is no text or no regular file."""
    if path.is_symlink() or not path.is_file():
        return None
    try:
        return path.read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError):
        return None
