# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What manifests meet on the API: it is Kubernetes' own, so it accepts and refuses as on EKS."""

from __future__ import annotations

import json

import pytest

from tests.support.kubernetes import client, deployment, dynamic

RESTRICTED = {"pod-security.kubernetes.io/enforce": "restricted"}


@pytest.fixture
def config_maps(kube):
    return dynamic.DynamicClient(kube).resources.get(api_version="v1", kind="ConfigMap")


@pytest.fixture
def refused():
    """Calls something and gives the API's message, which has to come with the status."""

    def call(status: int, function, *arguments, **keywords) -> str:
        with pytest.raises(client.ApiException) as refusal:
            function(*arguments, **keywords)
        assert refusal.value.status == status
        return json.loads(refusal.value.body)["message"]

    return call


def config_map(namespace: str, **data: str):
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings", "namespace": namespace}, "data": data}


def test_server_side_apply_names_the_owner_of_a_field(kube, config_maps, namespace, refused) -> None:
    apply = dynamic.DynamicClient(kube).server_side_apply
    first = apply(config_maps, body=config_map(namespace, level="1"), field_manager="platform")
    assert [(each.manager, each.operation) for each in first.metadata.managedFields] == [("platform", "Apply")]
    assert '"platform"' in refused(409, apply, config_maps, body=config_map(namespace, level="2"), field_manager="team")
    forced = apply(config_maps, body=config_map(namespace, level="2"), field_manager="team", force_conflicts=True)
    assert forced.data.level == "2"


def test_a_dry_run_validates_and_stores_nothing(kube, config_maps, namespace, refused) -> None:
    apply = dynamic.DynamicClient(kube).server_side_apply
    planned = apply(config_maps, body=config_map(namespace, level="1"), field_manager="platform", dry_run="All")
    assert planned.data.level == "1"
    refused(404, client.CoreV1Api(kube).read_namespaced_config_map, "settings", namespace)
    wrong = deployment("wrong")
    wrong["spec"]["selector"] = {"matchLabels": {"app": "another"}}
    message = refused(422, client.AppsV1Api(kube).create_namespaced_deployment, namespace, wrong, dry_run="All")
    assert "spec.template.metadata.labels" in message


def test_a_deployment_becomes_available_on_simulated_nodes(kube, namespace, eventually) -> None:
    apps, core = client.AppsV1Api(kube), client.CoreV1Api(kube)
    apps.create_namespaced_deployment(namespace, deployment("web", replicas=4))
    eventually(lambda: apps.read_namespaced_deployment_status("web", namespace).status.available_replicas == 4)
    pods = core.list_namespaced_pod(namespace).items
    assert {pod.spec.node_name for pod in pods} == {"general-0", "general-1"}
    assert len({pod.status.pod_ip for pod in pods}) == 4
    assert all(pod.status.pod_ip.startswith("100.64.") for pod in pods)


def test_a_job_completes(kube, namespace, eventually) -> None:
    batch = client.BatchV1Api(kube)
    template = {"spec": {"restartPolicy": "Never", "containers": [{"name": "main", "image": "registry.test/job:1"}]}}
    batch.create_namespaced_job(namespace, {"metadata": {"name": "once"}, "spec": {"template": template}})
    eventually(lambda: batch.read_namespaced_job_status("once", namespace).status.succeeded == 1)


def test_a_rollout_gets_stuck_where_its_pods_are_annotated(kube, namespace, eventually) -> None:
    apps, core = client.AppsV1Api(kube), client.CoreV1Api(kube)
    stuck = deployment("stuck", replicas=1, annotations={"rehearsal.fintech.platform/waiting": "ImagePullBackOff"})
    apps.create_namespaced_deployment(namespace, stuck)

    def waiting():
        statuses = [status for pod in core.list_namespaced_pod(namespace).items for status in pod.status.container_statuses or ()]
        return statuses and statuses[0].state.waiting

    state = eventually(waiting)
    assert (state.reason, state.message) == ("ImagePullBackOff", "ImagePullBackOff: registry.test/app:1")
    eventually(lambda: any(event.type == "Warning" for event in core.list_namespaced_event(namespace).items))
    assert not apps.read_namespaced_deployment_status("stuck", namespace).status.available_replicas
    apps.delete_namespaced_deployment("stuck", namespace)
    eventually(lambda: not core.list_namespaced_pod(namespace).items)


