"""What a script waits for: whole processes on a store of a million records."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.bench.conftest import loglama, run_measured

if TYPE_CHECKING:
    from tests.bench.conftest import Import

RUNS = 10


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["logs", "--limit", "50"],
        ["logs", "--service", "gateway", "--level", "error", "--limit", "50"],
        ["logs", "quagga-9041", "--count"],
        ["stats", "--by", "level"],
    ],
    ids=" ".join,
)
def test_whole_process(json_import: Import, arguments: list[str]) -> None:
    command = [*loglama(), *arguments]
    output = subprocess.run(
        command, cwd=json_import.folder, env=json_import.environment, capture_output=True, check=True
    )
    lines = output.stdout.decode().splitlines()
    if "--limit" in arguments:
        assert len(lines) == 50
    elif "--count" in arguments:
        assert int(lines[0]) == json_import.truth.needles
    elif "stats" in arguments:
        counts = {row["level"]: row["count"] for row in map(json.loads, lines)}
        assert counts == json_import.truth.by_level
    times = [run_measured(command, json_import.folder, json_import.environment)[0] for _ in range(RUNS)]
    bare = [
        run_measured([sys.executable, "-c", ""], json_import.folder, json_import.environment)[0] for _ in range(RUNS)
    ]
    print(
        f"\nloglama {' '.join(arguments)}: median {statistics.median(times) * 1000:.0f} ms"
        f" (an empty Python: {statistics.median(bare) * 1000:.0f} ms)"
    )
