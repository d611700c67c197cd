"""What a person in tmux must know about copying."""

from __future__ import annotations

import os


def tmux_hint() -> str:
    """Return what tmux needs for a copy to reach the clipboard; empty outside tmux."""
    return "in tmux this needs: set -g set-clipboard on" if os.environ.get("TMUX") else ""
