"""What a shell offers after TAB: services, levels, fields and their values; nothing where the store fails.

zsh and fish show beside each how many records have it: of all, or of the newest where those were looked at.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import click

from loglama_core.errors import LogLamaError
from loglama_core.model import LEVEL_NAMES
from loglama_tui.cli.invocation import Invocation, open_reader

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from loglama_core.model import LogRecord

_RECENT_RECORDS = 300
"""So many newest records tell which fields and values there are: enough for the usual ones, 10 ms to read."""


def complete_level(context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Offer the level names."""
    return _items(_levels(context), incomplete.lower())


def complete_service(context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Offer the services for the last name of ``A,B``."""
    return _list_items({"all": "", **_counted(context, "service")}, incomplete)


def complete_declared_service(
    context: click.Context, _parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Offer the declared services."""
    try:
        services = _invocation(context).settings().services
    except LogLamaError:
        return []
    return _items((service.name for service in services), incomplete)


def complete_variable(context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Offer the names in the .env, those that services declare and those of the settings."""
    from loglama_core.config.settings import SETTINGS

    names = [setting.variable for setting in SETTINGS]
    try:
        settings = _invocation(context).settings()
    except LogLamaError:
        return _items(names, incomplete)
    declared = [name for service in settings.services for name in sorted(service.variables)]
    return _items(dict.fromkeys([*settings.env, *declared, *names]), incomplete)


def complete_fields(context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Offer the record's own keys and the names of recent fields, for the last name of ``a,b``."""
    from loglama_core.export.record_json import RECORD_KEYS

    return _list_items({**dict.fromkeys(RECORD_KEYS, ""), **_field_names(context)}, incomplete)


def complete_query(context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Offer what may stand before the colon of ``service:weblama``, and then what may stand behind it."""
    name, colon, _ = incomplete.partition(":")
    if colon:
        return _items({f"{name}:{value}": told for value, told in _values(context, name).items()}, incomplete)
    names = dict.fromkeys(("level", "service", "logger", "message", "source", "since", "until"), "")
    return _items({f"{name}:": told for name, told in {**names, **_field_names(context)}.items()}, incomplete)


def _values(context: click.Context, name: str) -> dict[str, str]:
    """Return what a field is compared with: levels, services, else the values of recent records, usual ones first."""
    if name == "level":
        return _levels(context)
    if name == "service":
        return _counted(context, "service")
    from loglama_core.export.record_json import json_text, record_value

    recent = _recent(context)
    values = Counter(record_value(record, name) for record in recent if _is_plain(record_value(record, name)))
    texts = {value if isinstance(value, str) else json_text(value): count for value, count in values.most_common()}
    return {text: _of_newest(count, recent) for text, count in texts.items() if _is_one_word(text)}


def _is_plain(value: object) -> bool:
    return isinstance(value, str | int | float)


def _is_one_word(text: str) -> bool:
    return text.isprintable() and not set(text) & set(' ,"')


def _of_newest(count: int, recent: list[LogRecord]) -> str:
    return f"{count} of the newest {len(recent)}"


def _items(names: Iterable[str] | Mapping[str, str], incomplete: str, before: str = "") -> list[CompletionItem]:
    """Return what fits of ``names``, as keys with what is told of them as values."""
    from click.shell_completion import CompletionItem

    told = names if isinstance(names, Mapping) else dict.fromkeys(names, "")
    return [
        CompletionItem(f"{before}{name}", type="plain", help=told[name] or None)
        for name in told
        if name.startswith(incomplete)
    ]


def _list_items(names: Mapping[str, str], incomplete: str) -> list[CompletionItem]:
    before, comma, last = incomplete.rpartition(",")
    return _items(names, last, f"{before}{comma}")


def _levels(context: click.Context) -> dict[str, str]:
    counted = _counted(context, "level")
    return {name: counted.get(name, "") for name in LEVEL_NAMES}


def _counted(context: click.Context, key: str) -> dict[str, str]:
    """Return the levels or services of all records with their numbers, which the minute counts know."""
    try:
        with open_reader(_invocation(context).settings()) as reader:
            counts = {str(value): count for (value,), count in reader.counts_by([key]).items() if value is not None}
    except (LogLamaError, OSError):
        return {}
    return {name: f"{counts[name]:,} record{'s' * (counts[name] != 1)}" for name in sorted(counts)}


def _field_names(context: click.Context) -> dict[str, str]:
    from loglama_tui.cli.data_lines import flattened

    recent = _recent(context)
    counts = Counter(name for record in recent for name, _ in flattened(record.fields))
    return {name: _of_newest(counts[name], recent) for name in sorted(counts) if name.isprintable() and " " not in name}


def _recent(context: click.Context) -> list[LogRecord]:
    try:
        with open_reader(_invocation(context).settings()) as reader:
            return list(reader.search(None, limit=_RECENT_RECORDS))
    except (LogLamaError, OSError):
        return []


def _invocation(context: click.Context) -> Invocation:
    return context.ensure_object(Invocation)
