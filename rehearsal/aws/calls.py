# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a request asks for: its service, action and parameters; and the log of all calls in order."""

from __future__ import annotations

import io
import re
import threading
import time
from collections import Counter, deque
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, unquote

from botocore.exceptions import DataNotFoundError
from moto.core.parse import PROTOCOL_PARSERS
from moto.core.request import Request, determine_request_protocol
from moto.core.routing import NotFound, get_service_router
from moto.core.utils import get_service_model

from . import identities
from .answers import AwsError, Environ

# Signing names that differ from boto3's name of the service, of those that moto has or overlays add.
_SIGNING_NAMES = {
    "access-analyzer": "accessanalyzer",
    "aoss": "opensearchserverless",
    "aps": "amp",
    "elasticfilesystem": "efs",
    "elasticmapreduce": "emr",
    "kinesisanalytics": "kinesisanalyticsv2",
    "monitoring": "cloudwatch",
    "servicequotas": "service-quotas",
    "sso": "sso-admin",
    "states": "stepfunctions",
    "tagging": "resourcegroupstaggingapi",
}
# Signing names that several services share: what tells a request of the second apart, and the two services.
_SHARED_NAMES = {
    "apigateway": (lambda request: request.path.startswith("/v2/"), "apigateway", "apigatewayv2"),
    "dynamodb": (lambda request: _target(request).startswith("DynamoDBStreams"), "dynamodb", "dynamodbstreams"),
    "elasticloadbalancing": (lambda request: request.values.get("Version") != "2012-06-01", "elb", "elbv2"),
    "es": (lambda request: request.path.startswith("/2021-01-01/"), "es", "opensearch"),
    "s3": (lambda request: request.path.startswith("/v20180820/") or "s3-control" in request.host, "s3", "s3control"),
    "ses": (lambda request: request.path.startswith("/v2/"), "ses", "sesv2"),
}
_READS = re.compile(
    r"(BatchCheck|BatchDescribe|BatchGet|Check|Decode|Describe|Estimate|Filter|Get|Head|List|Lookup|Preview|Query|Scan|Search|"
    r"Select|Simulate|Test|Validate)[A-Z0-9]"
)
_SECRETS = {"PreSharedKey", "SecretString"}
_TOKEN_NAMES = {"clienttoken", "clientrequesttoken"}
_LOG_LENGTH = 200_000


