# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Managed node groups: their instances, Auto Scaling groups and updates."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from rehearsal.aws.client import Rehearsal

from .conftest import Client, Refused

pytestmark = pytest.mark.emulator

TEMPLATE = {
    "MetadataOptions": {"HttpTokens": "required", "HttpPutResponseHopLimit": 1},
    "BlockDeviceMappings": [{"DeviceName": "/dev/xvda", "Ebs": {"VolumeSize": 50, "VolumeType": "gp3", "Encrypted": True}}],
    "TagSpecifications": [{"ResourceType": "instance", "Tags": [{"Key": "Name", "Value": "acme-dev-node"}]}],
}
SIZES = {"minSize": 2, "maxSize": 6, "desiredSize": 4}


@pytest.fixture
def cluster(make_cluster: Callable[..., Any]) -> dict[str, Any]:
    found: dict[str, Any] = make_cluster()
    return found


@pytest.fixture
def node_group_id(ec2: Any, vpc: str) -> str:
    """The security group of nodes."""
    return str(ec2.create_security_group(GroupName="nodes", Description="nodes", VpcId=vpc)["GroupId"])


@pytest.fixture
def template(ec2: Any, node_group_id: str) -> dict[str, str]:
    made = ec2.create_launch_template(LaunchTemplateName="nodes", LaunchTemplateData={**TEMPLATE, "SecurityGroupIds": [node_group_id]})
    return {"id": made["LaunchTemplate"]["LaunchTemplateId"], "version": "1"}


def instances(ec2: Any, group: str = "general") -> list[dict[str, Any]]:
    wanted = [{"Name": "tag:eks:nodegroup-name", "Values": [group]}, {"Name": "instance-state-name", "Values": ["running"]}]
    return [each for reservation in ec2.describe_instances(Filters=wanted)["Reservations"] for each in reservation["Instances"]]


def scaling(make_client: Client, group: dict[str, Any]) -> dict[str, Any]:
    names = [each["name"] for each in group["resources"]["autoScalingGroups"]]
    [found] = make_client("autoscaling").describe_auto_scaling_groups(AutoScalingGroupNames=names)["AutoScalingGroups"]
    assert isinstance(found, dict)
    return found


def test_a_node_group_is_read_back(cluster: dict[str, Any], make_nodes: Callable[..., Any], template: dict[str, str], subnets: list[str]) -> None:
    asked = {
        "scalingConfig": SIZES,
        "labels": {"team": "payments"},
        "taints": [{"key": "dedicated", "value": "payments", "effect": "NO_SCHEDULE"}],
        "updateConfig": {"maxUnavailablePercentage": 33},
        "nodeRepairConfig": {"enabled": True},
        "capacityType": "SPOT",
        "instanceTypes": ["m6i.large", "m7i.large"],
        "amiType": "AL2023_x86_64_STANDARD",
        "releaseVersion": "1.35.7-20260827",
        "tags": {"fintech.platform/name": "general"},
    }
    found = make_nodes(**asked, launchTemplate=template)
    assert {name: found[name] for name in asked} == asked
    assert found["launchTemplate"] == {**template, "name": "nodes"}
    assert (found["status"], found["version"], found["health"]) == ("ACTIVE", "1.35", {"issues": []})
    assert "diskSize" not in found


def test_the_defaults_of_a_node_group(cluster: dict[str, Any], make_nodes: Callable[..., Any]) -> None:
    found = make_nodes(instanceTypes=[])
    assert (found["scalingConfig"], found["diskSize"]) == ({"minSize": 1, "maxSize": 2, "desiredSize": 2}, 20)
    assert (found["amiType"], found["instanceTypes"]) == ("AL2023_x86_64_STANDARD", ["t3.medium"])
    assert (found["releaseVersion"], found["updateConfig"]) == ("1.35.7-20260903", {"maxUnavailable": 1})


def test_instances_are_launched_from_the_template_across_the_zones(
    ec2: Any, cluster: dict[str, Any], make_nodes: Callable[..., Any], template: dict[str, str], node_group_id: str, subnets: list[str]
) -> None:
    make_nodes(launchTemplate=template, scalingConfig=SIZES)
    found = instances(ec2)
    assert Counter(each["SubnetId"] for each in found) == dict.fromkeys(subnets, 2)
    for each in found:
        assert [group["GroupId"] for group in each["SecurityGroups"]] == [node_group_id]
        assert [group["GroupId"] for interface in each["NetworkInterfaces"] for group in interface["Groups"]] == [node_group_id]
        assert (each["InstanceType"], each["MetadataOptions"]["HttpTokens"], each["MetadataOptions"]["HttpPutResponseHopLimit"]) == (
            "m6i.large", "required", 1,
        )  # fmt: skip
        tags = {tag["Key"]: tag["Value"] for tag in each["Tags"]}
        assert tags["Name"] == "acme-dev-node"
        assert tags["kubernetes.io/cluster/dev"] == "owned"
        assert tags["eks:cluster-name"] == tags["aws:eks:cluster-name"] == "dev"
    addresses = [each["PrivateIpAddress"] for each in ec2.describe_network_interfaces()["NetworkInterfaces"]]
    assert len(addresses) == len(set(addresses))
    [volume] = ec2.describe_volumes(Filters=[{"Name": "attachment.instance-id", "Values": [found[0]["InstanceId"]]}])["Volumes"]
    assert (volume["Size"], volume["VolumeType"], volume["Encrypted"]) == (50, "gp3", True)


