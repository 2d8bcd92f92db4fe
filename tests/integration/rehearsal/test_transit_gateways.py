# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Transit gateways, their route tables, and what joins these."""

from __future__ import annotations

import time

import pytest

from tests.support.transit import CLOSED, Transit


@pytest.fixture
def transit(ec2) -> Transit:
    return Transit(ec2)


def the_gateway(ec2, gateway: str) -> dict:
    return ec2.describe_transit_gateways(TransitGatewayIds=[gateway])["TransitGateways"][0]


def the_table(ec2, table: str) -> dict:
    return ec2.describe_transit_gateway_route_tables(TransitGatewayRouteTableIds=[table])["TransitGatewayRouteTables"][0]


def test_a_gateway_has_the_options_it_was_made_with(ec2, rehearsal, named) -> None:
    asked = {"AmazonSideAsn": 64600, "DnsSupport": "disable", "VpnEcmpSupport": "disable", **CLOSED}
    made = ec2.create_transit_gateway(Description="hub", Options=asked, TagSpecifications=named("transit-gateway"))["TransitGateway"]
    assert (made["State"], made["Tags"]) == ("pending", named("transit-gateway")[0]["Tags"])
    found = the_gateway(ec2, made["TransitGatewayId"])
    assert (found["State"], found["Description"], found["OwnerId"]) == ("available", "hub", "123456789012")
    assert found["TransitGatewayArn"] == f"arn:aws:ec2:eu-central-1:123456789012:transit-gateway/{made['TransitGatewayId']}"
    assert found["Options"] == {
        **asked, "AutoAcceptSharedAttachments": "disable", "SecurityGroupReferencingSupport": "disable", "MulticastSupport": "disable",
    }  # fmt: skip
    assert ec2.describe_transit_gateway_route_tables()["TransitGatewayRouteTables"] == []


def test_a_default_table_comes_only_with_the_options_that_need_one(ec2, transit) -> None:
    gateway = transit.made(DefaultRouteTablePropagation="disable")
    options = the_gateway(ec2, gateway)["Options"]
    assert "PropagationDefaultRouteTableId" not in options
    table = the_table(ec2, options["AssociationDefaultRouteTableId"])
    assert (table["DefaultAssociationRouteTable"], table["DefaultPropagationRouteTable"]) == (True, False)
    ec2.modify_transit_gateway(TransitGatewayId=gateway, Options={"DefaultRouteTableAssociation": "disable"})
    assert "AssociationDefaultRouteTableId" not in the_gateway(ec2, gateway)["Options"]
    assert the_table(ec2, table["TransitGatewayRouteTableId"])["DefaultAssociationRouteTable"] is False


def test_a_default_is_switched_on_with_a_table_of_the_gateway(ec2, transit, refused) -> None:
    foreign, table = transit.table(transit.made(**CLOSED)), transit.table()
    for options, code in (
        ({"DefaultRouteTableAssociation": "enable"}, "InvalidParameterCombination"),
        ({"AssociationDefaultRouteTableId": table}, "InvalidParameterCombination"),
        ({"DefaultRouteTableAssociation": "enable", "AssociationDefaultRouteTableId": foreign}, "InvalidRouteTableID.NotFound"),
        ({"AmazonSideAsn": 650_000}, "InvalidParameterValue"),
    ):
        with refused(code):
            ec2.modify_transit_gateway(TransitGatewayId=transit.gateway, Options=options)
    ec2.modify_transit_gateway(
        TransitGatewayId=transit.gateway, Options={"DefaultRouteTableAssociation": "enable", "AssociationDefaultRouteTableId": table}
    )
    assert transit.attachment(transit.attached("10.1.0.0/24"))["Association"] == {"TransitGatewayRouteTableId": table, "State": "associated"}
    with refused("IncorrectState", "is set as default association route table"):
        ec2.delete_transit_gateway_route_table(TransitGatewayRouteTableId=table)


def test_a_gateway_takes_its_time(ec2, rehearsal, transit, refused) -> None:
    rehearsal.pace(transit_gateway=0.2)
    ec2.modify_transit_gateway(TransitGatewayId=transit.gateway, Options={"DnsSupport": "disable"})
    assert the_gateway(ec2, transit.gateway)["State"] == "modifying"
    pending = transit.made(**CLOSED)
    assert the_gateway(ec2, pending)["State"] == "pending"
    with refused("IncorrectState", "is in invalid state"):
        transit.table(pending)


