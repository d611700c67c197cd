"""``LogLamaHandler`` alone, set up as the host's frameworks do it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.core.emit.collecting import run_python


def run(script: str, folder: Path) -> list[dict[str, Any]]:
    done = run_python(script, folder)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    return [json.loads(line) for line in (folder / "logs" / "shop.log").read_text("utf-8").splitlines()]


def test_by_dict_config_without_structlog(tmp_path: Path) -> None:
    script = """
import logging.config, sys
logging.config.dictConfig({
    "version": 1,
    "filters": {"no_health": {"()": lambda: (lambda record: "health" not in record.getMessage())}},
    "handlers": {"loglama": {
        "class": "loglama_core.emit.LogLamaHandler", "service": "shop", "version": "2", "level": "INFO",
        "filters": ["no_health"], "max_bytes": 0,
    }},
    "root": {"handlers": ["loglama"], "level": "DEBUG"},
})
from loglama_core.emit import log_context
with log_context(request_id="r"):
    logging.getLogger("app").info("hello %s", "Ann", extra={"order": 7, "loglama_fields": {"name": "any name"}})
logging.getLogger("app").debug("below the handler's level")
logging.info("GET /health")
logging.warning("with a stack", stack_info=True)
logging.shutdown()
logging.error("after logging.shutdown()")
assert "structlog" not in sys.modules
"""
    hello, stack, after = run(script, tmp_path)
    assert list(hello) == [
        "timestamp",
        "level",
        "message",
        "logger",
        "component",
        "version",
        "request_id",
        "order",
        "name",
    ]
    assert (hello["message"], hello["order"], hello["name"], hello["request_id"]) == ("hello Ann", 7, "any name", "r")
    assert stack["stack_info"].startswith("Stack (most recent call last):")
    assert after["message"] == "after logging.shutdown()"


def test_in_the_settings_of_django(tmp_path: Path) -> None:
    script = """
import logging, django
from django.conf import settings
settings.configure(
    ALLOWED_HOSTS=["*"], ROOT_URLCONF=__name__, SECRET_KEY="x", MIDDLEWARE=[],
    LOGGING={
        "version": 1,
        "disable_existing_loggers": False,
        "handlers": {"loglama": {"class": "loglama_core.emit.LogLamaHandler", "service": "shop"}},
        "root": {"handlers": ["loglama"], "level": "INFO"},
    },
)
django.setup()
from django.http import HttpResponse
from django.urls import path
def view(request):
    logging.getLogger("app").info("inside", extra={"request": request})
    return HttpResponse("ok")
def boom(request): {}["missing"]
urlpatterns = [path("ok", view), path("boom", boom)]
from django.core.wsgi import get_wsgi_application
from loglama_core.emit import WsgiRequestLogger
from wsgiref.util import setup_testing_defaults
application = WsgiRequestLogger(get_wsgi_application())
for where in ("/ok", "/boom", "/missing"):
    environ = {"PATH_INFO": where}
    setup_testing_defaults(environ)
    answer = application(environ, lambda *_: None)
    list(answer); answer.close()
"""
    lines = run(script, tmp_path)
    requests = [line for line in lines if line["logger"] == "loglama.request"]
    assert [(line["path"], line["status"], line["level"]) for line in requests] == [
        ("/ok", 200, "info"), ("/boom", 500, "error"), ("/missing", 404, "warning"),
    ]  # fmt: skip
    by_django = {line["message"]: line for line in lines if line["logger"].startswith("django")}
    assert by_django["Internal Server Error: /boom"]["exception"]["type"] == "KeyError"
    assert by_django["Internal Server Error: /boom"]["request_id"] == requests[1]["request_id"]
    assert "WSGIRequest" in next(line for line in lines if line["logger"] == "app")["request"]


def test_in_the_log_config_of_uvicorn(tmp_path: Path) -> None:
    script = """
import asyncio, uvicorn
handlers = {"loglama": {"class": "loglama_core.emit.LogLamaHandler", "service": "shop"}}
logger = {"handlers": ["loglama"], "level": "INFO", "propagate": False}
loggers = {"uvicorn": logger, "uvicorn.access": logger}
config = uvicorn.Config("nowhere:app", log_config={"version": 1, "handlers": handlers, "loggers": loggers})
import logging
logging.getLogger("uvicorn.access").info('%s - "%s %s HTTP/%s" %d', "127.0.0.1:5", "GET", "/", "1.1", 200)
logging.getLogger("uvicorn.error").info("Started")
"""
    access, started = run(script, tmp_path)
    assert access["message"] == '127.0.0.1:5 - "GET / HTTP/1.1" 200'
    assert (started["logger"], started["message"]) == ("uvicorn.error", "Started")
