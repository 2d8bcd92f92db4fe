# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""NAT gateways, route tables, network ACLs and transit gateways."""

from __future__ import annotations

import pytest

ANY = "0.0.0.0/0"


@pytest.fixture
def address(ec2) -> str:
    return str(ec2.allocate_address(Domain="vpc")["AllocationId"])


@pytest.fixture
def nat(ec2, subnets, gateway, address) -> str:
    return str(ec2.create_nat_gateway(SubnetId=subnets[0], AllocationId=address)["NatGateway"]["NatGatewayId"])


@pytest.fixture
def table(ec2, vpc) -> str:
    return str(ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"])


def the_nat(ec2, nat: str) -> dict:
    return ec2.describe_nat_gateways(NatGatewayIds=[nat])["NatGateways"][0]


def routes(ec2, table: str) -> dict[str, dict]:
    found = ec2.describe_route_tables(RouteTableIds=[table])["RouteTables"][0]["Routes"]
    return {route.get("DestinationCidrBlock") or route["DestinationPrefixListId"]: route for route in found}


def test_a_zonal_nat_gateway_lives_in_its_subnet(ec2, subnets, gateway, address, named) -> None:
    made = ec2.create_nat_gateway(SubnetId=subnets[0], AllocationId=address, TagSpecifications=named("natgateway"))["NatGateway"]
    assert (made["State"], made["Tags"]) == ("pending", named("natgateway")[0]["Tags"])
    found = the_nat(ec2, made["NatGatewayId"])
    assert (found["State"], found["ConnectivityType"], found["AvailabilityMode"]) == ("available", "public", "zonal")
    [interface] = ec2.describe_network_interfaces(Filters=[{"Name": "interface-type", "Values": ["nat_gateway"]}])["NetworkInterfaces"]
    assert interface["Description"] == f"Interface for NAT Gateway {made['NatGatewayId']}"
    assert (interface["RequesterManaged"], interface["Status"], interface["SourceDestCheck"]) == (True, "in-use", False)
    assert interface["PrivateIpAddress"] == found["NatGatewayAddresses"][0]["PrivateIp"] == "10.64.0.4"


def test_a_nat_gateway_holds_its_address_subnet_and_gateway(ec2, vpc, subnets, gateway, address, nat, refused) -> None:
    with refused("InvalidIPAddress.InUse"):
        ec2.release_address(AllocationId=address)
    with refused("AuthFailure"):
        ec2.disassociate_address(AssociationId=the_nat(ec2, nat)["NatGatewayAddresses"][0]["AssociationId"])
    with refused("DependencyViolation"):
        ec2.delete_subnet(SubnetId=subnets[0])
    with refused("DependencyViolation", "mapped public address"):
        ec2.detach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    ec2.delete_nat_gateway(NatGatewayId=nat)
    assert the_nat(ec2, nat)["State"] == "deleted"
    with refused("NatGatewayNotFound"):
        ec2.delete_nat_gateway(NatGatewayId=nat)
    ec2.release_address(AllocationId=address)
    ec2.delete_subnet(SubnetId=subnets[0])
    ec2.detach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)


def test_a_nat_gateway_is_deleting_for_as_long_as_the_pace_says(rehearsal, ec2, nat) -> None:
    assert the_nat(ec2, nat)["State"] == "available"
    rehearsal.pace(nat_gateway=0.2)
    ec2.delete_nat_gateway(NatGatewayId=nat)
    assert the_nat(ec2, nat)["State"] == "deleting"
    waiter = ec2.get_waiter("nat_gateway_deleted")
    waiter.wait(NatGatewayIds=[nat], WaiterConfig={"Delay": 1, "MaxAttempts": 3})


