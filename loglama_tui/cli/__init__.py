"""The commands: ``loglama …``. Importing this package loads nothing; ``main`` loads what the command at hand needs."""

from __future__ import annotations

import sys
from typing import NoReturn


def main() -> NoReturn:
    """Run the command of ``sys.argv`` and leave with its exit code."""
    try:
        from loglama_tui.cli.program import run
    except KeyboardInterrupt:
        sys.exit(130)
    sys.exit(run(sys.argv[1:]))
