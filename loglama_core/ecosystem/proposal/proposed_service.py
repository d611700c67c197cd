"""A service as it is proposed: nothing is certain, everything can be changed in the file."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

_NOT_IN_A_NAME = re.compile(r"[^A-Za-z0-9._-]+")


@dataclass(slots=True, frozen=True)
class ProposedService:
    """One service. Paths are relative to the folder; ``found_in``: the file that tells of it."""

    name: str
    found_in: str
    command: str | None = None
    cwd: str | None = None
    depends_on: tuple[str, ...] = ()
    port: str | None = None
    unit: str | None = None
    requirements: str | None = None
    logs: tuple[str, ...] = ()
    required: tuple[str, ...] = ()

    def joined(self, other: ProposedService) -> ProposedService:
        """Return both in one: what this one does not know is taken from the other."""
        return replace(
            self,
            found_in=f"{self.found_in}, {other.found_in}" if other.found_in not in self.found_in else self.found_in,
            command=self.command or other.command,
            cwd=self.cwd or other.cwd,
            depends_on=self.depends_on or other.depends_on,
            port=self.port or other.port,
            unit=self.unit or other.unit,
            requirements=self.requirements or other.requirements,
            logs=tuple(dict.fromkeys([*self.logs, *other.logs])),
            required=tuple(dict.fromkeys([*self.required, *other.required])),
        )


def service_name_from(text: str) -> str:
    """Return a text as the name of a service: other characters than a name may have become ``-``."""
    return _NOT_IN_A_NAME.sub("-", text.strip().rpartition("/")[2]).strip("-.")[:64] or "service"
