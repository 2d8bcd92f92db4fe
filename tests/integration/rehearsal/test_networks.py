# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""VPCs, subnets, gateways and addresses, as AWS keeps and refuses them."""

from __future__ import annotations

import time

import pytest


def only(**values: str) -> list[dict]:
    """Filters: `vpc_id` stands for `vpc-id`, two underscores for a dot."""
    return [{"Name": name.replace("__", ".").replace("_", "-"), "Values": [value]} for name, value in values.items()]


def test_a_vpc_is_pending_then_available_and_keeps_its_tags(ec2, named) -> None:
    made = ec2.create_vpc(CidrBlock="10.64.1.7/23", TagSpecifications=named("vpc"))["Vpc"]
    assert (made["State"], made["CidrBlock"]) == ("pending", "10.64.0.0/23")
    [found] = ec2.describe_vpcs(Filters=only(**{"tag:fintech.platform/name": "one"}))["Vpcs"]
    assert (found["VpcId"], found["State"], found["Tags"]) == (made["VpcId"], "available", named("vpc")[0]["Tags"])


def test_states_last_as_long_as_the_pace_says(rehearsal, ec2) -> None:
    rehearsal.pace(vpc=0.2, default=0)
    made = ec2.create_vpc(CidrBlock="10.64.0.0/23")["Vpc"]["VpcId"]
    assert ec2.describe_vpcs(VpcIds=[made])["Vpcs"][0]["State"] == "pending"
    time.sleep(0.25)
    assert ec2.describe_vpcs(VpcIds=[made])["Vpcs"][0]["State"] == "available"


def test_a_vpc_brings_its_defaults(ec2, vpc) -> None:
    [group] = ec2.describe_security_groups(Filters=only(vpc_id=vpc))["SecurityGroups"]
    assert group["IpPermissions"][0]["UserIdGroupPairs"][0]["GroupId"] == group["GroupId"]
    [acl] = ec2.describe_network_acls(Filters=only(vpc_id=vpc, default="true"))["NetworkAcls"]
    assert [(entry["RuleNumber"], entry["Egress"], entry["RuleAction"]) for entry in acl["Entries"]] == [
        (100, True, "allow"),
        (32767, True, "deny"),
        (100, False, "allow"),
        (32767, False, "deny"),
    ]
    [table] = ec2.describe_route_tables(Filters=only(vpc_id=vpc, association__main="true"))["RouteTables"]
    assert table["Routes"][0]["GatewayId"] == "local"


def test_cidr_blocks_are_associated_and_let_go(ec2, vpc, refused) -> None:
    table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    added = ec2.associate_vpc_cidr_block(VpcId=vpc, CidrBlock="100.64.0.0/20")["CidrBlockAssociation"]
    assert added["CidrBlockState"]["State"] == "associating"
    states = {entry["CidrBlock"]: entry["CidrBlockState"]["State"] for entry in _vpc(ec2, vpc)["CidrBlockAssociationSet"]}
    assert states == {"10.64.0.0/23": "associated", "100.64.0.0/20": "associated"}
    assert "100.64.0.0/20" in _destinations(ec2, table)
    inside = ec2.create_subnet(VpcId=vpc, CidrBlock="100.64.0.0/22")["Subnet"]["SubnetId"]
    with refused("InvalidCidrBlock.InUse"):
        ec2.disassociate_vpc_cidr_block(AssociationId=added["AssociationId"])
    ec2.delete_subnet(SubnetId=inside)
    ec2.disassociate_vpc_cidr_block(AssociationId=added["AssociationId"])
    assert [entry["CidrBlock"] for entry in _vpc(ec2, vpc)["CidrBlockAssociationSet"]] == ["10.64.0.0/23"]
    assert _destinations(ec2, table) == ["10.64.0.0/23"]
    with refused("OperationNotPermitted"):
        ec2.disassociate_vpc_cidr_block(AssociationId=_vpc(ec2, vpc)["CidrBlockAssociationSet"][0]["AssociationId"])


