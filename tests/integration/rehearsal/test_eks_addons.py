# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""EKS add-ons: which versions there are, how they are configured, and what keeps them from being well."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from jsonschema import Draft7Validator

from rehearsal.aws.client import Rehearsal

from .conftest import Refused

pytestmark = pytest.mark.emulator

NAMES = {
    "vpc-cni", "coredns", "kube-proxy", "eks-pod-identity-agent", "aws-ebs-csi-driver", "metrics-server", "kube-state-metrics",
    "prometheus-node-exporter", "eks-node-monitoring-agent",
}  # fmt: skip


@pytest.fixture
def cluster(make_cluster: Callable[..., Any]) -> str:
    """One without add-ons that nobody manages."""
    return str(make_cluster(bootstrapSelfManagedAddons=False)["name"])


@pytest.fixture
def add(eks: Any) -> Callable[..., dict[str, Any]]:
    """Create an add-on of the cluster `dev`; answers its description, settled unless a pace is set."""

    def make(name: str, **asked: Any) -> dict[str, Any]:
        eks.create_addon(clusterName="dev", addonName=name, **asked)
        found: dict[str, Any] = eks.describe_addon(clusterName="dev", addonName=name)["addon"]
        return found

    return make


def versions(eks: Any, name: str, kubernetes: str) -> list[str]:
    [found] = eks.describe_addon_versions(addonName=name, kubernetesVersion=kubernetes)["addons"]
    return [each["addonVersion"] for each in found["addonVersions"]]


@pytest.mark.parametrize("kubernetes", ["1.31", "1.33", "1.35", "1.36"])
def test_every_add_on_has_one_default_for_a_version(eks: Any, kubernetes: str) -> None:
    found = eks.describe_addon_versions(kubernetesVersion=kubernetes)["addons"]
    assert {each["addonName"] for each in found} == NAMES
    for each in found:
        fitting = [fit for version in each["addonVersions"] for fit in version["compatibilities"]]
        assert {fit["clusterVersion"] for fit in fitting} == {kubernetes}
        assert [fit["defaultVersion"] for fit in fitting].count(True) == 1, each["addonName"]


def test_older_kube_proxies_are_among_those_that_fit(eks: Any) -> None:
    found = versions(eks, "kube-proxy", "1.35")
    assert found[0] == "v1.35.3-eksbuild.25"
    assert {version[:5] for version in found} == {"v1.35", "v1.34", "v1.33"}


def test_the_cni_has_versions_on_either_side_of_subnet_exclusion(eks: Any) -> None:
    minors = {version.rpartition(".")[0].split("-")[0].rpartition(".")[0] for version in versions(eks, "vpc-cni", "1.35")}
    assert minors == {"v1.20", "v1.21", "v1.22", "v1.23"}


def test_lists_are_cut_into_pages(eks: Any) -> None:
    first = eks.describe_addon_versions(maxResults=4)
    second = eks.describe_addon_versions(maxResults=100, nextToken=first["nextToken"])
    assert {each["addonName"] for each in first["addons"] + second["addons"]} == NAMES
    assert "nextToken" not in second


@pytest.mark.parametrize("name", sorted(NAMES))
def test_every_version_has_a_schema(eks: Any, name: str) -> None:
    found = eks.describe_addon_configuration(addonName=name, addonVersion=versions(eks, name, "1.35")[0])
    Draft7Validator.check_schema(json.loads(found["configurationSchema"]))


def test_an_add_on_is_read_back(eks: Any, cluster: str, add: Callable[..., Any], roles: dict[str, str]) -> None:
    values = json.dumps({"enableNetworkPolicy": "true", "env": {"ENABLE_PREFIX_DELEGATION": "true", "WARM_PREFIX_TARGET": "1"}})
    found = add("vpc-cni", addonVersion="v1.22.3-eksbuild.1", configurationValues=values, serviceAccountRoleArn=roles["pods"], tags={"a": "b"})
    assert found["status"] == "ACTIVE"
    told = (found["addonVersion"], found["configurationValues"], found["serviceAccountRoleArn"], found["tags"], found["namespaceConfig"])
    assert told == ("v1.22.3-eksbuild.1", values, roles["pods"], {"a": "b"}, {"namespace": "kube-system"})
    assert eks.list_addons(clusterName="dev")["addons"] == ["vpc-cni"]


