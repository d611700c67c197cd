"""Request logging for WSGI applications: Flask, Django, Bottle, plain ones."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import ExitStack
from typing import Any

from loglama_core.emit.context_fields import REQUEST_ID_HEADER, log_context, request_fields
from loglama_core.emit.request_log import RequestLog, is_left_out

Environment = dict[str, Any]
StartResponse = Callable[..., Callable[[bytes], object]]
Application = Callable[[Environment, StartResponse], Iterable[bytes]]


class WsgiRequestLogger:
    """Logs every request: method, path, status, duration, client, bytes, and the exception of one that failed.

    ``app.wsgi_app = WsgiRequestLogger(app.wsgi_app)`` (Flask), or ``application = WsgiRequestLogger(application)``.
    What the application logs while it answers carries the same request id and trace, taken from the request's headers
    or made; the answer tells the request id. ``without``: paths that are not logged. Query strings are never logged:
    tokens stand there.
    """

    def __init__(self, app: Application, *, without: Collection[str] = ()) -> None:
        self.app = app
        self.without = frozenset(without)

    def __call__(self, environ: Environment, start_response: StartResponse) -> Iterable[bytes]:
        """Begin to answer one request; it ends when the answer is closed, as every WSGI server does."""
        context = request_fields(environ.get("HTTP_X_REQUEST_ID", ""), environ.get("HTTP_TRACEPARENT", ""))
        # WSGI gives the path's bytes as Latin-1 characters.
        path = f"{environ.get('SCRIPT_NAME', '')}{environ.get('PATH_INFO', '')}" or "/"
        path = path.encode("latin-1", "replace").decode("utf-8", "backslashreplace")
        request = RequestLog(environ.get("REQUEST_METHOD", ""), path, environ.get("REMOTE_ADDR"))

        def start_and_note(status: str, headers: list[tuple[str, str]], *exc_info: Any) -> Callable[[bytes], object]:
            request.status = int(status[:3]) if status[:3].isdecimal() else None
            named = [pair for pair in headers if pair[0].lower() != REQUEST_ID_HEADER]
            return start_response(status, [*named, ("X-Request-ID", context["request_id"])], *exc_info)

        inside = ExitStack()
        inside.enter_context(log_context(**context))
        try:
            answer = self.app(environ, start_and_note)
        except Exception as error:
            request.failed(error)
            inside.close()
            raise
        return _LoggedAnswer(answer, request, inside, is_logged=not is_left_out(path, self.without))


class _LoggedAnswer:
    """The body of an answer; the request is logged when it is closed."""

    def __init__(self, answer: Iterable[bytes], request: RequestLog, inside: ExitStack, *, is_logged: bool) -> None:
        self._answer = answer
        self._request = request
        self._inside = inside
        self._is_logged = is_logged
        self._is_begun = False
        self._is_whole = False

    def __iter__(self) -> Iterator[bytes]:
        self._is_begun = True
        try:
            for piece in self._answer:
                self._request.sent_bytes += len(piece)
                yield piece
        except GeneratorExit:
            raise
        except Exception as error:
            self._request.failed(error)
            raise
        self._finish()

    def close(self) -> None:
        """End the request: the server calls this whether or not it could send all of the answer."""
        try:
            close = getattr(self._answer, "close", None)
            if close is not None:
                close()
        except Exception as error:
            self._request.failed(error)
            raise
        finally:
            if self._is_begun and not self._is_whole:
                self._request.cancelled()
            self._finish()  # a server need not read the body of an answer to HEAD
            self._inside.close()

    def _finish(self) -> None:
        self._is_whole = True
        if self._is_logged:
            self._request.finished()