@dataclass(slots=True)
class Call:
    """One AWS call; `operation` is None where the service or the action is unknown to botocore."""

    service: str
    action: str
    operation: Any
    region: str
    account: str
    content_type: str
    request: Request
    uri_parameters: dict[str, Any]
    parameters: dict[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return f"{self.service}:{self.action}"

    @property
    def mutating(self) -> bool:
        """Whether the action changes anything, told by AWS's naming of actions. AssumeRole and the like count as reads."""
        return not (self.service == "sts" or _READS.match(self.action))

    def parse(self) -> None:
        """Fill `parameters` by botocore's model. Raises AwsError if the request cannot be read."""
        if self.operation is None or self.operation.input_shape is None:
            return
        request = self.request
        try:
            protocol = determine_request_protocol(self.operation.service_model, request.content_type)
            self.parameters = PROTOCOL_PARSERS[protocol](self.operation).parse(
                {
                    "method": request.method,
                    "values": request.values,
                    "headers": request.headers,
                    "body": request.data,
                    "url_path": request.path,
                    "url_params": self.uri_parameters,
                }
            )
        except Exception as cause:
            raise AwsError("SerializationException", f"{self.name} cannot be read: {cause}") from cause

    def token(self) -> tuple[str, str] | None:
        """Name and value of the client token, None if the request carries none."""
        shape = self.operation.input_shape if self.operation is not None else None
        for name, member in shape.members.items() if shape else ():
            if (name.lower() in _TOKEN_NAMES or member.metadata.get("idempotencyToken")) and self.parameters.get(name):
                return name, self.parameters[name]
        return None


def name_call(environ: Environ) -> Call:
    """Name a request and make it repeatable: its body is read here and put back."""
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    environ["wsgi.input"] = io.BytesIO(body)
    _sign_presigned(environ)
    request = Request({**environ, "wsgi.input": io.BytesIO(body)})
    key, region, signing_name = _credential(environ.get("HTTP_AUTHORIZATION", ""))
    account = identities.account(key)
    environ["HTTP_X_MOTO_ACCOUNT_ID"] = account
    service = _service(signing_name, request)
    action, operation, uri = _action(service, request)
    return Call(service, action, operation, region, account, request.content_type or "", request, uri)


def _credential(authorization: str) -> tuple[str, str, str]:
    """Access key, region and signing name of a version 4 signature."""
    scope = authorization.partition("Credential=")[2].partition(",")[0].split("/")
    return (scope[0], scope[2], scope[3].lower()) if len(scope) >= 4 else ("", "", "unknown")


def _sign_presigned(environ: Environ) -> None:
    """Lift a presigned URL's credential into the header: moto routes and identifies by that alone."""
    query = environ.get("QUERY_STRING", "")
    if "HTTP_AUTHORIZATION" not in environ and "X-Amz-Credential=" in query:
        credential = unquote(parse_qs(query)["X-Amz-Credential"][0])
        environ["HTTP_AUTHORIZATION"] = f"AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders=host, Signature=presigned"


def _service(signing_name: str, request: Request) -> str:
    if signing_name in _SHARED_NAMES:
        is_second, first, second = _SHARED_NAMES[signing_name]
        return second if is_second(request) else first
    return _SIGNING_NAMES.get(signing_name, signing_name)


def _target(request: Request) -> str:
    return str(request.headers.get("X-Amz-Target", ""))


def _action(service: str, request: Request) -> tuple[str, Any, dict[str, Any]]:
    """Name, model and URI parameters of the operation; the model is None where botocore has none."""
    try:
        model = get_service_model(service)
    except DataNotFoundError:
        return request.values.get("Action") or "unknown", None, {}
    action = request.values.get("Action") or _target(request).rpartition(".")[2]
    if action:
        return action, model.operation_model(action) if action in model.operation_names else None, {}
    try:
        operation, uri = get_service_router(service).match(request)
    except (NotFound, NotImplementedError):
        return "unknown", None, {}
    return operation.name, operation, dict(uri)


@dataclass(slots=True)
class Entry:
    """A line of the log; `status` is the HTTP status or 0 if no answer was given, `seconds` what the call took."""

    sequence: int
    time: float
    service: str
    action: str
    mutating: bool
    region: str
    account: str
    parameters: Any = None
    status: int = 0
    error: str | None = None
    fault: str | None = None
    seconds: float = 0.0

    def to_dict(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__}


class CallLog:
    """All calls since the last reset, in the order of their arrival. The oldest are dropped beyond 200,000."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._entries: deque[Entry] = deque(maxlen=_LOG_LENGTH)
        self._sequence = 0

    def open(self, call: Call) -> Entry:
        """Count the call; the entry's outcome is filled in later."""
        with self._lock:
            self._sequence += 1
            entry = Entry(self._sequence, time.time(), call.service, call.action, call.mutating, call.region, call.account)
            self._entries.append(entry)
            return entry

    def since(self, marker: int) -> list[Entry]:
        """The entries after the given sequence number."""
        with self._lock:
            return [entry for entry in self._entries if entry.sequence > marker]

    def clear(self) -> None:
        with self._lock:
            self._entries.clear()
            self._sequence = 0


def count(entries: list[Entry]) -> dict[str, int]:
    """Calls by `service:action`."""
    return dict(Counter(f"{entry.service}:{entry.action}" for entry in entries))


def plain(value: Any) -> Any:
    """A parameter as JSON can carry it: bytes by their length, times as text, and of secrets that they were there."""
    match value:
        case dict():
            return {str(key): "<secret>" if key in _SECRETS else plain(inner) for key, inner in value.items()}
        case list() | tuple():
            return [plain(inner) for inner in value]
        case bytes():
            return f"<{len(value)} bytes>"
        case None | str() | int() | float() | bool():
            return value
        case _:
            return str(value)
