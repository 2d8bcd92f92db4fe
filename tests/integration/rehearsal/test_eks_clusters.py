# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""EKS clusters: read back as they were asked for, with what EKS makes for them, and refused as EKS refuses."""

from __future__ import annotations

import base64
import uuid
from collections.abc import Callable
from typing import Any

import pytest

from rehearsal.aws.client import Rehearsal

from .conftest import Client, Refused

pytestmark = pytest.mark.emulator

EVERY_LOG = ["api", "audit", "authenticator", "controllerManager", "scheduler"]


def network_interfaces(ec2: Any) -> list[dict[str, Any]]:
    found = ec2.describe_network_interfaces(Filters=[{"Name": "description", "Values": ["Amazon EKS *"]}])
    rows: list[dict[str, Any]] = found["NetworkInterfaces"]
    return rows


def test_a_cluster_is_read_back_as_it_was_asked_for(
    eks: Any, make_cluster: Callable[..., Any], make_client: Client, subnets: list[str], vpc: str, ec2: Any
) -> None:
    key = make_client("kms").create_key()["KeyMetadata"]["Arn"]
    group = ec2.create_security_group(GroupName="api", Description="api", VpcId=vpc)["GroupId"]
    asked: dict[str, Any] = {
        "version": "1.34",
        "resourcesVpcConfig": {
            "subnetIds": subnets,
            "securityGroupIds": [group],
            "endpointPublicAccess": True,
            "endpointPrivateAccess": True,
            "publicAccessCidrs": ["198.51.100.0/24"],
        },
        "accessConfig": {"authenticationMode": "API", "bootstrapClusterCreatorAdminPermissions": False},
        "encryptionConfig": [{"resources": ["secrets"], "provider": {"keyArn": key}}],
        "kubernetesNetworkConfig": {"serviceIpv4Cidr": "172.20.0.0/16", "ipFamily": "ipv4"},
        "logging": {"clusterLogging": [{"types": EVERY_LOG, "enabled": True}]},
        "upgradePolicy": {"supportType": "STANDARD"},
        "zonalShiftConfig": {"enabled": True},
        "deletionProtection": True,
        "tags": {"fintech.platform/name": "cluster"},
    }
    found = make_cluster(**asked, bootstrapSelfManagedAddons=False)
    told = {name: found[name] for name in asked}
    told["resourcesVpcConfig"] = {name: found["resourcesVpcConfig"][name] for name in asked["resourcesVpcConfig"]}
    del told["kubernetesNetworkConfig"]["elasticLoadBalancing"]
    assert told == asked
    assert found["resourcesVpcConfig"]["vpcId"] == vpc
    assert found["identity"]["oidc"]["issuer"].startswith("https://oidc.eks.eu-central-1.amazonaws.com/id/")
    assert base64.b64decode(found["certificateAuthority"]["data"]).startswith(b"-----BEGIN CERTIFICATE-----")
    assert eks.list_tags_for_resource(resourceArn=found["arn"])["tags"] == asked["tags"]


def test_what_is_not_asked_for_has_the_defaults_of_eks(eks: Any, subnets: list[str], roles: dict[str, str]) -> None:
    eks.create_cluster(name="dev", roleArn=roles["cluster"], resourcesVpcConfig={"subnetIds": subnets})
    found = eks.describe_cluster(name="dev")["cluster"]
    assert found["version"] == "1.35"
    assert found["accessConfig"] == {"authenticationMode": "CONFIG_MAP", "bootstrapClusterCreatorAdminPermissions": True}
    assert found["upgradePolicy"] == {"supportType": "EXTENDED"}
    assert found["kubernetesNetworkConfig"]["serviceIpv4Cidr"] == "172.20.0.0/16"  # since the VPC is within 10.0.0.0/8
    assert found["logging"] == {"clusterLogging": [{"types": EVERY_LOG, "enabled": False}]}
    config = found["resourcesVpcConfig"]
    assert (config["endpointPublicAccess"], config["endpointPrivateAccess"], config["publicAccessCidrs"]) == (True, False, ["0.0.0.0/0"])
    assert not found["deletionProtection"]


def test_what_eks_makes_is_told_once_the_cluster_is_active(eks: Any, rehearsal: Rehearsal, make_cluster: Callable[..., Any]) -> None:
    rehearsal.pace(cluster=60)
    creating = make_cluster()
    assert creating["status"] == "CREATING"
    assert creating["certificateAuthority"] == {}
    assert not {"endpoint", "identity"} & creating.keys()
    assert "clusterSecurityGroupId" not in creating["resourcesVpcConfig"]


