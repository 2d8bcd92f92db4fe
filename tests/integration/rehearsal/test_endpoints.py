# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""VPC endpoints and flow logs."""

from __future__ import annotations

import json

import pytest

STS, S3 = "com.amazonaws.eu-central-1.sts", "com.amazonaws.eu-central-1.s3"
POLICY = json.dumps({"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}]})


@pytest.fixture
def group(ec2, vpc) -> str:
    return str(ec2.create_security_group(GroupName="endpoints", Description="d", VpcId=vpc)["GroupId"])


@pytest.fixture
def hostnames(ec2, vpc) -> None:
    ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": True})


@pytest.fixture
def interface_endpoint(ec2, vpc, subnets, group, hostnames) -> str:
    made = ec2.create_vpc_endpoint(
        VpcId=vpc,
        ServiceName=STS,
        VpcEndpointType="Interface",
        SubnetIds=subnets,
        SecurityGroupIds=[group],
        PrivateDnsEnabled=True,
        PolicyDocument=POLICY,
    )
    assert made["VpcEndpoint"]["State"] == "pending"
    return str(made["VpcEndpoint"]["VpcEndpointId"])


def the(ec2, endpoint: str) -> dict:
    return ec2.describe_vpc_endpoints(VpcEndpointIds=[endpoint])["VpcEndpoints"][0]


def interfaces(ec2, endpoint: str) -> list[dict]:
    by_text = [{"Name": "description", "Values": [f"VPC Endpoint Interface {endpoint}"]}]
    return ec2.describe_network_interfaces(Filters=by_text)["NetworkInterfaces"]


def test_an_interface_endpoint_has_an_interface_in_each_subnet(ec2, subnets, group, interface_endpoint) -> None:
    found = the(ec2, interface_endpoint)
    assert (found["State"], found["PrivateDnsEnabled"], found["PolicyDocument"]) == ("available", True, POLICY)
    assert (found["SubnetIds"], found["Groups"]) == (subnets, [{"GroupId": group, "GroupName": "endpoints"}])
    assert "sts.eu-central-1.amazonaws.com" in [entry["DnsName"] for entry in found["DnsEntries"]]
    made = interfaces(ec2, interface_endpoint)
    assert sorted(interface["NetworkInterfaceId"] for interface in made) == sorted(found["NetworkInterfaceIds"])
    for interface in made:
        assert (interface["InterfaceType"], interface["RequesterManaged"], interface["Status"]) == ("vpc_endpoint", True, "in-use")
        assert interface["Attachment"]["InstanceOwnerId"] == "amazon-aws"
        assert interface["Groups"] == [{"GroupId": group, "GroupName": "endpoints"}]
    assert [subnet["AvailableIpAddressCount"] for subnet in ec2.describe_subnets(SubnetIds=subnets)["Subnets"]] == [122, 122]


def test_what_an_endpoint_uses_stays(ec2, subnets, group, interface_endpoint, refused) -> None:
    with refused("OperationNotPermitted"):
        ec2.delete_network_interface(NetworkInterfaceId=interfaces(ec2, interface_endpoint)[0]["NetworkInterfaceId"])
    with refused("DependencyViolation"):
        ec2.delete_subnet(SubnetId=subnets[0])
    with refused("DependencyViolation"):
        ec2.delete_security_group(GroupId=group)


def test_an_interface_endpoint_is_modified(ec2, vpc, subnets, group, interface_endpoint, refused) -> None:
    second = ec2.create_security_group(GroupName="second", Description="d", VpcId=vpc)["GroupId"]
    ec2.modify_vpc_endpoint(
        VpcEndpointId=interface_endpoint, AddSecurityGroupIds=[second], RemoveSecurityGroupIds=[group], RemoveSubnetIds=subnets[:1]
    )
    ec2.modify_vpc_endpoint(VpcEndpointId=interface_endpoint, PrivateDnsEnabled=False, ResetPolicy=True)
    found = the(ec2, interface_endpoint)
    assert ([entry["GroupId"] for entry in found["Groups"]], found["SubnetIds"], found["PrivateDnsEnabled"]) == ([second], subnets[1:], False)
    assert json.loads(found["PolicyDocument"])["Statement"][0]["Effect"] == "Allow"
    [left] = interfaces(ec2, interface_endpoint)
    assert (left["SubnetId"], left["Groups"][0]["GroupId"]) == (subnets[1], second)
    ec2.modify_vpc_endpoint(VpcEndpointId=interface_endpoint, AddSubnetIds=subnets[:1])
    assert len(interfaces(ec2, interface_endpoint)) == 2
    with refused("InvalidParameter", "at least one security group"):
        ec2.modify_vpc_endpoint(VpcEndpointId=interface_endpoint, RemoveSecurityGroupIds=[second])
    ec2.delete_security_group(GroupId=group)


def test_endpoints_are_deleted_one_by_one(rehearsal, ec2, interface_endpoint) -> None:
    rehearsal.pace(vpc_endpoint=60)
    unknown = "vpce-12345678901234567"
    [failed] = ec2.delete_vpc_endpoints(VpcEndpointIds=[unknown, interface_endpoint])["Unsuccessful"]
    assert (failed["ResourceId"], failed["Error"]["Code"]) == (unknown, "InvalidVpcEndpoint.NotFound")
    assert the(ec2, interface_endpoint)["State"] == "deleting"
    assert len(interfaces(ec2, interface_endpoint)) == 2


def test_a_deleted_endpoint_is_gone_with_its_interfaces(ec2, subnets, interface_endpoint, refused) -> None:
    ec2.delete_vpc_endpoints(VpcEndpointIds=[interface_endpoint])
    with refused("InvalidVpcEndpointId.NotFound"):
        the(ec2, interface_endpoint)
    assert interfaces(ec2, interface_endpoint) == []
    ec2.delete_subnet(SubnetId=subnets[0])


def test_a_gateway_endpoint_is_a_route(ec2, vpc, refused) -> None:
    tables = [ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"] for _turn in range(2)]
    made = ec2.create_vpc_endpoint(VpcId=vpc, ServiceName=S3, RouteTableIds=tables[:1])["VpcEndpoint"]["VpcEndpointId"]
    [prefixes] = ec2.describe_prefix_lists(Filters=[{"Name": "prefix-list-name", "Values": [S3]}])["PrefixLists"]

    def targets(table: str) -> list[str]:
        found = ec2.describe_route_tables(RouteTableIds=[table])["RouteTables"][0]["Routes"]
        return [route["GatewayId"] for route in found if route.get("DestinationPrefixListId") == prefixes["PrefixListId"]]

    assert (targets(tables[0]), targets(tables[1])) == ([made], [])
    with refused("RouteAlreadyExists"):
        ec2.create_vpc_endpoint(VpcId=vpc, ServiceName=S3, RouteTableIds=tables)
    with refused("InvalidParameterValue", "cannot remove VPC endpoint route"):
        ec2.delete_route(RouteTableId=tables[0], DestinationPrefixListId=prefixes["PrefixListId"])
    ec2.modify_vpc_endpoint(VpcEndpointId=made, AddRouteTableIds=tables[1:], RemoveRouteTableIds=tables[:1])
    assert (targets(tables[0]), targets(tables[1])) == ([], [made])
    assert the(ec2, made)["RouteTableIds"] == tables[1:]
    ec2.delete_vpc_endpoints(VpcEndpointIds=[made])
    assert targets(tables[1]) == []


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"ServiceName": "com.amazonaws.eu-central-1.nothing"}, "InvalidServiceName"),
        ({"ServiceName": "com.amazonaws.us-east-1.sts"}, "InvalidServiceName"),
        ({"VpcEndpointType": "Gateway", "SubnetIds": [], "SecurityGroupIds": []}, "InvalidParameter"),
        ({"RouteTableIds": ["rtb-1"]}, "InvalidParameter"),
        ({"SecurityGroupIds": ["sg-12345678901234567"]}, "InvalidGroup.NotFound"),
        ({"SubnetIds": ["subnet-12345678901234567"]}, "InvalidSubnetID.NotFound"),
        ({"PolicyDocument": "{}"}, "InvalidPolicyDocument"),
        ({"PolicyDocument": "{"}, "InvalidPolicyDocument"),
        ({"VpcId": "vpc-12345678901234567"}, "InvalidVpcID.NotFound"),
    ],
)
def test_endpoints_that_aws_refuses(ec2, vpc, subnets, group, hostnames, refused, change, code) -> None:
    given = {"VpcId": vpc, "ServiceName": STS, "VpcEndpointType": "Interface", "SubnetIds": subnets, "SecurityGroupIds": [group]}
    with refused(code):
        ec2.create_vpc_endpoint(**{**given, **change})
    assert ec2.describe_vpc_endpoints()["VpcEndpoints"] == []
    assert ec2.describe_network_interfaces()["NetworkInterfaces"] == []


