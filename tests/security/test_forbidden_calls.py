"""What an attack would need and the product never does, read from its source: each row is a case of the catalogue."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = sorted(path for folder in ("loglama_core", "loglama_tui") for path in (ROOT / folder).rglob("*.py"))

NEVER_CALLED = {
    "4": {"webbrowser.open", "open_url", "action_link", "Markdown", "MarkdownViewer"},
    "16": {"eval", "exec", "literal_eval"},
    "20": {"install_traceback", "print_exception", "Traceback"},
    "22": {"mktemp", "tmpnam", "tempnam"},
    "24": {
        "pickle.loads", "pickle.load", "shelve.open", "yaml.load", "full_load", "unsafe_load",
        "extractall", "unpack_archive",
    },
    "26": {"create_server", "start_server", "listen", "serve_forever", "HTTPServer", "ThreadingHTTPServer"},
    "28": {"os.system", "os.popen", "getoutput", "getstatusoutput", "create_subprocess_shell"},
}  # fmt: skip
"""Case -> names of functions and classes. One with a dot is meant whole, one without by its last part."""

NEVER_IMPORTED = {
    "4": {"webbrowser"},
    "24": {"pickle", "shelve", "dill", "tarfile", "zipfile"},
    "26": {"http.server", "socketserver", "aiohttp", "textual_serve", "wsgiref.simple_server"},
    "28": {"pty", "commands"},
}


def nodes(*kinds: type[ast.AST]) -> Iterator[tuple[str, Any]]:
    """Every node of these kinds in the product, with where it stands."""
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, kinds):
                yield f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 0)}", node


def dotted(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


@pytest.mark.parametrize("case", NEVER_CALLED)
def test_security_4_16_20_22_24_26_28_never_called(case: str) -> None:
    names = NEVER_CALLED[case]
    called = [(where, dotted(node.func)) for where, node in nodes(ast.Call)]
    assert [(where, name) for where, name in called if name in names or name.rpartition(".")[2] in names] == []


@pytest.mark.parametrize("case", NEVER_IMPORTED)
def test_security_4_24_26_28_never_imported(case: str) -> None:
    imported = [(where, alias.name) for where, node in nodes(ast.Import) for alias in node.names]
    imported += [(where, node.module or "") for where, node in nodes(ast.ImportFrom)]
    assert [(where, name) for where, name in imported if name in NEVER_IMPORTED[case]] == []


def test_security_28_no_command_is_given_to_a_shell() -> None:
    """A keyword ``shell`` is the one way to it that subprocess has."""
    assert [where for where, node in nodes(ast.keyword) if node.arg in {"shell", "executable"}] == []


def test_security_22_no_name_of_a_temporary_file_can_be_foretold() -> None:
    predictable = ("/tmp", "/var/tmp")  # noqa: S108 - what is looked for
    texts = [(where, node.value) for where, node in nodes(ast.Constant) if isinstance(node.value, str)]
    assert [(where, text) for where, text in texts if text.startswith(predictable)] == []
