# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Samples of a cluster and of what it stands on and contains, and what a life of each takes, call by call."""

from __future__ import annotations

from typing import Any

from ansible_collections.fintech.platform.plugins.module_utils._aws.ec2.launch_template import LaunchTemplate
from ansible_collections.fintech.platform.plugins.module_utils._aws.ec2.security_group_rules import Rule
from ansible_collections.fintech.platform.plugins.module_utils._aws.eks.access_entry import AccessEntry, AccessPolicy
from ansible_collections.fintech.platform.plugins.module_utils._aws.eks.addon import Addon
from ansible_collections.fintech.platform.plugins.module_utils._aws.eks.cluster import LOG_TYPES, Cluster
from ansible_collections.fintech.platform.plugins.module_utils._aws.eks.cluster_security_group_rules import OWN_RULES, ClusterSecurityGroupRules
from ansible_collections.fintech.platform.plugins.module_utils._aws.eks.node_addon import NodeAddon
from ansible_collections.fintech.platform.plugins.module_utils._aws.eks.node_group import NodeGroup, Taint
from ansible_collections.fintech.platform.plugins.module_utils._aws.eks.pod_identity_association import PodIdentityAssociation
from ansible_collections.fintech.platform.plugins.module_utils._aws.iam.oidc_provider import OidcProvider
from ansible_collections.fintech.platform.plugins.module_utils._aws.iam.role import Role
from ansible_collections.fintech.platform.plugins.module_utils._aws.kms.key import Key
from ansible_collections.fintech.platform.plugins.module_utils._aws.logs.cluster_log_group import ClusterLogGroup
from ansible_collections.fintech.platform.plugins.module_utils._engine.resource import Resource

from .cloud import ACCOUNT, REGION, Cloud
from .kind_cases import Case
from .kinds import SCOPE, Made, tags

NETWORK: dict[str, str] = {}  # the ids of what another stack has, by name: filled by ``lay_network``
ROOT = f"arn:aws:iam::{ACCOUNT}:root"


def lay_network(cloud: Cloud) -> None:
    """Four subnets in two zones, and three security groups."""
    ec2 = cloud.ec2
    vpc = ec2.create_vpc(CidrBlock="10.64.0.0/23")["Vpc"]["VpcId"]
    for index, name in enumerate(("a", "b", "other-a", "other-b")):
        zone = f"euc1-az{index % 2 + 1}"
        NETWORK[name] = ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.64.0.{64 * index}/26", AvailabilityZoneId=zone)["Subnet"]["SubnetId"]
    for name in ("nodes", "api", "other"):
        NETWORK[name] = ec2.create_security_group(GroupName=name, Description=name, VpcId=vpc)["GroupId"]


def key_policy(*actions: str) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Principal": {"AWS": ROOT}, "Action": ["kms:*", *actions], "Resource": "*"}
    return {"Version": "2012-10-17", "Statement": [statement]}


def a_key(**options: Any) -> Key:
    return Key(**{"name": "main", "scope": SCOPE, "description": "secrets", "policy": key_policy(), "tags": tags("main"), **options})


def a_role(name: str, service: str, *actions: str) -> Role:
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": ["sts:AssumeRole", *actions]}
    document = {"Version": "2012-10-17", "Statement": [statement]}
    allowed = {"Effect": "Allow", "Action": ["ec2:DescribeInstances"], "Resource": "*"}
    policy = {"Version": "2012-10-17", "Statement": [allowed]}
    return Role(name=name, scope=SCOPE, region=REGION, trust=document, policy=policy, tags=tags(name))


def a_pod_role(name: str) -> Role:
    return a_role(name, "pods.eks.amazonaws.com", "sts:TagSession")


def a_cluster(**options: Any) -> tuple[list[Resource], Cluster]:
    secret, role = a_key(), a_role("cluster", "eks.amazonaws.com")
    logs = ClusterLogGroup(name="cluster", scope=SCOPE, retention_days=365, kms_key=secret, tags=tags("cluster"))
    values: dict[str, Any] = {
        "name": "main", "scope": SCOPE, "version": "1.34", "role": role, "key": secret, "log_group": logs, "service_cidr": "172.20.0.0/16",
        "subnets": frozenset({NETWORK["a"], NETWORK["b"]}), "groups": frozenset({NETWORK["api"]}), "tags": tags("main"),
    }  # fmt: skip
    made = Cluster(**{**values, **options})
    return [secret, role, logs, made], made


def a_node_addon(cluster: Cluster, name: str = "vpc-cni", **options: Any) -> NodeAddon:
    values = {"name": name, "cluster": cluster, "version": "v1.22.3-eksbuild.1", "configuration": {}, "tags": tags(name)}
    return NodeAddon(**{**values, **options})


