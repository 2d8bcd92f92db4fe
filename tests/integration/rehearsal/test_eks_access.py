# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Access entries with their policies, and pod identity associations."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from .conftest import Client, Refused

pytestmark = pytest.mark.emulator

ACCOUNT = "123456789012"
POLICY = "arn:aws:eks::aws:cluster-access-policy/"
OWN = f"arn:aws:iam::{ACCOUNT}:user/rehearsal"


@pytest.fixture
def developers(make_role: Callable[..., str], make_cluster: Callable[..., Any]) -> str:
    """A role with a path, beside an active cluster."""
    make_cluster()
    return make_role("developers", "ec2.amazonaws.com", path="/fintech.platform/acme/dev/")


def test_the_creator_is_admitted(eks: Any, make_cluster: Callable[..., Any], make_client: Client) -> None:
    make_cluster()
    assert make_client("sts").get_caller_identity()["Arn"] == OWN
    assert eks.list_access_entries(clusterName="dev")["accessEntries"] == [OWN]
    [policy] = eks.list_associated_access_policies(clusterName="dev", principalArn=OWN)["associatedAccessPolicies"]
    assert (policy["policyArn"], policy["accessScope"]) == (f"{POLICY}AmazonEKSClusterAdminPolicy", {"type": "cluster", "namespaces": []})


def test_nobody_is_admitted_where_that_is_asked_for(eks: Any, make_cluster: Callable[..., Any]) -> None:
    make_cluster(accessConfig={"authenticationMode": "API", "bootstrapClusterCreatorAdminPermissions": False})
    assert eks.list_access_entries(clusterName="dev")["accessEntries"] == []


