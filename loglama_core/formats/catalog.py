"""The formats that are data: ``catalog/*.toml``, read once, when the first line of text asks for them."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from loglama_core.formats.text_format import TextFormat

CATALOG_FOLDER = Path(__file__).parent / "catalog"


@cache
def text_formats() -> tuple[TextFormat, ...]:
    """Return every format of the catalog, those with the higher ``rank`` first, then as the files have them."""
    import tomllib

    ranked: list[tuple[int, TextFormat]] = []
    for path in sorted(CATALOG_FOLDER.glob("*.toml")):
        tables = tomllib.loads(path.read_text(encoding="utf-8"))["format"]
        ranked += [(-table.pop("rank", 0), _text_format(path.stem, table)) for table in tables]
    ranked.sort(key=lambda pair: pair[0])
    return tuple(text_format for _, text_format in ranked)


def _text_format(family: str, table: dict[str, Any]) -> TextFormat:
    return TextFormat(
        family=family,
        integers=frozenset(table.pop("integers", ())),
        samples=tuple(table.pop("sample", ())),
        **table,
    )
