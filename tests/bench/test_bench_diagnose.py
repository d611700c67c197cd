"""`loglama diagnose` on a store of a million records and on one pruned, each answer checked before its time counts."""

from __future__ import annotations

import json
import sqlite3
import subprocess
from typing import TYPE_CHECKING

from tests.bench.conftest import loglama, run_measured

if TYPE_CHECKING:
    from pathlib import Path

    from tests.bench.conftest import Import

BUDGET_S = 2.0


def findings(made: Import, *arguments: str | Path) -> dict[str, str]:
    command = [*loglama(), "diagnose", "--format", "jsonl", *arguments]
    done = subprocess.run(command, cwd=made.folder, env=made.environment, capture_output=True, text=True, check=False)
    return {each["check"]: each["status"] for each in map(json.loads, done.stdout.splitlines())}


def test_diagnose_stays_quick_as_the_store_grows(json_import: Import) -> None:
    told = findings(json_import)
    assert told["store-file"] == told["counts"] == told["search-index"] == "ok"
    assert len(told) > 25
    seconds, peak = run_measured([*loglama(), "diagnose"], json_import.folder, json_import.environment)
    print(f"\ndiagnose on {json_import.truth.records:,} records: {seconds:.2f} s, {peak / 1024:.0f} MB")
    assert seconds < BUDGET_S
    # Once records were pruned their ids say nothing of their number any more, and they are counted.
    connection = sqlite3.connect(json_import.folder / "logs/loglama.db")
    cell = connection.execute("SELECT time_ns / 60000000000, service_id, severity FROM records WHERE id = 7").fetchone()
    connection.execute("DELETE FROM records WHERE id = 7")
    where = "minute = ? AND service_id = ? AND severity = ?"
    connection.execute(f"UPDATE minute_counts SET n = n - 1 WHERE {where}", cell)
    connection.commit()
    connection.close()
    assert findings(json_import, "-c", "counts") == {"counts": "ok"}
    seconds, _ = run_measured([*loglama(), "diagnose"], json_import.folder, json_import.environment)
    print(f"with a gap in the ids: {seconds:.2f} s")
    assert seconds < BUDGET_S