def a_template(size: int = 50) -> LaunchTemplate:
    volume = {"VolumeSize": size, "VolumeType": "gp3", "Encrypted": True}
    data = {
        "SecurityGroupIds": [NETWORK["nodes"]], "BlockDeviceMappings": [{"DeviceName": "/dev/xvda", "Ebs": volume}],
        "MetadataOptions": {"HttpTokens": "required", "HttpPutResponseHopLimit": 1},
    }  # fmt: skip
    return LaunchTemplate(name="general", template_name="acme-dev-general", data=data, tags=tags("general"))


def a_node_group(size: int = 50, **options: Any) -> tuple[list[Resource], NodeGroup]:
    basis, home = a_cluster()
    role, cni, template = a_role("nodes", "ec2.amazonaws.com"), a_node_addon(home), a_template(size)
    values: dict[str, Any] = {
        "name": "general", "cluster": home, "role": role, "subnets": home.subnets, "ami_type": "AL2023_x86_64_STANDARD", "sizes": (1, 3),
        "capacity_type": "ON_DEMAND", "instance_types": ("m6i.large",), "launch_template": template, "template": template.fingerprint,
        "version": "1.34", "desired": 2, "labels": {"team": "core"}, "addons": frozenset({cni}), "tags": tags("general"),
    }  # fmt: skip
    return [*basis, role, cni, template], NodeGroup(**{**values, **options})


def key(version: int) -> Made:
    return [], a_key(rotation_days=[365, 180][version - 1], policy=key_policy(*["kms:Decrypt"] * (version - 1)))


def cluster_log_group(version: int) -> Made:
    secret = a_key()
    days = [365, 400][version - 1]
    return [secret], ClusterLogGroup(name="cluster", scope=SCOPE, retention_days=days, kms_key=secret, tags=tags("cluster"))


def cluster(version: int) -> Made:
    """Version 2 differs in all that an update takes; EKS takes six, one at a time."""
    changed: dict[str, Any] = {
        "version": "1.35", "subnets": frozenset({NETWORK["other-a"], NETWORK["other-b"]}), "groups": frozenset({NETWORK["other"]}),
        "public": True, "public_cidrs": frozenset({"45.10.20.0/24"}), "log_types": LOG_TYPES - {"scheduler"}, "support": "EXTENDED", "protected": True,
    }  # fmt: skip
    [*basis, subject] = a_cluster(**(changed if version == 2 else {}))[0]
    return basis, subject


def cluster_security_group_rules(version: int) -> Made:
    basis, home = a_cluster()
    more = {Rule("egress", "tcp", "10.1.0.0/16", (443, 443))} if version == 2 else set()
    return basis, ClusterSecurityGroupRules(name="main", cluster=home, rules=OWN_RULES | more)


def oidc_provider(version: int) -> Made:
    basis, home = a_cluster()
    return basis, OidcProvider(name="main", cluster=home, tags=tags("main"))


def access_entry(version: int) -> Made:
    basis, home = a_cluster()
    policies = {
        1: {AccessPolicy("AmazonEKSViewPolicy"), AccessPolicy("AmazonEKSEditPolicy", frozenset({"payments"}))},
        2: {AccessPolicy("AmazonEKSEditPolicy", frozenset({"cards"})), AccessPolicy("AmazonEKSClusterAdminPolicy")},
    }
    groups = frozenset({f"team-{version}"})
    entry = AccessEntry(name="core", cluster=home, principal=ROOT, groups=groups, policies=frozenset(policies[version]), tags=tags("core"))
    return basis, entry


def pod_identity_association(version: int) -> Made:
    basis, home = a_cluster()
    roles = [a_pod_role("one"), a_pod_role("two")]
    association = PodIdentityAssociation(
        name="app", cluster=home, namespace="payments", service_account="app", role=roles[version - 1], tags=tags("app")
    )
    return [*basis, *roles], association


def node_addon(version: int) -> Made:
    basis, home = a_cluster()
    settings = {"env": {"ENABLE_PREFIX_DELEGATION": ["true", "false"][version - 1]}}
    return basis, a_node_addon(home, version=f"v1.22.{version + 2}-eksbuild.{[1, 3][version - 1]}", configuration=settings)


def launch_template(version: int) -> Made:
    return [], a_template([50, 80][version - 1])


def node_group(version: int) -> Made:
    changed: dict[str, Any] = {
        "sizes": (2, 4), "labels": {"tier": "batch"}, "taints": frozenset({Taint("batch", "true", "NO_SCHEDULE")}), "max_unavailable": 2
    }  # fmt: skip
    return a_node_group(**(changed if version == 2 else {}))


def addon(version: int) -> Made:
    basis, group = a_node_group()
    found = Addon(
        name="metrics-server", cluster=group.cluster, version=["v0.8.1-eksbuild.6", "v0.9.0-eksbuild.5"][version - 1],
        configuration={"replicas": version}, node_groups=frozenset({group}), tags=tags("metrics-server"),
    )  # fmt: skip
    return [*basis, group], found


