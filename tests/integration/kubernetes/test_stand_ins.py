# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Webhooks and aggregated APIs are registered as on AWS; stand-ins answer them in place of simulated pods."""

from __future__ import annotations

import base64
import itertools
import json

import pytest

from rehearsal.kubernetes import pki
from rehearsal.kubernetes.stand_in import Denied, admission, serve
from tests.support.kubernetes import client, deployment, service

_numbers = itertools.count(1)


@pytest.fixture
def certificate(tmp_path):
    """Makes a certificate for a Service: the authority that signs it and the content of a Secret, base64."""

    def make(name: str, namespace: str) -> tuple[str, dict[str, str]]:
        directory = tmp_path / f"certificates-{next(_numbers)}"
        directory.mkdir()
        authority = pki.authority(directory, "ca", "test")
        pki.issue(directory, "tls", authority, name, names=(f"{name}.{namespace}.svc",))
        encoded = {path.name: base64.b64encode(path.read_bytes()).decode() for path in directory.iterdir()}
        return encoded["ca.crt"], {key: encoded[key] for key in ("tls.crt", "tls.key")}

    return make


@pytest.fixture
def installed(kube, namespace, certificate, eventually):
    """Installs a server as its manifests would: a Secret, a Deployment that mounts it, a Service; gives the caBundle."""

    def install(name: str, replicas: int = 1) -> str:
        core, apps = client.CoreV1Api(kube), client.AppsV1Api(kube)
        authority, content = certificate(name, namespace)
        core.create_namespaced_secret(namespace, {"metadata": {"name": f"{name}-tls"}, "type": "kubernetes.io/tls", "data": content})
        volume = {"name": "certificate", "secret": {"secretName": f"{name}-tls"}}
        apps.create_namespaced_deployment(namespace, deployment(name, replicas, volumes=[volume]))
        core.create_namespaced_service(namespace, service(name))
        eventually(lambda: (apps.read_namespaced_deployment_status(name, namespace).status.available_replicas or 0) == replicas)
        if replicas:
            slices = client.DiscoveryV1Api(kube).list_namespaced_endpoint_slice
            eventually(lambda: any(each.endpoints for each in slices(namespace, label_selector=f"kubernetes.io/service-name={name}").items))
        return authority

    return install


@pytest.fixture
def registered(kube, namespace):
    """Registers the Service `guard` as a webhook for config maps of the test's namespace; removed at the end."""
    admission_api, undo = client.AdmissionregistrationV1Api(kube), []

    def register(authority: str, *, mutating: bool = False) -> None:
        webhook = {
            "name": "guard.test.example",
            "admissionReviewVersions": ["v1"],
            "sideEffects": "None",
            "timeoutSeconds": 5,
            "clientConfig": {"service": {"namespace": namespace, "name": "guard", "path": "/validate"}, "caBundle": authority},
            "rules": [{"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE", "UPDATE"], "resources": ["configmaps"]}],
            "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": namespace}},
        }
        body = {"metadata": {"name": namespace}, "webhooks": [webhook]}
        if mutating:
            admission_api.create_mutating_webhook_configuration(body)
            undo.append(admission_api.delete_mutating_webhook_configuration)
        else:
            admission_api.create_validating_webhook_configuration(body)
            undo.append(admission_api.delete_validating_webhook_configuration)

    yield register
    for delete in undo:
        delete(namespace)


@pytest.fixture
def attempt(kube, namespace):
    """Tries to create a config map; gives the API's refusal, None if there was none."""

    def create(name: str = "tried", **data: str) -> str | None:
        try:
            client.CoreV1Api(kube).create_namespaced_config_map(namespace, {"metadata": {"name": name}, "data": data}, dry_run="All")
        except client.ApiException as refusal:
            return json.loads(refusal.body)["message"]
        return None

    return create


def guard(request):
    if request["object"].get("data", {}).get("forbidden"):
        raise Denied("data.forbidden is not allowed here")


