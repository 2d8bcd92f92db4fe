# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Attachments of VPCs to transit gateways: their interfaces, their changes, their end, and those of other accounts."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.transit import CLOSED, Transit

OTHER = "210987654321"


@pytest.fixture
def transit(ec2) -> Transit:
    return Transit(ec2)


def the_vpc_attachment(ec2, identifier: str) -> dict[str, Any]:
    return ec2.describe_transit_gateway_vpc_attachments(TransitGatewayAttachmentIds=[identifier])["TransitGatewayVpcAttachments"][0]


def attach(ec2, gateway: str, vpc: str, subnets: list[str], **more: Any) -> dict[str, Any]:
    made = ec2.create_transit_gateway_vpc_attachment(TransitGatewayId=gateway, VpcId=vpc, SubnetIds=subnets, **more)
    return made["TransitGatewayVpcAttachment"]


def test_an_attachment_has_tags_options_and_an_interface_in_each_subnet(ec2, transit, vpc, subnets, named) -> None:
    options = {"ApplianceModeSupport": "enable", "SecurityGroupReferencingSupport": "disable"}
    made = attach(ec2, transit.gateway, vpc, subnets, Options=options, TagSpecifications=named("transit-gateway-attachment"))
    assert (made["State"], made["Tags"]) == ("pending", named("transit-gateway-attachment")[0]["Tags"])
    found = the_vpc_attachment(ec2, made["TransitGatewayAttachmentId"])
    assert (found["State"], found["SubnetIds"], found["VpcOwnerId"]) == ("available", subnets, "123456789012")
    assert found["Options"] == {**options, "DnsSupport": "enable", "Ipv6Support": "disable"}
    by_type = [{"Name": "interface-type", "Values": ["transit_gateway"]}]
    interfaces = ec2.describe_network_interfaces(Filters=by_type)["NetworkInterfaces"]
    assert sorted(each["SubnetId"] for each in interfaces) == sorted(subnets)
    assert {each["Description"] for each in interfaces} == {f"Network Interface for Transit Gateway Attachment {found['TransitGatewayAttachmentId']}"}
    with pytest.raises(ec2.exceptions.ClientError, match="OperationNotPermitted"):
        ec2.delete_network_interface(NetworkInterfaceId=interfaces[0]["NetworkInterfaceId"])


def test_all_attachments_are_listed_together_and_those_of_vpcs_apart(ec2, transit) -> None:
    attachment = transit.attached("10.1.0.0/24")
    customer = ec2.create_customer_gateway(Type="ipsec.1", PublicIp="203.0.113.10", BgpAsn=65010)["CustomerGateway"]["CustomerGatewayId"]
    ec2.describe_customer_gateways()  # lets it become available
    vpn = ec2.create_vpn_connection(Type="ipsec.1", CustomerGatewayId=customer, TransitGatewayId=transit.gateway)["VpnConnection"]
    ec2.describe_vpn_connections()
    found = {each["ResourceType"]: each for each in ec2.describe_transit_gateway_attachments()["TransitGatewayAttachments"]}
    assert {kind: each["State"] for kind, each in found.items()} == {"vpc": "available", "vpn": "available"}
    assert (found["vpn"]["ResourceId"], found["vpn"]["ResourceOwnerId"]) == (vpn["VpnConnectionId"], "123456789012")
    of_vpcs = ec2.describe_transit_gateway_vpc_attachments()["TransitGatewayVpcAttachments"]
    assert [each["TransitGatewayAttachmentId"] for each in of_vpcs] == [attachment]
    with pytest.raises(ec2.exceptions.ClientError, match=r"IncorrectState.*non-deleted"):
        ec2.delete_transit_gateway(TransitGatewayId=transit.gateway)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"TransitGatewayId": "tgw-0123456789abcdef0"}, "InvalidTransitGatewayID.NotFound"),
        ({"VpcId": "vpc-0123456789abcdef0"}, "InvalidVpcID.NotFound"),
        ({"SubnetIds": ["subnet-0123456789abcdef0"]}, "InvalidSubnetID.NotFound"),
        ({"SubnetIds": "foreign"}, "InvalidSubnetID.NotFound"),
        ({"SubnetIds": "same zone"}, "DuplicateSubnetsInSameZone"),
    ],
)
def test_attachments_that_aws_refuses(ec2, transit, vpc, subnets, refused, change, code) -> None:
    more = ec2.create_subnet(VpcId=vpc, CidrBlock="10.64.1.0/25", AvailabilityZoneId="euc1-az1")["Subnet"]["SubnetId"]
    named = {"foreign": [transit.vpc("10.9.0.0/24")[1]], "same zone": [subnets[0], more]}
    asked = {"TransitGatewayId": transit.gateway, "VpcId": vpc, "SubnetIds": subnets, **change}
    if isinstance(asked["SubnetIds"], str):
        asked["SubnetIds"] = named[asked["SubnetIds"]]
    with refused(code):
        ec2.create_transit_gateway_vpc_attachment(**asked)


