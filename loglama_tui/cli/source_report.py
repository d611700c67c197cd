"""Print what a pass of the collector, or an import, did per source."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from loglama_tui.cli.exit_codes import ExitCode
from loglama_tui.cli.invocation import Invocation
from loglama_tui.cli.row_format import Column
from loglama_tui.cli.row_output import write_rows
from loglama_tui.source_path import source_from

if TYPE_CHECKING:
    from pathlib import Path

    from loglama_core.collector.one_pass import SourceReport

_DONE = (
    Column("source", "SOURCE"),
    Column("service", "SERVICE"),
    Column("records", "RECORDS", right=True),
    Column("bytes", "BYTES", right=True),
)
_ERROR = Column("error", "ERROR", sgr=lambda error: "1;91" if error else "")
PASS_COLUMNS = (*_DONE, Column("gap_bytes", "GAP BYTES", right=True), _ERROR)
IMPORT_COLUMNS = (*_DONE, _ERROR, Column("note", "NOTE"))


def write_source_reports(
    invocation: Invocation,
    reports: Sequence[SourceReport],
    columns: Sequence[Column],
    *,
    folder: Path,
    output_format: str | None = None,
) -> ExitCode:
    """Print one row per source, paths as seen from ``folder``; the exit code tells whether one had an error."""

    def row(report: SourceReport) -> dict[str, object]:
        values: dict[str, object] = {column.key: getattr(report, column.key) for column in columns}
        return values | {"source": source_from(folder, report.source)}

    write_rows(invocation, [row(report) for report in reports], columns, output_format)
    return ExitCode.NOTHING if any(report.error for report in reports) else ExitCode.OK
