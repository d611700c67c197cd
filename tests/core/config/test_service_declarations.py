"""Declarations that cannot be: each is refused with its line of loglama.toml."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loglama_core.config.interpolation import MissingVariableError, interpolate, variables_in
from loglama_core.config.service_order import find_cycle, tiers, with_dependencies, with_dependents
from loglama_core.config.services import RESTART_POLICIES, START_TIMEOUT_S, STOP_TIMEOUT_S
from loglama_core.config.settings import load_settings
from loglama_core.config.toml_line import line_of
from loglama_core.config.variable_type import VariableType
from loglama_core.ecosystem.declaration_check import check_declarations
from loglama_core.errors import ConfigError
from tests.store_maker import settings_in

WHOLE = """\
[services.a]
command = "run"
port = 8080
unit = "a@1.service"
pid_file = "run/a.pid"
venv = "a/.venv"
system_commands = ["ffmpeg"]
restart = "always"
start_timeout = 2.5
stop_timeout = 3
env.required = ["A_PORT"]
env.types = { A_PORT = "port", MODE = ["x", "y"], KEY = "secret" }
[services.b]
"""


def test_everything_a_service_may_declare_is_read(tmp_path: Path) -> None:
    a, b = settings_in(tmp_path, WHOLE).services
    assert (a.port, a.unit, a.pid_file, a.venv) == (
        "8080",
        "a@1.service",
        tmp_path / "run" / "a.pid",
        tmp_path / "a/.venv",
    )
    assert (a.system_commands, a.restart, a.start_timeout_s, a.stop_timeout_s) == (("ffmpeg",), "always", 2.5, 3.0)
    assert dict(a.env_types)["MODE"] == VariableType("choice", ("x", "y"))
    assert a.variables == {"A_PORT", "MODE", "KEY"}
    assert a.secret_variables == {"KEY"}
    assert (b.restart, b.start_timeout_s, b.stop_timeout_s) == (RESTART_POLICIES[0], START_TIMEOUT_S, STOP_TIMEOUT_S)


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("\n[services.a]\n\ndepends_on = [\n 'b',\n]\n[services.b]\ndepends_on='a'\n", 4, "circle: a -> b -> a"),
        ("[services.a]\ndepends_on = ['a']\n", 2, "circle: a -> a"),
        ("# c\n[services.a]\ndepends_on = ['nobody']\n", 3, "'nobody', which is not declared"),
        ("[services.a]\n[services.b]\ncomand = 'x'\n", 3, "unknown key 'comand'"),
        ("[services.a]\nport = 70000\n", 2, "port = 70000"),
        ("[services.a]\nport = 'http'\n", 2, "port = 'http'"),
        ("[services.a]\nport = true\n", 2, "port = True"),
        ("[services.a]\nunit = '--now'\n", 2, "unit = '--now'"),
        ("[services.a]\nrestart = 'sometimes'\n", 2, "restart = 'sometimes'"),
        ("[services.a]\nstart_timeout = 0\n", 2, "start_timeout = 0"),
        ("[services.a]\nhealth = { log = '(' }\n", 2, "health = {'log': '('}"),
        ("[services.a]\nenv.required = ['A-B']\n", 2, "required = 'A-B'"),
        ("[services.a]\nenv.required = ['A']\nenv.types = { A = 'float' }\n", 3, "A = 'float'"),
        ("[services.a.env.types]\n\nA = []\n", 3, "A = []"),
        ("services.a.command = 'x'\nservices.a.cwd = 3\n", 2, "cwd = 3"),
        ("[services]\na = { command = '' }\n", 2, "command = ''"),
        ('[services."a b"]\n', 1, "'a b' is no name"),
    ],
)
def test_a_bad_declaration_names_its_line(tmp_path: Path, text: str, line: int, said: str) -> None:
    (tmp_path / "loglama.toml").write_text(text)
    with pytest.raises(ConfigError) as caught:
        load_settings(environ={}, folder=tmp_path)
    assert caught.value.message.startswith(f"{tmp_path}/loglama.toml line {line}: ")
    assert said in caught.value.message
    assert caught.value.hint


def test_missing_folders_and_ports_claimed_twice_name_their_lines(tmp_path: Path) -> None:
    toml = """\