def test_a_vpc_is_attached_once(ec2, transit, vpc, subnets, refused) -> None:
    first = attach(ec2, transit.gateway, vpc, subnets)["TransitGatewayAttachmentId"]
    with refused("DuplicateTransitGatewayAttachment", "non-deleted Transit Gateway Attachments with same VPC ID"):
        attach(ec2, transit.gateway, vpc, subnets)
    ec2.delete_transit_gateway_vpc_attachment(TransitGatewayAttachmentId=first)
    ec2.describe_transit_gateway_attachments()
    attach(ec2, transit.gateway, vpc, subnets)


def test_subnets_and_options_are_changed(ec2, rehearsal, transit, vpc, subnets, refused) -> None:
    attachment = attach(ec2, transit.gateway, vpc, subnets[:1])["TransitGatewayAttachmentId"]
    rehearsal.pace(transit_gateway_attachment=0.1)
    ec2.modify_transit_gateway_vpc_attachment(
        TransitGatewayAttachmentId=attachment, AddSubnetIds=subnets[1:], RemoveSubnetIds=subnets[:1], Options={"DnsSupport": "disable"}
    )
    found = the_vpc_attachment(ec2, attachment)
    assert (found["State"], found["SubnetIds"], found["Options"]["DnsSupport"]) == ("modifying", subnets[1:], "disable")
    ec2.delete_subnet(SubnetId=subnets[0])
    with refused("InsufficientSubnetsException"):
        ec2.modify_transit_gateway_vpc_attachment(TransitGatewayAttachmentId=attachment, RemoveSubnetIds=subnets[1:])
    with refused("InvalidSubnetID.NotFound", "is not attached"):
        ec2.modify_transit_gateway_vpc_attachment(TransitGatewayAttachmentId=attachment, RemoveSubnetIds=subnets[:1])


def test_an_attachment_holds_its_vpc_until_it_is_gone(ec2, rehearsal, transit, vpc, subnets, refused) -> None:
    attachment = attach(ec2, transit.gateway, vpc, subnets)["TransitGatewayAttachmentId"]
    table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    target = {"RouteTableId": table, "DestinationCidrBlock": "192.168.0.0/16", "TransitGatewayId": transit.gateway}
    ec2.create_route(**target)
    rehearsal.pace(transit_gateway_attachment=60)
    ec2.delete_transit_gateway_vpc_attachment(TransitGatewayAttachmentId=attachment)
    assert transit.attachment(attachment)["State"] == "deleting"
    [found] = ec2.describe_route_tables(RouteTableIds=[table])["RouteTables"]
    assert {route["State"] for route in found["Routes"] if "TransitGatewayId" in route} == {"blackhole"}
    with refused("InvalidTransitGatewayID.NotFound"):
        ec2.create_route(**{**target, "DestinationCidrBlock": "172.16.0.0/12"})
    for call in (lambda: ec2.delete_subnet(SubnetId=subnets[0]), lambda: ec2.delete_vpc(VpcId=vpc)):
        with refused("DependencyViolation"):
            call()


class Lent:
    """A gateway that its owner may share, and a VPC of another account."""

    def __init__(self, transit: Transit, make_client) -> None:
        self.transit, self.make_client = transit, make_client
        self.ec2 = make_client("ec2", OTHER)
        self.vpc, self.subnet = transit.vpc("10.2.0.0/24", self.ec2)

    def share(self) -> None:
        own, theirs = self.make_client("ram"), self.make_client("ram", OTHER)
        arn = f"arn:aws:ec2:eu-central-1:123456789012:transit-gateway/{self.transit.gateway}"
        own.create_resource_share(name="hub", resourceArns=[arn], principals=[OTHER])
        [invitation] = theirs.get_resource_share_invitations()["resourceShareInvitations"]
        theirs.accept_resource_share_invitation(resourceShareInvitationArn=invitation["resourceShareInvitationArn"])
        own.get_resource_shares(resourceOwner="SELF")

    def attach(self) -> str:
        return str(attach(self.ec2, self.transit.gateway, self.vpc, [self.subnet])["TransitGatewayAttachmentId"])