def test_nat_gateways_fail_as_those_of_aws(ec2, subnets, address) -> None:
    made = ec2.create_nat_gateway(SubnetId=subnets[0], AllocationId=address)["NatGateway"]
    assert made["State"] == "pending"
    failed = the_nat(ec2, made["NatGatewayId"])
    assert (failed["State"], failed["FailureCode"]) == ("failed", "Gateway.NotAttached")
    private = ec2.create_nat_gateway(SubnetId=subnets[0], ConnectivityType="private")["NatGateway"]["NatGatewayId"]
    assert the_nat(ec2, private)["State"] == "available"


def test_an_address_serves_one_nat_gateway(ec2, subnets, nat, address) -> None:
    second = ec2.create_nat_gateway(SubnetId=subnets[1], AllocationId=address)["NatGateway"]["NatGatewayId"]
    assert the_nat(ec2, second)["FailureCode"] == "Resource.AlreadyAssociated"
    assert the_nat(ec2, nat)["State"] == "available"


def test_a_regional_nat_gateway_has_no_subnet_but_a_route_table(ec2, vpc, gateway, table, refused) -> None:
    made = ec2.create_nat_gateway(VpcId=vpc, AvailabilityMode="regional")["NatGateway"]
    found = the_nat(ec2, made["NatGatewayId"])
    assert (found["State"], found["AvailabilityMode"], "SubnetId" in found) == ("available", "regional", False)
    assert routes(ec2, found["RouteTableId"])[ANY]["GatewayId"] == gateway
    ec2.create_route(RouteTableId=table, DestinationCidrBlock=ANY, NatGatewayId=made["NatGatewayId"])
    with refused("DependencyViolation"):
        ec2.delete_route_table(RouteTableId=found["RouteTableId"])
    ec2.delete_nat_gateway(NatGatewayId=made["NatGatewayId"])
    with refused("InvalidRouteTableID.NotFound"):
        ec2.describe_route_tables(RouteTableIds=[found["RouteTableId"]])


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({"AvailabilityMode": "regional"}, "MissingParameter"),
        ({"AvailabilityMode": "regional", "VpcId": "vpc", "SubnetId": "subnet"}, "InvalidParameterCombination"),
        ({"SubnetId": "subnet"}, "MissingParameter"),
        ({"SubnetId": "subnet", "VpcId": "vpc", "AllocationId": "a"}, "InvalidParameterCombination"),
        ({"SubnetId": "subnet", "AllocationId": "eipalloc-1"}, "InvalidAllocationID.NotFound"),
        ({}, "MissingParameter"),
    ],
)
def test_nat_gateways_that_aws_refuses(ec2, vpc, subnets, refused, parameters, code) -> None:
    names = {"vpc": vpc, "subnet": subnets[0]}
    with refused(code):
        ec2.create_nat_gateway(**{name: names.get(value, value) for name, value in parameters.items()})


def test_a_route_is_made_replaced_and_removed(ec2, table, gateway, nat, refused) -> None:
    ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.1/0", NatGatewayId=nat)
    assert routes(ec2, table)[ANY]["NatGatewayId"] == nat
    with refused("RouteAlreadyExists"):
        ec2.create_route(RouteTableId=table, DestinationCidrBlock=ANY, GatewayId=gateway)
    ec2.replace_route(RouteTableId=table, DestinationCidrBlock=ANY, GatewayId=gateway)
    assert routes(ec2, table)[ANY]["GatewayId"] == gateway
    assert "NatGatewayId" not in routes(ec2, table)[ANY]
    with refused("InvalidParameterValue", "Use CreateRoute instead"):
        ec2.replace_route(RouteTableId=table, DestinationCidrBlock="11.0.0.0/8", GatewayId=gateway)
    ec2.delete_route(RouteTableId=table, DestinationCidrBlock=ANY)
    with refused("InvalidRoute.NotFound"):
        ec2.delete_route(RouteTableId=table, DestinationCidrBlock=ANY)
    with refused("InvalidParameterValue", "cannot remove local route"):
        ec2.delete_route(RouteTableId=table, DestinationCidrBlock="10.64.0.0/23")


