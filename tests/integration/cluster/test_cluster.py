# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The cluster of an environment: built, read, changed back, and taken down."""

from __future__ import annotations

import json
from base64 import b64decode
from typing import Any

import pytest

from ansible_collections.fintech.platform.plugins.module_utils._engine.errors import PlanError
from ansible_collections.fintech.platform.plugins.module_utils._stacks.eks_cluster_addons import release
from ansible_collections.fintech.platform.plugins.module_utils._stacks.eks_cluster_spec import ADDONS
from tests.support.cloud import ACCOUNT, Cloud, Killed
from tests.support.eks import GENERAL, Eks, with_network
from tests.support.network import Outcome

pytestmark = pytest.mark.emulator

NAME = "acme-dev"
MADE = {
    "kms.CreateKey": 1, "kms.CreateAlias": 1, "kms.EnableKeyRotation": 1, "logs.CreateLogGroup": 1, "logs.PutRetentionPolicy": 1,
    "iam.CreateRole": 4, "iam.PutRolePolicy": 4, "iam.CreateOpenIDConnectProvider": 1, "eks.CreateCluster": 1, "eks.CreateAddon": 9,
    "eks.CreatePodIdentityAssociation": 2, "eks.CreateAccessEntry": 2, "eks.AssociateAccessPolicy": 2, "eks.CreateNodegroup": 1,
    "ec2.CreateLaunchTemplate": 1, "ec2.RevokeSecurityGroupEgress": 1,
}  # fmt: skip
READ = {  # one bulk read where there is one, else one call for each object and aspect
    "sts.GetCallerIdentity": 1, "ssm.GetParametersByPath": 1, "ec2.DescribeSubnets": 1, "ec2.DescribeSecurityGroups": 2,
    "ec2.DescribeLaunchTemplates": 1, "ec2.DescribeLaunchTemplateVersions": 1, "logs.DescribeLogGroups": 1, "logs.ListTagsForResource": 1,
    "kms.ListAliases": 1, "kms.DescribeKey": 1, "kms.GetKeyPolicy": 1, "kms.GetKeyRotationStatus": 1, "kms.ListResourceTags": 1,
    "iam.ListRoles": 1, "iam.GetRole": 4, "iam.GetRolePolicy": 4, "iam.ListRolePolicies": 4, "iam.ListAttachedRolePolicies": 4,
    "iam.GetOpenIDConnectProvider": 1, "eks.DescribeAddonVersions": 1, "eks.DescribeCluster": 1, "eks.ListAddons": 1, "eks.DescribeAddon": 9,
    "eks.ListNodegroups": 1, "eks.DescribeNodegroup": 1, "eks.ListPodIdentityAssociations": 1, "eks.DescribePodIdentityAssociation": 2,
    "eks.ListAccessEntries": 1, "eks.DescribeAccessEntry": 3, "eks.ListAssociatedAccessPolicies": 2,
}  # fmt: skip


@pytest.fixture
def cluster(cloud: Cloud) -> Eks:
    return with_network(cloud)


@pytest.fixture
def built(cluster: Eks) -> Eks:
    cluster.run()
    return cluster


def ids(cloud: Cloud, kind: str, *names: str) -> set[str]:
    known = cloud.ids()
    return {known[f"{kind}.{name}"] for name in names}


def changed(outcome: Outcome) -> list[tuple[str, str, set[str]]]:
    return sorted(outcome.told)


def test_the_first_run_builds_all_of_it(cloud: Cloud, cluster: Eks) -> None:
    outcome = cluster.run()
    assert outcome["counts"] == {"created": 23, "updated": 1, "replaced": 0, "deleted": 0, "unchanged": 0}
    assert outcome.recording.counts(outcome.changing) == MADE
    found = cloud.eks.describe_cluster(name=NAME)["cluster"]
    network = found["resourcesVpcConfig"]
    assert (network["endpointPrivateAccess"], network["endpointPublicAccess"]) == (True, False)
    assert set(network["subnetIds"]) == ids(cloud, "subnet", "workload-a", "workload-b")
    assert set(network["securityGroupIds"]) == ids(cloud, "security_group", "cluster_api")
    assert found["accessConfig"] == {"authenticationMode": "API", "bootstrapClusterCreatorAdminPermissions": False}
    assert found["encryptionConfig"] == [{"resources": ["secrets"], "provider": {"keyArn": outcome["cluster"]["key_arn"]}}]
    [logging] = found["logging"]["clusterLogging"]
    assert (len(logging["types"]), logging["enabled"]) == (5, True)
    assert (found["kubernetesNetworkConfig"]["serviceIpv4Cidr"], found["upgradePolicy"]) == ("172.20.0.0/16", {"supportType": "STANDARD"})
    [group] = cloud.logs.describe_log_groups(logGroupNamePrefix=f"/aws/eks/{NAME}/")["logGroups"]
    assert (group["retentionInDays"], group["kmsKeyId"]) == (365, outcome["cluster"]["key_arn"])
    assert outcome["cluster"]["endpoint"] == found["endpoint"]
    assert outcome["cluster"]["certificate_authority"] == found["certificateAuthority"]["data"]


