# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Routes of transit gateways: static, propagated and of prefix lists, and how they are searched."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.transit import Transit

OFFICE = "192.168.10.0/24"


@pytest.fixture
def transit(ec2) -> Transit:
    return Transit(ec2)


@pytest.fixture
def table(transit) -> str:
    return transit.table()


@pytest.fixture
def attachment(transit) -> str:
    return transit.attached("10.1.0.0/24")


def summary(transit: Transit, attachment: str) -> dict[str, str]:
    found = transit.attachment(attachment)
    return {name: found[name] for name in ("TransitGatewayAttachmentId", "ResourceId", "ResourceType")}


def test_a_static_route_is_made_replaced_and_removed(ec2, transit, table, attachment, refused) -> None:
    made = transit.route(table, "192.168.10.1/24", attachment)
    expected = {"DestinationCidrBlock": OFFICE, "Type": "static", "State": "active", "TransitGatewayAttachments": [summary(transit, attachment)]}
    assert made == expected
    assert transit.search(table) == [expected]
    with refused("RouteAlreadyExists"):
        transit.route(table, OFFICE)
    replace = {"TransitGatewayRouteTableId": table, "DestinationCidrBlock": OFFICE}
    ec2.replace_transit_gateway_route(**replace, Blackhole=True)
    [found] = transit.search(table)
    assert (found["State"], found.get("TransitGatewayAttachments", [])) == ("blackhole", [])
    ec2.replace_transit_gateway_route(**{**replace, "DestinationCidrBlock": "10.9.0.0/16"}, TransitGatewayAttachmentId=attachment)
    assert transit.destinations(table, state="active") == ["10.9.0.0/16"]
    ec2.delete_transit_gateway_route(**replace)
    with refused("InvalidRoute.NotFound"):
        ec2.delete_transit_gateway_route(**replace)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"TransitGatewayRouteTableId": "tgw-rtb-0123456789abcdef0"}, "InvalidRouteTableID.NotFound"),
        ({"TransitGatewayAttachmentId": "tgw-attach-0123456789abcdef0"}, "InvalidTransitGatewayAttachmentID.NotFound"),
        ({"TransitGatewayAttachmentId": "foreign"}, "InvalidTransitGatewayAttachmentID.NotFound"),
        ({"TransitGatewayAttachmentId": None}, "MissingParameter"),
        ({"Blackhole": True}, "InvalidParameterCombination"),
        ({"DestinationCidrBlock": "192.168.0.0/33"}, "InvalidParameterValue"),
    ],
)
def test_routes_that_aws_refuses(ec2, transit, table, attachment, refused, change, code) -> None:
    if change.get("TransitGatewayAttachmentId") == "foreign":
        change = {"TransitGatewayAttachmentId": transit.attached("10.3.0.0/24", transit.made())}
    asked = {"TransitGatewayRouteTableId": table, "DestinationCidrBlock": OFFICE, "TransitGatewayAttachmentId": attachment, **change}
    with refused(code):
        ec2.create_transit_gateway_route(**{name: value for name, value in asked.items() if value is not None})


def test_a_route_outlives_its_attachment_as_a_blackhole(ec2, transit, table, attachment) -> None:
    transit.route(table, OFFICE, attachment)
    ec2.enable_transit_gateway_route_table_propagation(TransitGatewayRouteTableId=table, TransitGatewayAttachmentId=attachment)
    ec2.delete_transit_gateway_vpc_attachment(TransitGatewayAttachmentId=attachment)
    [found] = transit.search(table)
    assert (found["DestinationCidrBlock"], found["State"], found.get("TransitGatewayAttachments", [])) == (OFFICE, "blackhole", [])
    assert ec2.get_transit_gateway_route_table_propagations(TransitGatewayRouteTableId=table)["TransitGatewayRouteTablePropagations"] == []


