# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the proxy sends what kube-apiserver wants to reach: to the stand-in of the Service that has the address."""

from __future__ import annotations

import base64
import contextlib
import ssl
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .api import Api, ApiError

_KUBELET_PORT = 10250


class Refused(Exception):
    """There is no way to the address; the text tells why and goes to kube-apiserver, which passes it on to who asked."""


@dataclass(frozen=True)
class Route:
    """A stand-in's address and the certificate with which it is to be served."""

    service: str
    host: str
    port: int
    context: ssl.SSLContext


class Routes:
    """Finds routes by what the API holds right now. `stand_ins` is the directory of their addresses; `own` is the path, without
    suffix, of the certificate that serves for pods that mount none, as servers do that make one for themselves."""

    def __init__(self, api: Api, stand_ins: Path, own: Path) -> None:
        self._api = api
        self._stand_ins = stand_ins
        self._own = own

    def find(self, host: str, port: int) -> Route:
        """The route to an address of a Service. Blocks. Raises Refused."""
        try:
            service = self._service(host, port)
            namespace, name = service["metadata"]["namespace"], service["metadata"]["name"]
            pod = self._ready_pod(namespace, name)
            address = self._stand_in(namespace, name)
            with self._certificate(namespace, pod) as certificate:
                return Route(f"{namespace}/{name}", *address, _context(certificate))
        except ApiError as problem:
            raise Refused(f"the way to {host}:{port} is unknown: {problem}") from problem
        except ssl.SSLError as problem:
            raise Refused(f"the Secret that pod {pod['metadata']['name']} mounts has no usable tls.crt and tls.key: {problem.reason}") from problem

    def _service(self, host: str, port: int) -> dict[str, Any]:
        for service in self._api.get("/api/v1/services", fieldSelector=f"spec.clusterIP={host}")["items"]:
            return service
        if port == _KUBELET_PORT:
            raise Refused(f"{host} is a simulated node without a kubelet: there are no logs, exec, attach or port-forward")
        raise Refused(f"no Service has the address {host}; simulated pods and nodes answer nothing themselves")

    def _ready_pod(self, namespace: str, name: str) -> dict[str, Any]:
        """A pod behind the Service, as kube-proxy would choose one."""
        slices = self._api.get(f"/apis/discovery.k8s.io/v1/namespaces/{namespace}/endpointslices", labelSelector=f"kubernetes.io/service-name={name}")
        for each in slices["items"]:
            for endpoint in each.get("endpoints") or []:
                if endpoint.get("conditions", {}).get("ready") and "targetRef" in endpoint:
                    return self._api.get(f"/api/v1/namespaces/{namespace}/pods/{endpoint['targetRef']['name']}")
        raise Refused(f"no endpoints available for service {namespace}/{name}: none of its pods is ready")

    def _stand_in(self, namespace: str, name: str) -> tuple[str, int]:
        try:
            host, _colon, port = (self._stand_ins / f"{namespace}.{name}").read_text().strip().rpartition(":")
        except FileNotFoundError:
            raise Refused(f"nothing stands in for service {namespace}/{name}, whose simulated pods answer nothing; register a stand-in") from None
        return host, int(port)

    @contextlib.contextmanager
    def _certificate(self, namespace: str, pod: dict[str, Any]) -> Iterator[Path]:
        """The path, without suffix, of the certificate in a Secret that the pod mounts, while it is being read."""
        for secret in _mounted_secrets(pod):
            found = self._api.get(f"/api/v1/namespaces/{namespace}/secrets/{secret}").get("data") or {}
            if {"tls.crt", "tls.key"} <= found.keys():
                with tempfile.TemporaryDirectory() as directory:
                    for part in ("crt", "key"):
                        (Path(directory) / f"tls.{part}").write_bytes(base64.b64decode(found[f"tls.{part}"]))
                    yield Path(directory) / "tls"
                return
        yield self._own


def _mounted_secrets(pod: dict[str, Any]) -> Iterator[str]:
    for volume in pod["spec"].get("volumes") or []:
        if "secret" in volume:
            yield volume["secret"]["secretName"]
        for source in volume.get("projected", {}).get("sources") or []:
            if "secret" in source:
                yield source["secret"]["name"]


def _context(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.with_suffix(".crt"), certificate.with_suffix(".key"))
    context.set_alpn_protocols(["http/1.1"])
    return context
