# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the rehearsal itself asks of a control plane's API, without loading a whole client library into every process."""

from __future__ import annotations

import json
import ssl
from http.client import HTTPException, HTTPSConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

_FIELD_MANAGER = "rehearsal"


class ApiError(RuntimeError):
    """The API refused: `status` is HTTP's, 0 where nothing answered; `message` is Kubernetes' own."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class Api:
    """The API at `url` as the administrator whose certificate is in `pki`. Every method raises ApiError."""

    def __init__(self, url: str, pki: Path) -> None:
        self._host = urlsplit(url).netloc
        self._context = ssl.create_default_context(cafile=str(pki / "ca.crt"))
        self._context.load_cert_chain(pki / "admin.crt", pki / "admin.key")

    def get(self, path: str, **query: str) -> dict[str, Any]:
        """The object or list at `path`; `query` as in `labelSelector="a=b"`."""
        return json.loads(self._ask("GET", path, query))

    def healthy(self, path: str = "/readyz") -> bool:
        """Whether a health check answers and says so."""
        try:
            return self._ask("GET", path, {}) == b"ok"
        except ApiError:
            return False

    def apply(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Server-side apply of `body` at `path`, taking over fields of other managers."""
        query = {"fieldManager": _FIELD_MANAGER, "force": "true"}
        return json.loads(self._ask("PATCH", path, query, body, "application/apply-patch+yaml"))

    def merge(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Change the fields in `body` of what is at `path`, and no others."""
        return json.loads(self._ask("PATCH", path, {}, body, "application/merge-patch+json"))

    def create(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        return json.loads(self._ask("POST", path, {}, body))

    def delete(self, path: str, **query: str) -> None:
        """Delete what is at `path`; that it is gone already is no error."""
        try:
            self._ask("DELETE", path, query)
        except ApiError as refusal:
            if refusal.status != 404:
                raise

    def _ask(self, method: str, path: str, query: dict[str, str], body: Any = None, kind: str = "application/json") -> bytes:
        connection = HTTPSConnection(self._host, timeout=10, context=self._context)
        try:
            headers = {"Content-Type": kind, "Accept": "application/json, */*"}
            connection.request(method, f"{path}?{urlencode(query)}", None if body is None else json.dumps(body), headers)
            response = connection.getresponse()
            content = response.read()
        except (OSError, HTTPException) as problem:
            raise ApiError(0, f"The Kubernetes API at {self._host} does not answer: {problem}") from problem
        finally:
            connection.close()
        if response.status >= 400:
            raise ApiError(response.status, _reason(content))
        return content


def _reason(content: bytes) -> str:
    try:
        return json.loads(content)["message"]
    except (ValueError, KeyError, TypeError):
        return content.decode(errors="replace")
