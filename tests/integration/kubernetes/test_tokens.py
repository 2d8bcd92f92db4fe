# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tokens that Kubernetes does not know are the webhook's to judge, as on EKS; service account tokens have the cluster's issuer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from rehearsal.kubernetes.control_plane import ControlPlane
from rehearsal.kubernetes.stand_in import serve
from tests.support.kubernetes import client, config

ISSUER = "https://oidc.eks.eu-central-1.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF"
ARN = "arn:aws:sts::123456789012:assumed-role/developer/anna"


@pytest.fixture(scope="module")
def known() -> dict[str, list[str]]:
    """Tokens that the webhook accepts, with the groups of each."""
    return {}


@pytest.fixture(scope="module")
def guarded(program, known, tmp_path_factory) -> Iterator[ControlPlane]:
    def review(method: str, path: str, body) -> tuple[int, dict]:
        token = body["spec"]["token"]
        user = {"username": ARN, "groups": known.get(token)}
        status = {"authenticated": True, "user": user} if token in known else {"authenticated": False}
        return 200, {"apiVersion": body["apiVersion"], "kind": "TokenReview", "status": status}

    with serve(review) as address:
        plane = ControlPlane(
            "guarded",
            tmp_path_factory.mktemp("kubernetes") / "guarded",
            issuer_url=ISSUER,
            webhook_url=f"http://{address}/review",
            service_cidr="10.100.0.0/16",
        )
        plane.start()
        try:
            yield plane
        finally:
            plane.stop()


@pytest.fixture
def bearer(guarded):
    """A client with a token and nothing else."""

    def make(token: str) -> Any:
        settings = client.Configuration(host=guarded.endpoint().url)
        settings.ssl_ca_cert = str(guarded.directory / "pki" / "ca.crt")
        settings.api_key = {"authorization": f"Bearer {token}", "BearerToken": f"Bearer {token}"}
        return client.CoreV1Api(client.ApiClient(settings))

    return make


def status(call) -> int:
    """That of a call's refusal, 200 if there was none."""
    try:
        call()
    except client.ApiException as refusal:
        return refusal.status
    return 200


@pytest.mark.slow
def test_the_webhook_decides_who_somebody_is_and_rbac_what_they_may(guarded, bearer, known, eventually) -> None:
    developer = bearer("k8s-aws-v1.developer")
    assert status(developer.list_namespace) == 401
    known["k8s-aws-v1.developer"] = ["platform:view"]
    eventually(lambda: status(developer.list_namespace) == 403)
    binding = {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRoleBinding",
        "metadata": {"name": "platform-view"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "view"},
        "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": "platform:view"}],
    }
    guarded.api().apply("/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/platform-view", binding)
    eventually(lambda: status(lambda: developer.list_namespaced_pod("default")) == 200)
    assert status(lambda: developer.list_namespaced_secret("default")) == 403
    who = client.AuthenticationV1Api(developer.api_client).create_self_subject_review({}).status.user_info
    assert who.username == ARN
    assert set(who.groups) == {"platform:view", "system:authenticated"}
    del known["k8s-aws-v1.developer"]
    eventually(lambda: status(lambda: developer.list_namespaced_pod("default")) == 401)


def test_tokens_name_the_issuer_of_the_cluster(guarded, eventually) -> None:
    assert guarded.endpoint().issuer == ISSUER
    discovered = guarded.api().get("/.well-known/openid-configuration")
    assert (discovered["issuer"], discovered["jwks_uri"]) == (ISSUER, f"{ISSUER}/keys")
    core = client.CoreV1Api(config.new_client_from_config(str(guarded.endpoint().kubeconfig)))
    token = eventually(lambda: core.create_namespaced_service_account_token("default", "default", {"spec": {"expirationSeconds": 600}})).status.token
    review = client.AuthenticationV1Api(core.api_client).create_token_review({"spec": {"token": token}})
    assert review.status.user.username == "system:serviceaccount:default:default"
    assert ISSUER in review.status.audiences


def test_services_get_addresses_of_the_clusters_own_range(guarded) -> None:
    service = guarded.api().get("/api/v1/namespaces/default/services/kubernetes")
    assert service["spec"]["clusterIP"] == "10.100.0.1"
