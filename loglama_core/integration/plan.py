"""What to change in a project so that it logs into LogLama; what is there already is left as it is."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from pathlib import Path

import loglama_core
from loglama_core.integration.file_change import FileChange, read_text
from loglama_core.integration.marked_block import append_block, has_block, insert_block
from loglama_core.integration.project import Project
from loglama_core.integration.python_changes import python_changes

_START = "loglama log-collector start"


@dataclass(slots=True)
class Plan:
    """Changes of files, and what is left for a person to do."""

    changes: list[FileChange] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def plan_for(project: Project) -> Plan:
    """Return what ``project`` needs; a second plan, after the first was written, is empty."""
    plan = Plan()
    if project.language == "python":
        changes, notes = python_changes(project)
        plan.changes += changes
        plan.notes += notes
        plan.notes.append("install loglama into the project's environment, and name it among its requirements")
    elif project.language == "node":
        _plan_node(project, plan)
    else:
        plan.notes.append(
            'log from shell scripts: eval "$(loglama shell-init bash)"; see docs/line_format.md for the rest'
        )
    _plan_starter(project, plan)
    return plan


def _plan_starter(project: Project, plan: Plan) -> None:
    """Plan a target of the Makefile, or else a script, that starts the collector."""
    for name in ("Makefile", "makefile", "GNUmakefile"):
        text = read_text(project.folder / name)
        if text is None:
            continue
        if not has_block(text):
            target = "loglama-start" if re.search(r"^collect-logs\s*:", text, re.MULTILINE) else "collect-logs"
            block = f".PHONY: {target}\n{target}:\n\t{_START}"
            plan.changes.append(FileChange(Path(name), text, append_block(text, block)))
        return
    script = Path("collect_logs.sh")
    if not (project.folder / script).exists():
        text = (
            f'#!/bin/sh\n# Starts the collector of LogLama for this project.\ncd "$(dirname "$0")" && exec {_START}\n'
        )
        plan.changes.append(FileChange(script, None, text, is_program=True))


def _plan_node(project: Project, plan: Plan) -> None:
    suffix = "js" if project.is_module else "mjs"
    client = Path(f"loglama.{suffix}")
    if not (project.folder / client).exists():
        source = Path(loglama_core.__file__).parent / "emit" / "clients" / "loglama.js"
        plan.changes.append(FileChange(client, None, source.read_text("utf-8")))
    configuration = Path(f"logging_config.{suffix}")
    if not (project.folder / configuration).exists():
        options = f", {{ version: {json.dumps(project.version)} }}" if project.version else ""
        text = (
            f"// Logging of {project.service} into LogLama. Written by `loglama integrate`; change it as you like.\n"
            f'import {{ captureErrors, createLogger }} from "./{client}";\n\n'
            f"export const log = createLogger({json.dumps(project.service)}{options});\ncaptureErrors(log);\n"
        )
        plan.changes.append(FileChange(configuration, None, text))
    entry = read_text(project.entry_point) if project.entry_point is not None else None
    if project.entry_point is None or entry is None:
        plan.notes.append(f'log with: import {{ log }} from "./{configuration}"')
        return
    if has_block(entry):
        return
    made = re.search(r"^(?:const|let|var)\s+(\w+)\s*=\s*express\(\s*\)\s*;?[ \t]*\r?\n", entry, re.MULTILINE)
    up = "../" * (len(project.entry_point.relative_to(project.folder).parts) - 1) or "./"
    block = _node_block(made[1] if made else None, f"{up}{configuration}", f"{up}{client}", is_module=project.is_module)
    line = entry[: made.end()].count("\n") if made else _first_statement(entry)
    if made is None:
        plan.notes.append(f'log with: import {{ log }} from "./{configuration}"; what is printed alone is not logged')
        plan.notes.append("log requests: call requestLogger(log)(request, response) first in what answers them")
    after = insert_block(entry, line, block, comment="//")
    plan.changes.append(FileChange(project.entry_point.relative_to(project.folder), entry, after))


def _node_block(application: str | None, configuration: str, client: str, *, is_module: bool) -> str:
    if is_module:
        lines = [f'import {{ log }} from "{configuration}";']
        if application:
            lines += [f'import {{ requestLogger }} from "{client}";', f"{application}.use(requestLogger(log));"]
        return "\n".join(lines)
    if application is None:
        return f'import("{configuration}");'
    return (
        f'const loglama = Promise.all([import("{configuration}"), import("{client}")]).then(\n'
        f"  ([{{ log }}, {{ requestLogger }}]) => requestLogger(log),\n"
        f");\n"
        f"{application}.use((request, response, next) => "
        f"loglama.then((middleware) => middleware(request, response, next), next));"
    )


def _first_statement(text: str) -> int:
    """Return the line that a block may stand before: after ``#!`` and ``"use strict"``."""
    lines = text.splitlines()
    line = 0
    while line < len(lines) and (lines[line].startswith("#!") or re.match(r"""\s*['"]use strict['"]""", lines[line])):
        line += 1
    return line