def test_a_gateway_goes_with_its_tables_once_nothing_is_attached(ec2, transit, refused) -> None:
    table, attachment = transit.table(), transit.attached("10.1.0.0/24")
    with refused("IncorrectState", f"has non-deleted VPC Attachments: {attachment}"):
        ec2.delete_transit_gateway(TransitGatewayId=transit.gateway)
    ec2.delete_transit_gateway_vpc_attachment(TransitGatewayAttachmentId=attachment)
    assert ec2.delete_transit_gateway(TransitGatewayId=transit.gateway)["TransitGateway"]["State"] == "deleting"
    assert (the_gateway(ec2, transit.gateway)["State"], the_table(ec2, table)["State"]) == ("deleted", "deleted")
    with refused("InvalidTransitGatewayID.NotFound"):
        ec2.delete_transit_gateway(TransitGatewayId=transit.gateway)
    with refused("InvalidTransitGatewayID.NotFound"):
        transit.table()


def test_gateways_are_limited(transit, refused) -> None:
    for _each in range(4):
        transit.made(**CLOSED)
    with refused("TransitGatewayLimitExceeded"):
        transit.made(**CLOSED)


def test_route_tables_are_made_tagged_and_limited(ec2, transit, named, refused) -> None:
    made = ec2.create_transit_gateway_route_table(TransitGatewayId=transit.gateway, TagSpecifications=named("transit-gateway-route-table"))
    assert made["TransitGatewayRouteTable"]["State"] == "pending"
    [found] = ec2.describe_transit_gateway_route_tables(Filters=[{"Name": "tag:fintech.platform/name", "Values": ["one"]}])[
        "TransitGatewayRouteTables"
    ]
    assert (found["State"], found["TransitGatewayId"]) == ("available", transit.gateway)
    for _each in range(19):
        transit.table()
    with refused("TransitGatewayRouteTableLimitExceeded"):
        transit.table()


def test_a_table_stays_while_attachments_use_it_and_goes_with_its_routes(ec2, transit, refused) -> None:
    table, attachment = transit.table(), transit.attached("10.1.0.0/24")
    members = {"TransitGatewayRouteTableId": table, "TransitGatewayAttachmentId": attachment}
    ec2.associate_transit_gateway_route_table(**members)
    ec2.enable_transit_gateway_route_table_propagation(**members)
    transit.route(table, "10.9.0.0/16")
    with refused("IncorrectState", "has associated attachments"):
        ec2.delete_transit_gateway_route_table(TransitGatewayRouteTableId=table)
    ec2.disassociate_transit_gateway_route_table(**members)
    assert ec2.delete_transit_gateway_route_table(TransitGatewayRouteTableId=table)["TransitGatewayRouteTable"]["State"] == "deleting"
    assert the_table(ec2, table)["State"] == "deleted"
    with refused("InvalidRouteTableID.NotFound"):
        transit.search(table)


def test_an_attachment_uses_one_table(ec2, rehearsal, transit, refused) -> None:
    first, second, attachment = transit.table(), transit.table(), transit.attached("10.1.0.0/24")

    def members(table: str) -> dict[str, str]:
        return {"TransitGatewayRouteTableId": table, "TransitGatewayAttachmentId": attachment}

    assert "Association" not in transit.attachment(attachment)
    rehearsal.pace(transit_gateway_association=0.2)
    assert ec2.associate_transit_gateway_route_table(**members(first))["Association"]["State"] == "associating"
    with refused("Resource.AlreadyAssociated"):
        ec2.associate_transit_gateway_route_table(**members(second))
    with refused("IncorrectState"):
        ec2.disassociate_transit_gateway_route_table(**members(first))
    rehearsal.pace(transit_gateway_association=0)
    time.sleep(0.25)
    [found] = ec2.get_transit_gateway_route_table_associations(TransitGatewayRouteTableId=first)["Associations"]
    assert (found["TransitGatewayAttachmentId"], found["ResourceType"], found["State"]) == (attachment, "vpc", "associated")
    by_table = [{"Name": "association.transit-gateway-route-table-id", "Values": [first]}]
    assert len(ec2.describe_transit_gateway_attachments(Filters=by_table)["TransitGatewayAttachments"]) == 1
    with refused("InvalidparameterValue"):
        ec2.disassociate_transit_gateway_route_table(**members(second))
    ec2.disassociate_transit_gateway_route_table(**members(first))
    assert ec2.associate_transit_gateway_route_table(**members(second))["Association"]["State"] == "associating"
