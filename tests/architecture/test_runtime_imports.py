"""What is really loaded: an import inside a function that runs at import time escapes the static contracts."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FRONT_END_TOOLKITS = {"click", "rich", "textual"}
SLOW_TO_IMPORT = {"lark", "rich", "sqlite_utils", "structlog", "textual", "watchdog"}


STRUCTLOG_AND_WHAT_IT_FINDS = {"structlog", "typing_extensions", "rich", "pygments", "markdown_it", "mdurl", "attr"}
LOADS_STRUCTLOG = {f"loglama_core.emit.{name}" for name in ("console", "logging_setup", "service_logger")}
"""structlog itself loads rich wherever that is installed."""


def modules_below(folder: str) -> Iterator[str]:
    for path in sorted((ROOT / folder).rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        if parts[-1] != "__main__":
            yield ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


PROGRAM = """
import importlib, sys
before = set(sys.modules)
for name in sys.argv[1:]:
    importlib.import_module(name)
print(*set(sys.modules) - before)
"""


def loaded_by(modules: Iterable[str]) -> set[str]:
    """Return the names of all modules that a fresh interpreter loads to import these."""
    command = [sys.executable, "-c", PROGRAM, *modules]
    imported = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert imported.returncode == 0, imported.stderr
    return set(imported.stdout.split())


def packages(modules: Iterable[str]) -> set[str]:
    return {module.partition(".")[0] for module in modules}


def test_the_core_loads_no_front_end_toolkit() -> None:
    modules = [name for name in modules_below("loglama_core") if name not in LOADS_STRUCTLOG]
    assert not packages(loaded_by(modules)) & (FRONT_END_TOOLKITS | {"loglama_tui"})


def test_the_model_loads_only_the_standard_library() -> None:
    loaded = loaded_by(["loglama_core.errors", "loglama_core.model"])
    assert packages(loaded) - sys.stdlib_module_names == {"loglama_core"}
    assert {name for name in loaded if name.startswith("loglama_core.")} == {
        "loglama_core.errors",
        "loglama_core.model",
    }


def test_the_demo_loads_only_the_standard_library_and_the_model() -> None:
    loaded = loaded_by(modules_below("loglama_core/demo"))
    assert packages(loaded) - sys.stdlib_module_names == {"loglama_core"}
    others = {name for name in loaded if name.startswith("loglama_core.") and not name.startswith("loglama_core.demo")}
    assert others <= {"loglama_core.model", "loglama_core.errors"}


def test_a_service_that_logs_loads_the_standard_library_and_structlog() -> None:
    loaded = loaded_by(modules_below("loglama_core/emit"))
    assert packages(loaded) - sys.stdlib_module_names <= {"loglama_core"} | STRUCTLOG_AND_WHAT_IT_FINDS
    assert not [name for name in loaded if name.startswith("loglama_core.") and "loglama_core.emit" not in name]


def test_the_handler_and_the_middlewares_load_no_structlog() -> None:
    names = ("log_handler", "asgi", "wsgi", "operations", "context_fields")
    loaded = loaded_by(f"loglama_core.emit.{name}" for name in names)
    assert packages(loaded) - sys.stdlib_module_names == {"loglama_core"}
    assert not loaded & {"asyncio", "pathlib", "uuid", "datetime", "structlog"}


@pytest.mark.parametrize(
    "modules", [["loglama_tui.cli"], [*modules_below("loglama_tui/cli")]], ids=["start", "all commands"]
)
def test_commands_start_without_what_is_slow_to_import(modules: list[str]) -> None:
    assert not packages(loaded_by(modules)) & SLOW_TO_IMPORT
