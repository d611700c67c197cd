"""A stranger copies what README and docs show: every line has to work, with the installed program."""

from __future__ import annotations

import os
import pty
import re
import shlex
import shutil
import signal
import subprocess
import sys
import termios
import time
from pathlib import Path
from select import select

import pytest

ROOT = Path(__file__).parents[2]
PAGES = {
    path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8")
    for path in [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
}
README = PAGES["README.md"]
PROGRAMS = Path(sys.executable).parent
DEADLINE_S = 60.0

SET_UP = [
    "sudo apt install git python3 python3-venv",
    "python3 -m venv .venv && .venv/bin/pip install . && .venv/bin/loglama demo",
    "python3 -m venv .venv && .venv/bin/pip install nox && .venv/bin/nox",
]


def blocks(language: str, page: str = README) -> list[str]:
    """Return all blocks in this language, in order."""
    return re.findall(rf"^```{language}\n(.*?)^```", page, re.MULTILINE | re.DOTALL)


def fenced(language: str, page: str = README) -> list[str]:
    """Return the lines of all blocks in this language, commands without their prompt."""
    return [line.removeprefix("$ ") for block in blocks(language, page) for line in block.splitlines()]


def environment(folder: Path) -> dict[str, str]:
    """Return what a new user's shell knows: the installed program first on the path, nothing of LogLama's."""
    return {"PATH": f"{PROGRAMS}{os.pathsep}{os.environ['PATH']}", "HOME": str(folder), "TERM": "xterm-256color"}


def run(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", "-o", "pipefail", "-c", command],
        cwd=folder,
        env=environment(folder),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=DEADLINE_S,
        check=False,
    )


def leave_full_screen(command: str, folder: Path) -> tuple[int, bytes]:
    """Run a command on a terminal of 80x24, press ``q`` once it shows its tabs; return exit code and output."""
    ours, its = pty.openpty()
    termios.tcsetwinsize(its, (24, 80))
    process = subprocess.Popen(
        shlex.split(command),
        cwd=folder,
        env=environment(folder),
        stdin=its,
        stdout=its,
        stderr=its,
        start_new_session=True,
    )
    os.close(its)
    output = b""
    asked = False
    deadline = time.monotonic() + DEADLINE_S
    try:
        while select([ours], [], [], max(0.0, deadline - time.monotonic()))[0]:
            try:
                output += os.read(ours, 65_536)
            except OSError:  # EIO: the program has closed the terminal
                break
            if not asked and b"Diagnostics" in output:
                os.write(ours, b"q")
                asked = True
        return process.wait(max(0.1, deadline - time.monotonic())), output
    finally:
        os.close(ours)
        process.kill()
        process.wait()


def follow(command: str, folder: Path) -> tuple[int, str]:
    """Run a command that does not end by itself, press Ctrl-C after its first line; return exit code and that line."""
    process = subprocess.Popen(
        shlex.split(command), cwd=folder, env=environment(folder), stdout=subprocess.PIPE, text=True
    )
    with process:
        assert process.stdout is not None
        try:
            assert select([process.stdout], [], [], DEADLINE_S)[0], f"{command} printed nothing"
            line = process.stdout.readline()
            process.send_signal(signal.SIGINT)
            return process.wait(DEADLINE_S), line
        finally:
            process.kill()


@pytest.mark.parametrize("name", [name for name, page in PAGES.items() if blocks("console", page)])
def test_every_page_works_line_by_line(name: str, tmp_path: Path) -> None:
    commands = fenced("console", PAGES[name])
    assert len(commands) > 3
    try:
        for command in commands:
            if command == "loglama":
                code, output = leave_full_screen(command, tmp_path)
                assert code == 0, output[-2000:]
            elif "--follow" in command:
                code, line = follow(command, tmp_path)
                assert code == 130, command
                assert "payment timed out" in line
            else:
                done = run(command, tmp_path)
                assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
                if " -o " in command:
                    assert (tmp_path / command.split()[-1]).stat().st_size
                elif command.startswith("loglama"):
                    assert done.stdout, command
    finally:
        run("loglama log-collector stop", tmp_path)
        run("loglama down", tmp_path)


def test_services_log_as_shown(tmp_path: Path) -> None:
    (tmp_path / "shop.py").write_text("\n".join(fenced("python")))
    (tmp_path / "web.mjs").write_text("\n".join(fenced("js")).replace("./loglama.js", "./loglama.mjs"))
    commands = ["python shop.py", "loglama client js --to loglama.mjs", "node web.mjs"]
    for command in commands if shutil.which("node") else commands[:1]:
        assert run(command, tmp_path).returncode == 0, command
    for file in (tmp_path / "logs").iterdir():
        assert '"message":"order paid"' in file.read_text()
        assert '"seconds":0.25' in file.read_text()
    assert len(list((tmp_path / "logs").iterdir())) == (2 if shutil.which("node") else 1)


def test_set_up_commands_are_those_that_are_proven() -> None:
    """The last is what ``.ci/run`` does on a fresh checkout; the other ends in the demo, which the next test opens."""
    assert fenced("bash") == SET_UP
    assert SET_UP[2] in (ROOT / ".ci" / "run").read_text(encoding="utf-8")


def test_the_demo_opens_and_gives_the_terminal_back(tmp_path: Path) -> None:
    code, output = leave_full_screen("loglama demo", tmp_path)
    assert code == 0, output[-2000:]
    assert output.rindex(b"\x1b[?1049l") > output.rindex(b"\x1b[?1049h")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("command", ["loglama", "pylama", f"{sys.executable} -m loglama.cli.main"])
def test_every_way_to_call_the_program_works_away_from_the_checkout(command: str, tmp_path: Path) -> None:
    done = run(f"{command} --version", tmp_path)
    assert done.returncode == 0, done.stderr
    assert re.search(r"\d+\.\d+\.\d+", done.stdout)


def table_of_commands() -> list[tuple[str, str]]:
    """Return every command of the table with the text of its row."""
    rows = re.findall(r"^\| (`loglama.*?`) \| (.*) \|$", PAGES["docs/commands.md"].replace(r"\|", "¦"), re.MULTILINE)
    found = []
    assert len(rows) > 20
    for names, text in rows:
        for name in re.findall(r"`(.*?)`", names):
            words = [word for word in name.split() if word.islower() or "¦" in word]
            choices = words.pop().split("¦") if "¦" in words[-1] else [""]
            found += [(" ".join([*words, choice]).strip(), text) for choice in choices]
    return found


@pytest.mark.parametrize(
    ("command", "text"), table_of_commands(), ids=lambda value: value if "loglama" in value else ""
)
def test_commands_of_the_table_exist_with_the_options_named(command: str, text: str, tmp_path: Path) -> None:
    done = run(command if command.startswith("loglama completion") else f"{command} --help", tmp_path)
    assert done.returncode == 0, done.stderr
    if command != "loglama":
        for option in re.findall(r"`(-[-\w]+)`", text):
            assert re.search(rf"{option}\b", done.stdout), option


def test_every_command_of_the_program_stands_in_the_table(tmp_path: Path) -> None:
    listed = re.findall(
        r"^  ([a-z][-a-z]+)  ", run("loglama --help", tmp_path).stdout.partition("Commands:")[2], re.MULTILINE
    )
    named = {command.split()[1] for command, _ in table_of_commands() if " " in command}
    assert {*listed} - named == set()


@pytest.mark.parametrize("block", [block for page in PAGES.values() for block in blocks("text", page)])
def test_answers_are_as_they_are_shown(block: str, tmp_path: Path) -> None:
    command, *answer = block.splitlines()
    done = run(f"loglama collect-logs; {command.removeprefix('$ ')} 2>&1", tmp_path)
    assert "\n".join(answer) in done.stdout


@pytest.mark.parametrize("name", ["docs/services.md", "docs/settings.md"])
def test_configurations_shown_are_accepted(name: str, tmp_path: Path) -> None:
    (tmp_path / "loglama.toml").write_text("\n".join(blocks("toml", PAGES[name])))
    done = run("loglama env list --format pretty", tmp_path)
    assert done.returncode == 0, done.stderr


def test_the_format_shown_is_accepted_and_read_by(tmp_path: Path) -> None:
    (tmp_path / "own").mkdir()
    (block,) = blocks("toml", PAGES["docs/formats.md"])
    (tmp_path / "own" / "shop.toml").write_text(block)
    (tmp_path / "till.log").write_text("#2026-11-01 10:00:00 W till@12: stuck\n")
    done = run("LOGLAMA_FORMATS_DIR=own loglama formats test till.log --format jsonl", tmp_path)
    assert "shop-till" in done.stdout, done.stderr
    assert done.stderr == ""


@pytest.mark.parametrize("name", PAGES)
def test_links_and_pictures_lead_to_files_that_are_there(name: str) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", PAGES[name]):
        if not target.startswith("http"):
            path, _, heading = target.partition("#")
            page = (ROOT / name).parent / path
            assert page.is_file(), target
            headings = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE) if heading else []
            assert not heading or heading in {each.lower().replace(" ", "-") for each in headings}, target


def test_every_picture_is_shown_somewhere() -> None:
    drawn = {path.name for path in (ROOT / "screenshots").glob("*.svg")}
    assert {name for name in drawn if not any(f"screenshots/{name})" in page for page in PAGES.values())} == set()
