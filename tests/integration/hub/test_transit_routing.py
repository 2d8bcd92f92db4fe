# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What others do to a Transit Gateway's tables, and the routes that several stacks have in a site's one."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.fintech.platform.plugins.module_utils._aws.ec2.existing_transit_gateway import ExistingTransitGateway
from ansible_collections.fintech.platform.plugins.module_utils._aws.ec2.transit_gateway import TransitGateway
from ansible_collections.fintech.platform.plugins.module_utils._aws.ec2.transit_gateway_return_routes import (
    TransitGatewayReturnRoutes,
    site_tables,
)
from ansible_collections.fintech.platform.plugins.module_utils._aws.ec2.transit_gateway_routing import TransitGatewayRouting
from ansible_collections.fintech.platform.plugins.module_utils._aws.ec2.transit_gateway_vpc_attachment import TransitGatewayVpcAttachment
from ansible_collections.fintech.platform.plugins.module_utils._aws.ec2.transit_routes import TransitRoute
from ansible_collections.fintech.platform.plugins.module_utils._engine.resource import Resource
from tests.integration.network.test_kinds import Lab, reads, told
from tests.support.cloud import Cloud
from tests.support.kinds import SCOPE, a_vpc, subnets
from tests.support.transit_cases import a_site_table, a_table, a_transit_gateway, an_attachment, two_attachments

pytestmark = pytest.mark.emulator
KYIV, SUPERNET = "192.168.10.0/24", "10.64.0.0/16"


@pytest.fixture
def lab(cloud: Cloud) -> Lab:
    return Lab(cloud)


def two_tables(gateway: Resource | None = None, *, shared: bool = False) -> list[Resource]:
    """Two attachments, each with a table of its own; in the first one's a route to the other."""
    gateway = gateway or a_transit_gateway()
    basis, [one, other] = two_attachments(gateway)
    first, second = a_table(gateway, "first"), a_table(gateway, "second")
    routes = {TransitRoute(SUPERNET, None), *([] if shared else [TransitRoute(KYIV, other)])}
    return [
        gateway, *basis, one, other, first, second,
        TransitGatewayRouting(name="first", table=first, associations=frozenset({one}), routes=frozenset(routes), shared=shared),
        TransitGatewayRouting(name="second", table=second, associations=frozenset({other})),
    ]  # fmt: skip


def ids(resources: list[Resource]) -> dict[str, str]:
    return {each.label.removeprefix("transit_gateway_"): each.id for each in resources}


def live(lab: Lab, declared: list[Resource]) -> dict[str, str]:
    lab.plan(declared)  # binds them
    return ids(declared)


def routes(lab: Lab, table: str) -> dict[str, str | None]:
    """Attachments by destination."""
    everything = [{"Name": "type", "Values": ["static", "propagated"]}]
    found = lab.cloud.ec2.search_transit_gateway_routes(TransitGatewayRouteTableId=table, Filters=everything)["Routes"]
    return {
        each["DestinationCidrBlock"]: next((one["TransitGatewayAttachmentId"] for one in each.get("TransitGatewayAttachments", ())), None)
        for each in found
    }


def associations(lab: Lab) -> dict[str, str]:
    found = lab.cloud.ec2.describe_transit_gateway_attachments()["TransitGatewayAttachments"]
    return {each["TransitGatewayAttachmentId"]: each["Association"]["TransitGatewayRouteTableId"] for each in found if "Association" in each}


def test_swapped_associations_are_put_right_in_one_run(lab: Lab) -> None:
    """AWS lets an attachment join only once it has left, which takes its time."""
    lab.converge(two_tables())
    there, ec2 = live(lab, two_tables()), lab.cloud.ec2
    pairs = (("vpc_attachment.main", "first", "second"), ("vpc_attachment.other", "second", "first"))
    for attachment, own, _foreign in pairs:
        ec2.disassociate_transit_gateway_route_table(
            TransitGatewayAttachmentId=there[attachment], TransitGatewayRouteTableId=there[f"route_table.{own}"]
        )
    ec2.describe_transit_gateways()  # lets it happen
    for attachment, _own, foreign in pairs:
        ec2.associate_transit_gateway_route_table(
            TransitGatewayAttachmentId=there[attachment], TransitGatewayRouteTableId=there[f"route_table.{foreign}"]
        )
    ec2.describe_transit_gateways()
    lab.cloud.control.pace(transit_gateway_association=0.3)
    plan, _recording = lab.converge(two_tables())
    assert sorted(told(plan)) == [("update", f"transit_gateway_routing.{name}", {"associations"}) for name in ("first", "second")]
    assert associations(lab) == {there["vpc_attachment.main"]: there["route_table.first"], there["vpc_attachment.other"]: there["route_table.second"]}
    assert told(lab.plan(two_tables())[1]) == []


