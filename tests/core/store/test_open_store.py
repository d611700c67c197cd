"""The library's door: ``from loglama_core import open_store``."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

import loglama_core
from loglama_core import open_store
from loglama_core.errors import QueryError, StoreError
from tests.core.store.filled_store import NewRecord, fill

if TYPE_CHECKING:
    from pathlib import Path


def test_answers_queries_as_text(path: Path) -> None:
    stored = fill(path, [NewRecord(10**18, severity=17, message="broken"), NewRecord(10**18 + 1, message="fine")])
    with open_store(path) as store:
        assert list(store.search("level:error")) == stored[:1]
        assert list(store.search(order="oldest", limit=1)) == stored[:1]
        assert store.count("-broken") == 1
        assert store.counts_by(["level"]) == {("error",): 1, ("info",): 1}
        assert store.get(2) == stored[1]
        assert store.full_text(1) == "broken"
        assert store.services() == ["weblama"]
        with pytest.raises(QueryError):
            list(store.search("level:loud"))
    with open_store(str(path)) as store:
        assert store.count() == 2


def test_path_comes_from_the_settings(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(path.parent)
    monkeypatch.setenv("LOGLAMA_DB_PATH", str(path))
    with pytest.raises(StoreError, match="no store"):
        open_store()
    fill(path, [NewRecord(1)])
    with open_store() as store:
        assert store.count() == 1


def test_importing_the_package_imports_nothing_else() -> None:
    code = "import sys, loglama_core\nassert not [name for name in sys.modules if name.startswith('loglama_core.')]"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_unknown_names_are_attribute_errors() -> None:
    with pytest.raises(AttributeError, match="nonsense"):
        _ = loglama_core.nonsense
    with pytest.raises(AttributeError, match="nonsense"):
        _ = loglama_core.store.nonsense