def test_the_cluster_security_group_is_open_as_that_of_eks(ec2: Any, make_cluster: Callable[..., Any], refused: Refused) -> None:
    group_id = make_cluster()["resourcesVpcConfig"]["clusterSecurityGroupId"]
    [group] = ec2.describe_security_groups(GroupIds=[group_id])["SecurityGroups"]
    assert group["GroupName"].startswith("eks-cluster-sg-dev-")
    assert {tag["Key"]: tag["Value"] for tag in group["Tags"]} == {
        "Name": group["GroupName"],
        "kubernetes.io/cluster/dev": "owned",
        "aws:eks:cluster-name": "dev",
    }
    assert [rule["UserIdGroupPairs"][0]["GroupId"] for rule in group["IpPermissions"]] == [group_id]
    assert [rule["IpRanges"] for rule in group["IpPermissionsEgress"]] == [[{"CidrIp": "0.0.0.0/0"}]]
    with refused("DependencyViolation"):
        ec2.delete_security_group(GroupId=group_id)


def test_an_update_restores_the_groups_ingress_and_not_its_egress(ec2: Any, eks: Any, make_cluster: Callable[..., Any]) -> None:
    group_id = make_cluster()["resourcesVpcConfig"]["clusterSecurityGroupId"]
    [group] = ec2.describe_security_groups(GroupIds=[group_id])["SecurityGroups"]
    ec2.revoke_security_group_egress(GroupId=group_id, IpPermissions=group["IpPermissionsEgress"])
    ec2.revoke_security_group_ingress(GroupId=group_id, IpPermissions=group["IpPermissions"])
    eks.update_cluster_config(name="dev", deletionProtection=True)
    [after] = ec2.describe_security_groups(GroupIds=[group_id])["SecurityGroups"]
    assert after["IpPermissions"] == group["IpPermissions"]
    assert after["IpPermissionsEgress"] == []


def test_the_control_planes_interfaces_hold_the_subnets(
    eks: Any, ec2: Any, make_cluster: Callable[..., Any], subnets: list[str], refused: Refused
) -> None:
    group_id = make_cluster()["resourcesVpcConfig"]["clusterSecurityGroupId"]
    interfaces = network_interfaces(ec2)
    assert sorted(each["SubnetId"] for each in interfaces) == sorted(subnets)
    assert {each["Groups"][0]["GroupId"] for each in interfaces} == {group_id}
    assert all(each["RequesterManaged"] and each["Attachment"]["InstanceOwnerId"] == "amazon-aws" for each in interfaces)
    with refused("OperationNotPermitted"):
        ec2.delete_network_interface(NetworkInterfaceId=interfaces[0]["NetworkInterfaceId"])
    with refused("DependencyViolation"):
        ec2.delete_subnet(SubnetId=subnets[0])
    eks.delete_cluster(name="dev")
    assert network_interfaces(ec2) == []
    assert ec2.describe_security_groups(Filters=[{"Name": "group-id", "Values": [group_id]}])["SecurityGroups"] == []
    ec2.delete_subnet(SubnetId=subnets[0])


def test_the_clusters_group_stays_behind_where_rules_name_it(eks: Any, ec2: Any, vpc: str, make_cluster: Callable[..., Any]) -> None:
    group_id = make_cluster()["resourcesVpcConfig"]["clusterSecurityGroupId"]
    nodes = ec2.create_security_group(GroupName="nodes", Description="nodes", VpcId=vpc)["GroupId"]
    permission = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "UserIdGroupPairs": [{"GroupId": group_id}]}
    ec2.authorize_security_group_egress(GroupId=nodes, IpPermissions=[permission])
    eks.delete_cluster(name="dev")
    assert eks.list_clusters()["clusters"] == []
    assert len(ec2.describe_security_groups(GroupIds=[group_id])["SecurityGroups"]) == 1


def test_eks_makes_the_log_group_that_nobody_made_and_leaves_it(eks: Any, make_cluster: Callable[..., Any], make_client: Client) -> None:
    make_cluster(logging={"clusterLogging": [{"types": ["audit"], "enabled": True}]})
    eks.delete_cluster(name="dev")
    [group] = make_client("logs").describe_log_groups(logGroupNamePrefix="/aws/eks/dev")["logGroups"]
    assert group["logGroupName"] == "/aws/eks/dev/cluster"
    assert "retentionInDays" not in group


def test_a_repeated_token_gets_the_first_answer(eks: Any, subnets: list[str], roles: dict[str, str]) -> None:
    asked = {"name": "dev", "roleArn": roles["cluster"], "resourcesVpcConfig": {"subnetIds": subnets}, "clientRequestToken": str(uuid.uuid4())}
    first = eks.create_cluster(**asked)["cluster"]
    assert eks.create_cluster(**asked)["cluster"] == first
    assert eks.list_clusters()["clusters"] == ["dev"]


def test_deleting_takes_its_time(eks: Any, rehearsal: Rehearsal, make_cluster: Callable[..., Any], refused: Refused) -> None:
    make_cluster()
    rehearsal.pace(cluster_deletion=60)
    assert eks.delete_cluster(name="dev")["cluster"]["status"] == "DELETING"
    assert eks.describe_cluster(name="dev")["cluster"]["status"] == "DELETING"
    with refused("ResourceInUseException"):
        make_cluster()
    rehearsal.reset()
    with refused("ResourceNotFoundException", "No cluster found for name: dev."):
        eks.describe_cluster(name="dev")