def test_a_route_to_a_prefix_list(ec2, table, gateway, refused) -> None:
    made = ec2.create_managed_prefix_list(PrefixListName="p", AddressFamily="IPv4", MaxEntries=1)["PrefixList"]["PrefixListId"]
    ec2.create_route(RouteTableId=table, DestinationPrefixListId=made, GatewayId=gateway)
    assert routes(ec2, table)[made]["GatewayId"] == gateway
    with refused("RouteAlreadyExists"):
        ec2.create_route(RouteTableId=table, DestinationPrefixListId=made, GatewayId=gateway)
    ec2.delete_route(RouteTableId=table, DestinationPrefixListId=made)
    assert made not in routes(ec2, table)


@pytest.mark.parametrize(
    ("target", "code"),
    [
        ({"NatGatewayId": "nat-12345678901234567"}, "InvalidNatGatewayID.NotFound"),
        ({"GatewayId": "igw-12345678901234567"}, "InvalidInternetGatewayID.NotFound"),
        ({"TransitGatewayId": "tgw-12345678901234567"}, "InvalidTransitGatewayID.NotFound"),
        ({"NetworkInterfaceId": "eni-12345678901234567"}, "InvalidNetworkInterfaceID.NotFound"),
        ({}, "InvalidParameterCombination"),
        ({"GatewayId": "igw-1", "NatGatewayId": "nat-1"}, "InvalidParameterCombination"),
    ],
)
def test_routes_to_nowhere_are_refused(ec2, table, refused, target, code) -> None:
    with refused(code):
        ec2.create_route(RouteTableId=table, DestinationCidrBlock=ANY, **target)


