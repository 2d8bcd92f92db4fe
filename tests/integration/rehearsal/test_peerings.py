# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Peerings of VPCs, and the routes through them."""

from __future__ import annotations

import pytest


@pytest.fixture
def other(ec2) -> str:
    return str(ec2.create_vpc(CidrBlock="10.65.0.0/23")["Vpc"]["VpcId"])


@pytest.fixture
def peering(ec2, vpc, other, named) -> str:
    made = ec2.create_vpc_peering_connection(VpcId=vpc, PeerVpcId=other, TagSpecifications=named("vpc-peering-connection"))
    return str(made["VpcPeeringConnection"]["VpcPeeringConnectionId"])


def test_a_peering_is_accepted_found_and_deleted(ec2, vpc, other, peering, named) -> None:
    [found] = ec2.describe_vpc_peering_connections(Filters=[{"Name": "requester-vpc-info.vpc-id", "Values": [vpc]}])["VpcPeeringConnections"]
    assert (found["VpcPeeringConnectionId"], found["Status"]["Code"]) == (peering, "pending-acceptance")
    assert (found["AccepterVpcInfo"]["VpcId"], found["Tags"]) == (other, named("x")[0]["Tags"])
    ec2.accept_vpc_peering_connection(VpcPeeringConnectionId=peering)
    by_state = [{"Name": "status-code", "Values": ["active"]}]
    assert len(ec2.describe_vpc_peering_connections(Filters=by_state)["VpcPeeringConnections"]) == 1
    ec2.delete_vpc_peering_connection(VpcPeeringConnectionId=peering)
    assert ec2.describe_vpc_peering_connections(Filters=by_state)["VpcPeeringConnections"] == []


def test_a_route_through_a_peering_lives_as_long_as_that_is_active(ec2, vpc, peering, refused) -> None:
    table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]

    def state() -> str:
        found = ec2.describe_route_tables(RouteTableIds=[table])["RouteTables"][0]["Routes"]
        return next(route["State"] for route in found if route.get("VpcPeeringConnectionId") == peering)

    ec2.create_route(RouteTableId=table, DestinationCidrBlock="10.65.0.0/23", VpcPeeringConnectionId=peering)
    assert state() == "blackhole"
    ec2.accept_vpc_peering_connection(VpcPeeringConnectionId=peering)
    assert state() == "active"
    ec2.delete_vpc_peering_connection(VpcPeeringConnectionId=peering)
    assert state() == "blackhole"
    with refused("InvalidVpcPeeringConnectionID.NotFound"):
        ec2.create_route(RouteTableId=table, DestinationCidrBlock="10.66.0.0/23", VpcPeeringConnectionId=peering)
    ec2.delete_route(RouteTableId=table, DestinationCidrBlock="10.65.0.0/23")


def test_a_peering_serves_its_own_vpcs(ec2, peering, refused) -> None:
    third = ec2.create_vpc(CidrBlock="10.66.0.0/23")["Vpc"]["VpcId"]
    table = ec2.create_route_table(VpcId=third)["RouteTable"]["RouteTableId"]
    with refused("InvalidParameterValue", "belong to different networks"):
        ec2.create_route(RouteTableId=table, DestinationCidrBlock="10.65.0.0/23", VpcPeeringConnectionId=peering)
    with refused("InvalidVpcPeeringConnectionID.NotFound"):
        ec2.create_route(RouteTableId=table, DestinationCidrBlock="10.65.0.0/23", VpcPeeringConnectionId="pcx-0123456789abcdef0")
