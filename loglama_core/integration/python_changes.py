"""What a Python project needs: ``logging_config.py`` and the lines that use it."""

from __future__ import annotations

import ast
from pathlib import Path

from loglama_core.integration.file_change import FileChange, read_text
from loglama_core.integration.marked_block import append_block, has_block, insert_block
from loglama_core.integration.project import Application, Project

_MIDDLEWARE = {"FastAPI": "asgi", "Starlette": "asgi", "Quart": "asgi-app", "Flask": "wsgi-app"}


def python_changes(project: Project) -> tuple[list[FileChange], list[str]]:
    """Return the changes, and what is left to do by hand."""
    if project.django_settings is not None:
        return _django_changes(project), []
    application = project.application
    file = application.file if application is not None else project.entry_point
    folder = file.parent if file is not None else project.folder
    configuration, changes = _configuration(project, folder)
    if file is None:
        return changes, [f"log with: from {configuration} import log"]
    text = read_text(file)
    if text is None or has_block(text):
        return changes, []
    module = _module_of(file, text, configuration)
    if application is not None:
        block = _application_block(application, module)
        after = insert_block(text, application.after_line, block, indent=application.indent)
    else:
        after = insert_block(text, _after_docstring(text), f"from {module} import log  # noqa: E402, F401")
    return [*changes, FileChange(file.relative_to(project.folder), text, after)], []


def _configuration(project: Project, folder: Path) -> tuple[str, list[FileChange]]:
    """Return the module that sets logging up, and the change that makes it, if it is not there yet.

    A ``logging_config.py`` of the project's own is left alone.
    """
    version = f", version={project.version!r}" if project.version else ""
    text = (
        f'"""Logging of {project.service} into LogLama. Written by `loglama integrate`; change it as you like."""\n\n'
        f"from loglama_core.emit import setup_logging\n\n"
        f"log = setup_logging({project.service!r}{version})\n"
    )
    for name in ("logging_config", "loglama_logging"):
        path = folder / f"{name}.py"
        if not path.exists() and not path.is_symlink():
            return name, [FileChange(path.relative_to(project.folder), None, text)]
        if "loglama_core.emit" in (read_text(path) or ""):
            return name, []
    return "loglama_logging", []


def _module_of(file: Path, text: str, configuration: str) -> str:
    """Return the name by which ``file`` imports the module beside it: as it imports its other neighbours."""
    packages: list[str] = []
    folder = file.parent
    while (folder / "__init__.py").is_file():
        packages.insert(0, folder.name)
        folder = folder.parent
    if not packages:
        return configuration
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.ImportFrom) and node.level > 0:
            return f".{configuration}"
        names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        for name in names:
            first = name.partition(".")[0]
            if first == packages[0]:
                return ".".join([*packages, configuration])
            if (file.parent / f"{first}.py").is_file():
                return configuration  # it is run as a script, with its own folder on the path
    return ".".join([*packages, configuration])


def _application_block(application: Application, module: str) -> str:
    name = application.variable
    kind = _MIDDLEWARE[application.framework]
    logger = "WsgiRequestLogger" if kind == "wsgi-app" else "AsgiRequestLogger"
    use = {
        "asgi": f"{name}.add_middleware({logger})",
        "asgi-app": f"{name}.asgi_app = {logger}({name}.asgi_app)",
        "wsgi-app": f"{name}.wsgi_app = {logger}({name}.wsgi_app)",
    }[kind]
    return (
        f"from loglama_core.emit import {logger}  # noqa: E402\n\nfrom {module} import log  # noqa: E402, F401\n\n{use}"
    )


def _after_docstring(text: str) -> int:
    """Return the line that an import may stand before: after the docstring and ``from __future__`` imports."""
    line = 0
    for number, node in enumerate(ast.parse(text).body):
        is_docstring = number == 0 and isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        is_future = isinstance(node, ast.ImportFrom) and node.module == "__future__"
        if not (is_docstring or is_future) or node.end_lineno is None:
            break
        line = node.end_lineno
    if line == 0:  # below `#!` and the comments of the head
        lines = text.splitlines()
        while line < len(lines) and lines[line].startswith("#"):
            line += 1
    return line


def _django_changes(project: Project) -> list[FileChange]:
    changes = []
    version = f', "version": {project.version!r}' if project.version else ""
    handler = f'{{"class": "loglama_core.emit.LogLamaHandler", "service": {project.service!r}{version}}}'
    blocks = {
        project.django_settings: (
            'LOGGING = globals().get("LOGGING") or {"version": 1, "disable_existing_loggers": False}\n'
            f'LOGGING.setdefault("handlers", {{}})["loglama"] = {handler}\n'
            'LOGGING.setdefault("root", {"level": "INFO"}).setdefault("handlers", []).append("loglama")'
        ),
        project.django_wsgi: (
            "from loglama_core.emit import WsgiRequestLogger  # noqa: E402\n\n"
            "application = WsgiRequestLogger(application)"
        ),
    }
    for file, block in blocks.items():
        text = read_text(file) if file is not None else None
        if file is not None and text is not None and not has_block(text):
            changes.append(FileChange(file.relative_to(project.folder), text, append_block(text, block)))
    return changes
