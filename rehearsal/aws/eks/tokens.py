# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bearer tokens of EKS: `k8s-aws-v1.` and a presigned request to STS, which is checked here as EKS's authenticator and STS check it.

https://github.com/kubernetes-sigs/aws-iam-authenticator (pkg/token). The request never leaves this process: its signature is made
again with the secret of the access key, and compared.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import SplitResult, parse_qsl, urlsplit

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from moto.core.utils import utcnow
from moto.eks.models import eks_backends

from .. import identities
from ..identities import Identity
from .access_entries import AccessEntry, bind
from .models import Cluster

PREFIX = "k8s-aws-v1."
_HEADER = "x-k8s-aws-id"
_LIFETIME = timedelta(minutes=15)  # after X-Amz-Date, whatever X-Amz-Expires says
_LONGEST = 4096
_PARAMETERS = {
    "action", "version", "x-amz-algorithm", "x-amz-credential", "x-amz-date", "x-amz-expires", "x-amz-security-token", "x-amz-signature",
    "x-amz-signedheaders",
}  # fmt: skip
_STS = re.compile(r"sts\.([\w-]+\.)?amazonaws\.com")


class Refused(Exception):
    """Why a token is not good for the cluster."""


@dataclass(frozen=True)
class User:
    """As a TokenReview names one."""

    username: str
    uid: str
    groups: list[str]
    extra: dict[str, list[str]]


def review(account: str | None, region: str | None, name: str, hosts: set[str], request: dict[str, Any]) -> dict[str, Any]:
    """The TokenReview that answers the one that a cluster's API server has sent. Without an account and region the name alone says
    which cluster it is. `hosts` are those at which the emulator's STS answers.

    Raises ValueError for what is no TokenReview.
    """
    if request.get("kind") != "TokenReview" or not isinstance(request.get("spec"), dict):
        raise ValueError("a TokenReview is expected")
    try:
        user = identify(str(request["spec"].get("token", "")), _cluster(account, region, name), hosts)
        status: dict[str, Any] = {"authenticated": True, "user": vars(user)}
    except Refused as reason:
        status = {"authenticated": False, "error": str(reason)}
    return {"apiVersion": request.get("apiVersion", "authentication.k8s.io/v1"), "kind": "TokenReview", "status": status}


def _cluster(account: str | None, region: str | None, name: str) -> Cluster:
    found = [
        backend.clusters[name]
        for number, regions in list(eks_backends.items())
        for place, backend in list(regions.items())
        if account in (None, number) and region in (None, place) and name in backend.clusters
    ]
    if len(found) != 1:
        raise Refused(f"there are {len(found)} clusters of the name {name}")
    cluster: Cluster = found[0]
    return cluster


def identify(token: str, cluster: Cluster, hosts: set[str]) -> User:
    """Whose token it is and what the cluster takes them for. Raises Refused with the reason."""
    url = _url(token)
    query = _query(url)
    if url.netloc not in hosts and not _STS.fullmatch(url.netloc):
        raise Refused(f"the host {url.netloc} is not that of STS")
    if url.path not in ("", "/"):
        raise Refused(f"the path {url.path} is not that of STS")
    identity = _signed_by(url, query, cluster.name)
    return _user(identity, cluster)


def _url(token: str) -> SplitResult:
    if not token.startswith(PREFIX):
        raise Refused(f"the token does not begin with {PREFIX}")
    if len(token) > _LONGEST:
        raise Refused(f"the token is longer than {_LONGEST} characters")
    text = token.removeprefix(PREFIX)
    try:
        decoded = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True).decode()
        url = urlsplit(decoded)
    except (ValueError, binascii.Error) as cause:
        raise Refused(f"the token cannot be read: {cause}") from cause
    if url.scheme not in ("http", "https"):
        raise Refused("the token holds no URL")
    return url


