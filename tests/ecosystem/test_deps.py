"""Requirements checked and installed for real, by the pip and npm at hand."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.cli.conftest import Program
from tests.ecosystem.packages import make_wheel, offline_pip

REQUIREMENTS = """\
# what the service needs
-r more.txt
-c limits.txt
loglama_alpha[fast] >= 1, <3  # the heart of it
loglama_beta==1.0 ; python_version < "3"
--extra-index-url https://user:hunter2@example.org/simple
-e ./local
loglama_url @ https://example.org/loglama_url.whl
https://user:hunter2@example.org/other-1.0.tar.gz
loglama_long \\
  >= 1
"""


@pytest.fixture
def service(tmp_path: Path) -> Program:
    """A service of one requirements file that lives in an environment of its own, still to be made."""
    program = Program(tmp_path)
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "requirements.txt").write_text(REQUIREMENTS)
    (tmp_path / "app" / "more.txt").write_text("loglama_gamma\n")
    (tmp_path / "app" / "limits.txt").write_text("loglama_gamma<2\nloglama_unused==9\n")
    (tmp_path / "loglama.toml").write_text(
        '[services.app]\ncommand = "python -m app"\ncwd = "app"\nrequirements = "app/requirements.txt"\n'
    )
    return program


def test_every_requirement_gets_a_verdict_and_passwords_none_sees(service: Program) -> None:
    result = service.run("deps", "check")
    assert result.code == 1
    assert "hunter2" not in result.out + result.err
    rows = {row["name"]: (row["status"], row["required"], row["source"]) for row in result.objects}
    assert rows["loglama_gamma"] == ("missing", "loglama_gamma", "more.txt line 1")
    assert rows["loglama_alpha"] == ("missing", "loglama_alpha[fast] >= 1, <3", "requirements.txt line 4")
    assert rows["loglama_long"] == ("missing", "loglama_long   >= 1", "requirements.txt line 10")
    assert rows["loglama_url"][0] == "missing"
    assert rows["-e ./local"][:2] == ("unchecked", "editable: whatever stands at its path is its version")
    assert [row for row in rows.values() if "by URL or path" in row[1]]
    assert "loglama_beta" not in rows
    assert "loglama_unused" not in rows


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("good\nnot a requirement!\n", "requirements.txt line 2"),
        ("-r requirements.txt\n", "include each other in a circle"),
        ("-r nowhere.txt\n", "nowhere.txt cannot be read"),
    ],
)
def test_what_cannot_be_read_is_named(service: Program, text: str, said: str) -> None:
    (service.folder / "app" / "requirements.txt").write_text(text)
    result = service.run("deps", "check")
    assert result.code == 1
    assert said in result.objects[0]["required"]


def test_install_makes_an_environment_of_its_own_and_ends_with_a_check(service: Program) -> None:
    packages = service.folder / "packages"
    make_wheel(packages, "loglama_alpha", "1.5", requires=("loglama_fast>=2; extra == 'fast'",), extras=("fast",))
    make_wheel(packages, "loglama_fast", "2.0")
    make_wheel(packages, "loglama_gamma", "1.0")
    make_wheel(packages, "loglama_gamma", "2.0")
    (service.folder / "app" / "requirements.txt").write_text("-r more.txt\n-c limits.txt\nloglama_alpha[fast]>=1\n")
    pip = offline_pip(packages)

    dry = service.run("deps", "install", "--dry-run", env=pip)
    assert dry.code == 0
    assert "-m venv --clear" in dry.out
    assert "pip install" in dry.out
    assert not (service.folder / "app" / ".venv").exists()

    done = service.run("deps", "install", env=pip)
    assert done.code == 0, done.err
    rows = {row["name"]: (row["status"], row["installed"]) for row in done.objects}
    assert rows == {"loglama_gamma": ("ok", "1.0"), "loglama_alpha": ("ok", "1.5")}
    assert service.run("deps", "install", "--dry-run", env=pip).out == ""

    # Something an extra brings in is gone; a version no longer fits.
    site = next((service.folder / "app" / ".venv" / "lib").glob("python*")) / "site-packages"
    shutil.rmtree(site / "loglama_fast-2.0.dist-info")
    (service.folder / "app" / "more.txt").write_text("loglama_gamma>1.5\n")
    rows = {row["name"]: (row["status"], row["source"]) for row in service.run("deps", "check").objects}
    assert rows["loglama_fast"] == ("missing", "required by loglama_alpha 1.5")
    assert rows["loglama_gamma"][0] == "wrong version"

    (service.folder / "app" / "more.txt").write_text("loglama_nowhere==7\n")
    failed = service.run("deps", "install", env=pip)
    assert failed.code == 1
    assert "No matching distribution found for loglama_nowhere==7" in failed.err
    assert failed.objects[0]["status"] == "missing"


@pytest.mark.soak
def test_an_installation_that_was_interrupted_is_gone_on_with(service: Program) -> None:
    packages = service.folder / "packages"
    make_wheel(packages, "loglama_gamma", "1.0")
    pip = offline_pip(packages)
    (service.folder / "app" / "requirements.txt").write_text("loglama_gamma\n")
    assert service.run("deps", "install", env=pip).code == 0
    # Half an environment: it has a Python, and no pip yet. It is made anew.
    site = next((service.folder / "app" / ".venv" / "lib").glob("python*")) / "site-packages"
    shutil.rmtree(site / "pip")
    shutil.rmtree(site / "loglama_gamma-1.0.dist-info")
    again = service.run("deps", "install", env=pip)
    assert again.code == 0, again.err
    assert {row["status"] for row in again.objects} == {"ok"}


def test_an_environment_is_never_made_in_a_folder_that_holds_something_else(service: Program) -> None:
    (service.folder / "app" / "requirements.txt").write_text("loglama_alpha\n")
    toml = service.folder / "loglama.toml"
    toml.write_text(toml.read_text() + 'venv = "app"\n')
    result = service.run("deps", "install")
    assert result.code == 1
    assert "holds something else" in result.err
    assert (service.folder / "app" / "limits.txt").exists()


def test_pyproject_is_read_for_its_interpreter(service: Program) -> None:
    (service.folder / "app" / "pyproject.toml").write_text(
        '[project]\nname = "app"\nversion = "1"\nrequires-python = ">=3.99"\n'
        'dependencies = ["loglama_alpha>=1", "loglama_win; sys_platform == \'win32\'"]\n'
    )
    toml = service.folder / "loglama.toml"
    toml.write_text(toml.read_text().replace("requirements.txt", "pyproject.toml"))
    rows = {row["name"]: row["status"] for row in service.run("deps", "check").objects}
    assert rows == {"Python": "wrong version", "loglama_alpha": "missing"}


def test_system_commands_are_looked_for_on_the_services_path(service: Program) -> None:
    (service.folder / "loglama.toml").write_text('[services.app]\nsystem_commands = ["sh", "no-such-program"]\n')
    result = service.run("deps", "check")
    assert result.code == 1
    rows = {row["name"]: row["status"] for row in result.objects}
    assert rows == {"sh": "ok", "no-such-program": "missing"}
    with (service.folder / "loglama.toml").open("a") as file:
        file.write('requirements = "nowhere.txt"\n')
    rows = {row["name"]: row["status"] for row in service.run("deps", "check").objects}
    assert rows == {"sh": "ok", "no-such-program": "missing", "nowhere.txt": "missing"}


@pytest.mark.skipif(shutil.which("npm") is None, reason="npm is not installed: Node requirements are not tested")
def test_node_packages_are_checked_and_installed_by_npm(service: Program) -> None:
    app = service.folder / "app"
    (service.folder / "dep").mkdir()
    (service.folder / "dep" / "package.json").write_text(json.dumps({"name": "dep", "version": "1.2.3"}))
    package = {"name": "app", "version": "1.0.0", "dependencies": {"dep": "file:../dep"}}
    (app / "package.json").write_text(json.dumps(package))
    (service.folder / "loglama.toml").write_text('[services.app]\ncwd = "app"\nrequirements = "app/package.json"\n')
    assert service.run("deps", "check").objects[0]["status"] == "missing"
    done = service.run("deps", "install", env={"npm_config_offline": "true"})
    assert done.code == 0, done.err
    assert [(row["name"], row["status"], row["installed"]) for row in done.objects] == [("dep", "ok", "1.2.3")]