CONFIG = {"eks.UpdateClusterConfig": 5, "eks.UpdateClusterVersion": 1}
EKS_CASES = [
    Case(
        make=key,
        create={"kms.CreateKey": 1, "kms.CreateAlias": 1, "kms.EnableKeyRotation": 1},
        reads={"kms.ListAliases": 1, "kms.DescribeKey": 1, "kms.GetKeyRotationStatus": 1, "kms.GetKeyPolicy": 1, "kms.ListResourceTags": 1},
        change=({"policy", "rotation_days"}, {"kms.PutKeyPolicy": 1, "kms.EnableKeyRotation": 1}),
        retag="kms.TagResource",
        delete={"kms.ScheduleKeyDeletion": 1},
    ),
    Case(
        make=cluster_log_group,
        create={"logs.CreateLogGroup": 1, "logs.PutRetentionPolicy": 1},
        reads={"logs.DescribeLogGroups": 1, "logs.ListTagsForResource": 1},
        change=({"retention_days"}, {"logs.PutRetentionPolicy": 1}),
        retag="logs.TagResource",
        delete={"logs.DeleteLogGroup": 1},
    ),
    Case(
        make=cluster,
        create={"eks.CreateCluster": 1},
        reads={"eks.DescribeCluster": 1},
        change=({"version", "subnets", "groups", "public", "public_cidrs", "log_types", "support", "protected"}, CONFIG),
        retag="eks.TagResource",
        delete={"eks.UpdateClusterConfig": 1, "eks.DeleteCluster": 1},
    ),
    Case(
        make=cluster_security_group_rules,
        create={"ec2.RevokeSecurityGroupEgress": 1},
        reads={"ec2.DescribeSecurityGroups": 1},
        change=({"rules"}, {"ec2.AuthorizeSecurityGroupEgress": 1}),
    ),
    Case(
        make=oidc_provider,
        create={"iam.CreateOpenIDConnectProvider": 1},
        reads={"iam.GetOpenIDConnectProvider": 1},
        retag="iam.TagOpenIDConnectProvider",
        delete={"iam.DeleteOpenIDConnectProvider": 1},
    ),
    Case(
        make=access_entry,
        create={"eks.CreateAccessEntry": 1, "eks.AssociateAccessPolicy": 2},
        reads={"eks.ListAccessEntries": 1, "eks.DescribeAccessEntry": 1, "eks.ListAssociatedAccessPolicies": 1},
        change=({"groups", "policies"}, {"eks.UpdateAccessEntry": 1, "eks.AssociateAccessPolicy": 2, "eks.DisassociateAccessPolicy": 1}),
        retag="eks.TagResource",
        delete={"eks.DeleteAccessEntry": 1},
    ),
    Case(
        make=pod_identity_association,
        create={"eks.CreatePodIdentityAssociation": 1},
        reads={"eks.ListPodIdentityAssociations": 1, "eks.DescribePodIdentityAssociation": 1},
        change=({"role"}, {"eks.UpdatePodIdentityAssociation": 1}),
        retag="eks.TagResource",
        delete={"eks.DeletePodIdentityAssociation": 1},
    ),
    Case(
        make=node_addon,
        create={"eks.CreateAddon": 1},
        reads={"eks.ListAddons": 1, "eks.DescribeAddon": 1},
        change=({"version", "configuration"}, {"eks.UpdateAddon": 1}),
        retag="eks.TagResource",
        delete={"eks.DeleteAddon": 1},
    ),
    Case(
        make=launch_template,
        create={"ec2.CreateLaunchTemplate": 1},
        reads={"ec2.DescribeLaunchTemplates": 1, "ec2.DescribeLaunchTemplateVersions": 1},
        change=({"data"}, {"ec2.CreateLaunchTemplateVersion": 1}),
        delete={"ec2.DeleteLaunchTemplate": 1},
    ),
    Case(
        make=node_group,
        create={"eks.CreateNodegroup": 1},
        reads={"eks.ListNodegroups": 1, "eks.DescribeNodegroup": 1, "ec2.DescribeLaunchTemplateVersions": 1},
        change=({"sizes", "labels", "taints", "max_unavailable"}, {"eks.UpdateNodegroupConfig": 1}),
        retag="eks.TagResource",
        delete={"eks.DeleteNodegroup": 1},
    ),
    Case(
        make=addon,
        create={"eks.CreateAddon": 1},
        reads={"eks.ListAddons": 1, "eks.DescribeAddon": 1},
        change=({"version", "configuration"}, {"eks.UpdateAddon": 1}),
        retag="eks.TagResource",
        delete={"eks.DeleteAddon": 1},
    ),
]