def test_a_second_run_changes_nothing_and_reads_once(built: Eks) -> None:
    again = built.run()
    assert (again["changes"], again["orphans"], again["foreign"]) == ([], [], [])
    assert again.recording.counts() == READ


def test_an_empty_account_shows_the_whole_plan(cloud: Cloud) -> None:
    outcome = Eks(cloud).run(check=True)
    assert outcome.changing == []
    assert outcome["counts"]["created"] == 23
    assert "subnet.workload-a (known after apply)" in outcome["diff"]["after"]
    assert outcome["cluster"]["arn"] is None


def test_without_its_network_nothing_is_built(cloud: Cloud) -> None:
    with pytest.raises(
        PlanError, match=r"The network of dev lacks subnet workload-a, .*security group nodes.* Build it first, with the playbook network"
    ):
        Eks(cloud).run()
    assert cloud.kms.list_keys()["Keys"] == []


def test_nodes_stand_where_and_as_they_are_to(cloud: Cloud, built: Eks) -> None:
    found = [each for reservation in cloud.ec2.describe_instances()["Reservations"] for each in reservation["Instances"]]
    nodes = ids(cloud, "security_group", "nodes")
    assert len(found) == 1
    for each in found:
        assert each["SubnetId"] in ids(cloud, "subnet", "workload-a", "workload-b")
        assert {group["GroupId"] for group in each["SecurityGroups"]} == nodes
        assert (each["MetadataOptions"]["HttpTokens"], each["MetadataOptions"]["HttpPutResponseHopLimit"]) == ("required", 1)
    volumes = cloud.ec2.describe_volumes()["Volumes"]
    assert {(each["VolumeType"], each["Encrypted"]) for each in volumes} == {("gp3", True)}
    [scaling] = cloud.autoscaling.describe_auto_scaling_groups()["AutoScalingGroups"]
    discovered = {f"k8s.io/cluster-autoscaler/{NAME}", "k8s.io/cluster-autoscaler/enabled"}
    assert discovered <= {tag["Key"] for tag in scaling["Tags"]}


def test_the_groups_own_egress_is_shut(cloud: Cloud, built: Eks) -> None:
    group = cloud.eks.describe_cluster(name=NAME)["cluster"]["resourcesVpcConfig"]["clusterSecurityGroupId"]
    [found] = cloud.ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"]
    assert found["IpPermissionsEgress"] == []
    cloud.ec2.authorize_security_group_egress(GroupId=group, IpPermissions=[{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}])
    assert built.run().told == [("update", "cluster_security_group_rules.main", {"rules"})]


def test_who_is_let_in(cloud: Cloud, built: Eks) -> None:
    people = f"arn:aws:iam::{ACCOUNT}:role/fintech.platform/acme/dev/network/acme-dev-eu-central-1-developer-core"
    found = {}
    for principal in (people, f"arn:aws:iam::{ACCOUNT}:user/rehearsal"):
        answer = cloud.eks.list_associated_access_policies(clusterName=NAME, principalArn=principal)["associatedAccessPolicies"]
        found[principal.rpartition("/")[2]] = [(each["policyArn"].rpartition("/")[2], each["accessScope"]["type"]) for each in answer]
    assert found == {
        "acme-dev-eu-central-1-developer-core": [("AmazonEKSEditPolicy", "cluster")],
        "rehearsal": [("AmazonEKSClusterAdminPolicy", "cluster")],
    }
    narrowed = built.run(developer_namespaces=[{"role": "core", "namespaces": ["payments"]}])
    assert narrowed.told == [("update", "access_entry.developer-core", {"policies"})]
    [policy] = cloud.eks.list_associated_access_policies(clusterName=NAME, principalArn=people)["associatedAccessPolicies"]
    assert policy["accessScope"] == {"type": "namespace", "namespaces": ["payments"]}