def test_private_names_need_the_vpcs_dns_and_are_unique(ec2, vpc, subnets, refused) -> None:
    given = {"VpcId": vpc, "ServiceName": STS, "VpcEndpointType": "Interface", "SubnetIds": subnets}
    with refused("InvalidParameter", "enableDnsHostnames"):
        ec2.create_vpc_endpoint(**given)
    ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": True})
    ec2.create_vpc_endpoint(**given)
    with refused("InvalidParameter", "conflicting DNS domain"):
        ec2.create_vpc_endpoint(**given)
    second = ec2.create_vpc_endpoint(**given, PrivateDnsEnabled=False)["VpcEndpoint"]["VpcEndpointId"]
    with refused("InvalidParameter", "conflicting DNS domain"):
        ec2.modify_vpc_endpoint(VpcEndpointId=second, PrivateDnsEnabled=True)


def test_an_endpoint_has_one_subnet_in_a_zone(ec2, vpc, subnets, hostnames, refused) -> None:
    twin = ec2.create_subnet(VpcId=vpc, CidrBlock="10.64.1.0/25", AvailabilityZoneId="euc1-az1")["Subnet"]["SubnetId"]
    with refused("DuplicateSubnetsInSameZone"):
        ec2.create_vpc_endpoint(VpcId=vpc, ServiceName=STS, VpcEndpointType="Interface", SubnetIds=[subnets[0], twin])


