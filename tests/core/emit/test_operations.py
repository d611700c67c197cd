from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.core.emit.collecting import collected, run_python


def run(script: str, folder: Path) -> list[dict[str, Any]]:
    done = run_python(f"from loglama_core.emit import *\nlog = setup_logging('shop')\n{script}", folder)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in (folder / "logs" / "shop.log").read_text("utf-8").splitlines()]


def test_an_operation_is_logged_with_its_time_and_outcome(tmp_path: Path) -> None:
    script = """
import asyncio, time
with timed("load", model="phi") as operation:
    time.sleep(0.01)
    operation.add(rows=3)
try:
    with timed("fail"): 1 / 0
except ZeroDivisionError: pass
@timed("decorated", logger="app.jobs")
def work(n):
    "doc"
    return n + 1
@timed("task")
async def task():
    await asyncio.sleep(60)
assert (work(1), work(2), work.__doc__) == (2, 3, "doc")
async def main():
    running = asyncio.create_task(task()); await asyncio.sleep(0.01); running.cancel()
    await asyncio.gather(running, return_exceptions=True)
asyncio.run(main())
"""
    load, fail, first, second, task = run(script, tmp_path)
    assert load["message"] == "operation load: ok"
    assert {"operation": "load", "outcome": "ok", "model": "phi", "rows": 3}.items() <= load.items()
    assert 10 <= load["duration_ms"] < 60_000
    assert (fail["level"], fail["outcome"], fail["exception"]["type"]) == ("error", "error", "ZeroDivisionError")
    assert first["logger"] == second["logger"] == "app.jobs"
    assert (task["level"], task["outcome"], "exception" in task) == ("warning", "cancelled", False)


def test_a_model_call_and_a_run_of_code_keep_the_beginnings_of_long_texts(tmp_path: Path) -> None:
    script = """
with model_call("phi:2.7b", prompt="p" * 3000, temperature=0.2) as call:
    call.answered("short", input_tokens=700, output_tokens=2)
@model_call("phi:2.7b")
def ask(prompt): return prompt.upper()
ask("hello")
with code_execution("python", code="print(1)") as run:
    run.ended(0, output="1\\n")
with code_execution("python", code="exit(3)") as run:
    run.ended(3, output="", error_output=b"\\xff boom")
@code_execution("python")
def execute(code): raise TimeoutError("too slow")
try: execute("while True: pass")
except TimeoutError: pass
"""
    run(script, tmp_path)
    call, asked, good, bad, slow = collected(tmp_path)
    assert call.message == "model call phi:2.7b: ok"
    expected = {"model": "phi:2.7b", "input_length": 3000, "output": "short", "input_tokens": 700, "output_tokens": 2}
    assert expected.items() <= call.fields.items()
    assert call.fields["input"] == "p" * 500
    assert call.fields["temperature"] == 0.2
    assert (asked.fields["input"], asked.fields["output"]) == ("hello", "HELLO")
    assert {"language": "python", "input": "print(1)", "output": "1\n", "exit_code": 0, "outcome": "ok"}.items() <= (
        good.fields.items()
    )
    assert (bad.level, bad.fields["outcome"], bad.fields["error_output"]) == ("warning", "error", "\\xff boom")
    assert (slow.level, slow.fields["input"]) == ("error", "while True: pass")
    assert slow.fields["exception"]["frame"].endswith(" in execute")
    assert (slow.fields["exception"]["type"], slow.fields["exception"]["message"]) == ("TimeoutError", "too slow")
