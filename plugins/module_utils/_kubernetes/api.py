# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The API server, over the connection pool of the official client: plain JSON in and out, threads welcome.

The client's own call path builds models or wraps every value; here a list of 500 objects is one ``json.loads``. Its pool,
TLS, proxy and credentials are used as they are.
"""

from __future__ import annotations

import json
import re
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple, TypeVar
from urllib.parse import quote, urlencode

try:
    from urllib3 import HTTPHeaderDict, Retry, Timeout
    from urllib3.exceptions import HTTPError, MaxRetryError
except ImportError:  # connection.py reports it
    pass

from .errors import ApiError, Refused, Unreachable
from .ownership import MANAGER
from .resource_type import DISCOVERY, ResourceType, ResourceTypes, parse_discovery

WORKERS = 16
PAGE = 500
JSON = "application/json"
APPLY = "application/apply-patch+yaml"
METADATA = f"{JSON};as=PartialObjectMetadata;g=meta.k8s.io;v=v1"
METADATA_LIST = f"{JSON};as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
PAUSES = (0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2)  # seconds before an apply is tried again whose refusal is a passing one

REMARK = re.compile(r'299 - "((?:[^"\\]|\\.)*)"')

Given = TypeVar("Given")
Answered = TypeVar("Answered")
Body = dict[str, Any]


class Applied(NamedTuple):
    """What an apply has made, or would make."""

    body: Body
    new: bool  # there was no such object before


class Api:
    """``client`` is a ``kubernetes.client.ApiClient``. ``way_in`` says how its endpoint is reached, for who does not reach it."""

    def __init__(self, client: Any, *, way_in: str = "", headers: Iterable[tuple[str, str]] = ()) -> None:
        self.configuration, self.pool, self.way_in = client.configuration, client.rest_client.pool_manager, way_in
        self.host = str(self.configuration.host).rstrip("/")
        self.headers = (("User-Agent", MANAGER), *headers)
        self.calls: Counter[str] = Counter()
        self.warnings: dict[str, None] = {}  # what the server remarked, each once
        self._lock = threading.Lock()
        # Every call is idempotent, deletions by their uid. What a server that is busy or restarts refuses is asked again.
        self._retries = Retry(
            total=8, connect=1, read=3, other=0, status=6, status_forcelist=(429, 502, 503, 504), allowed_methods=None, backoff_factor=0.2,
            raise_on_status=False,
        )  # fmt: skip
        self._timeout = Timeout(connect=10, read=60)

    def types(self) -> ResourceTypes:
        return parse_discovery(self.together(lambda path: self._call("GET", path, accept=DISCOVERY)[1], ("/api", "/apis")))

    def get(self, type_: ResourceType, namespace: str | None, name: str) -> Body | None:
        try:
            return self._call("GET", _path(type_, namespace, name))[1]
        except ApiError as error:
            if error.status == 404:
                return None
            raise

    def read(
        self,
        type_: ResourceType,
        namespace: str | None = None,
        *,
        selector: str = "",
        fields: str = "",
        purpose: str = "read",
        accept: str = JSON,
    ) -> list[Body]:
        """All of them, page by page; none where the type is not served, or not any more."""
        query = {"limit": str(PAGE), **({"labelSelector": selector} if selector else {}), **({"fieldSelector": fields} if fields else {})}
        items: list[Body] = []
        while True:
            try:
                answer = self._call("GET", type_.path(namespace), query, accept=accept, purpose=purpose)[1]
            except ApiError as error:
                if error.status == 404:
                    return items
                raise
            # Items of a list do not say what they are; an empty list of metadata is null.
            items += ({"apiVersion": type_.api_version, "kind": type_.kind, **item} for item in answer["items"] or ())
            if not (more := answer["metadata"].get("continue")):
                return items
            query["continue"] = more

    def apply(self, type_: ResourceType, body: Mapping[str, Any], *, dry_run: bool = False, force: bool = False, brief: bool = False) -> Applied:
        """Server-side apply. ``brief`` asks for nothing but metadata in return. Raises ``ApiError``."""
        metadata = body["metadata"]
        query = {"fieldManager": MANAGER, "fieldValidation": "Strict", "force": str(force).lower(), **({"dryRun": "All"} if dry_run else {})}
        path = _path(type_, metadata.get("namespace"), metadata["name"])
        pauses = iter(PAUSES)
        while True:
            try:
                status, answer = self._call(
                    "PATCH", path, query, body, content=APPLY, accept=METADATA if brief else JSON, purpose="dry_run" if dry_run else "change"
                )
                return Applied(answer, new=status == 201)
            except ApiError as error:
                pause = next(pauses, None)
                if not error.is_passing or pause is None:
                    raise
            time.sleep(pause)

    def delete(self, type_: ResourceType, live: Mapping[str, Any], *, dependents_first: bool = False) -> None:
        """This very object, with what depends on it. One that is gone, or that was made anew, is none of ours."""
        metadata = live["metadata"]
        options = {"propagationPolicy": "Foreground" if dependents_first else "Background", "preconditions": {"uid": metadata["uid"]}}
        try:
            self._call("DELETE", _path(type_, metadata.get("namespace"), metadata["name"]), body=options, purpose="change")
        except ApiError as error:
            if error.status not in (404, 409):
                raise

    def together(self, act: Callable[[Given], Answered], over: Iterable[Given]) -> list[Answered]:
        """The answers in order. Raises what the first of them raised that failed, once all have ended."""
        todo = list(over)
        if len(todo) < 2:
            return list(map(act, todo))
        with ThreadPoolExecutor(WORKERS) as pool:
            return list(pool.map(act, todo))

    def _call(
        self,
        method: str,
        path: str,
        query: Mapping[str, str] | None = None,
        body: Any = None,
        *,
        content: str = JSON,
        accept: str = JSON,
        purpose: str = "read",
    ) -> tuple[int, Any]:
        headers = HTTPHeaderDict([*self.headers, ("Accept", accept), ("Content-Type", content), *self._credentials()])
        with self._lock:
            self.calls[purpose] += 1
        try:
            answer = self.pool.request(
                method,
                f"{self.host}{path}{f'?{urlencode(query)}' if query else ''}",
                body=None if body is None else json.dumps(body).encode(),
                headers=headers,
                retries=self._retries,
                timeout=self._timeout,
            )
        except HTTPError as error:
            reason = _plain(error.reason if isinstance(error, MaxRetryError) else error)
            raise Unreachable(f"The Kubernetes API {self.host} cannot be reached: {reason}.{f' {self.way_in}' if self.way_in else ''}") from error
        content = self._content(answer)
        if purpose in ("dry_run", "change") and "Warning" in answer.headers:
            self._remark(body, answer.headers["Warning"])
        return answer.status, content

    def _remark(self, body: Any, warnings: str) -> None:
        """Pod Security, deprecations: https://kubernetes.io/blog/2020/09/03/warnings/"""
        label = f"{body['kind']} {body['metadata']['name']}: " if body and "metadata" in body else ""
        with self._lock:
            self.warnings.update(dict.fromkeys(label + text.replace('\\"', '"') for text in REMARK.findall(warnings)))

    def _credentials(self) -> Iterator[tuple[str, str]]:
        """A token that was signed or fetched for this run is renewed by the configuration's own hook."""
        if token := self.configuration.get_api_key_with_prefix("authorization", "BearerToken"):
            yield "Authorization", token if " " in token else f"Bearer {token}"
        elif self.configuration.username:
            yield "Authorization", self.configuration.get_basic_auth_token()

    def _content(self, answer: Any) -> Any:
        try:
            body = json.loads(answer.data) if answer.data else {}
        except ValueError:
            said = f"{answer.status} {answer.reason}, and no JSON. Is there another server at {self.host}?"
            raise ApiError(answer.status, {"message": said}) from None
        if answer.status == 401:
            raise Refused(
                f"The Kubernetes API {self.host} does not accept the credentials ({body.get('message', 'Unauthorized')}). "
                "A token may have expired: EKS takes one for 15 minutes. With the option cluster each run signs its own; "
                "its IAM principal needs an access entry in the cluster."
            )
        if answer.status >= 400:
            raise ApiError(answer.status, body)
        return body


def _path(type_: ResourceType, namespace: str | None, name: str) -> str:
    return type_.path(namespace if type_.namespaced else None, quote(name, safe=":"))


def _plain(reason: Any) -> str:
    """What went wrong, without the connection's repr that urllib3 puts in front of it."""
    return re.sub(r"^\(?<?[\w.]*Connection[\w.]*[ (][^>)]*[>)]: ", "", str(reason)).rstrip(".") or type(reason).__name__