def test_an_entry_is_read_back(eks: Any, developers: str) -> None:
    made = eks.create_access_entry(clusterName="dev", principalArn=developers, kubernetesGroups=["platform:view"], tags={"a": "b"})["accessEntry"]
    assert made["username"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/developers/{{{{SessionName}}}}"
    assert (made["type"], made["kubernetesGroups"], made["tags"]) == ("STANDARD", ["platform:view"], {"a": "b"})
    assert eks.describe_access_entry(clusterName="dev", principalArn=developers)["accessEntry"] == made
    assert eks.list_tags_for_resource(resourceArn=made["accessEntryArn"])["tags"] == {"a": "b"}


def test_an_entry_is_updated_and_deleted(eks: Any, developers: str, refused: Refused) -> None:
    eks.create_access_entry(clusterName="dev", principalArn=developers, kubernetesGroups=["one"])
    eks.update_access_entry(clusterName="dev", principalArn=developers, kubernetesGroups=["two"], username="dev:{{SessionName}}")
    found = eks.describe_access_entry(clusterName="dev", principalArn=developers)["accessEntry"]
    assert (found["kubernetesGroups"], found["username"]) == (["two"], "dev:{{SessionName}}")
    eks.delete_access_entry(clusterName="dev", principalArn=developers)
    with refused("ResourceNotFoundException", "The specified principalArn could not be found"):
        eks.describe_access_entry(clusterName="dev", principalArn=developers)


@pytest.mark.parametrize(
    ("asked", "code", "text"),
    [
        ({"principalArn": "developers"}, "InvalidParameterException", "format is not valid"),
        ({"principalArn": f"arn:aws:sts::{ACCOUNT}:assumed-role/developers/alice"}, "InvalidParameterException", "format is not valid"),
        ({"principalArn": f"arn:aws:iam::{ACCOUNT}:role/developers"}, "InvalidParameterException", "invalid principal"),
        ({"principalArn": f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/x.amazonaws.com/X"}, "InvalidRequestException", "Service Linked Role"),
        ({"type": "EVERYBODY"}, "InvalidParameterException", "does not exist"),
        ({"type": "EC2_LINUX", "kubernetesGroups": ["x"]}, "InvalidParameterException", "cannot be specified"),
        ({"username": "system:admin"}, "InvalidParameterException", "can not start with"),
        ({"username": "john{{SessionName}}"}, "InvalidParameterException", "colon"),
        ({"kubernetesGroups": ["system:masters"]}, "InvalidParameterException", "can not start with system:"),
    ],
)  # fmt: skip
def test_entries_are_refused(eks: Any, developers: str, refused: Refused, asked: dict[str, Any], code: str, text: str) -> None:
    with refused(code, text):
        eks.create_access_entry(**{"clusterName": "dev", "principalArn": developers, **asked})


def test_a_principal_has_one_entry(eks: Any, developers: str, refused: Refused) -> None:
    eks.create_access_entry(clusterName="dev", principalArn=developers)
    with refused("ResourceInUseException", "already in use"):
        eks.create_access_entry(clusterName="dev", principalArn=developers)


def test_policies_are_associated_with_a_scope(eks: Any, developers: str) -> None:
    eks.create_access_entry(clusterName="dev", principalArn=developers)
    view = f"{POLICY}AmazonEKSViewPolicy"
    for scope in ({"type": "cluster"}, {"type": "namespace", "namespaces": ["payments", "ledger"]}):
        eks.associate_access_policy(clusterName="dev", principalArn=developers, policyArn=view, accessScope=scope)
    [found] = eks.list_associated_access_policies(clusterName="dev", principalArn=developers)["associatedAccessPolicies"]
    assert found["accessScope"] == {"type": "namespace", "namespaces": ["payments", "ledger"]}
    assert eks.list_access_entries(clusterName="dev", associatedPolicyArn=view)["accessEntries"] == [developers]
    eks.disassociate_access_policy(clusterName="dev", principalArn=developers, policyArn=view)
    assert eks.list_associated_access_policies(clusterName="dev", principalArn=developers)["associatedAccessPolicies"] == []


@pytest.mark.parametrize(
    ("policy", "scope", "text"),
    [
        ("AmazonEKSNothingPolicy", {"type": "cluster"}, "does not exist"),
        ("AmazonEKSViewPolicy", {"type": "namespace"}, "Namespaces must be specified"),
        ("AmazonEKSViewPolicy", {"type": "cluster", "namespaces": ["x"]}, "Namespaces must be specified"),
    ],
)
def test_policies_are_refused(eks: Any, developers: str, refused: Refused, policy: str, scope: dict[str, Any], text: str) -> None:
    eks.create_access_entry(clusterName="dev", principalArn=developers)
    with refused("InvalidParameterException", text):
        eks.associate_access_policy(clusterName="dev", principalArn=developers, policyArn=f"{POLICY}{policy}", accessScope=scope)


def test_policies_are_of_standard_entries(eks: Any, developers: str, refused: Refused) -> None:
    eks.create_access_entry(clusterName="dev", principalArn=developers, type="EC2_LINUX")
    found = eks.describe_access_entry(clusterName="dev", principalArn=developers)["accessEntry"]
    assert (found["username"], found["kubernetesGroups"]) == ("system:node:{{EC2PrivateDNSName}}", ["system:nodes"])
    with refused("InvalidRequestException", "EC2_LINUX"):
        eks.associate_access_policy(
            clusterName="dev", principalArn=developers, policyArn=f"{POLICY}AmazonEKSViewPolicy", accessScope={"type": "cluster"}
        )


def test_the_policies_that_there_are(eks: Any) -> None:
    found = {each["name"]: each["arn"] for each in eks.list_access_policies()["accessPolicies"]}
    assert found["AmazonEKSEditPolicy"] == f"{POLICY}AmazonEKSEditPolicy"
    assert {"AmazonEKSClusterAdminPolicy", "AmazonEKSAdminPolicy", "AmazonEKSAdminViewPolicy", "AmazonEKSViewPolicy"} <= found.keys()


def test_the_role_of_nodes_is_admitted_by_eks(
    eks: Any, make_cluster: Callable[..., Any], make_nodes: Callable[..., Any], roles: dict[str, str]
) -> None:
    make_cluster()
    for name in ("one", "two"):
        make_nodes(name)
    assert eks.describe_access_entry(clusterName="dev", principalArn=roles["nodes"])["accessEntry"]["type"] == "EC2_LINUX"
    eks.delete_nodegroup(clusterName="dev", nodegroupName="one")
    assert roles["nodes"] in eks.list_access_entries(clusterName="dev")["accessEntries"]
    eks.delete_nodegroup(clusterName="dev", nodegroupName="two")
    assert roles["nodes"] not in eks.list_access_entries(clusterName="dev")["accessEntries"]


def test_a_pod_identity_is_read_back_updated_and_deleted(eks: Any, make_cluster: Callable[..., Any], roles: dict[str, str], refused: Refused) -> None:
    make_cluster()
    asked = {"namespace": "payments", "serviceAccount": "api", "roleArn": roles["pods"], "tags": {"a": "b"}}
    made = eks.create_pod_identity_association(clusterName="dev", **asked)["association"]
    assert {name: made[name] for name in asked} == asked
    with refused("ResourceInUseException", "Association already exists"):
        eks.create_pod_identity_association(clusterName="dev", **asked)
    eks.update_pod_identity_association(clusterName="dev", associationId=made["associationId"], disableSessionTags=True)
    found = eks.describe_pod_identity_association(clusterName="dev", associationId=made["associationId"])["association"]
    assert found["disableSessionTags"]
    assert eks.list_pod_identity_associations(clusterName="dev", namespace="other")["associations"] == []
    eks.delete_pod_identity_association(clusterName="dev", associationId=made["associationId"])
    with refused("ResourceNotFoundException"):
        eks.describe_pod_identity_association(clusterName="dev", associationId=made["associationId"])


@pytest.mark.parametrize(("service", "actions"), [("ec2.amazonaws.com", ["sts:AssumeRole"]), ("pods.eks.amazonaws.com", ["sts:AssumeRole"])])
def test_pods_need_a_role_that_trusts_them_with_session_tags(
    eks: Any, make_cluster: Callable[..., Any], make_role: Callable[..., str], refused: Refused, service: str, actions: list[str]
) -> None:
    make_cluster()
    role = make_role("wrong", service, *actions)
    with refused("InvalidParameterException", "Trust policy of the role provided is invalid"):
        eks.create_pod_identity_association(clusterName="dev", namespace="payments", serviceAccount="api", roleArn=role)