def test_without_a_group_in_the_template_nodes_get_the_clusters(ec2: Any, cluster: dict[str, Any], make_nodes: Callable[..., Any]) -> None:
    make_nodes()
    own = cluster["resourcesVpcConfig"]["clusterSecurityGroupId"]
    assert {group["GroupId"] for each in instances(ec2) for group in each["SecurityGroups"]} == {own}


def test_the_auto_scaling_group_has_the_tags_of_eks_and_takes_others(
    cluster: dict[str, Any], make_nodes: Callable[..., Any], make_client: Client
) -> None:
    group = make_nodes(tags={"mine": "yes"}, scalingConfig=SIZES)
    found = scaling(make_client, group)
    assert found["AutoScalingGroupName"].startswith("eks-general-")
    assert (found["MinSize"], found["MaxSize"], found["DesiredCapacity"], len(found["Instances"])) == (2, 6, 4, 4)
    assert {tag["Key"]: tag["Value"] for tag in found["Tags"]} == {
        "eks:cluster-name": "dev", "eks:nodegroup-name": "general", "kubernetes.io/cluster/dev": "owned",
        "k8s.io/cluster-autoscaler/enabled": "true", "k8s.io/cluster-autoscaler/dev": "owned",
    }  # fmt: skip
    tag = {
        "ResourceId": found["AutoScalingGroupName"],
        "ResourceType": "auto-scaling-group",
        "Key": "mine",
        "Value": "yes",
        "PropagateAtLaunch": True,
    }
    make_client("autoscaling").create_or_update_tags(Tags=[tag])
    assert "mine" in {each["Key"] for each in scaling(make_client, group)["Tags"]}


def test_the_image_is_that_of_the_public_parameter(ec2: Any, cluster: dict[str, Any], make_nodes: Callable[..., Any], make_client: Client) -> None:
    make_nodes(amiType="BOTTLEROCKET_ARM_64", instanceTypes=["m7g.large"])
    name = "/aws/service/bottlerocket/aws-k8s-1.35/arm64/latest/image_id"
    expected = make_client("ssm").get_parameter(Name=name)["Parameter"]["Value"]
    assert {each["ImageId"] for each in instances(ec2)} == {expected}


def test_states_take_their_time(eks: Any, rehearsal: Rehearsal, cluster: dict[str, Any], make_nodes: Callable[..., Any], refused: Refused) -> None:
    rehearsal.pace(nodegroup=60)
    group = make_nodes()
    assert (group["status"], group["resources"]) == ("CREATING", {})
    with refused("ResourceInUseException", "not in Active State"):
        eks.update_nodegroup_config(clusterName="dev", nodegroupName="general", scalingConfig=SIZES)
    with refused("ResourceInUseException", "Cluster has nodegroups attached"):
        eks.delete_cluster(name="dev")


def test_sizes_labels_and_taints_are_updated(eks: Any, ec2: Any, cluster: dict[str, Any], make_nodes: Callable[..., Any]) -> None:
    make_nodes(labels={"a": "1", "b": "2"}, taints=[{"key": "x", "value": "1", "effect": "NO_SCHEDULE"}], scalingConfig=SIZES)
    update = eks.update_nodegroup_config(
        clusterName="dev",
        nodegroupName="general",
        scalingConfig={"minSize": 1, "maxSize": 6, "desiredSize": 1},
        labels={"removeLabels": ["a"], "addOrUpdateLabels": {"b": "3"}},
        taints={"addOrUpdateTaints": [{"key": "x", "value": "2", "effect": "NO_SCHEDULE"}]},
        updateConfig={"maxUnavailable": 2},
    )["update"]
    assert {each["type"] for each in update["params"]} >= {"MinSize", "LabelsToRemove", "TaintsToAdd", "MaxUnavailable"}
    assert eks.describe_update(name="dev", nodegroupName="general", updateId=update["id"])["update"]["status"] == "Successful"
    found = eks.describe_nodegroup(clusterName="dev", nodegroupName="general")["nodegroup"]
    assert (found["labels"], found["taints"]) == ({"b": "3"}, [{"key": "x", "value": "2", "effect": "NO_SCHEDULE"}])
    assert (found["scalingConfig"]["desiredSize"], found["updateConfig"]) == (1, {"maxUnavailable": 2})
    assert len(instances(ec2)) == 1


