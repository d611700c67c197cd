"""What a person waits for who asks how the services are, or starts them."""

from __future__ import annotations

import json
import statistics
import sys
import time
from pathlib import Path

from tests.bench.conftest import run_measured
from tests.ecosystem.ecosystem import Ecosystem, free_ports

RUNS = 10
STATUS_S = 0.3
MARGIN_S = 1.0


def test_status_of_twenty_services(tmp_path: Path) -> None:
    """Whole process, every service running and answering over HTTP; beside it an empty Python."""
    ecosystem = Ecosystem(tmp_path)
    service = Path(__file__).parents[1] / "ecosystem" / "services" / "http_service.py"
    ports = free_ports(20)
    (tmp_path / "loglama.toml").write_text(
        "".join(
            f"[services.s{port}]\ncommand = 'python \"{service}\" s {port}'\n"
            f'health = "http://127.0.0.1:{port}/health"\nstart_timeout = 60\n'
            for port in ports
        )
    )
    try:
        assert ecosystem.run("up").code == 0
        assert ecosystem.run("collect-logs").code == 0
        rows = ecosystem.status()
        assert len(rows) == 20
        assert {(row["state"], row["health"]) for row in rows.values()} == {("running", "ok")}
        command: list[str | Path] = [*ecosystem.command("status"), "--format", "jsonl"]
        times = sorted(run_measured(command, tmp_path, ecosystem.environment)[0] for _ in range(RUNS))
        bare = [run_measured([sys.executable, "-c", ""], tmp_path, ecosystem.environment)[0] for _ in range(RUNS)]
        print(
            f"\nloglama status, 20 services: median {statistics.median(times) * 1000:.0f} ms"
            f" (an empty Python: {statistics.median(bare) * 1000:.0f} ms; budget {STATUS_S * 1000:.0f})"
        )
    finally:
        ecosystem.run("down")
        ecosystem.end()


def test_up_of_five_services(tmp_path: Path) -> None:
    """From the command to its end, against the sum of what the services on the slowest path took to be ready."""
    ecosystem = Ecosystem(tmp_path)
    for name in ("store", "api", "web"):
        ecosystem.faults[name] = "slow=0.5"
    ecosystem.write()
    try:
        over = []
        for _ in range(RUNS // 2):
            begin = time.monotonic()
            up = ecosystem.run("up")
            took = time.monotonic() - begin
            assert up.code == 0
            ready = {
                line.split()[0]: float(line.rsplit(", ", 1)[1].split()[0])
                for line in up.err.splitlines()
                if " ready: " in line
            }
            path = sum(ready[name] for name in ("queue", "store", "api", "web"))
            over.append(took - path)
            assert json.loads((ecosystem.state / "web.stage.json").read_text())["stage"] == "running"
            assert ecosystem.run("down").code == 0
        print(
            f"\nloglama up, 5 services in 4 tiers: median {statistics.median(over) * 1000:.0f} ms over the slowest path"
            f" (budget {MARGIN_S * 1000:.0f})"
        )
    finally:
        ecosystem.end()