def test_routes_inside_the_vpc_and_to_other_vpcs_are_refused(ec2, table, gateway, nat, refused) -> None:
    with refused("InvalidParameterValue", "more specific than one of this VPC's CIDR blocks"):
        ec2.create_route(RouteTableId=table, DestinationCidrBlock="10.64.0.0/25", GatewayId=gateway)
    other = ec2.create_route_table(VpcId=ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"])["RouteTable"]["RouteTableId"]
    for target in ({"GatewayId": gateway}, {"NatGatewayId": nat}):
        with refused("InvalidParameterValue", "belong to different networks"):
            ec2.create_route(RouteTableId=other, DestinationCidrBlock=ANY, **target)


def test_a_route_whose_target_is_gone_is_a_blackhole(ec2, vpc, table, gateway, nat) -> None:
    ec2.create_route(RouteTableId=table, DestinationCidrBlock=ANY, NatGatewayId=nat)
    ec2.create_route(RouteTableId=table, DestinationCidrBlock="11.0.0.0/8", GatewayId=gateway)
    assert {route["State"] for route in routes(ec2, table).values()} == {"active"}
    ec2.delete_nat_gateway(NatGatewayId=nat)
    assert routes(ec2, table)[ANY]["State"] == "blackhole"
    ec2.detach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    assert routes(ec2, table)["11.0.0.0/8"]["State"] == "blackhole"


def test_associations_of_route_tables(ec2, vpc, table, subnets, refused) -> None:
    second = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    made = ec2.associate_route_table(RouteTableId=table, SubnetId=subnets[0])["AssociationId"]
    with refused("Resource.AlreadyAssociated"):
        ec2.associate_route_table(RouteTableId=second, SubnetId=subnets[0])
    with refused("DependencyViolation"):
        ec2.delete_route_table(RouteTableId=table)
    replaced = ec2.replace_route_table_association(AssociationId=made, RouteTableId=second)["NewAssociationId"]
    assert replaced != made
    [found] = ec2.describe_route_tables(Filters=[{"Name": "association.subnet-id", "Values": [subnets[0]]}])["RouteTables"]
    assert found["RouteTableId"] == second
    ec2.delete_route_table(RouteTableId=table)
    ec2.disassociate_route_table(AssociationId=replaced)
    ec2.delete_route_table(RouteTableId=second)
    [main] = ec2.describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["RouteTables"]
    with refused("InvalidParameterValue"):
        ec2.disassociate_route_table(AssociationId=main["Associations"][0]["RouteTableAssociationId"])
    with refused("DependencyViolation"):
        ec2.delete_route_table(RouteTableId=main["RouteTableId"])


def test_a_transit_gateway_is_reached_through_an_attachment(ec2, vpc, subnets, table, named, refused) -> None:
    transit = ec2.create_transit_gateway()["TransitGateway"]["TransitGatewayId"]
    with refused("InvalidTransitGatewayID.NotFound"):
        ec2.create_route(RouteTableId=table, DestinationCidrBlock="192.168.0.0/16", TransitGatewayId=transit)
    attachment = ec2.create_transit_gateway_vpc_attachment(
        TransitGatewayId=transit, VpcId=vpc, SubnetIds=subnets, TagSpecifications=named("transit-gateway-attachment")
    )["TransitGatewayVpcAttachment"]["TransitGatewayAttachmentId"]
    ec2.create_route(RouteTableId=table, DestinationCidrBlock="192.168.0.0/16", TransitGatewayId=transit)
    by_tag = [{"Name": "tag:fintech.platform/name", "Values": ["one"]}]
    [found] = ec2.describe_transit_gateway_vpc_attachments(Filters=by_tag)["TransitGatewayVpcAttachments"]
    assert (found["TransitGatewayAttachmentId"], found["Tags"]) == (attachment, named("transit-gateway-attachment")[0]["Tags"])
    with refused("DependencyViolation"):
        ec2.delete_subnet(SubnetId=subnets[0])
    with refused("DependencyViolation"):
        ec2.delete_vpc(VpcId=vpc)
    ec2.delete_transit_gateway_vpc_attachment(TransitGatewayAttachmentId=attachment)
    assert routes(ec2, table)["192.168.0.0/16"]["State"] == "blackhole"
    ec2.delete_subnet(SubnetId=subnets[0])


ENTRY = {"Egress": False, "Protocol": "6", "RuleAction": "allow", "PortRange": {"From": 443, "To": 443}}


@pytest.fixture
def acl(ec2, vpc) -> str:
    return str(ec2.create_network_acl(VpcId=vpc)["NetworkAcl"]["NetworkAclId"])


def entries(ec2, acl: str) -> list[tuple]:
    found = ec2.describe_network_acls(NetworkAclIds=[acl])["NetworkAcls"][0]["Entries"]
    return [(entry["Egress"], entry["RuleNumber"], entry["CidrBlock"]) for entry in found]


def test_acl_entries_are_made_replaced_and_removed(ec2, acl, refused) -> None:
    denials = [(True, 32767, ANY), (False, 32767, ANY)]
    assert entries(ec2, acl) == denials
    ec2.create_network_acl_entry(NetworkAclId=acl, RuleNumber=110, CidrBlock="10.64.0.1/25", **ENTRY)
    ec2.create_network_acl_entry(NetworkAclId=acl, RuleNumber=100, CidrBlock="10.65.0.0/16", **ENTRY)
    assert entries(ec2, acl) == [denials[0], (False, 100, "10.65.0.0/16"), (False, 110, "10.64.0.0/25"), denials[1]]
    with refused("NetworkAclEntryAlreadyExists"):
        ec2.create_network_acl_entry(NetworkAclId=acl, RuleNumber=100, CidrBlock="10.66.0.0/16", **ENTRY)
    ec2.replace_network_acl_entry(NetworkAclId=acl, RuleNumber=100, CidrBlock="10.67.0.0/16", **ENTRY)
    ec2.delete_network_acl_entry(NetworkAclId=acl, RuleNumber=110, Egress=False)
    assert entries(ec2, acl) == [denials[0], (False, 100, "10.67.0.0/16"), denials[1]]
    for call in (
        lambda: ec2.replace_network_acl_entry(NetworkAclId=acl, RuleNumber=110, CidrBlock=ANY, **ENTRY),
        lambda: ec2.delete_network_acl_entry(NetworkAclId=acl, RuleNumber=100, Egress=True),
    ):
        with refused("InvalidNetworkAclEntry.NotFound"):
            call()


def test_icmp_entries_keep_their_type_and_code(ec2, acl) -> None:
    ec2.create_network_acl_entry(NetworkAclId=acl, RuleNumber=1, Protocol="1", RuleAction="allow", Egress=True, CidrBlock=ANY,
                                 IcmpTypeCode={"Type": 3, "Code": 4})  # fmt: skip
    [entry] = [entry for entry in ec2.describe_network_acls(NetworkAclIds=[acl])["NetworkAcls"][0]["Entries"] if entry["RuleNumber"] == 1]
    assert entry["IcmpTypeCode"] == {"Type": 3, "Code": 4}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"RuleNumber": 0}, "InvalidParameterValue"),
        ({"RuleNumber": 32767}, "InvalidParameterValue"),
        ({"Protocol": "tcp"}, "InvalidParameterValue"),
        ({"PortRange": {"From": 5, "To": 4}}, "InvalidParameterValue"),
        ({"PortRange": {"From": 5}}, "MissingParameter"),
        ({"Protocol": "1"}, "MissingParameter"),
        ({"CidrBlock": "10.0.0.0/33"}, "InvalidParameterValue"),
    ],
)
def test_acl_entries_that_aws_refuses(ec2, acl, refused, change, code) -> None:
    with refused(code):
        ec2.create_network_acl_entry(**{"NetworkAclId": acl, "RuleNumber": 1, "CidrBlock": ANY, **ENTRY, **change})


