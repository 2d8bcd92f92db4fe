# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The HTTP side: kept-alive connections, which werkzeug's own handler always closes (a new one for each call costs the client CPU)."""

from __future__ import annotations

import contextlib
import io
import socket
import threading
from typing import Any

from moto.moto_server.werkzeug_app import MotoRequestHandler
from werkzeug.serving import ThreadedWSGIServer

from .answers import Answer, Environ, collect


class Handler(MotoRequestHandler):
    """Reads a whole request, then writes a whole answer: so nothing is left in the stream when the next request comes."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1  # one packet for headers and body
    disable_nagle_algorithm = True
    server: Server

    def setup(self) -> None:
        super().setup()
        self.server.opened(self.connection)

    def finish(self) -> None:
        self.server.closed(self.connection)
        with contextlib.suppress(OSError):
            super().finish()

    def run_wsgi(self) -> None:
        """Any exception of the application closes the connection without an answer."""
        try:
            answer = collect(self.server.app, self._environ())
        except ConnectionError:
            self.close_connection = True
            return
        self._write(answer)

    def _environ(self) -> Environ:
        environ: Environ = self.make_environ()
        length = environ.get("CONTENT_LENGTH")
        if environ.get("wsgi.input_terminated"):  # chunked
            body = environ["wsgi.input"].read()
            del environ["HTTP_TRANSFER_ENCODING"], environ["wsgi.input_terminated"]
        else:
            body = self.rfile.read(int(length or 0))
        environ["wsgi.input"], environ["CONTENT_LENGTH"] = io.BytesIO(body), str(len(body))
        return environ

    def _write(self, answer: Answer) -> None:
        self.send_response(answer.status)
        for name, value in answer.headers:
            if name.lower() not in ("connection", "date", "server"):
                self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body)

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """The front keeps the log."""


class Server(ThreadedWSGIServer):
    """A threaded server that can also end the connections that its clients keep open."""

    def __init__(self, port: int, application: Any) -> None:
        self._connections: set[socket.socket] = set()
        self._lock = threading.Lock()
        super().__init__("127.0.0.1", port, application, handler=Handler)

    def opened(self, connection: socket.socket) -> None:
        with self._lock:
            self._connections.add(connection)

    def closed(self, connection: socket.socket) -> None:
        with self._lock:
            self._connections.discard(connection)

    def stop(self) -> None:
        """Stop listening and end every connection."""
        self.shutdown()
        self.server_close()
        with self._lock:
            for connection in self._connections:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
