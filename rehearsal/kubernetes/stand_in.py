# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Servers that answer in place of a Service's simulated pods; `ControlPlane.stand_in` tells the proxy of them."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

# Method, path with query, and body of a request to the status and body of its answer.
Answer = Callable[[str, str, Any], tuple[int, Any]]


class Denied(Exception):
    """A webhook's no; the text is for who asked."""


@contextmanager
def serve(answer: Answer) -> Iterator[str]:
    """A JSON server on this machine, in threads of this process; gives its address, `host:port`."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _answer(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            sent = json.loads(self.rfile.read(length)) if length else None
            status, body = answer(self.command, self.path, sent)
            content = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _answer  # noqa: N815

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), name="stand-in", daemon=True)
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def admission(decide: Callable[[dict[str, Any]], list[dict[str, Any]] | None]) -> Answer:
    """The answers of an admission webhook: `decide` gets the request of an AdmissionReview (admission.k8s.io/v1) and gives the JSON
    patch of a mutating webhook, or None; it raises Denied."""

    def answer(method: str, path: str, review: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        response: dict[str, Any] = {"uid": review["request"]["uid"], "allowed": True}
        try:
            patch = decide(review["request"])
        except Denied as denial:
            response |= {"allowed": False, "status": {"message": str(denial)}}
        else:
            if patch is not None:
                response |= {"patchType": "JSONPatch", "patch": base64.b64encode(json.dumps(patch).encode()).decode()}
        return 200, {"apiVersion": review["apiVersion"], "kind": "AdmissionReview", "response": response}

    return answer