def _query(url: SplitResult) -> dict[str, str]:
    """Its parameters by their names in lower case."""
    pairs = [(name.lower(), value) for name, value in parse_qsl(url.query, keep_blank_values=True)]
    query = dict(pairs)
    unknown = sorted(query.keys() - _PARAMETERS)
    if unknown or len(query) != len(pairs):
        raise Refused(f"the token's URL has parameters that are not allowed or named twice: {', '.join(unknown)}")
    if query.get("action") != "GetCallerIdentity":
        raise Refused("the token's URL does not ask for GetCallerIdentity")
    for name in ("x-amz-credential", "x-amz-date", "x-amz-signature", "x-amz-signedheaders"):
        if not query.get(name):
            raise Refused(f"the token's URL has no {name}")
    return query


def _signed_by(url: SplitResult, query: dict[str, str], cluster: str) -> Identity:
    if query["x-amz-signedheaders"] != f"host;{_HEADER}":
        raise Refused(f"the token's URL signs the headers {query['x-amz-signedheaders']} and not host and {_HEADER}")
    scope = query["x-amz-credential"].split("/")
    if len(scope) != 5 or scope[3:] != ["sts", "aws4_request"]:
        raise Refused("the token's credential is not one for STS")
    identity = identities.find(scope[0])
    if identity is None:
        raise Refused(f"the access key {scope[0]} is unknown")
    _check_time(query["x-amz-date"], identity)
    if identity.session_token is not None and query.get("x-amz-security-token") != identity.session_token:
        raise Refused("the security token is not that of the session")
    expected = _signature(url, query, cluster, scope, identity.secret)
    if not hmac.compare_digest(expected, query["x-amz-signature"]):
        raise Refused(f"the signature does not match: it is of another secret, another request or another cluster than {cluster}")
    return identity


def _check_time(date: str, identity: Identity) -> None:
    try:
        signed = datetime.strptime(date, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError as cause:
        raise Refused(f"the token's date {date} cannot be read") from cause
    age = datetime.now(UTC) - signed
    if age > _LIFETIME:
        raise Refused(f"the token is expired: it was signed {int(age.total_seconds())} seconds ago, of at most {int(_LIFETIME.total_seconds())}")
    if age < -_LIFETIME:
        raise Refused("the token is signed in the future")
    if identity.expires is not None and identity.expires < utcnow():
        raise Refused("the session's credentials are expired")


def _signature(url: SplitResult, query: dict[str, str], cluster: str, scope: list[str], secret: str) -> str:
    """What the signature has to be, by botocore's own signer."""
    rest = "&".join(part for part in url.query.split("&") if not part.lower().startswith("x-amz-signature="))
    request = AWSRequest("GET", f"{url.scheme}://{url.netloc}/?{rest}", headers={_HEADER: cluster, "host": url.netloc})
    request.context["timestamp"] = query["x-amz-date"]
    signer = SigV4Auth(Credentials(scope[0], secret), "sts", scope[2])
    return str(signer.signature(signer.string_to_sign(request, signer.canonical_request(request)), request))


def _user(identity: Identity, cluster: Cluster) -> User:
    entry = cluster.access_entries.get(identity.principal)
    if entry is not None and cluster.authentication_mode != "CONFIG_MAP":
        return _known(identity, entry, cluster)
    if cluster.authentication_mode == "CONFIG_MAP" and identity.principal == cluster.creator:
        return _as(identity, "kubernetes-admin", ["system:masters"])
    raise Refused(f"{identity.principal} has no access entry in cluster {cluster.name}")


def _known(identity: Identity, entry: AccessEntry, cluster: Cluster) -> User:
    groups = [group for policy in entry.policies.values() for group in policy.groups]
    if any(policy.namespaces for policy in entry.policies.values()):
        bind(cluster)  # again, since a namespace may have been made meanwhile
    name = entry.username.replace("{{SessionNameRaw}}", identity.session_name)
    return _as(identity, name.replace("{{SessionName}}", identity.session_name.replace("@", "-")), [*entry.groups, *groups])


def _as(identity: Identity, username: str, groups: list[str]) -> User:
    extra = {"arn": [identity.arn], "canonicalArn": [identity.principal], "principalId": [identity.user_id.partition(":")[0]]}
    if identity.session_name:
        extra["sessionName"] = [identity.session_name]
    return User(username, f"aws-iam-authenticator:{identity.account}:{identity.user_id.partition(':')[0]}", groups, extra)