def _vpc(ec2, vpc: str) -> dict:
    return ec2.describe_vpcs(VpcIds=[vpc])["Vpcs"][0]


def _destinations(ec2, table: str) -> list[str]:
    return [route["DestinationCidrBlock"] for route in ec2.describe_route_tables(RouteTableIds=[table])["RouteTables"][0]["Routes"]]


@pytest.mark.parametrize(
    ("block", "code"),
    [("10.64.0.0/24", "CidrConflict"), ("192.168.0.0/20", "InvalidVpc.Range"), ("100.64.0.0/10", "InvalidVpc.Range"), ("x", "InvalidParameterValue")],
)
def test_cidr_blocks_that_aws_refuses(ec2, vpc, refused, block, code) -> None:
    with refused(code):
        ec2.associate_vpc_cidr_block(VpcId=vpc, CidrBlock=block)


def test_dns_attributes_change_one_at_a_time(ec2, vpc, refused) -> None:
    with refused("InvalidParameterCombination"):
        ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsSupport={"Value": True}, EnableDnsHostnames={"Value": True})
    ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsSupport={"Value": False})
    with refused("InvalidParameterValue"):
        ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": True})
    ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsSupport={"Value": True})
    ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": True})
    assert ec2.describe_vpc_attribute(VpcId=vpc, Attribute="enableDnsHostnames")["EnableDnsHostnames"]["Value"] is True


def test_a_subnet_by_its_zone_id(ec2, vpc, named) -> None:
    zones = ec2.describe_availability_zones(Filters=only(zone_type="availability-zone"))["AvailabilityZones"]
    assert [zone["ZoneId"] for zone in zones] == ["euc1-az1", "euc1-az2", "euc1-az3"]
    made = ec2.create_subnet(VpcId=vpc, CidrBlock="10.64.0.130/25", AvailabilityZoneId="euc1-az2", TagSpecifications=named("subnet"))
    [found] = ec2.describe_subnets(Filters=only(vpc_id=vpc, availability_zone_id="euc1-az2", cidr_block="10.64.0.128/25"))["Subnets"]
    assert found["SubnetId"] == made["Subnet"]["SubnetId"]
    assert found["AvailabilityZone"] == zones[1]["ZoneName"]
    assert (found["DefaultForAz"], found["MapPublicIpOnLaunch"], found["AvailableIpAddressCount"]) == (False, False, 123)


@pytest.mark.parametrize(
    ("parameters", "code", "text"),
    [
        ({"CidrBlock": "10.64.0.0/25", "AvailabilityZoneId": "euc1-az9"}, "InvalidParameterValue", "euc1-az1, euc1-az2, euc1-az3"),
        ({"CidrBlock": "10.64.0.0/25", "AvailabilityZone": "eu-west-1a"}, "InvalidParameterValue", "eu-central-1a"),
        ({"CidrBlock": "10.65.0.0/25"}, "InvalidSubnet.Range", "10.65.0.0/25"),
        ({"CidrBlock": "10.64.0.0/29"}, "InvalidSubnet.Range", "10.64.0.0/29"),
        ({"CidrBlock": "10.64.1.64/26"}, "InvalidSubnet.Conflict", "10.64.1.64/26"),
    ],
)
def test_subnets_that_aws_refuses(ec2, vpc, refused, parameters, code, text) -> None:
    ec2.create_subnet(VpcId=vpc, CidrBlock="10.64.1.0/25")
    with refused(code, text):
        ec2.create_subnet(VpcId=vpc, **parameters)


