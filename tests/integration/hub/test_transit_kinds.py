# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Transit Gateways, their tables and attachments: the life of each, lost answers, twins, quotas, and gateways of others."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ansible_collections.fintech.platform.plugins.module_utils._aws.ec2.existing_transit_gateway import ExistingTransitGateway
from ansible_collections.fintech.platform.plugins.module_utils._aws.ec2.transit_gateway import TransitGateway
from ansible_collections.fintech.platform.plugins.module_utils._aws.ec2.transit_gateway_route_table import TransitGatewayRouteTable
from ansible_collections.fintech.platform.plugins.module_utils._aws.ec2.transit_gateway_routing import TransitGatewayRouting
from ansible_collections.fintech.platform.plugins.module_utils._aws.ec2.transit_gateway_vpc_attachment import TransitGatewayVpcAttachment
from ansible_collections.fintech.platform.plugins.module_utils._aws.ec2.transit_routes import TransitRoute
from ansible_collections.fintech.platform.plugins.module_utils._engine.errors import ApplyError, PlanError
from ansible_collections.fintech.platform.plugins.module_utils._engine.plan import Plan
from ansible_collections.fintech.platform.plugins.module_utils._engine.resource import Resource
from tests.integration.network import test_kinds
from tests.integration.network.test_kinds import Lab, told
from tests.support.cloud import Cloud
from tests.support.kind_cases import Case
from tests.support.kinds import Made
from tests.support.transit_cases import (
    TRANSIT_CASES,
    a_table,
    a_transit_gateway,
    transit_gateway,
    transit_gateway_route_table,
    transit_gateway_routing,
    transit_gateway_vpc_attachment,
)

pytestmark = pytest.mark.emulator


@pytest.fixture
def lab(cloud: Cloud) -> Lab:
    return Lab(cloud)


@pytest.mark.parametrize("case", TRANSIT_CASES, ids=lambda case: case.name)
def test_a_life(lab: Lab, case: Case) -> None:
    test_kinds.test_a_life(lab, case)


def resources(make: Callable[[int], Made], version: int = 1) -> list[Resource]:
    basis, subject = make(version)
    return [*basis, subject]


def alive(lab: Lab, operation: str, key: str) -> list[dict]:
    return [each for each in getattr(lab.cloud.ec2, operation)()[key] if each["State"] not in ("deleting", "deleted")]


TAGGED = [
    (transit_gateway, "CreateTransitGateway", ("describe_transit_gateways", "TransitGateways")),
    (transit_gateway_route_table, "CreateTransitGatewayRouteTable", ("describe_transit_gateway_route_tables", "TransitGatewayRouteTables")),
    (
        transit_gateway_vpc_attachment,
        "CreateTransitGatewayVpcAttachment",
        ("describe_transit_gateway_vpc_attachments", "TransitGatewayVpcAttachments"),
    ),
]


@pytest.mark.parametrize(("make", "action", "listed"), TAGGED, ids=[action for _make, action, _listed in TAGGED])
def test_what_a_lost_answer_made_is_taken_up(lab: Lab, make, action, listed) -> None:
    """These calls have no client token: sent again, they would make a second one."""
    lab.cloud.control.fault("drop", moment="after", action=action)
    _plan, made = lab.converge(resources(make))
    assert made.counts()[f"ec2.{action}"] == 1
    assert len(alive(lab, *listed)) == 1
    assert told(lab.plan(resources(make))[1]) == []


def test_lost_answers_of_routing_leave_it_whole(lab: Lab) -> None:
    actions = ("CreateTransitGatewayRoute", "EnableTransitGatewayRouteTablePropagation", "AssociateTransitGatewayRouteTable")
    for action in actions:
        lab.cloud.control.fault("drop", moment="after", action=action, times=6)  # as often as the SDK tries it
    lab.converge(resources(transit_gateway_routing))
    assert told(lab.plan(resources(transit_gateway_routing))[1]) == []


@pytest.mark.parametrize("kind", [TransitGateway, TransitGatewayRouteTable])
def test_of_two_with_one_name_the_unused_one_goes(lab: Lab, kind: type[Resource]) -> None:
    lab.converge(resources(transit_gateway_routing))
    declared = resources(transit_gateway_routing)
    lab.plan(declared)  # binds them to what is live
    twin = next(each for each in declared if isinstance(each, kind)).create(lab.cloud.place())
    plan, removed = lab.converge(resources(transit_gateway_routing))
    assert [(change.action.value, change.live and change.live.id) for change in plan.changes] == [("delete", twin.id)]
    assert len(removed.changing) == 1
    assert told(lab.plan(resources(transit_gateway_routing))[1]) == []