def test_without_a_version_it_is_the_default_one(cluster: str, add: Callable[..., Any]) -> None:
    assert add("eks-pod-identity-agent")["addonVersion"] == "v1.3.10-eksbuild.3"
    assert add("vpc-cni")["addonVersion"] == "v1.22.4-eksbuild.3"


@pytest.mark.parametrize(
    ("name", "asked", "code", "text"),
    [
        ("vpc-cni", {"addonVersion": "v9.9.9"}, "InvalidParameterException", "Addon version specified is not supported"),
        ("kube-proxy", {"addonVersion": "v1.36.0-eksbuild.13"}, "InvalidParameterException", "Addon version specified is not supported"),
        ("nonsense", {}, "InvalidParameterException", "Addon specified: nonsense is not supported in 1.35 kubernetes version"),
        ("vpc-cni", {"configurationValues": '{"env": {"ENABLE_PREFIX_DELEGATION": true}}'}, "InvalidParameterException", "is not of type 'string'"),
        ("vpc-cni", {"configurationValues": '{"envs": {}}'}, "InvalidParameterException", "Json schema validation failed"),
        ("coredns", {"configurationValues": "{"}, "InvalidParameterException", "not valid JSON or YAML"),
        ("vpc-cni", {"serviceAccountRoleArn": "arn:aws:iam::123456789012:role/nobody"}, "InvalidParameterException", "does not exist"),
        ("coredns", {"namespaceConfig": {"namespace": "dns"}}, "InvalidParameterException", "custom namespaces"),
    ],
)  # fmt: skip
def test_add_ons_are_refused(cluster: str, add: Callable[..., Any], refused: Refused, name: str, asked: dict[str, Any], code: str, text: str) -> None:
    with refused(code, text):
        add(name, **asked)


def test_an_add_on_is_added_once(cluster: str, add: Callable[..., Any], refused: Refused) -> None:
    add("vpc-cni")
    with refused("ResourceInUseException", "Addon already exists."):
        add("vpc-cni")


def test_a_self_managed_one_conflicts_unless_it_is_overwritten(eks: Any, make_cluster: Callable[..., Any], add: Callable[..., Any]) -> None:
    make_cluster()
    failed = add("vpc-cni")
    assert (failed["status"], failed["health"]["issues"][0]["code"]) == ("CREATE_FAILED", "ConfigurationConflict")
    eks.delete_addon(clusterName="dev", addonName="vpc-cni")
    assert add("vpc-cni", resolveConflicts="OVERWRITE")["status"] == "ACTIVE"


def test_deployments_wait_for_nodes(eks: Any, cluster: str, add: Callable[..., Any], make_nodes: Callable[..., Any]) -> None:
    add("vpc-cni")
    starved = add("coredns")
    assert (starved["status"], starved["health"]["issues"][0]["code"]) == ("DEGRADED", "InsufficientNumberOfReplicas")
    eks.update_addon(clusterName="dev", addonName="coredns", addonVersion="v1.14.3-eksbuild.3")
    assert eks.list_addons(clusterName="dev")["addons"] == ["coredns", "vpc-cni"]
    assert eks.describe_addon(clusterName="dev", addonName="coredns")["addon"]["status"] == "DEGRADED"
    make_nodes()
    assert eks.describe_addon(clusterName="dev", addonName="coredns")["addon"]["status"] == "ACTIVE"


