"""What records are counted by: how a key is read in SQL, and how its value is named."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from loglama_core.model import level_name
from loglama_core.store.predicate import Predicate, json_of_field

if TYPE_CHECKING:
    from loglama_core.store.name_tables import NameTables
    from loglama_core.store.record_reader import FieldValue

_COLUMNS = {"level": "severity", "service": "service_id", "logger": "logger_id"}


def key_column(key: str) -> Predicate:
    """Return the SQL expression that tells values of ``level``, ``service``, ``logger`` or a dotted field apart."""
    return Predicate(_COLUMNS[key]) if key in _COLUMNS else json_of_field(key)


def key_value(key: str, value: int | str | None, names: NameTables) -> FieldValue:
    """Return what ``key_column`` gave as people name it: a level, a service, a number; arrays and objects as JSON."""
    match key, value:
        case _, None:
            return None
        case "level", int():
            return level_name(value)
        case "service", int():
            return names.service(value)
        case "logger", int():
            return names.logger(value)
    found: Any = orjson.loads(str(value))
    return str(value) if isinstance(found, list | dict) else found
