"""A small house in order, to make trouble in: two declared services that log JSON, collected into a store."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from loglama_core.collector.one_pass import collect_once
from loglama_core.config.settings import Settings, load_settings
from loglama_core.diagnostics.catalog import checks_named
from loglama_core.diagnostics.fixes import apply_fix
from loglama_core.diagnostics.report import run_checks
from loglama_core.model import Finding, FindingStatus
from loglama_core.store.sqlite_reader import SqliteReader

REPOSITORY = Path(__file__).parents[3]
NOBODY = 65_534
TOML = """\
[services.web]
logs = ["logs/web.log"]

[services.api]
logs = ["logs/api.log"]
"""

_AS_NOBODY = """
import json, os, sys
from pathlib import Path
from loglama_core.config.settings import load_settings
from loglama_core.diagnostics.bug_report import finding_as_json
from loglama_core.diagnostics.catalog import checks_named
from loglama_core.diagnostics.report import run_checks
from loglama_core.store.sqlite_reader import SqliteReader
import loglama_core.formats.redaction, loglama_core.ecosystem.service_status, psutil, watchdog.observers, filelock
folder, names, nobody = Path(sys.argv[1]), sys.argv[2].split(","), int(sys.argv[3])
def check():
    settings = load_settings(environ={}, folder=folder)
    return run_checks(settings, lambda: SqliteReader(settings.db_path), int(sys.argv[4]),
                      checks=checks_named(names), environ={})
check()  # imports what it needs while it may still read the interpreter's folder
if os.geteuid() == 0:
    os.setgroups([]); os.setgid(nobody); os.setuid(nobody)
exec(sys.argv[5])
print(json.dumps([finding_as_json(finding) for finding in check()]))
"""


def json_line(seconds_ago: float, text: str, *, level: str = "info", logger: str = "app", **fields: Any) -> str:
    stamp = time.time() - seconds_ago
    return json.dumps({"ts": round(stamp, 3), "level": level, "logger": logger, "msg": text, **fields}) + "\n"


@dataclass(slots=True)
class House:
    """``folder`` holds loglama.toml and logs/; everything in it is as it should be."""

    folder: Path

    @property
    def settings(self) -> Settings:
        return load_settings(environ={}, folder=self.folder)

    @property
    def logs(self) -> Path:
        return self.folder / "logs"

    @property
    def db_path(self) -> Path:
        return self.logs / "loglama.db"

    def build(self, toml: str = TOML) -> House:
        self.folder.mkdir(exist_ok=True)
        (self.folder / "loglama.toml").write_text(toml)
        (self.folder / "loglama.toml").chmod(0o600)
        self.logs.mkdir(exist_ok=True, mode=0o700)
        for name in ("web", "api"):
            self.write(f"{name}.log", "".join(json_line(60 - number, f"{name} {number}") for number in range(60)))
        collect_once(self.settings)
        return self

    def write(self, name: str, text: str) -> Path:
        path = self.logs / name
        with path.open("a") as file:
            file.write(text)
        return path

    def check(self, *names: str, now_ns: int | None = None, **options: Any) -> list[Finding]:
        """What the checks of these names say now."""
        settings = options.pop("settings", None) or self.settings
        given = {"environ": {}, **options}
        now = time.time_ns() if now_ns is None else now_ns
        return run_checks(settings, lambda: SqliteReader(settings.db_path), now, checks=checks_named(names), **given)

    def trouble(self, name: str, **options: Any) -> Finding:
        """The one finding of a check that is not well."""
        bad = [finding for finding in self.check(name, **options) if finding.status is not FindingStatus.OK]
        assert len(bad) == 1, bad
        assert bad[0].evidence, "a finding shows what it is based on"
        assert bad[0].remedy, "a finding says what to do"
        return bad[0]

    def is_well(self, *names: str, **options: Any) -> bool:
        return all(finding.status is FindingStatus.OK for finding in self.check(*names, **options))

    def mend(self, finding: Finding) -> None:
        assert finding.fix is not None
        assert finding.fix.preview
        apply_fix(finding.fix, self.settings)

    def check_as_nobody(self, name: str, trouble: str = "") -> dict[str, Any]:
        """The one finding of a check that is not well, as a user without rights sees it.

        ``trouble``: Python run by that user first.
        """
        command = [sys.executable, "-c", _AS_NOBODY, str(self.folder), name, str(NOBODY), str(time.time_ns()), trouble]
        environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        bad: list[dict[str, Any]] = [each for each in json.loads(done.stdout) if each["status"] != "ok"]
        assert len(bad) == 1, bad
        return bad[0]
