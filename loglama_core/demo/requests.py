"""What people do with the ecosystem, and what each service says while they do it."""

from __future__ import annotations

from collections.abc import Callable

from loglama_core.demo.journey import Journey
from loglama_core.demo.tracebacks import unhandled_in_page
from loglama_core.demo.upstreams import ask_model, run_in_sandbox
from loglama_core.demo.vocabulary import (
    AGENTS,
    GOALS,
    HOSTILE,
    PAGES,
    SEARCHES,
    STATEMENTS,
    TITLES,
    TOOLS,
    UPLOADS,
)


def _arrive(journey: Journey, method: str, path: str) -> None:
    journey.say(
        "debug",
        "weblama.http",
        f"request started {method} {path}",
        {
            "user": journey.user,
            "client": {"ip": f"10.0.{journey.number(0, 4)}.{journey.number(2, 250)}", "agent": journey.pick(AGENTS)},
        },
    )
    journey.wait(0.4, 6)


def _leave(journey: Journey, method: str, path: str, status: int = 200) -> None:
    level = "info" if status < 400 else "warning" if status < 500 else "error"
    journey.say(
        level,
        "weblama.http",
        f"request finished {method} {path}" if status < 500 else f"request failed {method} {path}",
        {
            "status": status,
            "duration_ms": journey.elapsed_ms(journey.started_ns),
            "bytes": journey.number(180, 48_000),
            "user": journey.user,
            "method": method,
            "path": path,
        },
    )


def _query(journey: Journey) -> None:
    took_ms = journey.wait(0.3, 60)
    slow = journey.happens(0.012)
    if slow:
        took_ms += journey.wait(400, 2600)
    journey.say(
        "warning" if slow else "debug",
        "apilama.db",
        "slow query" if slow else "query executed",
        {"statement": journey.pick(STATEMENTS), "rows": journey.number(0, 60), "duration_ms": took_ms},
    )


def browse(journey: Journey) -> None:
    """Open a page; most of them exist, few of them fail."""
    path = journey.pick(PAGES).replace("{n}", str(journey.number(1, 400)))
    _arrive(journey, "GET", path)
    if journey.happens(0.3):
        took_ms = journey.wait(1, 25)
        journey.say(
            "debug", "weblama.templates", "template rendered", {"template": "lesson.html", "duration_ms": took_ms}
        )
    journey.wait(1, 70)
    if journey.happens(0.004):
        journey.say("error", "weblama.views", "unhandled exception", {"path": path}, unhandled_in_page(journey.random))
        _leave(journey, "GET", path, 500)
    elif journey.happens(0.02):
        journey.say("warning", "weblama.http", f"no such page {path}x", {"status": 404, "referrer": path})
    else:
        _leave(journey, "GET", path, 304 if journey.happens(0.2) else 200)


def search(journey: Journey) -> None:
    """Look for a lesson: from the page through the API to its database."""
    text = journey.pick(SEARCHES)
    _arrive(journey, "GET", "/search")
    began_ns = journey.time_ns
    journey.say("debug", "apilama.http", "request received", {"method": "GET", "path": "/v1/search", "query": text})
    if journey.happens(0.4):
        journey.say("debug", "apilama.cache", "cache hit", {"key": f"search:{journey.number(1000, 9999)}"})
    else:
        _query(journey)
    journey.wait(0.5, 12)
    journey.say(
        "info",
        "apilama.search",
        f'search "{text}"',
        {"hits": journey.number(0, 42), "duration_ms": journey.elapsed_ms(began_ns)},
    )
    journey.wait(0.3, 8)
    _leave(journey, "GET", "/search")


def sign_in(journey: Journey) -> None:
    """Sign in, or fail to."""
    _arrive(journey, "POST", "/login")
    journey.wait(60, 240)
    if journey.happens(0.12):
        attempts = journey.number(1, 6)
        journey.say(
            "warning", "weblama.auth", "sign-in refused: wrong password", {"user": journey.user, "attempts": attempts}
        )
        if attempts == 5:
            journey.say("warning", "weblama.auth", "account locked for 15 minutes", {"user": journey.user})
        _leave(journey, "POST", "/login", 401)
        return
    journey.say(
        "info",
        "weblama.auth",
        "user signed in",
        {"user": journey.user, "method": journey.pick(("password", "oauth", "passkey"))},
    )
    journey.say(
        "debug",
        "weblama.session",
        "session opened",
        {"session": f"s-{journey.number(100_000, 999_999)}", "ttl_s": 28_800},
    )
    _leave(journey, "POST", "/login", 302)


