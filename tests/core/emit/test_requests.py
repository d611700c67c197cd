"""The middlewares under the frameworks and servers that people run."""

from __future__ import annotations

import json
import re
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from loglama_core.emit.context_fields import parse_traceparent
from tests.core.emit.collecting import collected, run_python, service_environment

TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


def lines_of(folder: Path) -> list[dict[str, Any]]:
    file = folder / "logs" / "shop.log"
    return [json.loads(line) for line in file.read_text("utf-8").splitlines()] if file.exists() else []


def run(script: str, folder: Path) -> None:
    done = run_python(f"from loglama_core.emit import *\nlog = setup_logging('shop')\n{script}", folder)
    assert done.returncode == 0, done.stderr


ROUTES = """
client.get("/ok?token=secret", headers={"x-request-id": "r-1", "traceparent": TRACE})
client.get("/missing")
client.post("/boom", headers={"x-request-id": "bad id\\x7f"})
client.get("/health")
"""

FASTAPI = """
from fastapi import FastAPI
from starlette.testclient import TestClient
app = FastAPI()
app.add_middleware(AsgiRequestLogger, without={"/health"})
@app.get("/ok")
async def ok():
    log.info("inside", headers=outgoing_headers())
    return {"ok": True}
@app.post("/boom")
def boom(): {}["missing"]
@app.get("/health")
def health(): return {}
client = TestClient(app, raise_server_exceptions=False)
"""

STARLETTE = """
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.testclient import TestClient
async def ok(request):
    log.info("inside", headers=outgoing_headers())
    return JSONResponse({"ok": True})
def boom(request): {}["missing"]
async def health(request): return JSONResponse({})
routes = [Route("/ok", ok), Route("/boom", boom, methods=["POST"]), Route("/health", health)]
app = AsgiRequestLogger(Starlette(routes=routes), without={"/health"})
client = TestClient(app, raise_server_exceptions=False)
"""

FLASK = """
from flask import Flask
app = Flask("shop")
app.config["PROPAGATE_EXCEPTIONS"] = True
app.wsgi_app = WsgiRequestLogger(app.wsgi_app, without={"/health"})
@app.get("/ok")
def ok():
    log.info("inside", headers=outgoing_headers())
    return {"ok": True}
@app.post("/boom")
def boom(): {}["missing"]
@app.get("/health")
def health(): return {}
class Client:
    def __init__(self): self.client = app.test_client()
    def get(self, path, headers=None):
        with self.client.get(path, headers=headers) as answer: return answer.data
    def post(self, path, headers=None):
        try: self.client.post(path, headers=headers)
        except KeyError: pass
client = Client()
"""


@pytest.mark.parametrize("application", [FASTAPI, STARLETTE, FLASK], ids=["fastapi", "starlette", "flask"])
def test_each_request_is_logged_with_its_ids_and_how_it_ended(tmp_path: Path, application: str) -> None:
    run(f"TRACE = {TRACE!r}\n{application}\n{ROUTES}", tmp_path)
    lines = [line for line in lines_of(tmp_path) if line["logger"] in {"loglama.request", "shop"}]
    inside, ok, missing, boom = lines
    assert (ok["level"], ok["message"]) == ("info", "request finished GET /ok")
    expected = {
        "method": "GET",
        "path": "/ok",
        "status": 200,
        "request_id": "r-1",
        "parent_span_id": "00f067aa0ba902b7",
    }
    assert expected.items() <= ok.items()
    assert ok["trace_id"] == "4bf92f3577b34da6a3ce929d0e0e4736"
    assert re.fullmatch("[0-9a-f]{16}", ok["span_id"])
    assert 0 < ok["duration_ms"] < 60_000
    assert ok["bytes"] >= len('{"ok":true}')
    assert ok["client"] in {"testclient", "127.0.0.1"}
    assert {key: inside[key] for key in ("request_id", "trace_id", "span_id")} == {
        key: ok[key] for key in ("request_id", "trace_id", "span_id")
    }
    assert inside["headers"] == {
        "x-request-id": "r-1",
        "traceparent": f"00-4bf92f3577b34da6a3ce929d0e0e4736-{ok['span_id']}-01",
    }
    assert (missing["level"], missing["status"]) == ("warning", 404)
    assert (boom["level"], boom["status"], boom["message"]) == ("error", 500, "request failed POST /boom")
    assert boom["exception"]["type"] == "KeyError"
    assert re.fullmatch("[0-9a-f]{32}", boom["request_id"]), "an odd id was taken over"
    assert "parent_span_id" not in boom
    assert len({line["request_id"] for line in (ok, missing, boom)}) == 3
    assert "secret" not in json.dumps(lines)
    assert [record.level for record in collected(tmp_path) if record.logger == "loglama.request"] == [
        "info", "warning", "error",
    ]  # fmt: skip


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