def test_subnet_attributes_are_read_back(ec2, subnets) -> None:
    ec2.modify_subnet_attribute(SubnetId=subnets[0], MapPublicIpOnLaunch={"Value": True})
    ec2.modify_subnet_attribute(SubnetId=subnets[0], EnableResourceNameDnsARecordOnLaunch={"Value": True})
    ec2.modify_subnet_attribute(SubnetId=subnets[0], PrivateDnsHostnameTypeOnLaunch="resource-name")
    [found] = ec2.describe_subnets(SubnetIds=subnets[:1])["Subnets"]
    assert found["MapPublicIpOnLaunch"] is True
    assert found["PrivateDnsNameOptionsOnLaunch"]["EnableResourceNameDnsARecord"] is True
    assert found["PrivateDnsNameOptionsOnLaunch"]["HostnameType"] == "resource-name"


def test_interfaces_take_the_lowest_free_addresses(ec2, subnets, refused) -> None:
    tiny = ec2.create_subnet(VpcId=_vpc_of(ec2, subnets[0]), CidrBlock="10.64.1.0/28")["Subnet"]["SubnetId"]
    taken = [ec2.create_network_interface(SubnetId=tiny)["NetworkInterface"] for _turn in range(11)]
    assert [interface["PrivateIpAddress"] for interface in taken] == [f"10.64.1.{number}" for number in range(4, 15)]
    assert ec2.describe_subnets(SubnetIds=[tiny])["Subnets"][0]["AvailableIpAddressCount"] == 0
    with refused("InsufficientFreeAddressesInSubnet"):
        ec2.create_network_interface(SubnetId=tiny)
    ec2.delete_network_interface(NetworkInterfaceId=taken[3]["NetworkInterfaceId"])
    assert ec2.create_network_interface(SubnetId=tiny)["NetworkInterface"]["PrivateIpAddress"] == "10.64.1.7"


def _vpc_of(ec2, subnet: str) -> str:
    return str(ec2.describe_subnets(SubnetIds=[subnet])["Subnets"][0]["VpcId"])


def test_a_subnet_in_use_stays_and_takes_its_associations_with_it(ec2, vpc, subnets, refused) -> None:
    table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    ec2.associate_route_table(RouteTableId=table, SubnetId=subnets[0])
    interface = ec2.create_network_interface(SubnetId=subnets[0])["NetworkInterface"]["NetworkInterfaceId"]
    with refused("DependencyViolation"):
        ec2.delete_subnet(SubnetId=subnets[0])
    ec2.delete_network_interface(NetworkInterfaceId=interface)
    ec2.delete_subnet(SubnetId=subnets[0])
    assert ec2.describe_route_tables(RouteTableIds=[table])["RouteTables"][0]["Associations"] == []
    [acl] = ec2.describe_network_acls(Filters=only(vpc_id=vpc))["NetworkAcls"]
    assert [association["SubnetId"] for association in acl["Associations"]] == subnets[1:]


def test_a_vpc_has_one_internet_gateway(ec2, vpc, gateway, refused) -> None:
    other = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    with refused("InvalidParameterValue", "already has an internet gateway"):
        ec2.attach_internet_gateway(InternetGatewayId=other, VpcId=vpc)
    with refused("DependencyViolation"):
        ec2.delete_internet_gateway(InternetGatewayId=gateway)
    [found] = ec2.describe_internet_gateways(Filters=only(attachment__vpc_id=vpc))["InternetGateways"]
    assert found["InternetGatewayId"] == gateway
    ec2.detach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    ec2.delete_internet_gateway(InternetGatewayId=gateway)


@pytest.mark.parametrize("dependent", ["subnet", "gateway", "table", "group", "acl", "endpoint", "nat"])
def test_a_vpc_in_use_stays(ec2, vpc, refused, request, dependent) -> None:
    match dependent:
        case "subnet" | "nat":
            subnets = request.getfixturevalue("subnets")
            if dependent == "nat":
                ec2.create_nat_gateway(SubnetId=subnets[0], ConnectivityType="private")
        case "gateway":
            request.getfixturevalue("gateway")
        case "table":
            ec2.create_route_table(VpcId=vpc)
        case "group":
            ec2.create_security_group(GroupName="g", Description="d", VpcId=vpc)
        case "acl":
            ec2.create_network_acl(VpcId=vpc)
        case "endpoint":
            ec2.create_vpc_endpoint(VpcId=vpc, ServiceName="com.amazonaws.eu-central-1.s3")
    with refused("DependencyViolation"):
        ec2.delete_vpc(VpcId=vpc)