def test_the_services_that_endpoints_lead_to(ec2, refused) -> None:
    both = ec2.describe_vpc_endpoint_services(ServiceNames=[S3, STS])["ServiceDetails"]
    assert [(row["ServiceName"], row["ServiceType"][0]["ServiceType"]) for row in both] == [(S3, "Gateway"), (S3, "Interface"), (STS, "Interface")]
    gateways = ec2.describe_vpc_endpoint_services(Filters=[{"Name": "service-type", "Values": ["Gateway"]}])
    assert gateways["ServiceNames"] == ["com.amazonaws.eu-central-1.dynamodb", S3]
    with refused("InvalidServiceName"):
        ec2.describe_vpc_endpoint_services(ServiceNames=["com.amazonaws.eu-central-1.nothing"])


LOGS = {"ResourceType": "VPC", "TrafficType": "ALL", "LogDestinationType": "cloud-watch-logs", "MaxAggregationInterval": 60,
        "DeliverLogsPermissionArn": "arn:aws:iam::123456789012:role/flow"}  # fmt: skip


def test_flow_logs_to_a_log_group(ec2, vpc, make_client, refused) -> None:
    make_client("logs").create_log_group(logGroupName="flow")
    arn = "arn:aws:logs:eu-central-1:123456789012:log-group:flow"
    given = {**LOGS, "ResourceIds": [vpc], "LogDestination": arn, "LogFormat": "${version} ${vpc-id} ${flow-direction}"}
    made = ec2.create_flow_logs(**given)
    [found] = ec2.describe_flow_logs(Filter=[{"Name": "resource-id", "Values": [vpc]}])["FlowLogs"]
    assert made["FlowLogIds"] == [found["FlowLogId"]]
    names = ("LogDestination", "LogFormat", "MaxAggregationInterval", "TrafficType", "DeliverLogsPermissionArn")
    assert {name: found[name] for name in names} == {name: given[name] for name in names}
    assert (found["LogGroupName"], found["DeliverLogsStatus"]) == ("flow", "SUCCESS")
    with refused("FlowLogAlreadyExists"):
        ec2.create_flow_logs(**given)
    ec2.delete_flow_logs(FlowLogIds=made["FlowLogIds"])
    assert ec2.describe_flow_logs()["FlowLogs"] == []
    with refused("InvalidFlowLogId.NotFound"):
        ec2.delete_flow_logs(FlowLogIds=made["FlowLogIds"])


def test_flow_logs_to_a_bucket(ec2, vpc, make_client) -> None:
    given = {"ResourceType": "VPC", "TrafficType": "REJECT", "LogDestinationType": "s3", "LogDestination": "arn:aws:s3:::flow-logs/prefix",
             "ResourceIds": [vpc], "DestinationOptions": {"FileFormat": "parquet", "HiveCompatiblePartitions": True, "PerHourPartition": False}}  # fmt: skip
    [failed] = ec2.create_flow_logs(**given)["Unsuccessful"]
    assert "does not exist" in failed["Error"]["Message"]
    make_client("s3").create_bucket(Bucket="flow-logs", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    ec2.create_flow_logs(**given)
    [found] = ec2.describe_flow_logs(Filter=[{"Name": "log-destination-type", "Values": ["s3"]}])["FlowLogs"]
    assert (found["DestinationOptions"], "LogGroupName" in found) == (given["DestinationOptions"], False)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"DeliverLogsPermissionArn": ""}, "InvalidParameter"),
        ({"MaxAggregationInterval": 61}, "InvalidParameter"),
        ({"LogFormat": "${version} ${colour}"}, "InvalidParameter"),
        ({"LogDestination": "arn:aws:logs:eu-central-1:123456789012:log-group:x"}, "InvalidParameter"),
        ({"LogDestinationType": "s3"}, "InvalidParameter"),
        ({"ResourceIds": ["vpc-12345678901234567"]}, "InvalidVpcID.NotFound"),
    ],
)
def test_flow_logs_that_aws_refuses(ec2, vpc, refused, change, code) -> None:
    with refused(code):
        ec2.create_flow_logs(**{**LOGS, "ResourceIds": [vpc], "LogGroupName": "flow", **change})


def test_flow_logs_to_a_missing_group_fail_and_go_with_their_vpc(ec2, vpc) -> None:
    ec2.create_flow_logs(**LOGS, ResourceIds=[vpc], LogGroupName="absent")
    assert ec2.describe_flow_logs()["FlowLogs"][0]["DeliverLogsStatus"] == "FAILED"
    ec2.delete_vpc(VpcId=vpc)
    assert ec2.describe_flow_logs()["FlowLogs"] == []