def save_notebook(journey: Journey) -> None:
    """Save a notebook; two people may have edited it."""
    path = f"/notebooks/{journey.number(1, 400)}"
    title = journey.pick(TITLES)
    _arrive(journey, "PUT", path)
    journey.say("debug", "apilama.http", "request received", {"method": "PUT", "path": f"/v1{path}"})
    _query(journey)
    if journey.happens(0.05):
        journey.say(
            "warning",
            "apilama.notebooks",
            "edit conflict, newer revision kept",
            {"title": title, "revision": journey.number(2, 90)},
        )
        _leave(journey, "PUT", path, 409)
        return
    journey.say(
        "info",
        "apilama.notebooks",
        "notebook saved",
        {"title": title, "revision": journey.number(2, 90), "cells": journey.number(1, 60)},
    )
    journey.wait(0.3, 6)
    _leave(journey, "PUT", path)


def upload(journey: Journey) -> None:
    """Upload a file."""
    name = journey.pick(UPLOADS)
    _arrive(journey, "POST", "/files")
    journey.wait(20, 900)
    if journey.happens(0.06):
        journey.say(
            "warning",
            "weblama.files",
            "upload refused: larger than 25 MB",
            {"name": name, "bytes": journey.number(26_000_000, 90_000_000)},
        )
        _leave(journey, "POST", "/files", 413)
        return
    journey.say(
        "info",
        "weblama.files",
        f"file uploaded {name}",
        {"bytes": journey.number(900, 24_000_000), "user": journey.user},
    )
    journey.say("debug", "weblama.files", "virus scan clean", {"name": name, "engine": "clamav"})
    _leave(journey, "POST", "/files", 201)


def ask(journey: Journey) -> None:
    """Ask the tutor: web, API, model, and the way back."""
    _arrive(journey, "POST", "/ask")
    journey.say("debug", "apilama.http", "request received", {"method": "POST", "path": "/v1/ask"})
    journey.wait(0.5, 4)
    answered = ask_model(journey)
    if not answered:
        journey.say("info", "apilama.fallback", "canned answer sent instead", {"topic": journey.pick(SEARCHES)})
    journey.wait(0.4, 5)
    timed_out = journey.time_ns - journey.started_ns > 29_000_000_000
    _leave(journey, "POST", "/ask", 200 if answered else 504 if timed_out else 502)


def run_code(journey: Journey) -> None:
    """Run a cell: web, API, sandbox, and the way back."""
    _arrive(journey, "POST", "/run")
    journey.say("debug", "apilama.http", "request received", {"method": "POST", "path": "/v1/run"})
    journey.wait(0.5, 4)
    ended = run_in_sandbox(journey)
    journey.wait(0.4, 4)
    if ended:
        journey.say("info", "apilama.runs", "run stored", {"duration_ms": journey.elapsed_ms(journey.started_ns)})
    else:
        journey.say("warning", "apilama.runs", "run gave no result", {"reason": "time limit"})
    _leave(journey, "POST", "/run", 200 if ended else 422)


def work_with_agent(journey: Journey) -> None:
    """Let the agent reach a goal in steps that use the model and the sandbox."""
    goal = journey.pick(GOALS)
    session = f"ag-{journey.number(1000, 9999)}"
    journey.say("info", "pylama.agent", f"goal accepted: {goal}", {"session": session, "user": journey.user})
    steps = journey.number(1, 4)
    for step in range(1, steps + 1):
        tool = journey.pick(TOOLS)
        journey.say("debug", "pylama.planner", f"step {step}: use {tool}", {"session": session, "tool": tool})
        journey.wait(2, 30)
        if not ask_model(journey):
            journey.say("error", "pylama.agent", "goal given up: no model", {"session": session, "step": step})
            return
        if tool == "run_code" and not run_in_sandbox(journey):
            journey.say(
                "warning", "pylama.agent", "step took too long, trying another way", {"session": session, "step": step}
            )
        journey.say("info", "pylama.tools", f"tool {tool} finished", {"session": session, "step": step})
    journey.say(
        "info",
        "pylama.agent",
        "goal reached",
        {"session": session, "steps": steps, "duration_ms": journey.elapsed_ms(journey.started_ns)},
    )


def attack(journey: Journey) -> None:
    """Send what scanners and pranksters send: every service repeats it in its log as it came."""
    text = journey.pick(HOSTILE)
    journey.say(
        "warning", "weblama.http", f"request refused: bad path {text}", {"status": 400, "client": {"agent": text}}
    )
    journey.say("warning", "pybox.guard", f"argument refused: {text}", {"argument": text})
    journey.say("info", "pylama.agent", f"goal refused: {text}", {"goal": text})
    journey.say("warning", "pyllm.server", f"prompt refused by the filter: {text}", {"prompt": text})


REQUESTS: tuple[tuple[float, Callable[[Journey], None]], ...] = (
    (42, browse),
    (16, search),
    (5, sign_in),
    (9, save_notebook),
    (2.5, upload),
    (11, ask),
    (10, run_code),
    (4, work_with_agent),
    (0.12, attack),
)
"""How often each is done, by weight."""
