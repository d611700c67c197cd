"""Findings for a person's eye: what is well in a line each, what is not with its evidence and remedy."""

from __future__ import annotations

import shutil
import textwrap
from collections.abc import Sequence

from loglama_core.model import Finding, FindingStatus
from loglama_tui.cli import standard_output
from loglama_tui.cli.pretty_record import BOLD, FAINT, paint
from loglama_tui.display_safe import display_safe

_WORDS = {
    FindingStatus.OK: ("OK", "32"),
    FindingStatus.WARN: ("WARN", "33"),
    FindingStatus.FAIL: ("FAIL", "1;91"),
}
_INDENT = 20
_PIPED_WIDTH = 1_000_000
"""Lines that a program reads are never broken."""


def findings_text(findings: Sequence[Finding], took_s: float, *, color: bool, fixed: bool) -> str:
    """Return the findings in their order and a last line that sums them up."""
    width = shutil.get_terminal_size().columns if standard_output.is_terminal() else _PIPED_WIDTH
    lines = [line for finding in findings for line in _lines(finding, width, color=color)]
    return "".join(f"{line}\n" for line in [*lines, *_sum(findings, took_s, color=color, fixed=fixed)])


def verdict_line(failed: Sequence[Finding], warned: Sequence[Finding], checked: int) -> str:
    """Return one line: healthy or not, and what is the worst."""
    counted = f"{checked} findings, {len(failed)} failed, {_warnings(len(warned))}"
    worst = [*failed, *warned][:1]
    why = f"; {worst[0].group}: {display_safe(worst[0].summary)}" if worst else ""
    return f"{'not healthy' if failed else 'healthy'}: {counted}{why}\n"


def _lines(finding: Finding, width: int, *, color: bool) -> list[str]:
    word, sgr = _WORDS[finding.status]
    is_well = finding.status is FindingStatus.OK
    head = f"{paint(f'{word:<6}', sgr, color=color)}{paint(f'{finding.group:<14}', FAINT, color=color)}"
    name = "" if is_well else f"  [{finding.check}]"
    first, *rest = _wrapped(finding.summary + name, width)
    lines = [head + paint(first, "" if is_well else BOLD, color=color)]
    lines += [" " * _INDENT + paint(text, "" if is_well else BOLD, color=color) for text in rest]
    if is_well:
        return lines
    for evidence in finding.evidence:
        lines += [" " * _INDENT + paint(text, FAINT, color=color) for text in _wrapped(f"· {evidence}", width)]
    if finding.remedy:
        mark = "  (--fix does it)" if finding.fixable else ""
        remedy = _wrapped(f"→ {finding.remedy}{mark}", width)
        lines += [" " * _INDENT + paint(text, "33", color=color) for text in remedy]
    return lines


def _wrapped(text: str, width: int) -> list[str]:
    return textwrap.wrap(display_safe(text), max(20, width - _INDENT), subsequent_indent="  ") or [""]


def _sum(findings: Sequence[Finding], took_s: float, *, color: bool, fixed: bool) -> list[str]:
    verdicts = [finding.status for finding in findings]
    failed, warned = verdicts.count(FindingStatus.FAIL), verdicts.count(FindingStatus.WARN)
    well = verdicts.count(FindingStatus.OK)
    offered = sum(finding.fixable for finding in findings)
    lines = [
        paint(f"{failed} failed", "1;91" if failed else "", color=color)
        + f", {_warnings(warned)}, {well} ok in {took_s:.1f} s"
    ]
    if offered and not fixed:
        lines.append(f"{offered} of them LogLama can mend: `loglama diagnose --fix` shows each change and asks")
    return lines


def _warnings(number: int) -> str:
    return f"{number} warning{'' if number == 1 else 's'}"