UVICORN = """
import sys, uvicorn
from fastapi import FastAPI
from loglama_core.emit import AsgiRequestLogger, setup_logging
log = setup_logging("shop")
app = FastAPI()
app.add_middleware(AsgiRequestLogger)
@app.get("/ok")
def ok(): return {"ok": True}
uvicorn.run(app, port=int(sys.argv[1]), log_config=None, access_log=False)
"""

WSGI_SERVER = """
import sys
from wsgiref.simple_server import WSGIRequestHandler, make_server
from flask import Flask
from loglama_core.emit import WsgiRequestLogger, setup_logging
log = setup_logging("shop")
app = Flask("shop")
app.wsgi_app = WsgiRequestLogger(app.wsgi_app)
@app.get("/ok")
def ok(): return {"ok": True}
class Quiet(WSGIRequestHandler):
    def log_message(self, *_): pass
make_server("127.0.0.1", int(sys.argv[1]), app, handler_class=Quiet).serve_forever()
"""


@pytest.mark.parametrize("server", [UVICORN, WSGI_SERVER], ids=["uvicorn", "wsgiref"])
def test_behind_a_real_server_the_answer_names_the_request(tmp_path: Path, server: str) -> None:
    port = free_port()
    with subprocess.Popen(
        [sys.executable, "-c", server, str(port)], cwd=tmp_path, env=service_environment(), stderr=subprocess.PIPE
    ) as process:
        try:
            answer = None
            deadline = time.monotonic() + 60
            while answer is None:
                assert process.poll() is None, process.stderr and process.stderr.read()
                assert time.monotonic() < deadline
                try:
                    answer = urllib.request.urlopen(f"http://127.0.0.1:{port}/ok", timeout=30)
                except OSError:
                    time.sleep(0.05)
            with answer:
                request_id = answer.headers["x-request-id"]
            while not (done := [line for line in lines_of(tmp_path) if line["logger"] == "loglama.request"]):
                assert time.monotonic() < deadline
                time.sleep(0.02)
        finally:
            process.terminate()
            process.communicate()
    assert done[0]["request_id"] == request_id
    assert (done[0]["client"], done[0]["status"]) == ("127.0.0.1", 200)
    if server is UVICORN:  # its own words are captured, once it is told to leave logging to the host
        assert "Application startup complete." in [line["message"] for line in lines_of(tmp_path)]


def test_requests_at_once_keep_their_own_ids_and_a_client_that_leaves_is_told(tmp_path: Path) -> None:
    script = """
import asyncio
async def app(scope, receive, send):
    log.info("inside", path=scope["path"])
    await asyncio.sleep(0 if scope["path"] != "/slow" else 60)
    log.info("still inside", path=scope["path"])
    await send({"type": "http.response.start", "status": 204, "headers": [(b"X-Request-ID", b"the app's own")]})
    await send({"type": "http.response.body", "body": b""})
sent = []
async def ask(path):
    async def send(message): sent.append(message)
    scope = {"type": "http", "method": "GET", "path": path, "headers": [(b"x-request-id", path.strip("/").encode())]}
    await AsgiRequestLogger(app)(scope, None, send)
async def main():
    await asyncio.gather(*(ask(f"/{number}") for number in range(30)))
    slow = asyncio.create_task(ask("/slow"))
    await asyncio.sleep(0.01)
    slow.cancel()
    await asyncio.gather(slow, return_exceptions=True)
asyncio.run(main())
starts = [message["headers"] for message in sent if message["type"] == "http.response.start"]
assert all(len(headers) == 1 for headers in starts), starts
"""
    run(script, tmp_path)
    lines = lines_of(tmp_path)
    assert all(line["request_id"] == line["path"].strip("/") for line in lines)
    assert [(line["level"], line["status"]) for line in lines if line["path"] == "/slow" and "status" in line] == [
        ("warning", 499)
    ]


