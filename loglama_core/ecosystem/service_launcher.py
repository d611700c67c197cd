"""Becomes a service: what the supervisor starts, and what then turns into the declared program by ``exec``.

Between the supervisor and the program it opens the files of standard output and error, so that a service outlives a
supervisor that was killed (a pipe to it would break) and a flood of output costs the supervisor nothing; gives the
program exactly the environment that was planned, which never stands in the supervisor's configuration; and writes down
which process this is. Takes only the standard library, from a script path: 12 ms before the program starts.
"""

from __future__ import annotations

import json
import os
import sys
import time
from typing import NoReturn

CANNOT_START = 127
"""Exit code, as a shell has it."""


def main(launch_file: str) -> NoReturn:
    """Run the launch plan in ``launch_file``; leaves with ``CANNOT_START`` and the reason on the service's stderr."""
    with open(launch_file, encoding="utf-8") as file:  # noqa: PTH123 - pathlib would cost 5 ms here
        plan = json.load(file)
    offsets = []
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    for number, path in ((1, plan["stdout"]), (2, plan["stderr"])):
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, 0o600)
        offsets.append(os.fstat(descriptor).st_size)
        os.dup2(descriptor, number)
        os.close(descriptor)
    record = {
        "pid": os.getpid(),
        "start_mark": _own_start_mark(),
        "launched_ns": time.time_ns(),
        "stdout_offset": offsets[0],
        "stderr_offset": offsets[1],
    }
    temporary = f"{plan['record']}.{os.getpid()}"
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    os.write(descriptor, json.dumps(record).encode())
    os.close(descriptor)
    os.rename(temporary, plan["record"])  # noqa: PTH104 - as above
    try:
        os.chdir(plan["cwd"])
        os.execve(plan["argv"][0], plan["argv"], plan["environment"])  # noqa: S606 - no shell is the point
    except OSError as error:
        os.write(2, f"{plan['argv'][0]} cannot be started in {plan['cwd']}: {error.strerror}\n".encode())
        os._exit(CANNOT_START)


def _own_start_mark() -> str:
    sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))  # noqa: PTH100, PTH120 - as above
    from loglama_core.ecosystem.process_identity import start_mark

    return start_mark(os.getpid())


if __name__ == "__main__":
    main(sys.argv[1])
