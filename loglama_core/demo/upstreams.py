"""What the API asks of pyllm and pybox on behalf of a request, and how that goes when pyllm is down."""

from __future__ import annotations

from loglama_core.demo.conditions import circuit_open, refuses, strained
from loglama_core.demo.journey import Journey
from loglama_core.demo.tracebacks import connection_refused, read_timeout, sandbox_killed
from loglama_core.demo.vocabulary import IMAGES, MODELS

LLM_URL = "http://127.0.0.1:8002/v1/chat"


def _try_refusing_model(journey: Journey) -> bool:
    """Retry against a server that does not listen; return whether it came back meanwhile."""
    for attempt in (1, 2, 3):
        journey.wait(0.4, 2)
        backoff_ms = 250 * 2**attempt
        journey.say(
            "warning",
            "apilama.llm",
            "pyllm refused the connection, retrying",
            {"attempt": attempt, "backoff_ms": backoff_ms, "url": LLM_URL},
        )
        journey.wait(backoff_ms, backoff_ms * 1.2)
        if not refuses(journey.time_ns):
            journey.say("info", "apilama.llm", "pyllm answers again", {"attempt": attempt + 1})
            return True
    journey.say(
        "error",
        "apilama.llm",
        "upstream failed: pyllm refused the connection 3 times",
        {"attempts": 3, "url": LLM_URL},
        connection_refused(journey.random),
    )
    return False


def _generate(journey: Journey, model: str) -> bool:
    """Let pyllm answer; return whether it lived long enough to finish."""
    prompt_tokens = journey.number(60, 3_600)
    tokens = journey.number(24, 900)
    journey.say(
        "info",
        "pyllm.server",
        "prompt accepted",
        {"model": model, "prompt_tokens": prompt_tokens, "queue": journey.number(0, 7)},
    )
    first_ms = journey.wait(80, 900)
    journey.say("debug", "pyllm.engine", "token stream opened", {"model": model, "first_token_ms": first_ms})
    if prompt_tokens > 3_300:
        journey.say(
            "warning",
            "pyllm.engine",
            f"context window {prompt_tokens / 40.96:.0f} % full",
            {"model": model, "limit": 4_096},
        )
    began_ns = journey.time_ns
    journey.wait(tokens * 4, tokens * 12)
    if refuses(journey.time_ns):
        return False
    seconds = max(journey.elapsed_ms(began_ns) / 1000, 0.001)
    journey.say(
        "info",
        "pyllm.engine",
        "generation finished",
        {
            "model": model,
            "tokens": tokens,
            "tokens_per_s": round(tokens / seconds, 1),
            "finish": "length" if tokens > 820 else "stop",
        },
    )
    return True


def ask_model(journey: Journey) -> bool:
    """Send a prompt to pyllm; return whether an answer came."""
    model = journey.pick(MODELS)
    began_ns = journey.time_ns
    if circuit_open(began_ns) and journey.happens(0.6):
        journey.say("warning", "apilama.llm", "circuit open, not asking pyllm", {"model": model})
        return False
    journey.say("debug", "apilama.llm", "upstream call", {"url": LLM_URL, "model": model, "attempt": 1})
    if refuses(began_ns) and not _try_refusing_model(journey):
        return False
    if strained(began_ns) and journey.happens(0.35):
        journey.wait(30_000, 30_040)
        journey.say(
            "error",
            "apilama.llm",
            "upstream timeout after 30 s",
            {"url": LLM_URL, "model": model, "duration_ms": journey.elapsed_ms(began_ns)},
            read_timeout(journey.random),
        )
        return False
    journey.wait(0.6, 5)
    if not _generate(journey, model):
        journey.say(
            "error", "apilama.llm", "connection reset by pyllm while it answered", {"url": LLM_URL, "model": model}
        )
        return False
    journey.wait(0.4, 3)
    journey.say(
        "info",
        "apilama.llm",
        "upstream answered",
        {"status": 200, "duration_ms": journey.elapsed_ms(began_ns), "model": model},
    )
    return True


def run_in_sandbox(journey: Journey) -> bool:
    """Run learners' code in pybox; return whether it ended by itself."""
    sandbox = f"sb-{journey.random.getrandbits(16):04x}"
    image = journey.pick(IMAGES)
    journey.say(
        "debug", "pybox.pool", f"sandbox {sandbox} taken from the pool", {"image": image, "left": journey.number(0, 12)}
    )
    cold_ms = journey.wait(2, 340)
    began_ns = journey.time_ns
    journey.say(
        "info",
        "pybox.sandbox",
        f"sandbox {sandbox} started",
        {"image": image, "cold_start_ms": cold_ms, "limit_mb": 512},
    )
    if journey.happens(0.025):
        journey.wait(5_000, 15_000)
        journey.say(
            "error",
            "pybox.guard",
            f"sandbox {sandbox} killed: time limit",
            {"image": image},
            sandbox_killed(journey.random),
        )
        journey.say("warning", "pybox.audit", "run ended by the guard", {"sandbox": sandbox, "user": journey.user})
        return False
    journey.wait(15, 1_400)
    if journey.happens(0.03):
        journey.say(
            "warning",
            "pybox.sandbox",
            f"sandbox {sandbox} tried to open a network socket",
            {"denied": "203.0.113.7:443"},
        )
    code = 1 if journey.happens(0.14) else 0
    journey.say(
        "info",
        "pybox.sandbox",
        f"sandbox {sandbox} exited with code {code}",
        {
            "duration_ms": journey.elapsed_ms(began_ns),
            "stdout_bytes": journey.number(0, 9_000),
            "peak_mb": journey.number(14, 480),
        },
    )
    journey.say("info", "pybox.audit", "run recorded", {"sandbox": sandbox, "user": journey.user, "exit_code": code})
    return True
