"""``loglama diagnose``: every check, its evidence, and the fixes that are offered."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from loglama_core.errors import ConfigError, LogLamaError, UsageError
from loglama_tui.cli import standard_error, standard_output
from loglama_tui.cli.data_lines import json_line
from loglama_tui.cli.exit_codes import ExitCode
from loglama_tui.cli.invocation import Invocation, global_options, pass_invocation
from loglama_tui.cli.output_options import chosen_format, format_option
from loglama_tui.cli.row_format import Column, format_rows

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from loglama_core.config.settings import Settings
    from loglama_core.diagnostics.catalog import Check
    from loglama_core.diagnostics.context import TerminalFacts
    from loglama_core.model import Finding

_COLUMNS = tuple(
    Column(key, key.upper()) for key in ("check", "group", "status", "summary", "evidence", "remedy", "fixable")
)
_HEALTH, _REPORT = "health", "report"


def _complete_check(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    from click.shell_completion import CompletionItem

    from loglama_core.diagnostics.catalog import CHECKS, GROUPS

    names = [_HEALTH, _REPORT, *GROUPS, *(check.name for check in CHECKS)]
    return [CompletionItem(name) for name in names if name.startswith(incomplete)]


@click.command()
@click.option(
    "-c",
    "--check",
    "names",
    multiple=True,
    metavar="NAME",
    shell_complete=_complete_check,
    help="Only this check or group, several times or with commas; `health`: one verdict in one line;"
    " `report`: everything as JSON; `integrity`: let SQLite read the whole store.",
)
@click.option("-o", "--output", type=click.Path(path_type=Path), metavar="FILE", help="Where the report goes.")
@click.option("--fix", is_flag=True, help="Show each fix that is offered, ask, make it, check again.")
@click.option("--yes", is_flag=True, help="With --fix: do not ask.")
@click.option("--strict", is_flag=True, help="Warnings lead to exit code 1 too.")
@format_option
@global_options()
@pass_invocation
def diagnose(
    invocation: Invocation,
    *,
    names: tuple[str, ...],
    output: Path | None,
    fix: bool,
    yes: bool,
    strict: bool,
    output_format: str | None,
) -> int:
    """Check everything LogLama needs, and mend what it can.

    Exit code 0: healthy, 1: a check failed, with --strict also a warning.
    """
    wanted = [name for text in names for name in text.split(",") if name]
    special = {name for name in wanted if name in {_HEALTH, _REPORT}}
    if len(special) > 1 or (output is not None and _REPORT not in special):
        raise UsageError("-o FILE goes with -c report, and -c health stands alone", "loglama diagnose -c report -o F")
    if yes and not fix:
        raise UsageError("--yes goes with --fix", "loglama diagnose --fix --yes")
    from loglama_core.diagnostics.catalog import checks_named

    checks = checks_named([name for name in wanted if name not in special])
    try:
        settings = invocation.settings()
    except ConfigError as error:
        return _without_settings(error, invocation, special, output_format)
    began = time.perf_counter()
    findings = _run(settings, checks)
    if fix:
        findings = _mend(settings, checks, findings, ask=not yes)
    took_s = time.perf_counter() - began
    if _REPORT in special:
        _write_report(settings, findings, output)
    elif _HEALTH in special:
        _write_verdict(findings, output_format)
    else:
        _write_findings(findings, output_format, took_s, invocation, fixed=fix)
    return _exit_code(findings, strict=strict)


def _run(settings: Settings, checks: Sequence[Check]) -> list[Finding]:
    """Run the checks; while those read the whole store, standard error says for how long."""
    from loglama_core.diagnostics.report import run_checks
    from loglama_core.store.sqlite_reader import SqliteReader

    began = time.monotonic()
    with standard_error.ProgressLine() as line:

        def still_reading() -> bool:
            seconds = time.monotonic() - began
            line.show(0, 0, f"reading the whole store, {seconds:.0f} s so far; Ctrl-C leaves it")
            return False

        return run_checks(
            settings,
            lambda: SqliteReader(settings.db_path),
            time.time_ns(),
            checks=checks,
            terminal_facts=_terminal(),
            stopped=still_reading,
        )


def _terminal() -> TerminalFacts | None:
    """Return what is known of the terminal, ``None`` when the output goes elsewhere."""
    if not standard_output.is_terminal():
        return None
    import shutil

    from loglama_core.diagnostics.context import TerminalFacts

    size = shutil.get_terminal_size()
    term = os.environ.get("TERM", "")
    colors = "256" if "256" in term else "" if term in {"", "dumb"} else "standard"
    if os.environ.get("COLORTERM", "") in {"truecolor", "24bit"}:
        colors = "truecolor"
    return TerminalFacts(size.columns, size.lines, colors, sys.stdout.encoding or "unknown")


def _mend(settings: Settings, checks: Sequence[Check], findings: list[Finding], *, ask: bool) -> list[Finding]:
    """Show each fix, ask, make it, and return what the checks find then."""
    from loglama_core.diagnostics.fixes import apply_fix

    offered = [finding for finding in findings if finding.fix is not None]
    if not offered:
        standard_error.note("nothing to mend that LogLama could mend itself")
        return findings
    made = 0
    for finding in offered:
        if finding.fix is None:
            continue
        standard_error.note(f"{finding.status.upper()} {finding.group}: {finding.summary}")
        for step in finding.fix.preview:
            standard_error.note(f"    {step}")
        if ask and not _confirmed():
            continue
        try:
            apply_fix(finding.fix, settings)
        except LogLamaError as error:
            standard_error.error(error.message, error.hint)
            continue
        except OSError as error:
            standard_error.error(f"{error.filename or ''}: {error.strerror}", finding.remedy)
            continue
        made += 1
    return _run(settings, checks) if made else findings


def _confirmed() -> bool:
    if not sys.stdin.isatty():
        standard_error.note("    not made: nobody can be asked here (--yes makes it without asking)")
        return False
    return click.confirm("    make this change?", default=False, err=True)


def _without_settings(error: ConfigError, invocation: Invocation, special: set[str], output_format: str | None) -> int:
    """Write that settings cannot be read as the one finding there is: every other check would ask for them."""
    from loglama_core.model import Finding, FindingStatus

    finding = Finding("settings", "environment", FindingStatus.FAIL, error.message, (), error.hint)
    if _REPORT in special:
        raise error
    if _HEALTH in special:
        _write_verdict([finding], output_format)
    else:
        _write_findings([finding], output_format, 0.0, invocation, fixed=False)
    return ExitCode.NOTHING


def _write_report(settings: Settings, findings: list[Finding], output: Path | None) -> None:
    from loglama_core.diagnostics.bug_report import bug_report, report_text, write_report

    report = bug_report(settings, findings, time.time_ns())
    if output is None:
        standard_output.write(report_text(report).decode())
    else:
        from loglama_core.store.store_files import refuse_store_file

        refuse_store_file(settings.db_path, output)
        write_report(output, report)
        standard_error.note(f"the report is in {output}; look through it before you hand it on")


def _write_verdict(findings: Sequence[Finding], output_format: str | None) -> None:
    from loglama_core.model import FindingStatus

    failed = [finding for finding in findings if finding.status is FindingStatus.FAIL]
    warned = [finding for finding in findings if finding.status is FindingStatus.WARN]
    if chosen_format(output_format) == "jsonl":
        verdict = {
            "healthy": not failed,
            "failed": len(failed),
            "warnings": len(warned),
            "ok": len(findings) - len(failed) - len(warned),
        }
        standard_output.write(json_line(verdict, terminal=standard_output.is_terminal()))
        return
    from loglama_tui.cli.finding_text import verdict_line

    standard_output.write(verdict_line(failed, warned, len(findings)))


def _write_findings(
    findings: Sequence[Finding], output_format: str | None, took_s: float, invocation: Invocation, *, fixed: bool
) -> None:
    name = chosen_format(output_format)
    if name == "pretty":
        from loglama_tui.cli.finding_text import findings_text

        text = findings_text(findings, took_s, color=invocation.use_color(), fixed=fixed)
    else:
        from loglama_core.diagnostics.bug_report import finding_as_json

        rows = [finding_as_json(finding) for finding in findings]
        text = format_rows(rows, _COLUMNS, name, terminal=standard_output.is_terminal())
    standard_output.write(text)


def _exit_code(findings: Sequence[Finding], *, strict: bool) -> ExitCode:
    from loglama_core.model import FindingStatus

    bad = {FindingStatus.FAIL, FindingStatus.WARN} if strict else {FindingStatus.FAIL}
    return ExitCode.NOTHING if any(finding.status in bad for finding in findings) else ExitCode.OK
