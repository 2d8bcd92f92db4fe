# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is refused: every object and field named, and nothing applied."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.fintech.platform.plugins.module_utils._engine.errors import ApplyError, PlanError
from ansible_collections.fintech.platform.plugins.module_utils._kubernetes.api import Api
from ansible_collections.fintech.platform.plugins.module_utils._kubernetes.errors import Refused, Unreachable
from tests.support.kubernetes import deployment, service
from tests.support.manifest_sets import Cluster, config_map, custom, namespace, secret


def refused(cluster: Cluster, *documents: Any, **options: Any) -> list[str]:
    """The problems, without the namespace; nothing was written."""
    before = cluster.versions("ConfigMap", "Deployment", "Secret", "Service")
    with pytest.raises(PlanError) as error:
        cluster.converge(*documents, **options)
    assert cluster.versions("ConfigMap", "Deployment", "Secret", "Service") == before
    return [each.replace(f"{cluster.namespace}/", "") for each in error.value.details["problems"]]


def test_all_invalid_fields_of_all_objects_are_named_and_nothing_is_applied(cluster: Cluster) -> None:
    web, other = deployment("web", -1), service("other")
    web["spec"]["selector"] = {"matchLabels": {"app": "else"}}
    other["spec"]["ports"][0] |= {"port": 70000, "targetPort": "UPPER"}
    problems = refused(cluster, web, other, config_map("fine"), config_map("Not_A_Name"))
    assert {each.partition(": Invalid value")[0] for each in problems} == {
        "ConfigMap Not_A_Name: metadata.name",
        "Deployment web: spec.replicas",
        "Deployment web: spec.template.metadata.labels",
        "Service other: spec.ports[0].port",
        "Service other: spec.ports[0].targetPort",
    }


def test_unknown_fields_are_all_named(cluster: Cluster) -> None:
    web = deployment("web")
    web["spec"]["replcas"] = 1
    web["spec"]["template"]["spec"]["containers"][0]["imgae"] = "x"
    assert refused(cluster, web) == [
        "Deployment web: spec.template.spec.containers[0].imgae: field not declared in schema",
        "Deployment web: spec.replcas: field not declared in schema",
    ]


@pytest.mark.parametrize(
    ("api_version", "kind", "said"),
    [
        ("apps/v1", "Deploymint", "apps/v1 has no kind Deploymint. Did you mean 'Deployment'?"),
        ("apps/v1beta1", "Deployment", "its apiVersion apps/v1beta1 is not served, only apps/v1"),
        ("v1", "Deployment", "Deployment is not in v1, but in apps/v1"),
        (
            "nowhere.example.com/v1",
            "Thing",
            "the API serves no group nowhere.example.com. Apply its CustomResourceDefinition first, or in the same set",
        ),
    ],
)
def test_unknown_kind(cluster: Cluster, api_version: str, kind: str, said: str) -> None:
    (problem,) = refused(cluster, {"apiVersion": api_version, "kind": kind, "metadata": {"name": "web"}})
    assert problem == f"{kind} web (definitions[1]): {said}"


def test_namespace_where_there_is_none_and_none_where_there_is_one(cluster: Cluster) -> None:
    problems = refused(cluster, config_map("settings"), {**namespace("shop"), "metadata": {"name": "shop", "namespace": "x"}}, namespace=None)
    assert problems == [
        "ConfigMap settings (definitions[1]): metadata.namespace is missing. Give it one, or the set a namespace",
        "Namespace x/shop (definitions[2]): metadata.namespace must go, since Namespace stands in none",
    ]


def test_object_declared_twice(cluster: Cluster) -> None:
    text = f"# Source: files/settings.yml\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: settings, namespace: {cluster.namespace}}}\n"
    (problem,) = refused(cluster, config_map("settings"), text)
    assert problem == "ConfigMap settings is declared twice: in definitions[1] and in files/settings.yml, document 1"


def test_immutable_field(cluster: Cluster) -> None:
    cluster.converge(deployment("web"), wait=False)
    web = deployment("web")
    web["spec"]["template"]["metadata"] = {"labels": {"app": "else"}}
    web["spec"]["selector"] = {"matchLabels": {"app": "else"}}
    (problem,) = refused(cluster, web)
    assert problem.startswith("Deployment web: spec.selector: Invalid value: ")
    assert problem.endswith("field is immutable. Delete the object first, or give it another name")


def test_object_of_another_set(cluster: Cluster) -> None:
    cluster.converge(config_map("settings"), name="first")
    (problem,) = refused(cluster, config_map("settings"), name="second")
    assert problem.startswith("ConfigMap settings: it belongs to another set of manifests already (applyset-")


def test_config_map_in_the_parents_place(cluster: Cluster) -> None:
    cluster.create(config_map("mine"))
    with pytest.raises(PlanError, match=f"ConfigMap {cluster.namespace}/mine is there already and belongs to no set of manifests"):
        cluster.converge(config_map("settings"), name="mine")