def test_pod_security_refuses_what_is_not_restricted(kube, namespace, refused) -> None:
    core = client.CoreV1Api(kube)
    core.patch_namespace(namespace, {"metadata": {"labels": RESTRICTED}})
    pod = {"metadata": {"name": "root"}, "spec": {"containers": [{"name": "main", "image": "registry.test/app:1"}]}}
    assert "allowPrivilegeEscalation" in refused(403, core.create_namespaced_pod, namespace, pod)


def test_a_validating_admission_policy_refuses(kube, namespace, eventually) -> None:
    admission, apps = client.AdmissionregistrationV1Api(kube), client.AppsV1Api(kube)
    rule = {"apiGroups": ["apps"], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["deployments"]}
    validation = {"expression": "object.spec.replicas <= 3", "message": "at most three"}
    admission.create_validating_admission_policy(
        {"metadata": {"name": namespace}, "spec": {"matchConstraints": {"resourceRules": [rule]}, "validations": [validation]}}
    )
    selector = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": namespace}}}
    admission.create_validating_admission_policy_binding(
        {"metadata": {"name": namespace}, "spec": {"policyName": namespace, "validationActions": ["Deny"], "matchResources": selector}}
    )

    def denied():
        try:
            apps.create_namespaced_deployment(namespace, deployment("many", replicas=4), dry_run="All")
        except client.ApiException as refusal:
            return json.loads(refusal.body)["message"]
        return None

    assert "at most three" in eventually(denied)
    apps.create_namespaced_deployment(namespace, deployment("few", replicas=3), dry_run="All")


def test_changes_are_audited_without_their_content(kube, plane, namespace, eventually) -> None:
    client.CoreV1Api(kube).create_namespaced_secret(namespace, {"metadata": {"name": "audited"}, "stringData": {"password": "unseen-by-auditors"}})
    log = plane.directory / "log" / "audit.log"
    eventually(lambda: f"/namespaces/{namespace}/secrets" in log.read_text(), seconds=40)
    events = [json.loads(line) for line in log.read_text().splitlines()]
    mine = [event for event in events if event["objectRef"].get("name") == "audited"]
    assert [(event["verb"], event["user"]["username"], event["level"]) for event in mine] == [("create", "rehearsal-admin", "Metadata")]
    assert "unseen-by-auditors" not in log.read_text()
    assert {event["verb"] for event in events}.isdisjoint({"get", "list", "watch"})


def test_service_account_tokens_have_an_issuer_that_is_discovered(kube, plane, namespace, eventually) -> None:
    core = client.CoreV1Api(kube)
    eventually(lambda: core.read_namespaced_service_account("default", namespace))
    endpoint = plane.endpoint()
    assert endpoint.issuer == endpoint.url
    discovered = plane.api().get("/.well-known/openid-configuration")
    assert (discovered["issuer"], discovered["jwks_uri"]) == (endpoint.url, f"{endpoint.url}/openid/v1/jwks")
    assert plane.api().get("/openid/v1/jwks")["keys"][0]["alg"] == "RS256"
    asked = {"spec": {"audiences": ["sts.amazonaws.com"], "expirationSeconds": 600}}
    token = core.create_namespaced_service_account_token("default", namespace, asked).status.token
    review = client.AuthenticationV1Api(kube).create_token_review({"spec": {"token": token, "audiences": ["sts.amazonaws.com"]}})
    assert review.status.user.username == f"system:serviceaccount:{namespace}:default"