def test_an_acl_takes_nineteen_entries_beside_its_last_denial_in_each_direction(ec2, acl, refused) -> None:
    for number in range(1, 20):
        ec2.create_network_acl_entry(NetworkAclId=acl, RuleNumber=number, CidrBlock=ANY, **ENTRY)
    with refused("NetworkAclEntryLimitExceeded"):
        ec2.create_network_acl_entry(NetworkAclId=acl, RuleNumber=20, CidrBlock=ANY, **ENTRY)
    ec2.create_network_acl_entry(**{"NetworkAclId": acl, "RuleNumber": 20, "CidrBlock": ANY, **ENTRY, "Egress": True})


def test_acl_associations_are_replaced(ec2, vpc, subnets, acl, refused) -> None:
    by_subnet = [{"Name": "association.subnet-id", "Values": subnets[:1]}]
    [default] = ec2.describe_network_acls(Filters=by_subnet)["NetworkAcls"]
    [association] = [entry for entry in default["Associations"] if entry["SubnetId"] == subnets[0]]
    ec2.replace_network_acl_association(AssociationId=association["NetworkAclAssociationId"], NetworkAclId=acl)
    assert [found["NetworkAclId"] for found in ec2.describe_network_acls(Filters=by_subnet)["NetworkAcls"]] == [acl]
    with refused("InvalidAssociationID.NotFound"):
        ec2.replace_network_acl_association(AssociationId=association["NetworkAclAssociationId"], NetworkAclId=acl)
    with refused("DependencyViolation"):
        ec2.delete_network_acl(NetworkAclId=acl)
    with refused("InvalidParameterValue"):
        ec2.delete_network_acl(NetworkAclId=default["NetworkAclId"])
    other = ec2.create_network_acl(VpcId=ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"])["NetworkAcl"]["NetworkAclId"]
    [moved] = ec2.describe_network_acls(NetworkAclIds=[acl])["NetworkAcls"][0]["Associations"]
    with refused("InvalidParameterValue", "different networks"):
        ec2.replace_network_acl_association(AssociationId=moved["NetworkAclAssociationId"], NetworkAclId=other)
