"""Tracebacks as CPython 3.11 and later prints them, with line numbers that vary a little."""

from __future__ import annotations

from random import Random


def connection_refused(random: Random) -> str:
    """Return the chained traceback of an HTTP client whose server does not listen."""
    line = 40 + int(random.random() * 4)
    return f"""Traceback (most recent call last):
  File "/srv/apilama/.venv/lib/python3.12/site-packages/httpcore/_sync/connection.py", line 124, in _connect
    stream = self._network_backend.connect_tcp(**kwargs)
             ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
ConnectionRefusedError: [Errno 111] Connection refused

The above exception was the direct cause of the following exception:

Traceback (most recent call last):
  File "/srv/apilama/apilama/llm_client.py", line {line}, in complete
    response = self._http.post(self._url, json=payload, timeout=30.0)
               ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  File "/srv/apilama/.venv/lib/python3.12/site-packages/httpx/_client.py", line 1144, in post
    return self.request(
           ^^^^^^^^^^^^^
httpx.ConnectError: [Errno 111] Connection refused: http://127.0.0.1:8002/v1/chat"""


def read_timeout(random: Random) -> str:
    """Return the traceback of an HTTP client that waited in vain."""
    line = 40 + int(random.random() * 4)
    return f"""Traceback (most recent call last):
  File "/srv/apilama/apilama/llm_client.py", line {line}, in complete
    response = self._http.post(self._url, json=payload, timeout=30.0)
               ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  File "/usr/lib/python3.12/site-packages/httpx/_transports/default.py", line 118, in map_httpcore_exceptions
    raise mapped_exc(message) from exc
httpx.ReadTimeout: timed out after 30.0 s: http://127.0.0.1:8002/v1/chat"""


def job_failed(random: Random) -> str:
    """Return one of the tracebacks a background job dies of."""
    number = int(random.random() * 900)
    head = """Traceback (most recent call last):
  File "/srv/apilama/apilama/jobs/runner.py", line 77, in run
    result = job.function(**job.arguments)
             ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^"""
    tails = (
        f"""
  File "/srv/apilama/apilama/jobs/digest.py", line 31, in weekly_digest
    week = int(label.removeprefix("w"))
           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^
ValueError: invalid literal for int() with base 10: 'x{number}'""",
        """
  File "/srv/apilama/apilama/jobs/grading.py", line 112, in grade
    cursor.execute(INSERT_GRADE, row)
sqlite3.OperationalError: database is locked""",
        f"""
  File "/srv/apilama/apilama/jobs/export.py", line 58, in export_course
    title = lessons[position]["title"]
            ~~~~~~~^^^^^^^^^^
KeyError: 'lesson-{number}'""",
        """
  File "/srv/apilama/apilama/jobs/thumbnail.py", line 19, in thumbnail
    text = path.read_text(encoding="utf-8")
           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
UnicodeDecodeError: 'utf-8' codec can't decode byte 0xb3 in position 12: invalid start byte""",
    )
    return head + tails[int(random.random() * len(tails))]


def out_of_gpu_memory(random: Random) -> str:
    """Return the traceback with which the model server goes down."""
    wanted = 1.5 + int(random.random() * 20) / 10
    return f"""Traceback (most recent call last):
  File "/srv/pyllm/pyllm/engine.py", line 208, in step
    hidden = self.model(batch.tokens, cache=batch.cache)
             ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  File "/srv/pyllm/.venv/lib/python3.12/site-packages/torch/nn/modules/module.py", line 1736, in _wrapped_call_impl
    return self._call_impl(*args, **kwargs)
           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
torch.OutOfMemoryError: CUDA out of memory. Tried to allocate {wanted:.1f} GiB. GPU 0 has 23.7 GiB in total"""


def unhandled_in_page(random: Random) -> str:
    """Return the traceback of a page that met data it did not expect."""
    line = 60 + int(random.random() * 30)
    return f"""Traceback (most recent call last):
  File "/srv/weblama/weblama/views/lesson.py", line {line}, in show
    progress = done / len(lesson.steps)
               ~~~~~^~~~~~~~~~~~~~~~~~~
ZeroDivisionError: division by zero"""


def sandbox_killed(random: Random) -> str:
    """Return the traceback of the sandbox's guard when learners' code ran too long."""
    limit = 5 + int(random.random() * 3) * 5
    return f"""Traceback (most recent call last):
  File "/srv/pybox/pybox/guard.py", line 143, in wait
    process.wait(timeout=limit)
  File "/usr/lib/python3.12/subprocess.py", line 1264, in wait
    return self._wait(timeout=timeout)
           ^^^^^^^^^^^^^^^^^^^^^^^^^^^
subprocess.TimeoutExpired: Command '['python', '-I', 'main.py']' timed out after {limit} seconds"""
