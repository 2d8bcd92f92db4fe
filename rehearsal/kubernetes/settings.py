# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What distinguishes one control plane from another, and the files that tell its components of it."""

from __future__ import annotations

import base64
import dataclasses
import json
from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path
from typing import Any

PROXY_SOCKET = "proxy.sock"
STAND_INS = "stand-ins"


@dataclass(frozen=True, kw_only=True)
class Settings:
    """One control plane. `url` is where its API answers; `issuer` is the issuer of service account tokens; `webhook_url` answers
    TokenReviews for tokens that Kubernetes itself does not know, over HTTPS checked against `webhook_ca` (PEM) or over HTTP."""

    name: str
    url: str
    issuer: str
    service_cidr: str
    pod_cidr: str
    webhook_url: str | None = None
    webhook_ca: str | None = None

    @property
    def port(self) -> int:
        return int(self.url.rsplit(":", 1)[1])

    @property
    def service_address(self) -> str:
        """The address of the service `kubernetes`: the first of the range."""
        return str(ip_network(self.service_cidr)[1])

    def save(self, path: Path) -> None:
        path.write_text(json.dumps(dataclasses.asdict(self), indent=2) + "\n")

    @classmethod
    def load(cls, path: Path) -> Settings:
        return cls(**json.loads(path.read_text()))


def write_configuration(directory: Path, settings: Settings, clients: list[str]) -> None:
    """Write the kubeconfig of every client and the configuration files of kube-apiserver; `pki/` is there already. All are JSON, which
    is YAML too."""
    for kind in ("config", "kubeconfig", "log", STAND_INS):
        (directory / kind).mkdir()
    for client in clients:
        _write(directory / "kubeconfig" / client, _kubeconfig(directory, settings, client))
    _write(directory / "config" / "audit", _audit())
    _write(directory / "config" / "egress", _egress())
    if settings.webhook_url:
        _write(directory / "config" / "webhook", _webhook(settings.webhook_url, settings.webhook_ca))


def _kubeconfig(directory: Path, settings: Settings, client: str) -> dict[str, Any]:
    def encoded(name: str) -> str:
        return base64.b64encode((directory / "pki" / name).read_bytes()).decode()

    cluster = {"server": settings.url, "certificate-authority-data": encoded("ca.crt")}
    user = {"client-certificate-data": encoded(f"{client}.crt"), "client-key-data": encoded(f"{client}.key")}
    return _context(settings.name, cluster, client, user)


def _webhook(url: str, authority: str | None) -> dict[str, Any]:
    trust = {"certificate-authority-data": base64.b64encode(authority.encode()).decode()} if authority else {}
    return _context("webhook", {"server": url, **trust}, "kube-apiserver", {})


def _context(cluster_name: str, cluster: dict[str, str], user_name: str, user: dict[str, str]) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": cluster_name,
        "clusters": [{"name": cluster_name, "cluster": cluster}],
        "users": [{"name": user_name, "user": user}],
        "contexts": [{"name": cluster_name, "context": {"cluster": cluster_name, "user": user_name}}],
    }


def _audit() -> dict[str, Any]:
    """Who changed what, without bodies; nothing of what the control plane does by itself."""
    rules = [
        {"level": "None", "verbs": ["get", "list", "watch"]},
        {"level": "None", "userGroups": ["system:nodes", "system:serviceaccounts:kube-system"]},
        {"level": "None", "users": ["system:apiserver", "system:kube-controller-manager", "system:kube-scheduler", "rehearsal-nodes"]},
        {"level": "None", "nonResourceURLs": ["/*"]},
        {"level": "Metadata"},
    ]
    return {"apiVersion": "audit.k8s.io/v1", "kind": "Policy", "omitStages": ["RequestReceived"], "rules": rules}


def _egress() -> dict[str, Any]:
    """Nodes, pods and services are reached through the proxy, since nothing answers at their addresses."""
    proxied = {"proxyProtocol": "HTTPConnect", "transport": {"uds": {"udsName": PROXY_SOCKET}}}
    return {
        "apiVersion": "apiserver.k8s.io/v1beta1",
        "kind": "EgressSelectorConfiguration",
        "egressSelections": [{"name": "cluster", "connection": proxied}],
    }


def _write(path: Path, content: dict[str, Any]) -> None:
    path.write_text(json.dumps(content, indent=2) + "\n")