def test_states_take_their_time(eks: Any, rehearsal: Rehearsal, cluster: str, add: Callable[..., Any], refused: Refused) -> None:
    add("kube-proxy")
    rehearsal.pace(addon=60, addon_update=60, addon_deletion=60)
    assert add("vpc-cni")["status"] == "CREATING"
    with refused("ResourceInUseException", "currently in CREATING state"):
        eks.update_addon(clusterName="dev", addonName="vpc-cni", addonVersion="v1.22.3-eksbuild.1")
    eks.update_addon(clusterName="dev", addonName="kube-proxy", addonVersion="v1.35.3-eksbuild.25")
    found = eks.describe_addon(clusterName="dev", addonName="kube-proxy")["addon"]
    assert (found["status"], found["addonVersion"]) == ("UPDATING", "v1.35.3-eksbuild.21")
    eks.delete_addon(clusterName="dev", addonName="vpc-cni")
    assert eks.describe_addon(clusterName="dev", addonName="vpc-cni")["addon"]["status"] == "DELETING"


def test_an_update_is_told_and_done(eks: Any, cluster: str, add: Callable[..., Any]) -> None:
    add("vpc-cni", addonVersion="v1.22.3-eksbuild.1")
    values = '{"enableNetworkPolicy": "true"}'
    update = eks.update_addon(
        clusterName="dev", addonName="vpc-cni", addonVersion="v1.23.0-eksbuild.1", configurationValues=values, resolveConflicts="PRESERVE"
    )["update"]
    assert {each["type"]: each["value"] for each in update["params"]} == {
        "AddonVersion": "v1.23.0-eksbuild.1", "ConfigurationValues": values, "ResolveConflicts": "PRESERVE",
    }  # fmt: skip
    assert eks.describe_update(name="dev", addonName="vpc-cni", updateId=update["id"])["update"]["status"] == "Successful"
    found = eks.describe_addon(clusterName="dev", addonName="vpc-cni")["addon"]
    assert (found["status"], found["addonVersion"], found["configurationValues"]) == ("ACTIVE", "v1.23.0-eksbuild.1", values)


def test_the_cni_moves_by_one_minor_version(eks: Any, cluster: str, add: Callable[..., Any], refused: Refused) -> None:
    add("vpc-cni", addonVersion="v1.21.1-eksbuild.8")
    with refused("InvalidParameterException", "Updating VPC-CNI can only go up or down 1 minor version at a time"):
        eks.update_addon(clusterName="dev", addonName="vpc-cni", addonVersion="v1.23.1-eksbuild.1")


def test_an_add_on_owns_its_pod_identities(eks: Any, cluster: str, add: Callable[..., Any], roles: dict[str, str], refused: Refused) -> None:
    found = add("aws-ebs-csi-driver", podIdentityAssociations=[{"serviceAccount": "ebs-csi-controller-sa", "roleArn": roles["pods"]}])
    [association] = eks.list_pod_identity_associations(clusterName="dev")["associations"]
    assert found["podIdentityAssociations"] == [association["associationArn"]]
    assert (association["namespace"], association["ownerArn"]) == ("kube-system", found["addonArn"])
    with refused("InvalidRequestException", "owned by the add-on"):
        eks.delete_pod_identity_association(clusterName="dev", associationId=association["associationId"])
    eks.delete_addon(clusterName="dev", addonName="aws-ebs-csi-driver")
    assert eks.list_pod_identity_associations(clusterName="dev")["associations"] == []


def test_an_add_on_takes_its_own_service_accounts_only(cluster: str, add: Callable[..., Any], roles: dict[str, str], refused: Refused) -> None:
    with refused("InvalidParameterException", "[aws-node]"):
        add("vpc-cni", podIdentityAssociations=[{"serviceAccount": "default", "roleArn": roles["pods"]}])


def test_what_is_not_there_is_not_found(eks: Any, cluster: str, refused: Refused) -> None:
    with refused("ResourceNotFoundException", "No addon: coredns found in cluster: dev"):
        eks.describe_addon(clusterName="dev", addonName="coredns")