def test_attachments_are_taken_out_of_the_default_table_of_an_existing_gateway(lab: Lab) -> None:
    """Its owner has new attachments join and propagate to it; what is in that table is the owner's."""
    gateway = lab.cloud.ec2.create_transit_gateway()["TransitGateway"]
    lab.cloud.control.pace(transit_gateway_association=0.3)
    lab.converge(two_tables(ExistingTransitGateway(name=gateway["TransitGatewayId"])))
    declared = two_tables(ExistingTransitGateway(name=gateway["TransitGatewayId"]))
    there = live(lab, declared)
    assert set(associations(lab).values()) == {there["route_table.first"], there["route_table.second"]}
    assert told(lab.plan(two_tables(ExistingTransitGateway(name=gateway["TransitGatewayId"])))[1]) == []


def test_what_others_put_into_an_own_table_goes(lab: Lab) -> None:
    lab.converge(two_tables())
    there, ec2 = live(lab, two_tables()), lab.cloud.ec2
    first = there["route_table.first"]
    prefix_list = ec2.create_managed_prefix_list(PrefixListName="theirs", AddressFamily="IPv4", MaxEntries=1, Entries=[{"Cidr": "172.16.0.0/12"}])[
        "PrefixList"
    ]["PrefixListId"]
    before = routes(lab, first)
    ec2.create_transit_gateway_prefix_list_reference(TransitGatewayRouteTableId=first, PrefixListId=prefix_list, Blackhole=True)
    ec2.create_transit_gateway_route(
        TransitGatewayRouteTableId=first, DestinationCidrBlock="0.0.0.0/0", TransitGatewayAttachmentId=there["vpc_attachment.other"]
    )
    ec2.replace_transit_gateway_route(TransitGatewayRouteTableId=first, DestinationCidrBlock=KYIV, Blackhole=True)
    ec2.enable_transit_gateway_route_table_propagation(TransitGatewayRouteTableId=first, TransitGatewayAttachmentId=there["vpc_attachment.other"])
    plan, repaired = lab.converge(two_tables())
    assert told(plan) == [("update", "transit_gateway_routing.first", {"routes", "propagations"})]
    assert repaired.counts(repaired.changing) == {
        "ec2.ReplaceTransitGatewayRoute": 1,
        "ec2.DeleteTransitGatewayRoute": 1,
        "ec2.DeleteTransitGatewayPrefixListReference": 1,
        "ec2.DisableTransitGatewayRouteTablePropagation": 1,
    }
    assert routes(lab, first) == before
    assert told(lab.plan(two_tables())[1]) == []


def test_a_prefix_list_can_be_a_destination(lab: Lab) -> None:
    lab.converge(two_tables())
    made = lab.cloud.ec2.create_managed_prefix_list(
        PrefixListName="office", AddressFamily="IPv4", MaxEntries=2, Entries=[{"Cidr": "172.16.1.0/24"}, {"Cidr": "172.16.2.0/24"}]
    )["PrefixList"]["PrefixListId"]

    def with_list(target: str | None) -> list[Resource]:
        declared = two_tables()
        attachments = {each.name: each for each in declared if isinstance(each, TransitGatewayVpcAttachment)}
        routing = next(each for each in declared if isinstance(each, TransitGatewayRouting))
        routing.routes |= {TransitRoute(made, attachments[target] if target else None)}
        return declared

    for target, call in (("main", "Create"), (None, "Modify"), ("other", "Modify")):
        _plan, changed = lab.converge(with_list(target))
        assert changed.counts(changed.changing) == {f"ec2.{call}TransitGatewayPrefixListReference": 1}
        assert told(lab.plan(with_list(target))[1]) == []


def test_in_a_shared_table_routes_to_vpcs_are_not_looked_at_and_all_others_are(lab: Lab) -> None:
    lab.converge(two_tables(shared=True))
    there, ec2 = live(lab, two_tables(shared=True)), lab.cloud.ec2
    first = there["route_table.first"]
    for cidr, attachment in (("10.64.0.0/23", "main"), ("10.65.0.0/23", "other")):
        ec2.create_transit_gateway_route(
            TransitGatewayRouteTableId=first, DestinationCidrBlock=cidr, TransitGatewayAttachmentId=there[f"vpc_attachment.{attachment}"]
        )
    assert told(lab.plan(two_tables(shared=True))[1]) == []
    ec2.create_transit_gateway_route(TransitGatewayRouteTableId=first, DestinationCidrBlock="10.70.0.0/16", Blackhole=True)
    lab.converge(two_tables(shared=True))
    assert routes(lab, first) == {
        SUPERNET: None, "10.64.0.0/23": there["vpc_attachment.main"], "10.65.0.0/23": there["vpc_attachment.other"]
    }  # fmt: skip
    # A route whose attachment is gone is nobody's any more.
    ec2.delete_transit_gateway_vpc_attachment(TransitGatewayAttachmentId=there["vpc_attachment.other"])
    declared = [each for each in two_tables(shared=True) if each.name not in ("other", "second")]
    lab.converge(declared)
    assert routes(lab, first) == {SUPERNET: None, "10.64.0.0/23": there["vpc_attachment.main"]}


