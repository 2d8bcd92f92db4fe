# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""EKS tokens: whose they are, and why they are refused."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import timedelta
from http.client import HTTPConnection
from typing import Any
from unittest import mock
from urllib.parse import urlsplit

import boto3
import botocore.auth
import pytest
from botocore.signers import RequestSigner

from rehearsal.aws.client import ACCESS_KEY, SECRET
from rehearsal.aws.server import Emulator

from .conftest import Client

pytestmark = pytest.mark.emulator

ACCOUNT = "123456789012"
POLICY = "arn:aws:eks::aws:cluster-access-policy/"
Review = Callable[..., dict[str, Any]]


def sign(session: boto3.Session, host: str, cluster: str = "dev", action: str = "GetCallerIdentity", header: str = "x-k8s-aws-id") -> str:
    """A token as `aws eks get-token` makes it."""
    service_id = boto3.client("sts", region_name="eu-central-1").meta.service_model.service_id
    signer = RequestSigner(service_id, "eu-central-1", "sts", "v4", session.get_credentials(), session.events)
    url = signer.generate_presigned_url(
        {"method": "GET", "url": f"{host}/?Action={action}&Version=2011-06-15", "body": {}, "headers": {header: cluster}, "context": {}},
        region_name="eu-central-1", expires_in=60, operation_name="",
    )  # fmt: skip
    return "k8s-aws-v1." + base64.urlsafe_b64encode(url.encode()).decode().rstrip("=")


def with_keys(key: str = ACCOUNT, secret: str = SECRET, token: str | None = None) -> boto3.Session:
    return boto3.Session(key, secret, token, region_name="eu-central-1")


@pytest.fixture
def review(emulator: Emulator) -> Review:
    """The status of the TokenReview that the emulator answers."""

    def ask(token: str, path: str = "dev") -> dict[str, Any]:
        body = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview", "spec": {"token": token}}
        connection = HTTPConnection(urlsplit(emulator.url).netloc)
        connection.request("POST", f"/_rehearsal/eks/{path}/token?timeout=30s", json.dumps(body))
        answer = json.loads(connection.getresponse().read())
        connection.close()
        assert (answer["apiVersion"], answer["kind"]) == ("authentication.k8s.io/v1", "TokenReview")
        status: dict[str, Any] = answer["status"]
        return status

    return ask


@pytest.fixture
def developers(make_role: Callable[..., str], make_cluster: Callable[..., Any]) -> str:
    """A role with a path, beside an active cluster."""
    make_cluster()
    return make_role("developers", "ec2.amazonaws.com", path="/fintech.platform/acme/dev/")


@pytest.fixture
def alice(developers: str, make_client: Client) -> boto3.Session:
    """A session of the developers' role."""
    keys = make_client("sts", access_key=ACCOUNT).assume_role(RoleArn=developers, RoleSessionName="alice@example.com")["Credentials"]
    return with_keys(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"])


def test_the_creator_is_the_administrator(emulator: Emulator, make_cluster: Callable[..., Any], review: Review) -> None:
    make_cluster()
    own = f"arn:aws:iam::{ACCOUNT}:user/rehearsal"
    for key in (ACCOUNT, ACCESS_KEY):
        status = review(sign(with_keys(key), emulator.url))
        assert status["authenticated"], status
        assert (status["user"]["username"], status["user"]["groups"]) == (own, ["eks:AmazonEKSClusterAdminPolicy"])
        assert status["user"]["extra"]["canonicalArn"] == [own]


def test_the_place_can_be_named_too(emulator: Emulator, make_cluster: Callable[..., Any], review: Review) -> None:
    make_cluster()
    token = sign(with_keys(), emulator.url)
    assert review(token, f"{ACCOUNT}/eu-central-1/dev")["authenticated"]
    assert review(token, f"{ACCOUNT}/eu-west-1/dev")["error"] == "there are 0 clusters of the name dev"


def test_a_token_of_the_public_sts_is_good_too(make_cluster: Callable[..., Any], review: Review) -> None:
    make_cluster()
    assert review(sign(with_keys(), "https://sts.eu-central-1.amazonaws.com"))["authenticated"]


def test_a_role_is_known_by_its_access_entry(eks: Any, emulator: Emulator, developers: str, alice: boto3.Session, review: Review) -> None:
    token = sign(alice, emulator.url)
    assert review(token)["error"] == f"{developers} has no access entry in cluster dev"
    eks.create_access_entry(clusterName="dev", principalArn=developers, kubernetesGroups=["platform:view"])
    user = review(token)["user"]
    assert user["username"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/developers/alice-example.com"
    assert user["groups"] == ["platform:view"]
    assert user["extra"]["arn"] == [f"arn:aws:sts::{ACCOUNT}:assumed-role/developers/alice@example.com"]
    assert (user["extra"]["canonicalArn"], user["extra"]["sessionName"]) == ([developers], ["alice@example.com"])
    eks.update_access_entry(clusterName="dev", principalArn=developers, username="dev:{{SessionNameRaw}}")
    assert review(token)["user"]["username"] == "dev:alice@example.com"


def test_policies_become_groups(eks: Any, emulator: Emulator, developers: str, alice: boto3.Session, review: Review) -> None:
    eks.create_access_entry(clusterName="dev", principalArn=developers)
    scopes = {"AmazonEKSViewPolicy": {"type": "cluster"}, "AmazonEKSEditPolicy": {"type": "namespace", "namespaces": ["payments", "ledger"]}}
    for policy, scope in scopes.items():
        eks.associate_access_policy(clusterName="dev", principalArn=developers, policyArn=f"{POLICY}{policy}", accessScope=scope)
    assert review(sign(alice, emulator.url))["user"]["groups"] == [
        "eks:AmazonEKSViewPolicy", "eks:AmazonEKSEditPolicy:payments", "eks:AmazonEKSEditPolicy:ledger",
    ]  # fmt: skip


def test_a_key_of_a_user_is_the_users(eks: Any, emulator: Emulator, make_client: Client, make_cluster: Callable[..., Any], review: Review) -> None:
    make_cluster()
    iam = make_client("iam")
    user = iam.create_user(UserName="operator")["User"]["Arn"]
    key = iam.create_access_key(UserName="operator")["AccessKey"]
    eks.create_access_entry(clusterName="dev", principalArn=user, kubernetesGroups=["ops"])
    status = review(sign(with_keys(key["AccessKeyId"], key["SecretAccessKey"]), emulator.url))
    assert (status["user"]["username"], status["user"]["groups"]) == (user, ["ops"])


def test_without_access_entries_the_creator_alone_is_known(emulator: Emulator, make_cluster: Callable[..., Any], review: Review) -> None:
    make_cluster(accessConfig={"authenticationMode": "CONFIG_MAP"})
    assert review(sign(with_keys(), emulator.url))["user"]["groups"] == ["system:masters"]


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        ({"cluster": "other"}, "the signature does not match"),
        ({"action": "GetSessionToken"}, "does not ask for GetCallerIdentity"),
        ({"header": "x-other"}, "signs the headers host;x-other"),
        ({"host": "https://sts.example.com"}, "the host sts.example.com is not that of STS"),
        ({"host": "https://sts.eu-central-1.amazonaws.com/elsewhere"}, "the path /elsewhere/ is not that of STS"),
        ({"session": with_keys(secret="guessed")}, "the signature does not match"),
        ({"session": with_keys("AKIANOBODY")}, "the access key AKIANOBODY is unknown"),
    ],
)  # fmt: skip
def test_forged_tokens_are_refused(emulator: Emulator, make_cluster: Callable[..., Any], review: Review, asked: dict[str, Any], reason: str) -> None:
    make_cluster()
    status = review(sign(**{"session": with_keys(), "host": emulator.url, **asked}))
    assert not status["authenticated"]
    assert reason in status["error"]


