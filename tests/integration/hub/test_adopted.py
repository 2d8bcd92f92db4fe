# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Transit Gateway and a customer gateway that are there already: used, never changed, tagged or deleted."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.cloud import ACCOUNT, Cloud
from tests.support.hub import SITES, platform
from tests.support.hub_outcomes import nothing_to_do, refused
from tests.support.network import Network
from tests.support.transit_view import TransitView, snapshot

pytestmark = pytest.mark.emulator

TAGS = [{"Key": "team", "Value": "network"}]


def gateways(cloud: Cloud) -> tuple[str, str]:
    """Of another team: a Transit Gateway as AWS makes it, with all its defaults, and a customer gateway."""
    transit = cloud.ec2.create_transit_gateway(
        Options={"AmazonSideAsn": 64600}, TagSpecifications=[{"ResourceType": "transit-gateway", "Tags": TAGS}]
    )["TransitGateway"]["TransitGatewayId"]
    customer = cloud.ec2.create_customer_gateway(
        Type="ipsec.1", IpAddress="45.10.20.30", BgpAsn=65000, TagSpecifications=[{"ResourceType": "customer-gateway", "Tags": TAGS}]
    )["CustomerGateway"]["CustomerGatewayId"]
    return transit, customer


def adopting(cloud: Cloud, *environments: str) -> tuple[list[Network], tuple[str, str]]:
    transit, customer = gateways(cloud)
    kyiv = {**SITES[0], "vpn": {"slot": 0, "customer_gateway_id": customer}}
    return platform(cloud, *environments, hub={"account_id": ACCOUNT, "transit_gateway_id": transit}, sites=[kyiv, *SITES[1:]]), (transit, customer)


def theirs(cloud: Cloud) -> list[Any]:
    """All that AWS says of what is not ours, the default table and what is in it too."""
    view = TransitView(cloud)
    foreign = [each for each in view.found["transit_gateway_route_table"] if not each.get("Tags")]
    return [
        view.found["transit_gateway"],
        [each for each in view.found["customer_gateway"] if each["Tags"] == TAGS],
        foreign,
        view.table(_only(foreign)),
    ]


def _only(tables: list[dict[str, Any]]) -> str:
    [table] = tables
    return str(table["TransitGatewayRouteTableId"])


def test_they_are_used_as_they_are_and_stay(cloud: Cloud) -> None:
    networks, (transit, customer) = adopting(cloud, "dev")
    before, everything = theirs(cloud), snapshot(cloud)
    hub, dev = networks
    for each in networks:
        each.run()
    view = TransitView(cloud)
    assert view.of("vpn_connection", "kyiv_office")["CustomerGatewayId"] == customer
    assert {each["TransitGatewayId"] for each in view.found["vpn_connection"]} == {transit}
    assert view.table("dev").associations == {"dev"}
    assert view.table("site-kyiv_office").associations == {"kyiv_office"}
    outcome = hub.run()
    assert outcome["transit_gateway"] == {"id": transit, "owned": False}
    connections = {each["site"]: each for each in outcome["connections"]}
    assert connections["lviv_office"]["bgp"] == {"gateway_asn": 65010, "platform_asn": 64600}
    assert (connections["kyiv_office"]["gateway_address"], connections["kyiv_office"]["certificate"]) == ("45.10.20.30", False)
    nothing_to_do(networks)
    during = theirs(cloud)
    assert during[:3] == before[:3]
    assert during[3].associations == set()  # what AWS joins by default is taken out again

    dev.take_down()
    hub.take_down()
    assert theirs(cloud) == before
    assert snapshot(cloud) == everything


def test_a_connection_is_described_by_what_the_customer_gateway_is(cloud: Cloud) -> None:
    """The topology has its id alone, and an AS number that may be out of date."""
    certificate = f"arn:aws:acm:eu-central-1:{ACCOUNT}:certificate/0a1b2c3d-0000-4000-8000-000000000000"
    customer = cloud.ec2.create_customer_gateway(Type="ipsec.1", CertificateArn=certificate, BgpAsn=65011)["CustomerGateway"]["CustomerGatewayId"]
    [hub] = platform(cloud, sites=[{**SITES[1], "vpn": {"slot": 1, "customer_gateway_id": customer, "routing": "bgp", "bgp_asn": 65010}}], access=[])
    [planned] = hub.run(check=True)["connections"]
    [built] = hub.run()["connections"]
    for each in (planned, built):
        assert (each["gateway_address"], each["certificate"], each["bgp"]["gateway_asn"]) == (None, True, 65011)


def test_other_teams_share_the_gateway_undisturbed(cloud: Cloud) -> None:
    networks, (transit, _customer) = adopting(cloud, "dev")
    vpc = cloud.ec2.create_vpc(CidrBlock="10.99.0.0/24")["Vpc"]["VpcId"]
    subnet = cloud.ec2.create_subnet(VpcId=vpc, CidrBlock="10.99.0.0/28")["Subnet"]["SubnetId"]
    made = cloud.ec2.create_transit_gateway_vpc_attachment(TransitGatewayId=transit, VpcId=vpc, SubnetIds=[subnet])
    attachment = made["TransitGatewayVpcAttachment"]["TransitGatewayAttachmentId"]

    def their_own() -> Any:
        [found] = cloud.ec2.describe_transit_gateway_attachments(TransitGatewayAttachmentIds=[attachment])["TransitGatewayAttachments"]
        return found

    before = their_own()
    hub, dev = networks
    for each in networks:
        each.run(purge=True)
    dev.take_down()
    hub.take_down()
    assert their_own() == before


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"hub": {"account_id": ACCOUNT, "transit_gateway_id": "tgw-0123456789abcdef0"}},
            f"platform_hub.transit_gateway_id: account {ACCOUNT} has no Transit Gateway tgw-0123456789abcdef0 in eu-central-1.",
        ),
        (
            {"sites": [{**SITES[0], "vpn": {"slot": 0, "customer_gateway_id": "cgw-0123456789abcdef0"}}, *SITES[1:]]},
            f"Account {ACCOUNT} has no customer gateway cgw-0123456789abcdef0 in eu-central-1.",
        ),
    ],
    ids=["transit gateway", "customer gateway"],
)
def test_what_is_not_there_cannot_be_adopted(cloud: Cloud, options: dict[str, Any], message: str) -> None:
    [hub] = platform(cloud, **options)
    assert message in refused(hub)