def test_vpcs_propagate_their_blocks(ec2, transit, table, attachment, refused) -> None:
    vpc = transit.attachment(attachment)["ResourceId"]
    ec2.associate_vpc_cidr_block(VpcId=vpc, CidrBlock="100.64.0.0/20")
    members = {"TransitGatewayRouteTableId": table, "TransitGatewayAttachmentId": attachment}
    assert ec2.enable_transit_gateway_route_table_propagation(**members)["Propagation"]["State"] == "enabled"
    with refused("TransitGatewayRouteTablePropagation.Duplicate"):
        ec2.enable_transit_gateway_route_table_propagation(**members)
    assert transit.destinations(table, type="propagated") == ["10.1.0.0/24", "100.64.0.0/20"]
    transit.route(table, "10.1.0.0/24")  # hides the propagated one
    assert transit.destinations(table, type="propagated") == ["100.64.0.0/20"]
    [found] = ec2.get_transit_gateway_route_table_propagations(TransitGatewayRouteTableId=table)["TransitGatewayRouteTablePropagations"]
    assert (found["TransitGatewayAttachmentId"], found["State"]) == (attachment, "enabled")
    [seen] = ec2.get_transit_gateway_attachment_propagations(TransitGatewayAttachmentId=attachment)["TransitGatewayAttachmentPropagations"]
    assert seen["TransitGatewayRouteTableId"] == table
    ec2.disable_transit_gateway_route_table_propagation(**members)
    assert transit.destinations(table, type="propagated") == []
    with refused("InvalidparameterValue"):
        ec2.disable_transit_gateway_route_table_propagation(**members)


def vpn(ec2, transit: Transit, static: bool, address: str = "203.0.113.10") -> tuple[str, str]:
    """An attachment of a VPN connection, and the outside address of its first tunnel."""
    gateway = ec2.create_customer_gateway(Type="ipsec.1", PublicIp=address, BgpAsn=65010)["CustomerGateway"]["CustomerGatewayId"]
    ec2.describe_customer_gateways()
    options = {"StaticRoutesOnly": static}
    made = ec2.create_vpn_connection(Type="ipsec.1", CustomerGatewayId=gateway, TransitGatewayId=transit.gateway, Options=options)
    by_connection = [{"Name": "resource-id", "Values": [made["VpnConnection"]["VpnConnectionId"]]}]
    [found] = ec2.describe_transit_gateway_attachments(Filters=by_connection)["TransitGatewayAttachments"]
    return found["TransitGatewayAttachmentId"], made["VpnConnection"]["Options"]["TunnelOptions"][0]["OutsideIpAddress"]


def test_what_bgp_learns_is_propagated_and_nothing_of_static_connections(ec2, rehearsal, transit, table) -> None:
    (dynamic, _address), (static, _other) = vpn(ec2, transit, False), vpn(ec2, transit, True, "203.0.113.20")
    for attachment in (dynamic, static):
        ec2.enable_transit_gateway_route_table_propagation(TransitGatewayRouteTableId=table, TransitGatewayAttachmentId=attachment)
    assert transit.search(table) == []
    rehearsal.tunnels(True, prefixes=[OFFICE])
    [route] = transit.search(table)
    assert (route["DestinationCidrBlock"], route["Type"]) == (OFFICE, "propagated")
    assert [each["TransitGatewayAttachmentId"] for each in route["TransitGatewayAttachments"]] == [dynamic]
    rehearsal.tunnels(False)
    assert transit.search(table) == []