def test_a_webhook_is_answered_by_its_stand_in(plane, namespace, installed, registered, attempt, eventually) -> None:
    registered(installed("guard"))
    with serve(admission(guard)) as address:
        plane.stand_in(namespace, "guard", address)
        denial = eventually(lambda: attempt(forbidden="yes"))
        assert denial == 'admission webhook "guard.test.example" denied the request: data.forbidden is not allowed here'
        assert attempt(allowed="yes") is None
        assert attempt(large="x" * 900_000) is None
        plane.stand_in(namespace, "guard", None)


def test_a_mutating_webhook_changes_what_is_stored(kube, plane, namespace, installed, registered, eventually) -> None:
    registered(installed("guard"), mutating=True)
    core = client.CoreV1Api(kube)
    with serve(admission(lambda request: [{"op": "add", "path": "/data/added", "value": request["name"]}])) as address:
        plane.stand_in(namespace, "guard", address)
        body = {"metadata": {"name": "tried"}, "data": {"own": "1"}}
        eventually(lambda: core.create_namespaced_config_map(namespace, body, dry_run="All").data == {"own": "1", "added": "tried"})
        plane.stand_in(namespace, "guard", None)


def test_without_a_stand_in_the_refusal_says_so(namespace, installed, registered, attempt, eventually) -> None:
    registered(installed("guard"))
    assert f"nothing stands in for service {namespace}/guard" in eventually(attempt)


def test_a_webhook_without_ready_pods_is_refused_as_on_aws(plane, namespace, installed, registered, attempt, eventually) -> None:
    registered(installed("guard", replicas=0))
    with serve(admission(guard)) as address:
        plane.stand_in(namespace, "guard", address)
        assert f"no endpoints available for service {namespace}/guard" in eventually(attempt)
        plane.stand_in(namespace, "guard", None)


def test_a_ca_bundle_that_does_not_fit_the_secret_is_refused_as_on_aws(
    plane, namespace, installed, registered, certificate, attempt, eventually
) -> None:
    installed("guard")
    registered(certificate("guard", namespace)[0])
    with serve(admission(guard)) as address:
        plane.stand_in(namespace, "guard", address)
        assert "certificate signed by unknown authority" in eventually(attempt)
        plane.stand_in(namespace, "guard", None)


def test_a_stand_in_that_ended_is_told_apart(plane, namespace, installed, registered, attempt, eventually) -> None:
    registered(installed("guard"))
    with serve(admission(guard)) as address:
        plane.stand_in(namespace, "guard", address)
    assert f"the stand-in for {namespace}/guard at {address} does not answer" in eventually(attempt)
    plane.stand_in(namespace, "guard", None)


def test_an_aggregated_api_is_served(kube, plane, namespace, installed, eventually) -> None:
    authority = installed("rates")
    group, seen = "rates.test.example", {}

    def answer(method: str, path: str, body) -> tuple[int, dict]:
        seen[path.partition("?")[0]] = method
        if path.startswith(f"/apis/{group}/v1/rates"):
            return 200, {"kind": "RateList", "apiVersion": f"{group}/v1", "metadata": {}, "items": [{"metadata": {"name": "eur"}}]}
        if path.startswith(f"/apis/{group}/v1"):
            resource = {"name": "rates", "singularName": "rate", "kind": "Rate", "namespaced": False, "verbs": ["list"]}
            return 200, {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": f"{group}/v1", "resources": [resource]}
        return 404, {"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": 404}

    registration = client.ApiregistrationV1Api(kube)
    with serve(answer) as address:
        plane.stand_in(namespace, "rates", address)
        spec = {
            "group": group,
            "version": "v1",
            "service": {"namespace": namespace, "name": "rates"},
            "caBundle": authority,
            "groupPriorityMinimum": 100,
            "versionPriority": 10,
        }
        registration.create_api_service({"metadata": {"name": f"v1.{group}"}, "spec": spec})
        try:
            rates = eventually(lambda: client.CustomObjectsApi(kube).list_cluster_custom_object(group, "v1", "rates"))
            assert [rate["metadata"]["name"] for rate in rates["items"]] == ["eur"]
            assert seen[f"/apis/{group}/v1/rates"] == "GET"
            conditions = registration.read_api_service(f"v1.{group}").status.conditions
            assert [(each.type, each.status) for each in conditions] == [("Available", "True")]
        finally:
            registration.delete_api_service(f"v1.{group}")
            plane.stand_in(namespace, "rates", None)
