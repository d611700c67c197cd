"""A service that systemd has started is recognised by its unit, as the real systemctl tells."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.cli.conftest import Program
from tests.ecosystem.systemd import booted_systemd

TOML = """\
[services.shop]
unit = "shop.service"
[services.gone]
unit = "no-such.service"
"""


def test_a_unit_of_a_real_systemd_is_seen_running_ended_and_started_again(tmp_path: Path) -> None:
    program = Program(tmp_path)
    (tmp_path / "loglama.toml").write_text(TOML)
    with booted_systemd() as inside:

        def run(*command: str) -> str:
            done = subprocess.run(
                [*inside, f"--wd={tmp_path}", *command],
                cwd=tmp_path,
                env=program.environment,
                capture_output=True,
                text=True,
                check=False,
            )
            return done.stdout

        def rows() -> dict[str, dict[str, Any]]:
            told = run(sys.executable, "-m", "loglama_tui", "status", "--format", "jsonl")
            return {row["service"]: row for row in map(json.loads, told.splitlines())}

        before = rows()
        pid = int(run("systemctl", "show", "--property=MainPID", "--value", "shop"))
        assert (before["shop"]["state"], before["shop"]["pid"]) == ("running", pid)
        assert before["shop"]["reason"] == "started by systemd as shop.service"
        assert before["shop"]["memory_bytes"] > 100_000
        assert (before["gone"]["state"], before["gone"]["pid"]) == ("stopped", None)
        run("systemctl", "stop", "shop")
        assert (rows()["shop"]["state"], rows()["shop"]["pid"]) == ("stopped", None)
        run("systemctl", "start", "shop")
        after = rows()["shop"]
        assert after["state"] == "running"
        assert after["pid"] not in {None, pid}
