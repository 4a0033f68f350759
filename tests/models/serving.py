"""A web server on 127.0.0.1 that serves bytes the way a test wants them: cut short, without ranges, changing."""

import threading
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType


@dataclass
class File:
    """One file and how it is served.

    Attributes:
        body: its bytes.
        kind: its content type.
        ranges: whether Range is honoured.
        cuts: for each request in turn, the number of bytes after which the connection is dropped.
        status: a status to answer with instead.
        failures: how many requests get that status before the file is served; None for all.
    """

    body: bytes
    kind: str = "application/octet-stream"
    ranges: bool = True
    cuts: list[int] = field(default_factory=list)
    status: int = 0
    failures: int | None = None


class Server:
    """Serves `files`, path -> File; `requests` holds the Range header of each request, "" where it had none."""

    def __init__(self) -> None:
        self.files: dict[str, File] = {}
        self.requests: list[tuple[str, str]] = []
        self.headers: list[dict[str, str]] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer._answer(self)

            def log_message(self, *_: object) -> None:
                """No log."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = False  # so that closing the server waits for its connections
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def _answer(self, request: BaseHTTPRequestHandler) -> None:
        asked = request.headers.get("Range", "")
        self.requests.append((request.path, asked))
        self.headers.append(dict(request.headers))
        file = self.files.get(request.path)
        if file is None:
            request.send_error(404)
            return
        if file.status and file.failures != 0:
            if file.failures is not None:
                file.failures -= 1
            request.send_error(file.status)
            return
        start = int(asked.removeprefix("bytes=").rstrip("-")) if asked and file.ranges else 0
        if start >= len(file.body) and start:
            request.send_error(416)
            return
        request.send_response(206 if asked and file.ranges else 200)
        if asked and file.ranges:
            request.send_header("Content-Range", f"bytes {start}-{len(file.body) - 1}/{len(file.body)}")
        request.send_header("Content-Type", file.kind)
        request.send_header("Content-Length", str(len(file.body) - start))
        request.end_headers()
        stop = start + file.cuts.pop(0) if file.cuts else len(file.body)
        # A client that has seen enough hangs up.
        with suppress(ConnectionError):
            request.wfile.write(file.body[start:stop])

    def __enter__(self) -> "Server":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
