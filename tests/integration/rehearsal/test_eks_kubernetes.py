# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An emulated cluster with a real control plane behind it: its API, its tokens, its nodes."""

from __future__ import annotations

import base64
import json
import ssl
import time
from collections.abc import Callable, Iterator
from http.client import HTTPSConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest
from botocore.signers import RequestSigner

from rehearsal.aws.client import SECRET, Rehearsal
from rehearsal.aws.eks.control_planes import CONTROL_PLANES
from rehearsal.aws.eks.real import real
from rehearsal.aws.server import Emulator

from .conftest import Client

pytestmark = [pytest.mark.emulator, pytest.mark.slow]

ACCOUNT = "123456789012"
_PATIENCE = 60.0
Ask = Callable[..., tuple[int, dict[str, Any]]]


@pytest.fixture
def cluster(emulator: Emulator, rehearsal: Rehearsal, make_cluster: Callable[..., Any], eks: Any, tmp_path: Path) -> Iterator[dict[str, Any]]:
    """An active cluster; nothing is left of its control plane afterwards."""
    CONTROL_PLANES.maker = real(tmp_path)
    try:
        make_cluster(bootstrapSelfManagedAddons=True)
        yield until(lambda: (found := eks.describe_cluster(name="dev")["cluster"])["status"] != "CREATING" and found)
    finally:
        CONTROL_PLANES.maker = None
        rehearsal.reset()
    assert list(tmp_path.iterdir()) == []


def until(answer: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + _PATIENCE
    while not (found := answer()):
        assert time.monotonic() < deadline, "nothing came of it"
        time.sleep(0.1)
    return found


@pytest.fixture
def ask(cluster: dict[str, Any], emulator: Emulator) -> Ask:
    """A request to the cluster's API with a token that the given session signs."""
    trusted = ssl.create_default_context(cadata=base64.b64decode(cluster["certificateAuthority"]["data"]).decode())

    def request(session: boto3.Session, path: str, body: Any = None, signed_for: str = "dev") -> tuple[int, dict[str, Any]]:
        service_id = session.client("sts").meta.service_model.service_id
        signer = RequestSigner(service_id, "eu-central-1", "sts", "v4", session.get_credentials(), session.events)
        url = signer.generate_presigned_url(
            {"method": "GET", "url": f"{emulator.url}/?Action=GetCallerIdentity&Version=2011-06-15", "body": {},
             "headers": {"x-k8s-aws-id": signed_for}, "context": {}},
            region_name="eu-central-1", expires_in=60, operation_name="",
        )  # fmt: skip
        token = "k8s-aws-v1." + base64.urlsafe_b64encode(url.encode()).decode().rstrip("=")
        connection = HTTPSConnection(urlsplit(cluster["endpoint"]).netloc, context=trusted, timeout=10)
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        connection.request("POST" if body else "GET", path, json.dumps(body) if body else None, headers)
        answer = connection.getresponse()
        content = json.loads(answer.read())
        connection.close()
        return answer.status, content

    return request


def with_keys(key: str = ACCOUNT, secret: str = SECRET, token: str | None = None) -> boto3.Session:
    return boto3.Session(key, secret, token, region_name="eu-central-1")


def test_a_cluster_lives(
    cluster: dict[str, Any], ask: Ask, eks: Any, make_role: Callable[..., str], make_client: Client, make_nodes: Callable[..., Any]
) -> None:
    """From its creator's first token to its end, in one control plane since each takes seconds to start."""
    own = with_keys()
    status, who = ask(
        own, "/apis/authentication.k8s.io/v1/selfsubjectreviews", {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}
    )
    assert (status, who["status"]["userInfo"]["username"]) == (201, f"arn:aws:iam::{ACCOUNT}:user/rehearsal")
    assert ask(own, "/api/v1/secrets")[0] == 200
    assert ask(with_keys(secret="guessed"), "/api/v1/namespaces")[0] == 401
    assert ask(own, "/api/v1/namespaces", signed_for="other")[0] == 401

    role = make_role("developers", "ec2.amazonaws.com", path="/team/")
    keys = make_client("sts", access_key=ACCOUNT).assume_role(RoleArn=role, RoleSessionName="alice")["Credentials"]
    alice = with_keys(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"])
    assert ask(alice, "/api/v1/namespaces/later/pods")[0] == 401
    eks.create_access_entry(clusterName="dev", principalArn=role)
    policy = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy"
    scope = {"type": "namespace", "namespaces": ["later"]}
    eks.associate_access_policy(clusterName="dev", principalArn=role, policyArn=policy, accessScope=scope)
    assert ask(own, "/api/v1/namespaces", {"metadata": {"name": "later"}})[0] == 201
    until(lambda: ask(alice, "/api/v1/namespaces/later/pods")[0] == 200)
    assert ask(alice, "/api/v1/namespaces/default/pods")[0] == 403

    make_nodes(labels={"team": "payments"}, scalingConfig={"minSize": 1, "maxSize": 3, "desiredSize": 2})
    until(lambda: eks.describe_nodegroup(clusterName="dev", nodegroupName="general")["nodegroup"]["status"] == "ACTIVE")
    nodes = ask(own, "/api/v1/nodes")[1]["items"]
    assert {node["metadata"]["labels"]["topology.kubernetes.io/zone"] for node in nodes} == {"eu-central-1a", "eu-central-1b"}
    assert {node["metadata"]["labels"]["team"] for node in nodes} == {"payments"}
    assert all(node["spec"]["providerID"].rpartition("/")[2].startswith("i-") for node in nodes)
    eks.delete_nodegroup(clusterName="dev", nodegroupName="general")
    until(lambda: not eks.list_nodegroups(clusterName="dev")["nodegroups"] and not ask(own, "/api/v1/nodes")[1]["items"])
    eks.delete_cluster(name="dev")
    until(lambda: not eks.list_clusters()["clusters"])