[services.a]
cwd = "gone"
requirements = "gone.txt"
port = 8080
[services.b]
health = "http://localhost:${B_PORT}/health"
[services.c]
health = "tcp://elsewhere:8080"
[services.d]
port = "${UNSET}"
"""
    settings = settings_in(tmp_path, toml, "B_PORT=8080\n")
    found = {(problem.service, problem.subject): problem.problem for problem in check_declarations(settings, {})}
    where = f"{tmp_path}/loglama.toml line"
    assert found == {
        ("a", "cwd"): f"{where} 2: the folder {tmp_path}/gone is missing",
        ("a", "requirements"): f"{where} 3: the file {tmp_path}/gone.txt is missing",
        ("b", "health"): f"{where} 6: port 8080 is also that of a (loglama.toml line 4)",
        ("d", "port"): f"{where} 10: d needs UNSET in its port, and it is not set",
    }


def test_a_key_is_found_however_it_is_written() -> None:
    text = (
        'top = """\n[services.a]\ncommand = 1\n"""\n["services".a]\n"command"="x"\n[services.a.env]\ntypes={A="int"}\n'
    )
    assert line_of(text, ["services", "a"]) == 5
    assert line_of(text, ["services", "a", "command"]) == 6
    assert line_of(text, ["services", "a", "env", "types", "A"]) == 8
    assert line_of(text, ["services", "a", "nothing"]) == 5
    assert line_of(text, ["nothing"]) is None
    assert line_of("[broken", ["broken"]) is None


def test_variables_are_replaced_and_never_invented() -> None:
    values = {"A": "1", "EMPTY": ""}
    assert interpolate("${A}-$A-${B:-b}-${EMPTY:-e}-${A", values) == "1-$A-b-e-${A"
    assert variables_in("${A} ${B:-x} ${C}") == ["A", "C"]
    for text in ("${B}", "${EMPTY}"):
        with pytest.raises(MissingVariableError):
            interpolate(text, values)


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        ("port", ["1", "65535"], ["0", "65536", "-1", "80 ", "１", "1e3", "", "999999999999999999999"]),
        (
            "url",
            ["http://a", "postgres://u@h:1/d", "sqlite:///x"],
            ["a", "http://a b", "://", "http://h:0", "http://["],
        ),
        ("int", ["0", "-7", "+3"], ["1.0", "0x1", "１", "9" * 30]),
        ("bool", ["1", "False", "on"], ["2", "maybe"]),
        ("secret", ["s3cr3t"], ["changeme", "<token>", "XXX", "your-key-here", "TODO"]),
        ("text", ["x"], ["", "  "]),
        ("path", ["a/b"], ["a\0b"]),
    ],
)
def test_kinds_of_variables(kind: str, good: list[str], bad: list[str]) -> None:
    assert [value for value in good if VariableType(kind).fault(value)] == []
    assert [value for value in bad if not VariableType(kind).fault(value)] == []
    assert VariableType(kind).accepted


graphs = st.dictionaries(st.sampled_from("abcdef"), st.lists(st.sampled_from("abcdef"), max_size=4), max_size=6).map(
    lambda graph: {name: [other for other in others if other in graph] for name, others in graph.items()}
)


@given(graphs)
def test_whatever_depends_on_whatever_is_a_circle_or_has_an_order(graph: dict[str, list[str]]) -> None:
    cycle = find_cycle(graph)
    if cycle is not None:
        assert cycle[0] == cycle[-1]
        assert all(later in graph[earlier] for earlier, later in pairwise(cycle))
        return
    order = tiers(graph)
    place = {name: index for index, tier in enumerate(order) for name in tier}
    assert place.keys() == graph.keys()
    assert all(place[other] < place[name] for name, others in graph.items() for other in others)
    for name in graph:
        assert name in with_dependencies([name], graph)
        for other in with_dependents([name], graph) - {name}:
            assert name in with_dependencies([other], graph)
