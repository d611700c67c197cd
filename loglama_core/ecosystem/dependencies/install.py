"""Brings in what services lack: into a virtual environment or ``node_modules`` of their own, and nowhere else."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from loglama_core.config.services import DeclaredService
from loglama_core.config.settings import Settings
from loglama_core.ecosystem.dependencies.node_check import read_package
from loglama_core.ecosystem.dependencies.python_environment import service_python
from loglama_core.ecosystem.dependencies.python_requirements import read_python_requirements
from loglama_core.ecosystem.dependencies.verdict import DependencyVerdict
from loglama_core.ecosystem.service_environment import service_environment, virtual_environment
from loglama_core.ecosystem.state_folder import StateFolder
from loglama_core.errors import EcosystemError

_STEP_TIMEOUT_S = 3600.0
_KEPT_LINES = 12


@dataclass(slots=True, frozen=True)
class InstallStep:
    """One command to run. ``arguments`` in ``cwd``; ``what`` says in a few words what it does.

    ``requirements``: texts to be given to pip in a file of their own, whose path is added at the end.
    """

    service: str
    what: str
    arguments: tuple[str, ...]
    cwd: Path
    environment: Mapping[str, str]
    requirements: tuple[str, ...] = ()


def install_steps(
    settings: Settings,
    service: DeclaredService,
    verdicts: Sequence[DependencyVerdict],
    environ: Mapping[str, str] = os.environ,
) -> list[InstallStep]:
    """Return what must be run so that a service gets what it lacks; nothing when nothing is lacking that can be got.

    Python packages go into the virtual environment of the service: the declared one, else ``.venv`` in its folder; it
    is made where it is not there, or is no whole one (an earlier installation was interrupted). Raises
    ``EcosystemError`` when the service runs on a Python that is not its own, or npm is missing.
    """
    lacking = [one for one in verdicts if one.service == service.name and one.failed and one.kind != "system"]
    file = service.requirements
    if not lacking or file is None:
        return []
    environment = _tool_environment(
        service_environment(service, settings, environ, StateFolder.of(settings).path), environ
    )
    if file.suffix == ".json":
        return [_npm_step(service, file, environment)]
    venv = virtual_environment(service)
    python = venv / "bin" / "python"
    steps = []
    used = service_python(service, settings, environ)
    if not _is_whole(python):
        _refuse_other_folder(service, venv)
        base = used or shutil.which("python3", path=environment["PATH"]) or sys.executable
        arguments = (base, "-m", "venv", "--clear", str(venv))
        steps.append(
            InstallStep(service.name, f"make the virtual environment {venv}", arguments, file.parent, environment)
        )
    elif used is not None and Path(used).parent != python.parent:
        raise EcosystemError(
            f"{service.name} runs on {used}, which is not its own: nothing is installed there",
            f"write `python` in its command, or declare the venv it runs on (its own is {venv})",
        )
    steps.append(_pip_step(service, file, python, environ, environment))
    return steps


def _refuse_other_folder(service: DeclaredService, venv: Path) -> None:
    """Refuse a folder that holds something else: making an environment in it would clear it."""
    if venv.exists() and not (venv / "pyvenv.cfg").exists() and (not venv.is_dir() or any(venv.iterdir())):
        raise EcosystemError(
            f"{venv} is to be the virtual environment of {service.name}, and holds something else",
            'declare a venv of its own, as in venv = ".venv"; nothing was touched',
        )


def _pip_step(
    service: DeclaredService, file: Path, python: Path, environ: Mapping[str, str], environment: Mapping[str, str]
) -> InstallStep:
    pip = [str(python), "-m", "pip", "install", "--no-input", "--disable-pip-version-check", "--progress-bar", "off"]
    texts: tuple[str, ...] = ()
    if file.suffix != ".toml":
        pip += ["--requirement", str(file)]
    elif (required := read_python_requirements(file, environ)).complete:
        pip.append("--requirement")
        texts = tuple(str(one.requirement) for one in required.found)
    else:
        pip.append(str(file.parent))
    what = f"install what {file.name} requires"
    return InstallStep(service.name, what, tuple(pip), file.parent, environment, texts)


def _npm_step(service: DeclaredService, file: Path, environment: Mapping[str, str]) -> InstallStep:
    npm = shutil.which("npm", path=environment["PATH"])
    if npm is None:
        raise EcosystemError(f"{service.name} needs npm, which is not installed", "install Node with npm")
    read_package(file)
    verb = "ci" if (file.parent / "package-lock.json").exists() else "install"
    arguments = (npm, verb, "--omit=dev", "--no-audit", "--no-fund", "--no-progress")
    return InstallStep(
        service.name, f"install what {file.name} requires (npm {verb})", arguments, file.parent, environment
    )


def run_step(
    step: InstallStep, on_line: Callable[[str], object], cancelled: Callable[[], bool] = lambda: False
) -> None:
    """Run one step, handing on every line it prints. Raises ``EcosystemError`` with its last lines when it fails."""
    if not step.requirements:
        _run(step, step.arguments, on_line, cancelled)
        return
    with tempfile.NamedTemporaryFile("w", prefix="requirements-", suffix=".txt", encoding="utf-8") as file:
        file.write("".join(f"{text}\n" for text in step.requirements))
        file.flush()
        _run(step, (*step.arguments, file.name), on_line, cancelled)


def _run(
    step: InstallStep, arguments: Sequence[str], on_line: Callable[[str], object], cancelled: Callable[[], bool]
) -> None:
    last: list[str] = []
    try:
        process = subprocess.Popen(  # noqa: S603 - no shell; pip of the service's own Python, npm of its PATH
            arguments,
            cwd=step.cwd,
            env=dict(step.environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="backslashreplace",
        )
    except OSError as error:
        raise EcosystemError(f"{step.service}: {arguments[0]} cannot be run: {error.strerror}", "mend it") from error
    with process:
        try:
            for line in process.stdout or ():
                last = [*last[-_KEPT_LINES:], line.rstrip()]
                on_line(line.rstrip())
                if cancelled():
                    raise EcosystemError(f"{step.service}: interrupted", "run it again: it goes on where it was")
            code = process.wait(_STEP_TIMEOUT_S)
        finally:
            if process.poll() is None:
                process.terminate()
    if code != 0:
        words = "; ".join(line for line in last[-3:] if line.strip()) or "it said nothing"
        raise EcosystemError(f"{step.service}: could not {step.what}: {words}", _hint("\n".join(last)))


def _hint(said: str) -> str:
    if "ensurepip" in said:
        return "install python3-venv with the system's package manager, then run it again"
    return "mend that and run it again: what is installed already stays"


def _is_whole(python: Path) -> bool:
    """Whether a virtual environment is there and pip works in it: one whose making was interrupted has none."""
    if not python.exists():
        return False
    done = subprocess.run([python, "-I", "-m", "pip", "--version"], capture_output=True, check=False)  # noqa: S603 - the service's own
    return done.returncode == 0


def _tool_environment(environment: Mapping[str, str], environ: Mapping[str, str]) -> dict[str, str]:
    """Return what pip and npm need of an environment, and none of the service's own variables: they are its secrets."""
    kept = {name: value for name, value in environ.items() if name.upper().startswith(("PIP_", "NPM_CONFIG_"))}
    plain = {name: environment[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in environment}
    proxies = {name: value for name, value in environment.items() if name.lower().endswith("_proxy")}
    return {**plain, **proxies, **kept}
