"""Operations that take time, logged with how long they took and how they ended: any, model calls, runs of code."""

from __future__ import annotations

import functools
import inspect
import logging
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self, TypeVar, cast

from loglama_core.emit.log_handler import FIELDS
from loglama_core.emit.plain_value import plain_object

_LONGEST_TEXT = 500
"""Characters kept of an input or output; its whole length is a field beside it."""

Decorated = TypeVar("Decorated", bound=Callable[..., Any])


class timed:  # noqa: N801 - used as a decorator and as a context manager, as contextlib's own
    """Log an operation when it ends: ``with timed("load model", model="phi") as operation: …`` or ``@timed("load")``.

    Fields: ``operation``, ``duration_ms``, ``outcome`` (``ok``, ``error``, ``cancelled``), those given, and those that
    ``operation.add(name=value)`` gives meanwhile. An exception is logged with its traceback, and goes on. A decorated
    function may be ``async``. ``logger``: name of the logger it is said by.
    """

    message = "operation"

    def __init__(self, operation: str, *, logger: str = "loglama.operation", **fields: Any) -> None:
        self._operation = operation
        self._logger = logger
        self._given = fields
        self._fields: dict[str, Any] = {}
        self._begun_ns = 0

    def add(self, **fields: Any) -> None:
        """Give the record more fields."""
        self._fields.update(fields)

    def __enter__(self) -> Self:
        self._fields = dict(self._given)
        self._begun_ns = time.perf_counter_ns()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        duration_ms = (time.perf_counter_ns() - self._begun_ns) / 1_000_000
        outcome, level = "ok", logging.INFO
        if error is not None:
            # Of a task, by Ctrl-C, by leaving the program: these are no errors of the operation.
            is_cancelled = not isinstance(error, Exception)
            outcome, level = ("cancelled", logging.WARNING) if is_cancelled else ("error", logging.ERROR)
        elif self._fields.get("exit_code"):
            outcome, level = "error", logging.WARNING
        fields = {
            "operation": self._operation,
            "duration_ms": round(duration_ms, 3),
            "outcome": outcome,
            **self._fields,
        }
        logging.getLogger(self._logger).log(
            level,
            "%s %s: %s",
            self.message,
            self._operation,
            outcome,
            exc_info=error if outcome == "error" else None,
            extra={FIELDS: fields},
        )

    def __call__(self, function: Decorated) -> Decorated:
        """Decorate a function: each call is an operation of its own."""
        if inspect.iscoroutinefunction(function):

            @functools.wraps(function)
            async def run_async(*args: Any, **keywords: Any) -> Any:
                with self._again(args) as operation:
                    result = await function(*args, **keywords)
                    operation.returned(result)
                    return result

            return cast("Decorated", run_async)

        @functools.wraps(function)
        def run(*args: Any, **keywords: Any) -> Any:
            with self._again(args) as operation:
                result = function(*args, **keywords)
                operation.returned(result)
                return result

        return cast("Decorated", run)

    def _again(self, args: tuple[Any, ...]) -> Self:  # noqa: ARG002 - what a decorated function was given
        return type(self)(self._operation, logger=self._logger, **self._given)

    def returned(self, result: Any) -> None:
        """Note what the decorated function has returned."""

    def _add_text(self, name: str, value: Any) -> None:
        """Give the record a text that may be long: its beginning, and its length if that is not all of it."""
        if value is None:
            return
        text = value if isinstance(value, str) else str(plain_object(value))
        self._fields[name] = text[:_LONGEST_TEXT]
        if len(text) > _LONGEST_TEXT:
            self._fields[f"{name}_length"] = len(text)


class model_call(timed):  # noqa: N801 - as `timed`
    """Log a call of a language model: ``with model_call("phi:2.7b", prompt=text) as call: call.answered(reply)``.

    Fields besides those of ``timed``: ``model``, ``input`` and ``output`` (500 characters, the whole length beside
    them), ``input_tokens``, ``output_tokens``. Of a decorated function the first text it is given is the input, what it
    returns the output.
    """

    message = "model call"

    def __init__(self, model: str, *, prompt: Any = None, logger: str = "loglama.model", **fields: Any) -> None:
        super().__init__(model, logger=logger, **fields)
        self._prompt = prompt

    def __enter__(self) -> Self:
        super().__enter__()
        self._fields["model"] = self._operation
        self._add_text("input", self._prompt)
        return self

    def _again(self, args: tuple[Any, ...]) -> Self:
        prompt = next((value for value in args if type(value) is str), self._prompt)
        return type(self)(self._operation, prompt=prompt, logger=self._logger, **self._given)

    def returned(self, result: Any) -> None:
        """Note what the decorated function has returned as the output."""
        self._add_text("output", result)

    def answered(self, output: Any, *, input_tokens: int | None = None, output_tokens: int | None = None) -> None:
        """Note what the model has answered, and what it took."""
        self._add_text("output", output)
        counts = {"input_tokens": input_tokens, "output_tokens": output_tokens}
        self.add(**{name: count for name, count in counts.items() if count is not None})


class code_execution(timed):  # noqa: N801 - as `timed`
    """Log a run of code in a sandbox: ``with code_execution("python", code=source) as run: run.ended(0, output)``.

    Fields besides those of ``timed``: ``language``, ``input`` (the code) and ``output`` (500 characters, the whole
    length beside them), ``error_output``, ``exit_code``; one that is not 0 makes the outcome ``error``. Of a decorated
    function the first text it is given is the input, what it returns the output.
    """

    message = "code execution"

    def __init__(self, language: str, *, code: Any = None, logger: str = "loglama.execution", **fields: Any) -> None:
        super().__init__(language, logger=logger, **fields)
        self._code = code

    def __enter__(self) -> Self:
        super().__enter__()
        self._fields["language"] = self._operation
        self._add_text("input", self._code)
        return self

    def _again(self, args: tuple[Any, ...]) -> Self:
        code = next((value for value in args if type(value) is str), self._code)
        return type(self)(self._operation, code=code, logger=self._logger, **self._given)

    def returned(self, result: Any) -> None:
        """Note what the decorated function has returned as the output."""
        self._add_text("output", result)

    def ended(self, exit_code: int, output: Any = None, error_output: Any = None) -> None:
        """Note how the run ended and what it printed."""
        self.add(exit_code=exit_code)
        self._add_text("output", output)
        self._add_text("error_output", error_output)
