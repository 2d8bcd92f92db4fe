# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From options to a connection, and the tokens of EKS. Nothing is called."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import boto3
import kubernetes
import pytest
from botocore.auth import SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.stub import Stubber

from ansible_collections.fintech.platform.plugins.module_utils._engine.errors import PlanError
from ansible_collections.fintech.platform.plugins.module_utils._kubernetes import connection
from ansible_collections.fintech.platform.plugins.module_utils._kubernetes.connection import ClusterPlanned, connect
from ansible_collections.fintech.platform.plugins.module_utils._kubernetes.token import eks_token

KEYS = {"aws_access_key_id": "AKIAIOSFODNN7EXAMPLE", "aws_secret_access_key": "wJalrXUtnFEMI/K7MDENG"}
KUBECONFIG: dict[str, Any] = {
    "apiVersion": "v1",
    "kind": "Config",
    "current-context": "one",
    "clusters": [{"name": name, "cluster": {"server": f"https://{name}.test"}} for name in ("one", "two")],
    "users": [{"name": "ann", "user": {"token": "t0"}}],
    "contexts": [{"name": name, "context": {"cluster": name, "user": "ann"}} for name in ("one", "two")],
}


@pytest.fixture(autouse=True)
def no_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("KUBERNETES_SERVICE_HOST", "KUBECONFIG", "K8S_AUTH_HOST", "K8S_AUTH_API_KEY"):
        monkeypatch.delenv(name, raising=False)


def no_aws(*_asked: Any, **_options: Any) -> Any:
    raise AssertionError("AWS has no part in this")


def connected(**options: Any) -> Any:
    return connect(options, no_aws, None)


def credentials(api: Any) -> dict[str, str]:
    return dict(api._credentials())


def test_kubeconfig_as_a_mapping_and_one_of_its_contexts() -> None:
    assert connected(kubeconfig=KUBECONFIG).host == "https://one.test"
    api = connected(kubeconfig=KUBECONFIG, context="two")
    assert (api.host, credentials(api)) == ("https://two.test", {"Authorization": "Bearer t0"})


def test_kubeconfig_as_a_file_with_options_that_overrule_it(tmp_path: Path) -> None:
    (tmp_path / "config").write_text(json.dumps(KUBECONFIG))
    api = connected(kubeconfig=str(tmp_path / "config"), host="https://other.test", api_key="t1", validate_certs=False, impersonate_user="joe")
    assert (api.host, credentials(api)) == ("https://other.test", {"Authorization": "Bearer t1"})
    assert api.configuration.verify_ssl is False
    assert ("Impersonate-User", "joe") in api.headers


def test_host_with_a_credential_needs_no_kubeconfig() -> None:
    assert credentials(connected(host="https://api.test", username="ann", password="pw"))["Authorization"].startswith("Basic ")
    api = connected(host="https://api.test", api_key="t", proxy="http://proxy.test:3128", proxy_headers={"user_agent": "x", "basic_auth": None})
    assert (api.configuration.proxy, api.configuration.proxy_headers) == ("http://proxy.test:3128", {"user-agent": "x"})


def test_options_that_are_unset_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"HOST": "https://env.test", "API_KEY": "t", "SSL_CA_CERT": "/ca.pem", "IMPERSONATE_GROUPS": "a,b"}.items():
        monkeypatch.setenv(f"K8S_AUTH_{name}", value)
    monkeypatch.setattr(connection, "ApiClient", _Client)  # which would read the CA
    api = connected(host="https://given.test")
    assert (api.host, api.configuration.ssl_ca_cert) == ("https://given.test", "/ca.pem")
    assert [value for name, value in api.headers if name == "Impersonate-Group"] == ["a", "b"]


class _Client:
    def __init__(self, configuration: Any) -> None:
        self.configuration, self.rest_client = configuration, type("Rest", (), {"pool_manager": None})


def test_nothing_that_names_an_api() -> None:
    with pytest.raises(PlanError, match=r"^No Kubernetes API is named: .*Give the option cluster, kubeconfig, or host with a credential\.$"):
        connected()


def test_client_that_is_too_old(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kubernetes, "__version__", "36.0.2")
    with pytest.raises(PlanError, match=r"kubernetes 36\.0\.2 is too old, 37 or later is needed"):
        connected(kubeconfig=KUBECONFIG)


def opener(*answers: Any, **keys: str) -> Callable[..., Any]:
    """What AnsibleAWSModule.client is; EKS gives the answers one after the other."""
    eks = boto3.client("eks", region_name="eu-central-1", **KEYS)
    stubber = Stubber(eks)
    for answer in answers:
        if isinstance(answer, str):
            stubber.add_client_error("describe_cluster", answer, "it says so")
        else:
            stubber.add_response("describe_cluster", {"cluster": answer}, {"name": "dev"})
    stubber.activate()

    def open_client(service: str, endpoint: str | None = "https://endpoint.test", config: Config | None = None) -> Any:
        if service == "eks":
            return eks
        return boto3.client(service, endpoint_url=endpoint, region_name="eu-central-1", config=config, **(keys or KEYS))

    return open_client