def test_roles_name_every_action(cloud: Cloud, cluster: Eks) -> None:
    policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::acme/*"}]}
    app = {"name": "app", "namespace": "payments", "service_account": "app", "policy": policy}
    cluster.run(pod_identities=[app])
    names = [role["RoleName"] for role in cloud.iam.list_roles(PathPrefix="/fintech.platform/acme/dev/eks_cluster/")["Roles"]]
    assert len(names) == 5
    for name in names:
        assert cloud.iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"] == []
        statements = cloud.iam.get_role_policy(RoleName=name, PolicyName="platform")["PolicyDocument"]["Statement"]
        actions = [action for each in statements for action in ([each["Action"]] if isinstance(each["Action"], str) else each["Action"])]
        assert [action for action in actions if "*" in action] == []
    bound = {(each["namespace"], each["serviceAccount"]) for each in cloud.eks.list_pod_identity_associations(clusterName=NAME)["associations"]}
    assert bound == {("kube-system", "aws-node"), ("kube-system", "ebs-csi-controller-sa"), ("payments", "app")}


def test_addons_are_the_newest_or_as_pinned(cloud: Cloud, cluster: Eks) -> None:
    addons: list[dict[str, Any]] = [{"name": name} for name in ADDONS]
    cluster.run(addons=[{"name": "vpc-cni", "version": "v1.22.4-eksbuild.3", "configuration": {"env": {"WARM_PREFIX_TARGET": "2"}}}, *addons[1:]])

    def versions() -> dict[str, str]:
        return {name: cloud.eks.describe_addon(clusterName=NAME, addonName=name)["addon"]["addonVersion"] for name in ADDONS}

    offers = {
        each["addonName"]: max((offer["addonVersion"] for offer in each["addonVersions"]), key=release)
        for each in cloud.eks.describe_addon_versions(kubernetesVersion="1.35")["addons"]
    }
    assert versions() == {**{name: offers[name] for name in ADDONS}, "vpc-cni": "v1.22.4-eksbuild.3"}
    values = json.loads(cloud.eks.describe_addon(clusterName=NAME, addonName="vpc-cni")["addon"]["configurationValues"])
    assert values == {
        "enableNetworkPolicy": "true",
        "env": {
            "ENABLE_PREFIX_DELEGATION": "true", "WARM_PREFIX_TARGET": "2", "ENABLE_SUBNET_DISCOVERY": "true", "AWS_VPC_K8S_CNI_EXTERNALSNAT": "false",
        },
    }  # fmt: skip
    assert cluster.run(addons=addons).told == [("update", "node_addon.vpc-cni", {"version", "configuration"})]
    assert versions()["vpc-cni"] == offers["vpc-cni"]


def test_the_network_plugin_goes_one_minor_version_at_a_time(cluster: Eks) -> None:
    others = [{"name": name} for name in ADDONS[1:]]
    room = {"load_balancers": 0, "search_nodes": 0, "interface_endpoints": 0}
    old: dict[str, Any] = {"pod_addressing": "workload", "capacity": room}
    cluster.run(addons=[{"name": "vpc-cni", "version": "v1.20.4-eksbuild.1"}, *others], **old)
    with pytest.raises(PlanError, match=r"vpc-cni is at v1.20.4-eksbuild.1, and EKS updates it one minor version at a time. Pin one of v1.21 first"):
        cluster.run(**old)
    cluster.run(addons=[{"name": "vpc-cni", "version": "v1.21.1-eksbuild.8"}, *others], **old)


def test_an_upgrade_goes_from_the_control_plane_to_the_nodes(cloud: Cloud, cluster: Eks) -> None:
    cluster.run(version="1.34")
    upgraded = cluster.run(version="1.35")
    order = [what for _action, what, _fields in upgraded.told]
    assert order.index("cluster.main") < order.index("node_addon.vpc-cni" if "node_addon.vpc-cni" in order else "node_group.general")
    assert order.index("cluster.main") < order.index("node_group.general")
    assert cloud.eks.describe_nodegroup(clusterName=NAME, nodegroupName="general")["nodegroup"]["version"] == "1.35"
    assert cluster.run(version="1.35")["changes"] == []


def test_what_others_changed_is_changed_back(cloud: Cloud, built: Eks) -> None:
    eks = cloud.eks
    eks.update_cluster_config(name=NAME, resourcesVpcConfig={"endpointPublicAccess": True, "publicAccessCidrs": ["45.10.20.0/24"]})
    eks.update_nodegroup_config(clusterName=NAME, nodegroupName="general", labels={"addOrUpdateLabels": {"theirs": "true"}})
    eks.update_addon(clusterName=NAME, addonName="coredns", configurationValues='{"replicaCount": 1}')
    association = eks.list_pod_identity_associations(clusterName=NAME, serviceAccount="aws-node")["associations"][0]
    eks.delete_pod_identity_association(clusterName=NAME, associationId=association["associationId"])
    cloud.logs.put_retention_policy(logGroupName=f"/aws/eks/{NAME}/cluster", retentionInDays=1)
    assert changed(built.run()) == [
        ("create", "pod_identity_association.vpc-cni", {"cluster", "namespace", "service_account", "role", "tags"}),
        ("update", "addon.coredns", {"configuration"}),
        ("update", "cluster.main", {"public"}),
        ("update", "cluster_log_group.cluster", {"retention_days"}),
        ("update", "node_group.general", {"labels"}),
    ]
    assert built.run()["changes"] == []


def test_how_many_nodes_there_are_is_the_autoscalers_business(cloud: Cloud, built: Eks) -> None:
    cloud.eks.update_nodegroup_config(clusterName=NAME, nodegroupName="general", scalingConfig={"desiredSize": 2})
    assert built.run()["changes"] == []


def test_a_node_group_that_is_declared_no_more_goes_with_purge(cloud: Cloud, built: Eks) -> None:
    other = {**GENERAL, "name": "other"}
    assert {each["name"] for each in built.run(node_groups=[other])["orphans"]} == {"general"}
    removed = built.run(node_groups=[other], purge=True)
    assert [(action, what) for action, what, _fields in changed(removed)] == [
        ("delete", "launch_template.general"),
        ("delete", "node_group.general"),
    ]
    assert cloud.eks.list_nodegroups(clusterName=NAME)["nodegroups"] == ["other"]


def test_taken_down_only_the_key_is_left_for_a_while(cloud: Cloud, cluster: Eks) -> None:
    cluster.run(deletion_protection=True)
    with pytest.raises(PlanError, match=r"dev is protected from deletion"):
        cluster.take_down(deletion_protection=True)
    gone = cluster.take_down(deletion_protection=True, lift_deletion_protection="dev")
    assert gone["counts"]["deleted"] == 23
    [survivor] = gone["survivors"]
    assert (survivor["kind"], survivor["id"], bool(survivor["until"])) == ("key", gone["cluster"]["key_arn"], True)
    assert cloud.eks.list_clusters()["clusters"] == []
    assert cloud.logs.describe_log_groups(logGroupNamePrefix="/aws/eks/")["logGroups"] == []
    assert cloud.iam.list_roles(PathPrefix="/fintech.platform/acme/dev/eks_cluster/")["Roles"] == []
    assert cloud.iam.list_open_id_connect_providers()["OpenIDConnectProviderList"] == []
    assert cloud.ec2.describe_launch_templates()["LaunchTemplates"] == []
    assert cluster.take_down()["changes"] == []
    again = cluster.run()
    assert again["cluster"]["key_arn"] == survivor["id"]


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"version": "35"}, r"eks_cluster_version: '35' is not a minor version of Kubernetes in quotes"),
        ({"version": "1.99"}, r"EKS does not offer Kubernetes 1.99"),
        ({"version": "1.33"}, r"Kubernetes 1.33 is in extended support"),
        ({"endpoint": {"public": True}}, r"eks_cluster_endpoint: public needs public_cidrs"),
        ({"endpoint": {"public": True, "public_cidrs": ["45.10.20.1/24"]}}, r"'45.10.20.1/24' in public_cidrs is no IPv4 range without host bits"),
        ({"node_groups": [GENERAL, GENERAL]}, r"eks_cluster_node_groups: general is there 2 times"),
        ({"node_groups": [{**GENERAL, "min_size": 3}]}, r"sizes have to rise from min_size \(3\) over desired_size \(3\) to max_size \(2\)"),
        ({"node_groups": [{**GENERAL, "zones": ["z"]}]}, r"'z' is none of platform_zones: a, b"),
        ({"node_groups": [{**GENERAL, "labels": {"node.kubernetes.io/x": "y"}}]}, r"the label node.kubernetes.io/x has a prefix"),
        ({"node_groups": [{**GENERAL, "max_size": 300}]}, r"(?s)cannot hold what its capacity declares.*workload-a .* 152 nodes = "),
        ({"node_groups": [{**GENERAL, "instance_types": ["m6g.large"]}]}, r"m6g.large is arm64, but the image AL2023_x86_64_STANDARD is for x86_64"),
        ({"addons": [{"name": "coredns"}]}, r"eks_cluster_addons lacks vpc-cni, kube-proxy, eks-pod-identity-agent"),
        ({"addons": [*({"name": name} for name in ADDONS), {"name": "cordns"}]}, r"EKS offers no add-on cordns for Kubernetes 1.35"),
        ({"addons": [{"name": "vpc-cni", "version": "v1.20.4-eksbuild.1"}, *({"name": name} for name in ADDONS[1:])]}, r"does not keep pods out"),
        (
            {"addons": [{"name": "vpc-cni", "version": "v1.99.0-eksbuild.1"}, *({"name": name} for name in ADDONS[1:])]},
            r"The newest that do: v1.23.1",
        ),
        ({"deployers": ["deployer"]}, r"eks_cluster_deployers: deployer is not the ARN of an IAM role or user"),
        ({"deployers": [f"arn:aws:iam::{ACCOUNT}:role/deployer"]}, r"the account has no IAM role arn:aws:iam::123456789012:role/deployer. Correct"),
        ({"developer_namespaces": [{"role": "cor", "namespaces": ["x"]}]}, r"cor is no developer role .* \(core\)"),
    ],
    ids=lambda value: "" if isinstance(value, str) else None,
)
def test_what_cannot_be_is_refused_before_anything_is_made(cloud: Cloud, cluster: Eks, options: dict[str, Any], told: str) -> None:
    with cloud.recorded() as recording, pytest.raises(PlanError, match=told):
        cluster.run(**options)
    assert [call["action"] for call in recording.calls if call["mutating"]] == []


def test_wildcards_of_pod_identities_are_refused(cluster: Eks) -> None:
    policy = {"Statement": {"Effect": "Allow", "Action": ["s3:GetObject", "s3:*"], "Resource": "*"}}
    with pytest.raises(PlanError, match=r"eks_cluster_pod_identities, app: the action s3:\* is a wildcard"):
        cluster.run(pod_identities=[{"name": "app", "namespace": "payments", "service_account": "app", "policy": policy}])


@pytest.mark.parametrize(
    "action", ["CreateKey", "CreateAlias", "CreateCluster", "CreateNodegroup", "CreateAddon", "CreateAccessEntry", "CreateLaunchTemplate"]
)
def test_a_run_that_is_killed_is_repaired_by_the_next(cloud: Cloud, cluster: Eks, action: str) -> None:
    """The process ends with the answer of the call; its effect is there."""
    cloud.control.fault("drop", action=action, moment="after")
    cloud.mortal = True
    try:
        with pytest.raises(Killed):
            cluster.run()
    finally:
        cloud.mortal = False
    cloud.control.clear_faults()
    cloud.expire_leases()
    cluster.run()
    assert cluster.run()["changes"] == []
    keys = [cloud.kms.describe_key(KeyId=each["KeyId"])["KeyMetadata"] for each in cloud.kms.list_keys()["Keys"]]
    assert len([each for each in keys if each["Description"] == "Secrets and logs of the cluster acme-dev"]) == 1


def test_the_endpoint_opens_for_the_named_and_shuts_again(cloud: Cloud, built: Eks) -> None:
    opened = built.run(endpoint={"public": True, "public_cidrs": ["45.10.20.0/24"]})
    assert opened.told == [("update", "cluster.main", {"public", "public_cidrs"})]
    network = cloud.eks.describe_cluster(name=NAME)["cluster"]["resourcesVpcConfig"]
    assert (network["endpointPublicAccess"], network["endpointPrivateAccess"], network["publicAccessCidrs"]) == (True, True, ["45.10.20.0/24"])
    assert built.run().told == [("update", "cluster.main", {"public"})]
    assert built.run()["changes"] == []


def test_bottlerocket_is_told_in_its_own_words(cloud: Cloud, cluster: Eks) -> None:
    cluster.run(node_groups=[{**GENERAL, "ami_type": "BOTTLEROCKET_ARM_64", "instance_types": ["m7g.large"], "capacity_type": "SPOT"}])
    [template] = [each for each in cloud.ec2.describe_launch_templates()["LaunchTemplates"] if each["LaunchTemplateName"] == "acme-dev-general"]
    [version] = cloud.ec2.describe_launch_template_versions(LaunchTemplateId=template["LaunchTemplateId"])["LaunchTemplateVersions"]
    data = version["LaunchTemplateData"]
    assert b64decode(data["UserData"]).decode() == "[settings.kubernetes]\nmax-pods = 30\n"
    sizes = {each["DeviceName"]: (each["Ebs"]["VolumeSize"], each["Ebs"]["Encrypted"]) for each in data["BlockDeviceMappings"]}
    assert sizes == {"/dev/xvda": (4, True), "/dev/xvdb": (50, True)}