def test_an_empty_vpc_goes_with_its_defaults_but_not_its_dhcp_options(ec2, vpc, named) -> None:
    options = ec2.create_dhcp_options(DhcpConfigurations=[{"Key": "domain-name", "Values": ["x.example"]}], TagSpecifications=named("dhcp-options"))
    identifier = options["DhcpOptions"]["DhcpOptionsId"]
    assert options["DhcpOptions"]["Tags"] == named("dhcp-options")[0]["Tags"]
    ec2.associate_dhcp_options(DhcpOptionsId=identifier, VpcId=vpc)
    ec2.create_tags(Resources=[vpc], Tags=[{"Key": "k", "Value": "v"}])
    ec2.delete_vpc(VpcId=vpc)
    for call, key in (("security_groups", "SecurityGroups"), ("network_acls", "NetworkAcls"), ("route_tables", "RouteTables")):
        assert getattr(ec2, f"describe_{call}")(Filters=only(vpc_id=vpc))[key] == []
    assert ec2.describe_tags(Filters=only(resource_id=vpc))["Tags"] == []
    ec2.describe_dhcp_options(DhcpOptionsIds=[identifier])


def test_dhcp_options_in_use_stay(ec2, vpc, refused) -> None:
    made = ec2.create_dhcp_options(DhcpConfigurations=[{"Key": "ntp-servers", "Values": ["10.0.0.1"]}])["DhcpOptions"]["DhcpOptionsId"]
    ec2.associate_dhcp_options(DhcpOptionsId=made, VpcId=vpc)
    assert [found["VpcId"] for found in ec2.describe_vpcs(Filters=only(dhcp_options_id=made))["Vpcs"]] == [vpc]
    with refused("DependencyViolation"):
        ec2.delete_dhcp_options(DhcpOptionsId=made)
    ec2.associate_dhcp_options(DhcpOptionsId="default", VpcId=vpc)
    ec2.delete_dhcp_options(DhcpOptionsId=made)
    with refused("InvalidParameterValue", "Unknown DHCP option"):
        ec2.create_dhcp_options(DhcpConfigurations=[{"Key": "domain", "Values": ["x"]}])


def test_the_lists_take_filters_wildcards_and_pages(ec2, vpc, subnets, refused) -> None:
    ec2.create_tags(Resources=subnets, Tags=[{"Key": "Name", "Value": "acme-dev-workload-a"}])
    for values, count in ((["acme-*-workload-?"], 2), (["acme-*-edge"], 0), (["no", "acme-dev-workload-a"], 2)):
        assert len(ec2.describe_subnets(Filters=[{"Name": "tag:Name", "Values": values}])["Subnets"]) == count
    assert ec2.describe_subnets(Filters=only(tag_key="name"))["Subnets"] == []
    with refused("InvalidParameterValue", "The filter 'vpcid' is invalid"):
        ec2.describe_subnets(Filters=only(vpcid=vpc))
    ec2.create_vpc(CidrBlock="10.1.0.0/16")
    for number in range(6):
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.64.1.{number * 16}/28")
    pages = list(ec2.get_paginator("describe_subnets").paginate(Filters=only(vpc_id=vpc), PaginationConfig={"PageSize": 5}))
    assert [len(page["Subnets"]) for page in pages] == [5, 3]
    with refused("InvalidNextToken"):
        ec2.describe_subnets(NextToken="nonsense", MaxResults=5)


