"""The program with another wall clock: it is off by the seconds that the file ``shift`` in its folder says."""

from __future__ import annotations

import sys
import time
from pathlib import Path

_SHIFT = Path("shift").absolute()
_time_ns = time.time_ns


def shifted_ns() -> int:
    seconds = int(_SHIFT.read_text() or 0) if _SHIFT.exists() else 0
    return _time_ns() + seconds * 1_000_000_000


vars(time)["time_ns"] = shifted_ns
vars(time)["time"] = lambda: shifted_ns() / 1e9

if __name__ == "__main__":
    from loglama_tui.cli import main

    sys.exit(main())