def test_manifest_in_the_parents_place(cluster: Cluster) -> None:
    (problem,) = refused(cluster, config_map("settings"), name="settings")
    assert problem == "ConfigMap settings would be the parent of the set itself. Give it or the set another name"


def test_set_of_another_tool(cluster: Cluster) -> None:
    cluster.converge(config_map("settings"), name="theirs")
    cluster.edit("ConfigMap", "theirs", {"metadata": {"annotations": {"applyset.kubernetes.io/tooling": "kubectl/v1.35.0"}}})
    with pytest.raises(PlanError, match=r"is managed by kubectl/v1\.35\.0"):
        cluster.converge(config_map("settings"), name="theirs")


def test_name_that_no_config_map_can_have(cluster: Cluster) -> None:
    with pytest.raises(PlanError, match="A set of manifests cannot be called 'My Set'"):
        cluster.converge(config_map("settings"), name="My Set")


def test_object_that_is_being_deleted(cluster: Cluster) -> None:
    cluster.converge(config_map("settings"))
    cluster.edit("ConfigMap", "settings", {"metadata": {"finalizers": ["example.com/holds"]}})
    cluster.delete("ConfigMap", "settings")
    (problem,) = refused(cluster, config_map("settings"))
    assert problem == "ConfigMap settings: it is being deleted (held by example.com/holds). Run again once it is gone"
    cluster.edit("ConfigMap", "settings", {"metadata": {"finalizers": None}})


def test_admission_that_refuses(cluster: Cluster) -> None:
    cluster.edit("Namespace", cluster.namespace, {"metadata": {"labels": {"pod-security.kubernetes.io/enforce": "restricted"}}})
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "bare"}, "spec": {"containers": [{"name": "c", "image": "registry.test/app:1"}]}}
    (problem,) = refused(cluster, pod, config_map("settings"))
    assert problem.startswith('Pod bare: pods "bare" is forbidden: violates PodSecurity "restricted:latest": allowPrivilegeEscalation')


def test_failure_while_applying_says_what_was_done(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody takes a field between the dry run and the apply."""
    cluster.converge(config_map("settings"))
    apply = Api.apply

    def interfering(api: Api, type_: Any, body: Any, **options: Any) -> Any:
        if not options.get("dry_run") and body["kind"] == "ConfigMap" and body["metadata"]["name"] == "settings":
            cluster.edit("ConfigMap", "settings", {"data": {"size": "9"}})
        return apply(api, type_, body, **options)

    monkeypatch.setattr(Api, "apply", interfering)
    with pytest.raises(ApplyError) as failed:
        cluster.converge(config_map("settings", {"size": "1"}))
    (failure,) = failed.value.details["failed"]
    assert failure["name"] == f"{cluster.namespace}/settings"
    assert failure["error"].startswith("data.size is owned by the field manager kubectl-edit")
    assert str(failed.value).endswith("0 changes done, 1 failed, 0 not started. Run again to go on from here.")


def test_credentials_that_are_not_accepted(cluster: Cluster) -> None:
    api = cluster.api()
    other = cluster.api(host=api.host, api_key="k8s-aws-v1.expired", ca_cert=api.configuration.ssl_ca_cert)
    with pytest.raises(Refused, match="A token may have expired: EKS takes one for 15 minutes"):
        cluster.converge(config_map("settings"), api=other)


def test_user_who_may_not(cluster: Cluster) -> None:
    with pytest.raises(Exception, match=r'User "joe" cannot'):
        cluster.converge(config_map("settings"), api=cluster.api(impersonate_user="joe", impersonate_groups=["developers"]))


def test_user_who_may_in_one_namespace_only(cluster: Cluster) -> None:
    """A set whose objects and parent are in one namespace asks for nothing outside."""
    binding = {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "RoleBinding",
        "metadata": {"name": "team"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "edit"},
        "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": "team"}],
    }
    cluster.create(binding)
    limited = cluster.api(impersonate_user="ann", impersonate_groups=["others", "team"])
    cluster.converge(config_map("settings"), secret("password", value="x"), api=limited)
    assert cluster.converge(config_map("settings"), secret("password", value="x"), api=limited)["changes"] == []


@pytest.mark.parametrize(("host", "reason"), [("https://127.0.0.1:1", "Connection refused"), ("https://nowhere.invalid", "Failed to resolve")])
def test_api_that_cannot_be_reached(cluster: Cluster, host: str, reason: str) -> None:
    with pytest.raises(Unreachable, match=rf"The Kubernetes API {host} cannot be reached: .*{reason}"):
        cluster.converge(config_map("settings"), api=cluster.api(host=host))


def test_server_that_is_no_kubernetes_api(cluster: Cluster) -> None:
    with pytest.raises(Unreachable, match="certificate verify failed"):
        cluster.converge(config_map("settings"), api=cluster.api(host=cluster.api().host, api_key="x"))


def test_custom_resource_without_crd_names_the_way_out(cluster: Cluster) -> None:
    (problem,) = refused(cluster, custom("Widget", "widgets.example.com", "one", size=1))
    assert "Apply its CustomResourceDefinition first, or in the same set" in problem