def test_tags_are_checked_and_removed(ec2, vpc, gateway, refused, named) -> None:
    ec2.create_tags(Resources=[vpc, gateway], Tags=[{"Key": "a", "Value": "b"}, {"Key": "c", "Value": "d"}])
    ec2.delete_tags(Resources=[vpc], Tags=[{"Key": "a"}])
    ec2.delete_tags(Resources=[vpc], Tags=[{"Key": "c", "Value": "other"}])
    rows = ec2.describe_tags(Filters=[{"Name": "resource-id", "Values": [vpc, gateway]}])["Tags"]
    assert [(row["ResourceType"], row["Key"]) for row in rows] == [("vpc", "c"), ("internet-gateway", "a"), ("internet-gateway", "c")]
    with refused("InvalidID"):
        ec2.create_tags(Resources=["nat-12345678901234567"], Tags=[{"Key": "a", "Value": "b"}])
    with refused("InvalidParameterValue", "reserved"):
        ec2.create_tags(Resources=[vpc], Tags=[{"Key": "aws:x", "Value": "b"}])
    with refused("InvalidParameterValue", "256"):
        ec2.create_tags(Resources=[vpc], Tags=[{"Key": "x", "Value": "v" * 257}])
    with refused("InvalidParameterValue", "'subnet' is not a valid taggable resource type"):
        ec2.create_vpc(CidrBlock="10.0.0.0/16", TagSpecifications=named("subnet"))
    with refused("DryRunOperation"):
        ec2.create_vpc(CidrBlock="10.0.0.0/16", DryRun=True)


@pytest.mark.parametrize(
    ("kind", "call", "parameters", "describe", "key"),
    [
        ("internet-gateway", "create_internet_gateway", {}, "describe_internet_gateways", "InternetGateways"),
        ("elastic-ip", "allocate_address", {"Domain": "vpc"}, "describe_addresses", "Addresses"),
        ("route-table", "create_route_table", {"VpcId": "vpc"}, "describe_route_tables", "RouteTables"),
        ("network-acl", "create_network_acl", {"VpcId": "vpc"}, "describe_network_acls", "NetworkAcls"),
        ("security-group", "create_security_group", {"VpcId": "vpc", "GroupName": "g", "Description": "d"}, "describe_security_groups", "SecurityGroups"),
        ("prefix-list", "create_managed_prefix_list", {"PrefixListName": "p", "AddressFamily": "IPv4", "MaxEntries": 1},
         "describe_managed_prefix_lists", "PrefixLists"),
        ("vpc-endpoint", "create_vpc_endpoint", {"VpcId": "vpc", "ServiceName": "com.amazonaws.eu-central-1.s3"}, "describe_vpc_endpoints", "VpcEndpoints"),
        ("transit-gateway", "create_transit_gateway", {}, "describe_transit_gateways", "TransitGateways"),
        ("natgateway", "create_nat_gateway", {"VpcId": "vpc", "AvailabilityMode": "regional"}, "describe_nat_gateways", "NatGateways"),
        ("vpc-flow-log", "create_flow_logs", {"ResourceIds": ["vpc"], "ResourceType": "VPC", "TrafficType": "ALL", "LogGroupName": "g",
         "DeliverLogsPermissionArn": "arn:aws:iam::123456789012:role/r"}, "describe_flow_logs", "FlowLogs"),
    ],
)  # fmt: skip
def test_tags_given_in_the_creating_call_are_read_back(ec2, vpc, named, kind, call, parameters, describe, key) -> None:
    given = {name: [vpc] if value == ["vpc"] else vpc if value == "vpc" and name == "VpcId" else value for name, value in parameters.items()}
    getattr(ec2, call)(TagSpecifications=named(kind), **given)
    parameter = "Filter" if describe in ("describe_nat_gateways", "describe_flow_logs") else "Filters"
    [found] = getattr(ec2, describe)(**{parameter: only(**{"tag:fintech.platform/name": "one"})})[key]
    assert found["Tags"] == named(kind)[0]["Tags"]
    [row] = ec2.describe_tags(Filters=only(key="fintech.platform/name"))["Tags"]
    assert row["ResourceType"] == kind