def described(**more: Any) -> dict[str, Any]:
    authority = b"-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n"
    return {
        "name": "dev",
        "status": "ACTIVE",
        "endpoint": "https://eks.test",
        "certificateAuthority": {"data": base64.b64encode(authority).decode()},
        **more,
    }


@pytest.fixture
def no_pool(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "ApiClient", _Client)


@pytest.mark.usefixtures("no_pool")
def test_eks_cluster_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "https://endpoint.test")
    api = connect({"cluster": "dev"}, opener(described()), "eu-central-1")
    assert api.host == "https://eks.test"
    assert api.configuration.ca_cert_data.startswith("-----BEGIN CERTIFICATE-----")
    first, again = (credentials(api)["Authorization"] for _time in range(2))
    assert first.startswith("Bearer k8s-aws-v1.")
    assert first == again


@pytest.mark.usefixtures("no_pool")
@pytest.mark.parametrize(
    ("network", "said"),
    [
        ({"vpcId": "vpc-1", "endpointPublicAccess": False}, "The endpoint of dev is private: it answers inside vpc-1 only"),
        ({"endpointPublicAccess": True, "publicAccessCidrs": ["192.0.2.0/24"]}, "The public endpoint of dev admits 192.0.2.0/24."),
    ],
)
def test_way_in_is_told_from_the_cluster(network: dict[str, Any], said: str) -> None:
    api = connect({"cluster": "dev"}, opener(described(resourcesVpcConfig=network)), "eu-central-1")
    assert api.way_in.startswith(said)


def test_eks_cluster_that_is_not_there_yet_and_calls_that_fail() -> None:
    with pytest.raises(ClusterPlanned, match="There is no EKS cluster dev in eu-central-1"):
        connect({"cluster": "dev"}, opener("ResourceNotFoundException"), "eu-central-1")
    with pytest.raises(ClusterPlanned, match="The EKS cluster dev is CREATING and has no endpoint"):
        connect({"cluster": "dev"}, opener({"name": "dev", "status": "CREATING"}), "eu-central-1")
    with pytest.raises(PlanError, match=r"The EKS cluster dev cannot be described: .*it says so"):
        connect({"cluster": "dev"}, opener("AccessDeniedException"), "eu-central-1")
    with pytest.raises(PlanError, match="No region was given"):
        connect({"cluster": "dev"}, no_aws, None)


def test_token_is_a_signed_call_to_sts_that_names_the_cluster(monkeypatch: pytest.MonkeyPatch) -> None:
    """EKS takes no other URL, so an endpoint that is set for AWS does not matter. The signature is made again here."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", "https://endpoint.test")
    token = eks_token(opener(), "dev")
    assert token.startswith("k8s-aws-v1.")
    assert "=" not in token
    encoded = token.removeprefix("k8s-aws-v1.")
    url = urlsplit(base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)).decode())
    query = {name: values[0] for name, values in parse_qs(url.query).items()}
    assert (url.scheme, url.netloc, url.path) == ("https", "sts.eu-central-1.amazonaws.com", "/")
    assert (query["Action"], query["X-Amz-Expires"], query["X-Amz-SignedHeaders"]) == ("GetCallerIdentity", "60", "host;x-k8s-aws-id")
    assert signature(url.query, query["X-Amz-Date"], "dev") == query["X-Amz-Signature"]
    assert signature(url.query, query["X-Amz-Date"], "other") != query["X-Amz-Signature"]


def signature(query: str, when: str, cluster: str) -> str:
    auth = SigV4QueryAuth(Credentials(KEYS["aws_access_key_id"], KEYS["aws_secret_access_key"]), "sts", "eu-central-1")
    unsigned = "&".join(part for part in query.split("&") if not part.startswith("X-Amz-Signature="))
    request = AWSRequest("GET", f"https://sts.eu-central-1.amazonaws.com/?{unsigned}", headers={"x-k8s-aws-id": cluster})
    request.context["timestamp"] = when
    canonical: Any = auth
    return str(canonical.signature(canonical.string_to_sign(request, canonical.canonical_request(request)), request))


def test_token_without_credentials() -> None:
    def open_client(service: str, endpoint: str | None = None, config: Config | None = None) -> Any:
        return boto3.client(service, region_name="eu-central-1", config=config)

    with pytest.raises(
        PlanError, match=r"No token can be signed for cluster dev: Unable to locate credentials\. Set a profile, access keys or a role\."
    ):
        eks_token(open_client, "dev")
