# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""HTTP answers of the front and of moto, and AWS errors written in the protocol of the service that was called."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from moto.core.errors import COMMON_ERROR_CODES
from moto.core.exceptions import ServiceException
from moto.core.request import determine_request_protocol
from moto.core.serialize import get_serializer_class

Environ = dict[str, Any]
StartResponse = Callable[[str, list[tuple[str, str]]], Any]
Application = Callable[[Environ, Any], Iterable[bytes]]

_ERROR_CODE = re.compile(rb'<Code>([^<]+)</Code>|"__type"\s*:\s*"(?:[^"#]*#)?([^"]+)"')


class AwsError(ServiceException):
    """An AWS error raised by the front or by an overlay.

    It must not live below `moto`: moto looks the service of such an exception up by its module's name.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code, message)
        if code not in COMMON_ERROR_CODES:  # moto warns of codes that a model does not list; AWS answers many such
            COMMON_ERROR_CODES.append(code)


@dataclass(frozen=True, slots=True)
class Answer:
    """A complete HTTP answer."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes

    @property
    def ok(self) -> bool:
        return self.status < 400

    @property
    def error_code(self) -> str | None:
        """The AWS error code that the answer carries, None if it is a success."""
        if self.ok:
            return None
        for name, value in self.headers:
            if name.lower() == "x-amzn-errortype":
                return value.partition(":")[0].rpartition("#")[2]
        found = _ERROR_CODE.search(self.body)
        return (found.group(1) or found.group(2)).decode() if found else str(self.status)

    def send(self, start_response: StartResponse) -> list[bytes]:
        """Hand the answer to a WSGI server."""
        headers = [(name, value) for name, value in self.headers if name.lower() != "content-length"]
        start_response(f"{self.status} {_phrase(self.status)}", [*headers, ("Content-Length", str(len(self.body)))])
        return [self.body]


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"


def collect(application: Application, environ: Environ) -> Answer:
    """Run a WSGI application to its end. Raises what the application raises."""
    started: list[Any] = []
    written: list[bytes] = []

    def start_response(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Callable[[bytes], None]:
        started[:] = [status, headers]
        return written.append

    chunks = application(environ, start_response)
    try:
        written.extend(chunks)
    finally:
        close = getattr(chunks, "close", None)
        if close:
            close()
    return Answer(int(started[0].split(" ", 1)[0]), started[1], b"".join(written))


def error(failure: AwsError, operation: Any, content_type: str | None = None, status: int | None = None) -> Answer:
    """The failure as the service would write it; `operation` (botocore's model) may be None where no service is known."""
    if operation is None:
        body = f"<ErrorResponse><Error><Code>{failure.code}</Code><Message>{failure.message}</Message></Error></ErrorResponse>"
        return Answer(status or 400, [("Content-Type", "text/xml")], body.encode())
    model = operation.service_model
    try:
        protocol = determine_request_protocol(model, content_type)
    except NotImplementedError:
        protocol = str(model.protocol)
    serialized = get_serializer_class(model.service_name, protocol)(operation_model=operation).serialize(failure)
    body = serialized["body"]
    return Answer(
        status or serialized["status_code"],
        [(name, str(value)) for name, value in serialized["headers"].items()],
        body.encode() if isinstance(body, str) else body,
    )