class Sites:
    """A VPC at a gateway, another one that is somebody else's, and the tables of two sites that the hub has made."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        lab.converge(self.declared())
        lab.plan(declared := self.declared())
        gateway = next(each for each in declared if isinstance(each, TransitGateway))
        place, ec2 = lab.cloud.place(), lab.cloud.ec2
        place.start_changing()
        for site in ("kyiv", "market"):
            a_site_table(gateway, site).create(place)
        self.tables = site_tables(lab.cloud.place(), SCOPE.platform)
        vpc = ec2.create_vpc(CidrBlock="10.65.0.0/23")["Vpc"]["VpcId"]
        subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.65.0.0/27")["Subnet"]["SubnetId"]
        made = ec2.create_transit_gateway_vpc_attachment(TransitGatewayId=gateway.id, VpcId=vpc, SubnetIds=[subnet])
        self.own = next(each.id for each in declared if isinstance(each, TransitGatewayVpcAttachment))
        self.theirs = made["TransitGatewayVpcAttachment"]["TransitGatewayAttachmentId"]

    def declared(self, **destinations: set[str]) -> list[Resource]:
        gateway, vpc = a_transit_gateway(), a_vpc()
        places = subnets(vpc)
        one = an_attachment(gateway, vpc, places)
        returns = [
            TransitGatewayReturnRoutes(name=site, table=self.tables[site], attachment=one, destinations=frozenset(cidrs))
            for site, cidrs in destinations.items()
        ]
        return [gateway, vpc, *places, one, *returns]

    def put(self, site: str, cidr: str, target: dict[str, Any]) -> None:
        self.lab.cloud.ec2.create_transit_gateway_route(TransitGatewayRouteTableId=self.tables[site], DestinationCidrBlock=cidr, **target)

    def routes(self, site: str) -> dict[str, str | None]:
        return routes(self.lab, self.tables[site])


@pytest.fixture
def sites(lab: Lab) -> Sites:
    return Sites(lab)


def test_return_routes_live_and_leave_those_of_others_alone(lab: Lab, sites: Sites) -> None:
    first, second = "10.64.0.0/24", "10.64.1.0/24"
    sites.put("kyiv", "10.65.0.0/23", {"TransitGatewayAttachmentId": sites.theirs})
    sites.put("kyiv", SUPERNET, {"Blackhole": True})
    theirs = sites.routes("kyiv")

    plan, made = lab.converge(sites.declared(kyiv={first}, market=set()))
    assert told(plan) == [("create", "transit_gateway_return_routes.kyiv", {"destinations"})]
    assert made.counts(made.changing) == {"ec2.CreateTransitGatewayRoute": 1}
    assert told(lab.plan(sites.declared(kyiv={first}, market=set()))[1]) == []
    assert reads(lab.cloud, TransitGatewayReturnRoutes) == {
        "ec2.DescribeTransitGatewayRouteTables": 1,
        "ec2.SearchTransitGatewayRoutes": 2,
    }

    plan, moved = lab.converge(sites.declared(kyiv={second}, market={first}))
    assert moved.counts(moved.changing) == {"ec2.CreateTransitGatewayRoute": 2, "ec2.DeleteTransitGatewayRoute": 1}
    assert sites.routes("kyiv") == {**theirs, second: sites.own}
    assert sites.routes("market") == {first: sites.own}

    plan, removed = lab.converge(sites.declared(kyiv=set()), [TransitGatewayReturnRoutes], purge=True)
    assert sorted((action, label) for action, label, _fields in told(plan)) == [
        ("delete", "transit_gateway_return_routes.market"),
        ("update", "transit_gateway_return_routes.kyiv"),
    ]
    assert removed.counts(removed.changing) == {"ec2.DeleteTransitGatewayRoute": 2}
    assert (sites.routes("kyiv"), sites.routes("market")) == (theirs, {})
    assert told(lab.plan(sites.declared(kyiv=set()), [TransitGatewayReturnRoutes])[1]) == []


@pytest.mark.parametrize("target", ["blackhole", "other"])
def test_a_return_route_that_leads_elsewhere_is_taken_back(lab: Lab, sites: Sites, target: str) -> None:
    sites.put("kyiv", "10.64.0.0/23", {"Blackhole": True} if target == "blackhole" else {"TransitGatewayAttachmentId": sites.theirs})
    lab.converge(sites.declared(kyiv={"10.64.0.0/23"}))
    assert sites.routes("kyiv") == {"10.64.0.0/23": sites.own}
    assert told(lab.plan(sites.declared(kyiv={"10.64.0.0/23"}))[1]) == []


def test_return_routes_survive_lost_answers(lab: Lab, sites: Sites) -> None:
    for action in ("CreateTransitGatewayRoute", "DeleteTransitGatewayRoute"):
        lab.cloud.control.fault("drop", moment="after", action=action, times=6)
    lab.converge(sites.declared(kyiv={"10.64.0.0/24"}))
    lab.converge(sites.declared(kyiv={"10.64.1.0/24"}))
    assert sites.routes("kyiv") == {"10.64.1.0/24": sites.own}
