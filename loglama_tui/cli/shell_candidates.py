"""What a shell offers after TAB: services, levels, names of fields; nothing where the store fails."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
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


def complete_level(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Offer the level names."""
    return _items(LEVEL_NAMES, incomplete.lower())


def complete_service(context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Offer the services for the last name of ``A,B``."""
    return _list_items(["all", *_services(context)], incomplete)


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

    return _list_items([*RECORD_KEYS, *_field_names(context)], incomplete)


def complete_query(context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Offer what may stand before the colon of ``service:weblama``, and then what may stand behind it."""
    name, colon, _ = incomplete.partition(":")
    if colon:
        return _items([f"{name}:{value}" for value in _values(context, name)], incomplete)
    names = ["level", "service", "logger", "message", "source", "since", "until", *_field_names(context)]
    return _items([f"{name}:" for name in names], incomplete)


def _values(context: click.Context, name: str) -> list[str]:
    """Return what a field is compared with: levels, services, else the values of recent records, usual ones first."""
    if name == "level":
        return list(LEVEL_NAMES)
    if name == "service":
        return _services(context)
    from loglama_core.export.record_json import json_text, record_value

    values = Counter(record_value(record, name) for record in _recent(context) if _is_plain(record_value(record, name)))
    texts = [value if isinstance(value, str) else json_text(value) for value, _ in values.most_common()]
    return [text for text in texts if text.isprintable() and not set(text) & set(' ,"')]


def _is_plain(value: object) -> bool:
    return isinstance(value, str | int | float)


def _items(names: Iterable[str], incomplete: str, before: str = "") -> list[CompletionItem]:
    from click.shell_completion import CompletionItem

    return [CompletionItem(f"{before}{name}", type="plain") for name in names if name.startswith(incomplete)]


def _list_items(names: Iterable[str], incomplete: str) -> list[CompletionItem]:
    before, comma, last = incomplete.rpartition(",")
    return _items(names, last, f"{before}{comma}")


def _services(context: click.Context) -> list[str]:
    try:
        with open_reader(_invocation(context).settings()) as reader:
            return reader.services()
    except (LogLamaError, OSError):
        return []


def _field_names(context: click.Context) -> list[str]:
    from loglama_tui.cli.data_lines import flattened

    names = {name for record in _recent(context) for name, _ in flattened(record.fields)}
    return sorted(name for name in names if name.isprintable() and " " not in name)


def _recent(context: click.Context) -> list[LogRecord]:
    try:
        with open_reader(_invocation(context).settings()) as reader:
            return list(reader.search(None, limit=_RECENT_RECORDS))
    except (LogLamaError, OSError):
        return []


def _invocation(context: click.Context) -> Invocation:
    return context.ensure_object(Invocation)
