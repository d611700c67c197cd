from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_nothing_imports_to_its_right() -> None:
    lint_imports = Path(sys.executable).parent / "lint-imports"
    checked = subprocess.run([lint_imports, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert "0 broken" in checked.stdout


def test_the_contract_of_emit_names_everything_else_in_the_core() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    forbidden = next(each["forbidden_modules"] for each in contracts if each["id"] == "emit-stands-alone")
    beside = {f"loglama_core.{path.stem}" for path in (ROOT / "loglama_core").iterdir() if path.stem[0] not in "._"}
    assert beside - {"loglama_core.emit", "loglama_core.py"} == {name for name in forbidden if name[:8] == "loglama_"}