def test_a_prefix_both_connections_bring_is_one_route(ec2, rehearsal, transit, table) -> None:
    attachments = [vpn(ec2, transit, False, f"203.0.113.{number}")[0] for number in (10, 20)]
    for attachment in attachments:
        ec2.enable_transit_gateway_route_table_propagation(TransitGatewayRouteTableId=table, TransitGatewayAttachmentId=attachment)
    rehearsal.tunnels(True, prefixes=[OFFICE])
    [route] = transit.search(table)
    assert sorted(each["TransitGatewayAttachmentId"] for each in route["TransitGatewayAttachments"]) == sorted(attachments)


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({"state": "blackhole"}, ["10.64.0.0/16"]),
        ({"type": "propagated"}, ["10.1.0.0/24"]),
        ({"route_search__exact_match": OFFICE}, [OFFICE]),
        ({"route_search__subnet_of_match": "192.168.0.0/16"}, ["192.168.0.0/16", OFFICE]),
        ({"route_search__supernet_of_match": "192.168.10.128/25"}, ["192.168.0.0/16", OFFICE]),
        ({"route_search__longest_prefix_match": "192.168.10.7"}, [OFFICE]),
        ({"route_search__longest_prefix_match": "192.168.10.0/24"}, []),
        ({"route_search__subnet_of_match": "192.168.0.0/16", "state": "blackhole"}, []),
        ({"attachment__resource_type": "vpc", "type": "static"}, ["192.168.0.0/16", OFFICE]),
    ],
)
def test_routes_are_searched(ec2, transit, table, attachment, filters, found) -> None:
    ec2.enable_transit_gateway_route_table_propagation(TransitGatewayRouteTableId=table, TransitGatewayAttachmentId=attachment)
    for cidr, target in (("192.168.0.0/16", attachment), (OFFICE, attachment), ("10.64.0.0/16", None)):
        transit.route(table, cidr, target)
    assert transit.destinations(table, **filters) == found


def test_routes_are_searched_by_attachment_and_in_pages(ec2, transit, table, attachment, refused) -> None:
    other = transit.attached("10.2.0.0/24")
    for number in range(3):
        transit.route(table, f"192.168.{number}.0/24", attachment)
    transit.route(table, OFFICE, other)
    assert transit.destinations(table, attachment__transit_gateway_attachment_id=other) == [OFFICE]
    assert transit.destinations(table, attachment__resource_id=transit.attachment(other)["ResourceId"]) == [OFFICE]
    asked: dict[str, Any] = {"TransitGatewayRouteTableId": table, "Filters": [{"Name": "type", "Values": ["static"]}]}
    first = ec2.search_transit_gateway_routes(**asked, MaxResults=5)
    assert first["AdditionalRoutesAvailable"] is False
    pages = ec2.get_paginator("search_transit_gateway_routes").paginate(**asked, PaginationConfig={"PageSize": 5})
    assert sum(len(page["Routes"]) for page in pages) == 4
    with refused("InvalidParameterValue"):
        transit.search(table, nonsense="x")


def test_a_prefix_list_stands_for_its_entries(ec2, transit, table, attachment, refused) -> None:
    entries = [{"Cidr": "172.16.1.0/24"}, {"Cidr": "172.16.2.0/24"}]
    asked = {"PrefixListName": "offices", "AddressFamily": "IPv4", "MaxEntries": 2, "Entries": entries}
    prefix_list = ec2.create_managed_prefix_list(**asked)["PrefixList"]["PrefixListId"]
    reference = {"TransitGatewayRouteTableId": table, "PrefixListId": prefix_list}
    made = ec2.create_transit_gateway_prefix_list_reference(**reference, TransitGatewayAttachmentId=attachment)
    assert made["TransitGatewayPrefixListReference"]["TransitGatewayAttachment"] == summary(transit, attachment)
    assert {(each["DestinationCidrBlock"], each["PrefixListId"], each["State"]) for each in transit.search(table)} == {
        (entry["Cidr"], prefix_list, "active") for entry in entries
    }
    with refused("RouteAlreadyExists"):
        ec2.create_transit_gateway_prefix_list_reference(**reference, Blackhole=True)
    with refused("DependencyViolation"):
        ec2.delete_managed_prefix_list(PrefixListId=prefix_list)
    ec2.modify_transit_gateway_prefix_list_reference(**reference, Blackhole=True)
    [found] = ec2.get_transit_gateway_prefix_list_references(TransitGatewayRouteTableId=table)["TransitGatewayPrefixListReferences"]
    assert (found["Blackhole"], found["State"], "TransitGatewayAttachment" in found) == (True, "available", False)
    assert {each["State"] for each in transit.search(table)} == {"blackhole"}
    ec2.delete_transit_gateway_prefix_list_reference(**reference)
    assert transit.search(table) == []
    with refused("InvalidPrefixListID.NotFound"):
        ec2.delete_transit_gateway_prefix_list_reference(**reference)
