"""``loglama integrate`` on projects as people have them, which are then run."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.cli.conftest import REPOSITORY, Program, Result
from tests.core.emit.collecting import collected

FASTAPI = {
    "pyproject.toml": '[project]\nname = "weblama"\nversion = "0.3.0"\n',
    "weblama/__init__.py": "",
    "weblama/names.py": "GREETING = 'hi'\n",
    "weblama/app.py": (
        '"""The application."""\n\nfrom __future__ import annotations\n\nfrom fastapi import FastAPI\n\n'
        "from weblama.names import GREETING\n\napp = FastAPI(\n    title=GREETING,\n)\n\n\n"
        '@app.get("/ok")\nasync def ok():\n    return {"ok": True}\n'
    ),
    "Makefile": "test:\n\ttrue",
}
RUN_FASTAPI = """
from starlette.testclient import TestClient
from weblama.app import app
with TestClient(app) as client: assert client.get("/ok").status_code == 200
"""
FLASK = {
    "app.py": (
        "#!/usr/bin/env python\n# a comment\nfrom flask import Flask\nimport helpers\n\n\ndef create_app(name='x'):\n"
        "    app = Flask(name)\n    app.add_url_rule('/ok', view_func=helpers.ok)\n    return app\n"
    ),
    "helpers.py": "def ok():\n    return 'ok'\n",
    "logging_config.py": "OWN = 1\n",
    "requirements.txt": "flask\n",
}
RUN_FLASK = """
import sys; sys.path.insert(0, ".")
from app import create_app
with create_app().test_client().get("/ok") as answer: assert answer.data == b"ok"
"""
DJANGO = {
    "manage.py": "",
    "site_/__init__.py": "",
    "site_/settings.py": "ALLOWED_HOSTS = ['*']\nROOT_URLCONF = 'site_.urls'\nSECRET_KEY = 'x'\nMIDDLEWARE = []\n"
    "LOGGING = {'version': 1, 'disable_existing_loggers': False, 'handlers': {}, 'root': {'level': 'INFO'}}",
    "site_/urls.py": "from django.http import HttpResponse\nfrom django.urls import path\n"
    "urlpatterns = [path('ok', lambda request: HttpResponse('ok'))]\n",
    "site_/wsgi.py": "import os\nfrom django.core.wsgi import get_wsgi_application\n"
    "os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'site_.settings')\napplication = get_wsgi_application()\n",
}
RUN_DJANGO = """
from site_.wsgi import application
from wsgiref.util import setup_testing_defaults
environ = {"PATH_INFO": "/ok"}
setup_testing_defaults(environ)
answer = application(environ, lambda *_: None)
assert b"".join(answer) == b"ok"
answer.close()
"""
PLAIN = {
    "main.py": '"""Plain."""\nfrom __future__ import annotations\n\nimport logging\n\n'
    'if __name__ == "__main__":\n    logging.getLogger("plain").info("working")\n',
}
RUN_PLAIN = "import runpy, sys; sys.path.insert(0, '.'); runpy.run_path('main.py', run_name='__main__')"
EXPRESS = """\
const handlers = [];
function express() {
  const app = (request, response) => {
    const run = (i) => handlers[i] && handlers[i](request, response, () => run(i + 1));
    run(0);
  };
  app.use = (handler) => handlers.push(handler);
  return app;
}
"""
NODE_APP = """\
const app = express();
app.use((request, response) => response.end("ok"));
const server = http.createServer(app).listen(0, "127.0.0.1", () => {
  http.get({ port: server.address().port, path: "/ok" }, (answer) => {
    answer.resume().on("end", () => setTimeout(() => server.close(), 50));
  });
});
"""
NODE_MODULE = {
    "package.json": '{"name": "@pylama/web", "version": "2.0.0", "type": "module", "main": "src/app.js"}',
    "src/app.js": '#!/usr/bin/env node\nimport http from "node:http";\nimport express from "./express.js";\n\n'
    + NODE_APP,
    "src/express.js": f"{EXPRESS}export default express;\n",
}
NODE_COMMONJS = {
    "package.json": '{"name": "web", "main": "app.js"}',
    "app.js": f'"use strict";\nconst http = require("http");\nconst express = require("./express");\n{NODE_APP}',
    "express.js": f"{EXPRESS}module.exports = express;\n",
}
PROJECTS: dict[str, tuple[Mapping[str, str], str, str, str]] = {
    "fastapi": (FASTAPI, RUN_FASTAPI, "weblama", "request finished GET /ok"),
    "flask factory": (FLASK, RUN_FLASK, "project", "request finished GET /ok"),
    "django": (DJANGO, RUN_DJANGO, "project", "request finished GET /ok"),
    "plain": (PLAIN, RUN_PLAIN, "project", "working"),
    "node module": (NODE_MODULE, "src/app.js", "pylama_web", "request finished GET /ok"),
    "node commonjs": (NODE_COMMONJS, "app.js", "web", "request finished GET /ok"),
}


def lay(folder: Path, files: Mapping[str, str]) -> Path:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(text.encode())
    return folder


def snapshot(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def integrate(program: Program, *arguments: str) -> Result:
    return program.run("integrate", "project", *arguments)


@pytest.fixture
def project(program: Program) -> Path:
    folder = program.folder / "project"
    folder.mkdir()
    return folder


def run_project(project: Path, script: str) -> None:
    environment = {"PATH": os.environ["PATH"], "HOME": str(project), "PYTHONDONTWRITEBYTECODE": "1"}
    command = ["node", script] if script.endswith(".js") else [sys.executable, "-c", script]
    environment["PYTHONPATH"] = f"{REPOSITORY}{os.pathsep}{project}"
    done = subprocess.run(
        command, cwd=project, env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("kind", PROJECTS)
def test_a_project_is_integrated_logs_and_is_put_back(program: Program, project: Path, kind: str) -> None:
    files, script, service, message = PROJECTS[kind]
    if kind.startswith("node") and shutil.which("node") is None:
        pytest.skip("NOT PROVEN: node is not installed here")
    before = snapshot(lay(project, files))

    shown = integrate(program)
    assert shown.code == 0, shown.err
    assert "nothing was changed; --write makes these changes" in shown.err
    assert snapshot(project) == before

    written = integrate(program, "--write")
    assert (written.code, written.out) == (0, shown.out)
    patched = subprocess.run(
        ["git", "apply", "--check", "--reverse", "-"],
        cwd=project,
        input=shown.out.encode(),
        capture_output=True,
        check=False,
    )
    assert patched.returncode == 0, patched.stderr
    after = snapshot(project)
    again = integrate(program, "--write")
    assert (again.code, again.out, again.err) == (0, "", "nothing to change\n")
    assert snapshot(project) == after

    run_project(project, script)
    records = collected(project)
    assert message in {record.message for record in records}
    assert {record.service for record in records} == {service}

    shutil.rmtree(project / "logs")
    undone = integrate(program, "--undo")
    assert undone.code == 0, undone.err
    assert snapshot(project) == before
    assert not (project / ".loglama").exists()
    assert integrate(program, "--undo").code == 2


def test_the_collector_is_started_by_make_or_by_a_script(program: Program, project: Path) -> None:
    lay(project, {"Makefile": "collect-logs:\n\ttrue\n"})
    assert "+loglama-start:\n+\tloglama log-collector start\n" in integrate(program).out
    (project / "Makefile").unlink()
    integrate(program, "--write")
    script = project / "collect_logs.sh"
    assert os.access(script, os.X_OK)
    fake = program.folder / "bin" / "loglama"
    lay(program.folder, {"bin/loglama": '#!/bin/sh\necho "$PWD: $*"\n'})
    fake.chmod(0o755)
    done = subprocess.run(
        [script], env={"PATH": f"{fake.parent}:{os.environ['PATH']}"}, capture_output=True, text=True, check=True
    )
    assert done.stdout == f"{project.resolve()}: log-collector start\n"


def test_what_was_changed_since_keeps_its_changes(program: Program, project: Path) -> None:
    lay(project, FASTAPI)
    integrate(program, "--write")
    app, configuration = project / "weblama" / "app.py", project / "weblama" / "logging_config.py"
    app.write_text(app.read_text() + "# mine\n")
    configuration.write_text(configuration.read_text() + "# mine\n")
    assert integrate(program, "--write").err == "nothing to change\n"
    undone = integrate(program, "--undo")
    assert undone.code == 1
    assert "warning: weblama/logging_config.py was changed since, and stays" in undone.err
    assert app.read_text() == FASTAPI["weblama/app.py"] + "# mine\n"
    assert configuration.read_text().endswith("# mine\n")
    assert (project / "Makefile").read_text() == FASTAPI["Makefile"]


def test_line_ends_of_windows_and_a_missing_last_one_are_kept(program: Program, project: Path) -> None:
    text = 'import sys\r\nfrom flask import Flask\r\napp = Flask("x")'
    lay(project, {"app.py": text, "requirements.txt": ""})
    integrate(program, "--write")
    written = (project / "app.py").read_bytes()
    assert written.count(b"\n") == written.count(b"\r\n") > 3
    compile(written, "app.py", "exec")
    assert integrate(program, "--undo").code == 0
    assert (project / "app.py").read_bytes() == text.encode()


def test_links_are_not_followed_and_broken_files_are_left_alone(program: Program, project: Path) -> None:
    outside = program.folder / "outside.py"
    outside.write_text("from flask import Flask\napp = Flask('x')\n")
    lay(
        project,
        {"broken.py": "def (:\n", "latin.py": "x", "main.py": "print('x')\n", "node_modules/x.py": "app = Flask(1)"},
    )
    (project / "latin.py").write_bytes(b"# \xff\napp = Flask('x')\n")
    (project / "app.py").symlink_to(outside)
    (project / "Makefile").symlink_to(outside)
    before = outside.read_bytes()
    assert integrate(program, "--write").code == 0
    assert outside.read_bytes() == before
    assert "from logging_config import log" in (project / "main.py").read_text()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["absent"], "absent is not a folder"),
        ([".", "--write", "--undo"], "--write and --undo are two things"),
        ([".", "--service", "../x"], "'../x' is no name for a service"),
        ([".", "--undo"], "nothing was integrated in"),
    ],
)
def test_wrong_usage_is_told(program: Program, arguments: list[str], told: str) -> None:
    done = program.run("integrate", *arguments)
    assert done.code == 2
    assert done.err.startswith(f"error: {told}")


def test_names_of_projects_cannot_become_code(program: Program, project: Path) -> None:
    evil = '"); import os; os.system("touch pwned") #'
    lay(project, {"pyproject.toml": f"[project]\nname = {evil!r}\nversion = {evil!r}\n", "main.py": "pass\n"})
    integrate(program, "--write")
    run_project(project, RUN_PLAIN)
    assert not list(program.folder.rglob("pwned"))


def test_a_server_without_a_framework_is_told_how_its_requests_are_logged(program: Program, project: Path) -> None:
    lay(project, {"package.json": '{"name": "web", "main": "app.js"}', "app.js": 'require("http").createServer();\n'})
    shown = integrate(program)
    assert "requestLogger(log)(request, response)" in shown.err
    assert 'import { log } from "./logging_config.mjs"' in shown.err