def test_a_gateway_with_foreign_attachments_stays_and_says_whose_they_are(lab: Lab) -> None:
    lab.converge(resources(transit_gateway))
    [gateway] = alive(lab, "describe_transit_gateways", "TransitGateways")
    ec2 = lab.cloud.ec2
    vpc = ec2.create_vpc(CidrBlock="10.9.0.0/24")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.9.0.0/28")["Subnet"]["SubnetId"]
    made = ec2.create_transit_gateway_vpc_attachment(TransitGatewayId=gateway["TransitGatewayId"], VpcId=vpc, SubnetIds=[subnet])
    attachment = made["TransitGatewayVpcAttachment"]["TransitGatewayAttachmentId"]
    with pytest.raises(ApplyError, match=rf"It is held by attachment {attachment} \(vpc {vpc}, account \d+\)\. Remove that first"):
        lab.converge([], [TransitGateway], purge=True)


def problems(lab: Lab, plan: Plan) -> list[str]:
    place = lab.cloud.place()
    kinds = {change.kind for change in plan.changes}
    return [text for kind in kinds for text in kind.check(place, [change for change in plan.changes if change.kind is kind])]


def test_too_many_route_tables_are_refused_in_the_plan(lab: Lab) -> None:
    """Those of others count; the quota of the account is asked for only where the default one does not do."""
    lab.converge(resources(transit_gateway))
    [gateway] = alive(lab, "describe_transit_gateways", "TransitGateways")
    for _each in range(17):
        lab.cloud.ec2.create_transit_gateway_route_table(TransitGatewayId=gateway["TransitGatewayId"])

    def plan(number: int) -> Plan:
        [main] = resources(transit_gateway)
        return lab.plan([main, *(a_table(main, f"site-{each}") for each in range(number))])[1]

    assert problems(lab, plan(3)) == []
    [problem] = problems(lab, plan(4))
    assert "17 route tables of the Transit Gateway are there and 4 more are wanted, but AWS allows this account 20" in problem


def test_too_many_routes_are_refused_in_the_plan(lab: Lab) -> None:
    gateway = a_transit_gateway()
    table = a_table(gateway)
    routes = frozenset(TransitRoute(f"10.{number // 256}.{number % 256}.0/24", None) for number in range(10_001))
    [problem] = problems(lab, lab.plan([gateway, table, TransitGatewayRouting(name="dev", table=table, routes=routes)])[1])
    assert "10001 more are wanted, but AWS allows this account 10000" in problem


def adopted(identifier: str) -> list[Resource]:
    gateway = ExistingTransitGateway(name=identifier)
    return [gateway, a_table(gateway)]


def test_an_existing_gateway_is_used_and_never_owned(lab: Lab) -> None:
    identifier = lab.cloud.ec2.create_transit_gateway()["TransitGateway"]["TransitGatewayId"]
    plan, made = lab.converge(adopted(identifier))
    assert told(plan) == [("create", "transit_gateway_route_table.dev", {"gateway", "tags"})]
    assert made.counts(made.changing) == {"ec2.CreateTransitGatewayRouteTable": 1}
    plan, removed = lab.converge([], [TransitGateway, ExistingTransitGateway, TransitGatewayRouteTable], purge=True)
    assert removed.counts(removed.changing) == {"ec2.DeleteTransitGatewayRouteTable": 1}
    assert [each["TransitGatewayId"] for each in alive(lab, "describe_transit_gateways", "TransitGateways")] == [identifier]


def test_an_existing_gateway_that_is_not_there_is_refused_in_the_plan(lab: Lab) -> None:
    plan = lab.plan(adopted("tgw-0123456789abcdef0"))[1]
    assert any("account 123456789012 has no Transit Gateway tgw-0123456789abcdef0 in eu-central-1" in text for text in problems(lab, plan))


def test_what_cannot_change_is_refused_in_the_plan(lab: Lab) -> None:
    lab.converge(resources(transit_gateway))
    [gateway] = resources(transit_gateway)
    gateway.asn = 64600  # type: ignore[attr-defined]
    with pytest.raises(PlanError, match="asn is 64512 and cannot become 64600"):
        lab.plan([gateway])


def test_an_attachment_of_somebody_else_is_in_the_way(lab: Lab) -> None:
    """A VPC has one attachment to a gateway."""
    basis, _subject = transit_gateway_vpc_attachment(1)
    lab.converge(basis)
    ids = lab.cloud.ids()
    [gateway] = alive(lab, "describe_transit_gateways", "TransitGateways")
    lab.cloud.ec2.create_transit_gateway_vpc_attachment(
        TransitGatewayId=gateway["TransitGatewayId"], VpcId=ids["vpc.main"], SubnetIds=[ids["subnet.a"]]
    )
    with pytest.raises(PlanError, match=r"Cannot create transit_gateway_vpc_attachment\.main: tgw-attach-\w+ has the same gateway"):
        lab.plan(resources(transit_gateway_vpc_attachment), [TransitGatewayVpcAttachment])