@pytest.fixture
def lent(transit, make_client) -> Lent:
    return Lent(transit, make_client)


def test_a_gateway_is_seen_from_accounts_that_ram_shares_it_with(lent, refused) -> None:
    with refused("InvalidTransitGatewayID.NotFound"):
        lent.attach()
    assert lent.ec2.describe_transit_gateways()["TransitGateways"] == []
    lent.share()
    [found] = lent.ec2.describe_transit_gateways()["TransitGateways"]
    assert (found["TransitGatewayId"], found["OwnerId"]) == (lent.transit.gateway, "123456789012")
    with refused("InvalidTransitGatewayID.NotFound"):
        lent.ec2.create_transit_gateway_route_table(TransitGatewayId=lent.transit.gateway)


def test_a_foreign_attachment_waits_for_the_owner(ec2, lent, named, refused) -> None:
    lent.share()
    attachment = lent.attach()
    lent.ec2.create_tags(Resources=[attachment], Tags=named("x")[0]["Tags"])
    assert the_vpc_attachment(lent.ec2, attachment)["State"] == "pendingAcceptance"
    seen = lent.transit.attachment(attachment)
    assert (seen["State"], seen["ResourceOwnerId"], seen["Tags"]) == ("pendingAcceptance", OTHER, [])
    assert lent.ec2.describe_network_interfaces()["NetworkInterfaces"] == []
    table = lent.transit.table()
    with refused("IncorrectState", "is in invalid state"):
        lent.transit.route(table, "10.2.0.0/24", attachment)
    with refused("InvalidTransitGatewayAttachmentID.NotFound"):
        lent.ec2.accept_transit_gateway_vpc_attachment(TransitGatewayAttachmentId=attachment)
    accepted = ec2.accept_transit_gateway_vpc_attachment(TransitGatewayAttachmentId=attachment)["TransitGatewayVpcAttachment"]
    assert accepted["State"] == "pending"
    assert the_vpc_attachment(lent.ec2, attachment)["State"] == "available"
    with refused("IncorrectState"):
        ec2.accept_transit_gateway_vpc_attachment(TransitGatewayAttachmentId=attachment)
    lent.transit.route(table, "10.2.0.0/24", attachment)
    ec2.associate_transit_gateway_route_table(TransitGatewayRouteTableId=table, TransitGatewayAttachmentId=attachment)
    assert "Association" in lent.transit.attachment(attachment)
    [theirs] = lent.ec2.describe_transit_gateway_attachments()["TransitGatewayAttachments"]
    assert "Association" not in theirs
    lent.ec2.delete_transit_gateway_vpc_attachment(TransitGatewayAttachmentId=attachment)
    assert lent.transit.attachment(attachment)["State"] == "deleted"
    lent.ec2.delete_subnet(SubnetId=lent.subnet)


def test_a_foreign_attachment_can_be_rejected_or_accepted_at_once(ec2, lent) -> None:
    lent.share()
    rejected = lent.attach()
    ec2.reject_transit_gateway_vpc_attachment(TransitGatewayAttachmentId=rejected)
    assert the_vpc_attachment(lent.ec2, rejected)["State"] == "rejected"
    ec2.modify_transit_gateway(TransitGatewayId=lent.transit.gateway, Options={"AutoAcceptSharedAttachments": "enable"})
    assert the_vpc_attachment(lent.ec2, lent.attach())["State"] == "available"


def test_an_attachment_joins_the_default_tables(ec2, transit) -> None:
    gateway = transit.made()
    table = ec2.describe_transit_gateways(TransitGatewayIds=[gateway])["TransitGateways"][0]["Options"]["AssociationDefaultRouteTableId"]
    attachment = transit.attached("10.1.0.0/24", gateway)
    assert transit.attachment(attachment)["Association"]["TransitGatewayRouteTableId"] == table
    assert transit.destinations(table, type="propagated") == ["10.1.0.0/24"]
    ec2.modify_transit_gateway(TransitGatewayId=gateway, Options=CLOSED)
    assert transit.attachment(attachment)["Association"]["TransitGatewayRouteTableId"] == table