def test_a_new_template_version_brings_new_instances(
    eks: Any, ec2: Any, cluster: dict[str, Any], make_nodes: Callable[..., Any], template: dict[str, str], refused: Refused
) -> None:
    make_nodes(launchTemplate=template)
    before = {each["InstanceId"] for each in instances(ec2)}
    ec2.create_launch_template_version(LaunchTemplateId=template["id"], SourceVersion="1", LaunchTemplateData={"Monitoring": {"Enabled": True}})
    wanted = {"id": template["id"], "version": "2"}
    update = eks.update_nodegroup_version(clusterName="dev", nodegroupName="general", launchTemplate=wanted)["update"]
    assert {each["type"]: each["value"] for each in update["params"]}["LaunchTemplateVersion"] == "2"
    assert eks.describe_nodegroup(clusterName="dev", nodegroupName="general")["nodegroup"]["launchTemplate"]["version"] == "2"
    after = instances(ec2)
    assert not before & {each["InstanceId"] for each in after}
    assert {each["Monitoring"]["State"] for each in after} == {"enabled"}
    with refused("InvalidParameterException", "already at the requested version"):
        eks.update_nodegroup_version(clusterName="dev", nodegroupName="general", launchTemplate=wanted)


def test_releases_and_versions_are_updated_within_the_clusters(
    eks: Any, cluster: dict[str, Any], make_nodes: Callable[..., Any], refused: Refused
) -> None:
    make_nodes(version="1.34", releaseVersion="1.34.10-20260827")
    eks.update_nodegroup_version(clusterName="dev", nodegroupName="general")
    assert eks.describe_nodegroup(clusterName="dev", nodegroupName="general")["nodegroup"]["releaseVersion"] == "1.34.10-20260903"
    with refused("InvalidParameterException", "minor versions lower than cluster"):
        eks.update_nodegroup_version(clusterName="dev", nodegroupName="general", version="1.36")
    eks.update_nodegroup_version(clusterName="dev", nodegroupName="general", version="1.35")
    assert eks.describe_nodegroup(clusterName="dev", nodegroupName="general")["nodegroup"]["version"] == "1.35"


def test_deleting_leaves_nothing(
    eks: Any, ec2: Any, cluster: dict[str, Any], make_nodes: Callable[..., Any], make_client: Client, subnets: list[str], refused: Refused
) -> None:
    make_nodes()
    iam = make_client("iam")
    assert len(iam.list_instance_profiles_for_role(RoleName="nodes")["InstanceProfiles"]) == 1
    with refused("DeleteConflict"):
        iam.delete_role(RoleName="nodes")
    eks.delete_nodegroup(clusterName="dev", nodegroupName="general")
    assert eks.list_nodegroups(clusterName="dev")["nodegroups"] == []
    assert instances(ec2) == []
    assert make_client("autoscaling").describe_auto_scaling_groups()["AutoScalingGroups"] == []
    assert ec2.describe_launch_templates()["LaunchTemplates"] == []
    iam.delete_role(RoleName="nodes")
    eks.delete_cluster(name="dev")
    for subnet in subnets:
        ec2.delete_subnet(SubnetId=subnet)


def test_a_group_that_finds_no_addresses_fails(ec2: Any, vpc: str, cluster: dict[str, Any], make_nodes: Callable[..., Any]) -> None:
    small = ec2.create_subnet(VpcId=vpc, CidrBlock="10.64.1.0/28", AvailabilityZoneId="euc1-az1")["Subnet"]["SubnetId"]
    found = make_nodes(subnets=[small], scalingConfig={"minSize": 1, "maxSize": 20, "desiredSize": 12})
    assert found["status"] == "CREATE_FAILED"
    [issue] = found["health"]["issues"]
    assert issue["code"] == "AsgInstanceLaunchFailures"
    assert "InsufficientFreeAddressesInSubnet" in issue["message"]


def test_nodes_without_a_network_plugin_do_not_join(make_cluster: Callable[..., Any], make_nodes: Callable[..., Any], eks: Any) -> None:
    make_cluster(bootstrapSelfManagedAddons=False)
    failed = make_nodes("first")
    assert (failed["status"], failed["health"]["issues"][0]["code"]) == ("CREATE_FAILED", "NodeCreationFailure")
    eks.create_addon(clusterName="dev", addonName="vpc-cni")
    assert make_nodes("second")["status"] == "ACTIVE"


def test_the_auto_scaling_group_can_be_scaled_by_others(
    ec2: Any, cluster: dict[str, Any], make_nodes: Callable[..., Any], make_client: Client, subnets: list[str]
) -> None:
    name = scaling(make_client, make_nodes(scalingConfig=SIZES))["AutoScalingGroupName"]
    make_client("autoscaling").set_desired_capacity(AutoScalingGroupName=name, DesiredCapacity=6)
    assert Counter(each["SubnetId"] for each in instances(ec2)) == dict.fromkeys(subnets, 3)
