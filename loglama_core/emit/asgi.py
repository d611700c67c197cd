"""Request logging for ASGI applications: Starlette, FastAPI, Quart, Django's ASGI, plain ones."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, MutableMapping
from typing import Any

from loglama_core.emit.context_fields import REQUEST_ID_HEADER, TRACE_HEADER, log_context, request_fields
from loglama_core.emit.request_log import RequestLog, is_left_out

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

_REQUEST_ID_HEADER = REQUEST_ID_HEADER.encode()


class AsgiRequestLogger:
    """Logs every request: method, path, status, duration, client, bytes, and the exception of one that failed.

    ``app.add_middleware(AsgiRequestLogger)``, or ``app = AsgiRequestLogger(app)``. What the application logs while it
    answers carries the same request id and trace, taken from the request's headers or made; the answer tells the
    request id. ``without``: paths that are not logged. Query strings are never logged: tokens stand there.
    """

    def __init__(self, app: Application, *, without: Collection[str] = ()) -> None:
        self.app = app
        self.without = frozenset(without)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or pass on what is none (a lifespan, a websocket)."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = {name: value for name, value in scope.get("headers", ()) if name in _WANTED}
        context = request_fields(*(headers.get(name, b"").decode("latin-1") for name in _WANTED))
        path = f"{scope.get('root_path', '')}{scope['path']}" if _is_relative(scope) else scope["path"]
        client = scope.get("client")
        request = RequestLog(scope["method"], path, client[0] if client else None)
        request_id = context["request_id"].encode()

        async def send_and_note(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                request.status = message["status"]
                named = [pair for pair in message.get("headers", ()) if pair[0].lower() != _REQUEST_ID_HEADER]
                message = {**message, "headers": [*named, (_REQUEST_ID_HEADER, request_id)]}
            elif message["type"] == "http.response.body":
                request.sent_bytes += len(message.get("body", b""))
            await send(message)

        with log_context(**context):
            try:
                await self.app(scope, receive, send_and_note)
            except Exception as error:
                request.failed(error)
                raise
            except BaseException:  # the task was cancelled
                request.cancelled()
                raise
            if not is_left_out(path, self.without):
                request.finished()


_WANTED = (REQUEST_ID_HEADER.encode(), TRACE_HEADER.encode())


def _is_relative(scope: Scope) -> bool:
    """Whether ``path`` leaves out the prefix the application is mounted at, as ASGI before 3.0 had it."""
    root = scope.get("root_path", "")
    return bool(root) and not scope["path"].startswith(root)