def test_a_wsgi_answer_that_breaks_or_is_left_is_logged_as_that(tmp_path: Path) -> None:
    script = """
def breaking(environ, start):
    start("200 OK", []); yield b"part"; raise OSError("disk")
def endless(environ, start):
    start("200 OK", [])
    while True: yield b"more"
for app in (breaking, endless):
    answer = WsgiRequestLogger(app)({"REQUEST_METHOD": "GET", "PATH_INFO": "/x/\\xc5\\x82\\xff"}, lambda *_: None)
    try:
        for number, piece in enumerate(answer):
            log.info("inside")
            if number == 3: break
    except OSError: pass
    answer.close()
log.info("outside")
"""
    run(script, tmp_path)
    requests = [line for line in lines_of(tmp_path) if "status" in line]
    assert [(line["level"], line["message"], line["status"], line["bytes"]) for line in requests] == [
        ("error", "request failed GET /x/ł\\xff", 200, 4),
        ("warning", "request cancelled GET /x/ł\\xff", 200, 16),
    ]
    assert "request_id" not in lines_of(tmp_path)[-1]
    assert all("request_id" in line for line in lines_of(tmp_path)[:-1])


@pytest.mark.parametrize(
    ("header", "valid"),
    [
        (TRACE, True),
        (f" {TRACE} ", True),
        (f"01{TRACE[2:]}-more", True),
        (f"{TRACE}-more", False),
        (f"ff{TRACE[2:]}", False),
        (TRACE.upper(), False),
        (TRACE.replace("4bf92f3577b34da6a3ce929d0e0e4736", "0" * 32), False),
        (TRACE.replace("00f067aa0ba902b7", "0" * 16), False),
        (TRACE[:-1], False),
        ("", False),
    ],
)
def test_a_traceparent_is_taken_as_the_w3c_has_it(header: str, valid: bool) -> None:  # noqa: FBT001 - a parameter
    assert (parse_traceparent(header) is not None) == valid


def test_a_span_of_opentelemetry_names_the_trace(tmp_path: Path) -> None:
    script = """
import logging
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
trace.set_tracer_provider(TracerProvider())
with log_context(request_id="r", trace_id="of the request"), trace.get_tracer("t").start_as_current_span("s") as span:
    log.info("inside"); logging.getLogger("lib").info("inside")
    assert outgoing_headers()["traceparent"].startswith(f"00-{span.get_span_context().trace_id:032x}-")
log.info("outside", expected=f"{span.get_span_context().trace_id:032x} {span.get_span_context().span_id:016x}")
"""
    run(script, tmp_path)
    *inside, outside = lines_of(tmp_path)
    for line in inside:
        assert f"{line['trace_id']} {line['span_id']}" == outside["expected"]
    assert "trace_id" not in outside


def test_a_thread_of_the_host_may_answer_many_requests(tmp_path: Path) -> None:
    """Contexts of one request must not be left to the next that the same thread answers."""
    script = """
from concurrent.futures import ThreadPoolExecutor
def app(environ, start):
    log.info("inside", path=environ["PATH_INFO"]); start("200 OK", []); return [b"x"]
def ask(number):
    environ = {"REQUEST_METHOD": "GET", "PATH_INFO": f"/{number}", "HTTP_X_REQUEST_ID": str(number)}
    answer = WsgiRequestLogger(app)(environ, lambda *_: None)
    list(answer); answer.close()
    log.info("after", path="")
with ThreadPoolExecutor(4) as pool: list(pool.map(ask, range(100)))
"""
    run(script, tmp_path)
    assert all(line.get("request_id", "") == line["path"].strip("/") for line in lines_of(tmp_path))