def test_deletion_protection_has_to_be_lifted(eks: Any, make_cluster: Callable[..., Any], refused: Refused) -> None:
    make_cluster(deletionProtection=True)
    with refused("InvalidRequestException", "deletion protection"):
        eks.delete_cluster(name="dev")
    eks.update_cluster_config(name="dev", deletionProtection=False)
    eks.delete_cluster(name="dev")
    assert eks.list_clusters()["clusters"] == []


@pytest.mark.parametrize(
    ("asked", "code", "text"),
    [
        ({"version": "1.30"}, "InvalidParameterException", "unsupported Kubernetes version"),
        ({"version": "1.99"}, "InvalidParameterException", "unsupported Kubernetes version"),
        ({"version": "1.32", "upgradePolicy": {"supportType": "STANDARD"}}, "InvalidParameterException", "standard support"),
        ({"roleArn": "arn:aws:iam::123456789012:role/nobody"}, "InvalidParameterException", "does not exist or the trusted entity"),
        ({"accessConfig": {"bootstrapClusterCreatorAdminPermissions": False}}, "InvalidParameterException", "must be true"),
        ({"kubernetesNetworkConfig": {"serviceIpv4Cidr": "10.64.0.0/20"}}, "InvalidParameterException", "overlaps"),
        ({"kubernetesNetworkConfig": {"serviceIpv4Cidr": "198.51.100.0/24"}}, "InvalidParameterException", "private IP address blocks"),
        ({"encryptionConfig": [{"resources": ["secrets"], "provider": {"keyArn": "arn:aws:kms:eu-central-1:123456789012:key/x"}}]},
         "InvalidParameterException", "does not exist"),
        ({"tags": {"aws:mine": "x"}}, "InvalidParameterException", "aws:"),
        ({"name": "no spaces"}, "InvalidParameterException", "not valid"),
        ({"computeConfig": {"enabled": True}}, "NotImplemented", "computeConfig"),
    ],
)  # fmt: skip
def test_requests_are_refused(make_cluster: Callable[..., Any], refused: Refused, asked: dict[str, Any], code: str, text: str) -> None:
    with refused(code, text):
        make_cluster(**asked)


@pytest.mark.parametrize(
    ("config", "text"),
    [
        ({"subnetIds": ["subnet-0123456789abcdef0"]}, "does not exist"),
        ({"subnetIds": []}, "two different AZs"),
        ({"endpointPublicAccess": False, "endpointPrivateAccess": False}, "cannot be both disabled"),
        ({"publicAccessCidrs": ["10.0.0.0/8"]}, "not allowed in publicAccessCidrs"),
        ({"publicAccessCidrs": ["198.51.100.1/24"]}, "invalid in publicAccessCidrs"),
        ({"securityGroupIds": ["sg-0123456789abcdef0"]}, "does not exist"),
    ],
)
def test_networks_are_refused(make_cluster: Callable[..., Any], subnets: list[str], refused: Refused, config: dict[str, Any], text: str) -> None:
    with refused("InvalidParameterException", text):
        make_cluster(resourcesVpcConfig={"subnetIds": subnets, **config})


def test_subnets_of_one_zone_and_of_two_vpcs_are_refused(
    ec2: Any, vpc: str, subnets: list[str], make_cluster: Callable[..., Any], refused: Refused
) -> None:
    beside = ec2.create_subnet(VpcId=vpc, CidrBlock="10.64.1.0/25", AvailabilityZoneId="euc1-az1")["Subnet"]["SubnetId"]
    with refused("InvalidParameterException", "Subnets specified must be in at least two different AZs"):
        make_cluster(resourcesVpcConfig={"subnetIds": [subnets[0], beside]})
    other = ec2.create_vpc(CidrBlock="10.65.0.0/24")["Vpc"]["VpcId"]
    foreign = ec2.create_subnet(VpcId=other, CidrBlock="10.65.0.0/25", AvailabilityZoneId="euc1-az2")["Subnet"]["SubnetId"]
    with refused("InvalidParameterException", "same VPC"):
        make_cluster(resourcesVpcConfig={"subnetIds": [subnets[0], foreign]})


def test_a_role_that_trusts_somebody_else_is_refused(make_cluster: Callable[..., Any], roles: dict[str, str], refused: Refused) -> None:
    with refused("InvalidParameterException", "trusted entity is not correct"):
        make_cluster(roleArn=roles["nodes"])


def test_a_name_is_taken_once(make_cluster: Callable[..., Any], refused: Refused) -> None:
    make_cluster()
    with refused("ResourceInUseException", "Cluster already exists with name: dev"):
        make_cluster()


def test_what_the_overlay_lacks_is_said_to_be_lacking(eks: Any, make_cluster: Callable[..., Any], refused: Refused) -> None:
    make_cluster()
    with refused("NotImplemented", "eks:ListFargateProfiles"):
        eks.list_fargate_profiles(clusterName="dev")
