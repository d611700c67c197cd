"""The small tables that give ids to names: services, loggers, sources."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from loglama_core.store.read_connection import ReadConnection

_SERVICES = "SELECT id, name FROM services"
_LOGGERS = "SELECT id, name FROM loggers"
_SOURCES = "SELECT id, lineage FROM sources"


class NameTables:
    """The names behind ids, kept in memory: a name once given an id never changes, so only new ids are read again."""

    def __init__(self, connection: ReadConnection) -> None:
        self._connection = connection
        self._names: dict[str, dict[int, str]] = {_SERVICES: {}, _LOGGERS: {}, _SOURCES: {}}

    def service(self, service_id: int) -> str:
        """Return the name of a service."""
        return self._name(_SERVICES, service_id)

    def logger(self, logger_id: int) -> str:
        """Return the name of a logger."""
        return self._name(_LOGGERS, logger_id)

    def source(self, source_id: int) -> str:
        """Return the path under which a source was first seen, empty if the store has forgotten it."""
        return self._name(_SOURCES, source_id)

    def service_ids(self, test: Callable[[str], bool]) -> list[int]:
        """Return the ids of the services whose name passes."""
        return self._ids(_SERVICES, test)

    def logger_ids(self, test: Callable[[str], bool]) -> list[int]:
        """Return the ids of the loggers whose name passes."""
        return self._ids(_LOGGERS, test)

    def source_ids(self, test: Callable[[str], bool]) -> list[int]:
        """Return the ids of the sources whose first path passes."""
        return self._ids(_SOURCES, test)

    def _name(self, table: str, key: int) -> str:
        names = self._names[table]
        if key not in names:
            self._read(table)
        return names.setdefault(key, "")

    def _ids(self, table: str, test: Callable[[str], bool]) -> list[int]:
        self._read(table)
        return [key for key, name in self._names[table].items() if test(name)]

    def _read(self, table: str) -> None:
        self._names[table].update(self._connection.rows(table))
