"""The systemd unit that runs the collector as this user would, with these settings."""

from __future__ import annotations

import os
import pwd
from typing import TYPE_CHECKING

from loglama_core.collector.daemon import daemon_command, settings_environment
from loglama_core.errors import UsageError

if TYPE_CHECKING:
    from loglama_core.config.settings import Settings

_UNIT = """\
# Collects the logs of {folder} in the background, from the start of the machine on. To install it:
#   loglama log-collector unit | sudo tee /etc/systemd/system/loglama.service
#   sudo systemctl daemon-reload && sudo systemctl enable --now loglama
{remark}
[Unit]
Description=LogLama collects logs into {store}
Documentation=man:journalctl(1)
After=local-fs.target

[Service]
Type=exec
{user}WorkingDirectory={folder}
{environment}
ExecStart={command}
Restart=on-failure
RestartSec=5
# A batch in hand takes milliseconds; stopping loses nothing, and neither does a kill.
TimeoutStopSec=15
UMask=0077
Nice=5
NoNewPrivileges=yes
PrivateTmp=yes
ProtectSystem=full
ProtectControlGroups=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
RestrictSUIDSGID=yes
LockPersonality=yes

[Install]
WantedBy=multi-user.target
"""
_RUNS_AS_ROOT = """\
# It runs as root, which is seldom needed: name a user in User= who may read the logs and write the store's folder.
"""


def systemd_unit(settings: Settings) -> str:
    """Return the text of the unit. Raises ``UsageError`` for a path that no unit can hold."""
    paths = {str(path) for path in (settings.folder, settings.db_path, settings.log_dir, settings.config_file) if path}
    for path in paths:
        if any(character < " " for character in path):
            raise UsageError(f"{path!r} cannot stand in a systemd unit", "rename the folder: no control characters")
    user = None if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
    environment = settings_environment(settings)
    command = daemon_command(settings, settings.collect_interval_s)
    return _UNIT.format(
        folder=str(settings.folder).replace("%", "%%"),
        store=str(settings.db_path).replace("%", "%%"),
        remark=_RUNS_AS_ROOT if user is None else "",
        user="" if user is None else f"User={user}\n",
        environment="\n".join(f"Environment={_quoted(f'{name}={value}')}" for name, value in environment.items()),
        command=" ".join(_quoted(word).replace("$", "$$") for word in command),
    )


def _quoted(word: str) -> str:
    """Return a word as systemd reads it: specifiers and quotes are escaped, blanks kept together."""
    escaped = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%")
    return f'"{escaped}"' if escaped != word or any(character in word for character in " '\t;") else word