@pytest.mark.parametrize(
    ("minutes", "reason"),
    [(-14, None), (-16, "the token is expired: it was signed"), (16, "signed in the future")],
)
def test_tokens_are_good_for_a_quarter_of_an_hour(
    emulator: Emulator, make_cluster: Callable[..., Any], review: Review, minutes: int, reason: str | None
) -> None:
    make_cluster()
    now = botocore.auth.get_current_datetime
    with mock.patch.object(botocore.auth, "get_current_datetime", lambda *args: now(*args) + timedelta(minutes=minutes)):
        token = sign(with_keys(), emulator.url)
    status = review(token)
    assert status["authenticated"] == (reason is None)
    assert (reason or "") in status.get("error", "")


def test_a_session_needs_its_own_security_token(eks: Any, emulator: Emulator, developers: str, alice: boto3.Session, review: Review) -> None:
    eks.create_access_entry(clusterName="dev", principalArn=developers)
    keys = alice.get_credentials()
    stolen = with_keys(keys.access_key, keys.secret_key, "another")
    assert review(sign(stolen, emulator.url))["error"] == "the security token is not that of the session"


@pytest.mark.parametrize(
    ("token", "reason"),
    [
        ("", "does not begin with k8s-aws-v1."),
        ("k8s-aws-v1.%%%", "cannot be read"),
        ("k8s-aws-v1." + base64.urlsafe_b64encode(b"ftp://x/").decode(), "holds no URL"),
        ("k8s-aws-v1." + "a" * 5000, "longer than"),
        ("k8s-aws-v1." + base64.urlsafe_b64encode(b"https://sts.amazonaws.com/?Action=GetCallerIdentity&x=y").decode(), "not allowed or named twice: x"),
        ("k8s-aws-v1." + base64.urlsafe_b64encode(b"https://sts.amazonaws.com/?Action=GetCallerIdentity").decode(), "has no x-amz-credential"),
    ],
)  # fmt: skip
def test_what_is_no_token_is_refused(make_cluster: Callable[..., Any], review: Review, token: str, reason: str) -> None:
    make_cluster()
    assert reason in review(token)["error"]


def test_a_tampered_token_is_refused(emulator: Emulator, make_cluster: Callable[..., Any], review: Review) -> None:
    make_cluster()
    text = base64.urlsafe_b64decode(sign(with_keys(), emulator.url).removeprefix("k8s-aws-v1.") + "==").decode()
    tampered = text.replace("X-Amz-Expires=60", "X-Amz-Expires=61")
    assert tampered != text
    token = "k8s-aws-v1." + base64.urlsafe_b64encode(tampered.encode()).decode()
    assert "the signature does not match" in review(token)["error"]
