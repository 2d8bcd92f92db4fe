# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The command lines of a control plane's components. All run in its directory and name their files relative to it, since the path of
a Unix socket may have no more than 107 characters."""

from __future__ import annotations

from .pki import FRONT_PROXY
from .settings import Settings

# EKS enables these beyond Kubernetes' own defaults, which include Pod Security and ValidatingAdmissionPolicy:
# https://docs.aws.amazon.com/eks/latest/userguide/platform-versions.html
_ADMISSION = "NodeRestriction,ExtendedResourceToleration"
# How long an answer of the token webhook holds: a changed access entry is to be seen soon. kube-apiserver itself remembers a token
# that was accepted for ten seconds, whoever accepted it.
_WEBHOOK_SECONDS = 2
MANAGED_NODES = ("kwok.x-k8s.io/node", "fake")


def etcd() -> list[str]:
    """Reached over a socket in the directory alone; without fsync, since nothing has to survive the machine."""
    nowhere = "http://localhost:1"  # etcd wants to be told what to tell others; there are none
    return [
        "etcd",
        "--name=rehearsal",
        "--data-dir=etcd",
        "--unsafe-no-fsync",
        "--log-level=warn",
        "--listen-client-urls=unix://etcd.sock",
        "--listen-peer-urls=unix://peer.sock",
        f"--advertise-client-urls={nowhere}",
        f"--initial-advertise-peer-urls={nowhere}",
        f"--initial-cluster=rehearsal={nowhere}",
    ]


def apiserver(settings: Settings) -> list[str]:
    own = settings.issuer == settings.url
    webhook = [
        "--authentication-token-webhook-config-file=config/webhook",
        "--authentication-token-webhook-version=v1",
        f"--authentication-token-webhook-cache-ttl={_WEBHOOK_SECONDS}s",
    ]
    return [
        "kube-apiserver",
        "--etcd-servers=unix://etcd.sock",
        "--bind-address=127.0.0.1",
        "--advertise-address=127.0.0.1",
        f"--secure-port={settings.port}",
        "--permit-port-sharing=true",  # the supervisor keeps the port reserved
        "--endpoint-reconciler-type=none",
        "--tls-cert-file=pki/apiserver.crt",
        "--tls-private-key-file=pki/apiserver.key",
        "--client-ca-file=pki/ca.crt",
        "--authorization-mode=Node,RBAC",
        f"--enable-admission-plugins={_ADMISSION}",
        f"--service-account-issuer={settings.issuer}",
        f"--service-account-jwks-uri={settings.issuer}/{'openid/v1/jwks' if own else 'keys'}",
        f"--api-audiences={settings.issuer},https://kubernetes.default.svc",
        "--service-account-key-file=pki/service-account.pub",
        "--service-account-signing-key-file=pki/service-account.key",
        f"--service-cluster-ip-range={settings.service_cidr}",
        "--egress-selector-config-file=config/egress",
        *(webhook if settings.webhook_url else []),
        *_aggregation(),
        "--audit-policy-file=config/audit",
        "--audit-log-path=log/audit.log",
        "--audit-log-mode=batch",
        "--audit-log-maxsize=20",
        "--audit-log-maxbackup=1",
        "--allow-privileged=true",
        "--profiling=false",
    ]


def _aggregation() -> list[str]:
    """How aggregated APIs learn who asks."""
    return [
        f"--proxy-client-cert-file=pki/{FRONT_PROXY}.crt",
        f"--proxy-client-key-file=pki/{FRONT_PROXY}.key",
        "--requestheader-client-ca-file=pki/front-proxy-ca.crt",
        f"--requestheader-allowed-names={FRONT_PROXY}",
        "--requestheader-username-headers=X-Remote-User",
        "--requestheader-group-headers=X-Remote-Group",
        "--requestheader-extra-headers-prefix=X-Remote-Extra-",
    ]


def controller_manager() -> list[str]:
    return [
        "kube-controller-manager",
        *_behind_the_api("kube-controller-manager"),
        "--use-service-account-credentials=true",
        "--service-account-private-key-file=pki/service-account.key",
        "--root-ca-file=pki/ca.crt",
        "--cluster-signing-cert-file=pki/ca.crt",
        "--cluster-signing-key-file=pki/ca.key",
        "--allocate-node-cidrs=false",  # pods get their addresses from the VPC
    ]


def scheduler() -> list[str]:
    return ["kube-scheduler", *_behind_the_api("kube-scheduler")]


def _behind_the_api(name: str) -> list[str]:
    """One of each, so none elects a leader; nobody asks it anything, so it listens nowhere; nor does it spare the API, since the default
    of 20 calls a second makes the controllers alone start for three seconds."""
    limits = ["--kube-api-qps=1000", "--kube-api-burst=2000"]
    return [f"--kubeconfig=kubeconfig/{name}", "--leader-elect=false", "--secure-port=0", "--profiling=false", *limits]


def kwok(settings: Settings) -> list[str]:
    return [
        "kwok",
        "--kubeconfig=kubeconfig/kwok",
        "--config=config/stages",
        "--manage-all-nodes=false",
        f"--manage-nodes-with-annotation-selector={'='.join(MANAGED_NODES)}",
        "--node-lease-duration-seconds=40",
        f"--cidr={settings.pod_cidr}",
    ]
