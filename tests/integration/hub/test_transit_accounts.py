# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An environment in an account of its own: attached from there, accepted in the hub's account, routed in the hub's account."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.fintech.platform.plugins.module_utils._aws.ec2.transit_gateway_return_routes import (
    TransitGatewayReturnRoutes,
    site_tables,
)
from ansible_collections.fintech.platform.plugins.module_utils._aws.ec2.transit_gateway_routing import TransitGatewayRouting
from ansible_collections.fintech.platform.plugins.module_utils._aws.ec2.transit_routes import TransitRoute
from ansible_collections.fintech.platform.plugins.module_utils._aws.session import Place
from ansible_collections.fintech.platform.plugins.module_utils._aws.tags import from_tags, ownership
from ansible_collections.fintech.platform.plugins.module_utils._engine.errors import ApplyError
from ansible_collections.fintech.platform.plugins.module_utils._engine.executor import Executor, read_live
from ansible_collections.fintech.platform.plugins.module_utils._engine.plan import Plan, make_plan
from ansible_collections.fintech.platform.plugins.module_utils._engine.resource import Resource
from tests.integration.network.test_kinds import told
from tests.support.cloud import ACCOUNT, FAST, Cloud
from tests.support.kinds import SCOPE, a_vpc, subnets
from tests.support.transit_cases import HUB, a_site_table, a_table, a_transit_gateway, an_attachment

pytestmark = pytest.mark.emulator
ENVIRONMENT = "210987654321"
SUPERNET = "10.64.0.0/16"


def apply(place: Place, scope: Any, resources: list[Resource], *, purge: bool = False, kinds: tuple[type[Resource], ...] = ()) -> Plan:
    every = {kind for each in resources for kind in (type(each), type(each).within) if kind} | set(kinds)
    plan = make_plan(resources, read_live(every, place, scope), scope, purge=purge)
    for each in {id(one): one for one in (place, place.hub)}.values():
        each.start_changing()
    Executor(place, scope, pace=FAST).apply(plan)
    return plan


class Accounts:
    """The hub in one account, with a gateway and a site's table; an environment in another, which RAM lets use the gateway."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud
        gateway = a_transit_gateway()
        gateway.tags = ownership(HUB, "main")
        apply(cloud.place(), HUB, [gateway, a_site_table(gateway)])
        self.gateway = gateway.id
        self.ec2, self.ram = (cloud.open_client(service, credentials=ENVIRONMENT) for service in ("ec2", "ram"))

    def share(self) -> None:
        arn = f"arn:aws:ec2:eu-central-1:{ACCOUNT}:transit-gateway/{self.gateway}"
        self.cloud.ram.create_resource_share(name="hub", resourceArns=[arn], principals=[ENVIRONMENT])
        [invitation] = self.ram.get_resource_share_invitations()["resourceShareInvitations"]
        self.ram.accept_resource_share_invitation(resourceShareInvitationArn=invitation["resourceShareInvitationArn"])
        self.cloud.ram.get_resource_shares(resourceOwner="SELF")  # lets the associations happen

    def place(self) -> Place:
        place = self.cloud.place(ENVIRONMENT, credentials=ENVIRONMENT)
        place.hub = self.cloud.place()
        return place

    def declared(self) -> list[Resource]:
        vpc = a_vpc()
        places = subnets(vpc)
        attachment = an_attachment(self.gateway, vpc, places)
        table = a_table(self.gateway)
        routing = TransitGatewayRouting(
            name="dev", table=table, associations=frozenset({attachment}), routes=frozenset({TransitRoute(SUPERNET, None)})
        )
        site = site_tables(self.place(), SCOPE.platform)["kyiv"]
        back = TransitGatewayReturnRoutes(name="kyiv", table=site, attachment=attachment, destinations=frozenset({vpc.cidr}))
        return [vpc, *places, attachment, table, routing, back]

    def attachment(self, ec2: Any) -> dict[str, Any]:
        [found] = [each for each in ec2.describe_transit_gateway_attachments()["TransitGatewayAttachments"] if each["State"] != "deleted"]
        return found


@pytest.fixture
def accounts(cloud: Cloud) -> Accounts:
    return Accounts(cloud)


def test_an_environment_attaches_itself_from_its_own_account(accounts: Accounts) -> None:
    accounts.share()
    with accounts.cloud.recorded() as recording:
        apply(accounts.place(), SCOPE, accounts.declared())
    by = {call["action"]: call["account"] for call in recording.changing}
    assert by["CreateTransitGatewayVpcAttachment"] == ENVIRONMENT
    in_the_hub = (
        "AcceptTransitGatewayVpcAttachment",
        "CreateTransitGatewayRouteTable",
        "CreateTransitGatewayRoute",
        "AssociateTransitGatewayRouteTable",
    )
    assert {by[action] for action in in_the_hub} == {ACCOUNT}

    place = accounts.place()
    declared = accounts.declared()
    every = {kind for each in declared for kind in (type(each), type(each).within) if kind}
    plan = make_plan(declared, read_live(every, place, SCOPE), SCOPE)
    assert told(plan) == []

    there = accounts.attachment(accounts.cloud.ec2)
    assert (there["State"], there["ResourceOwnerId"], there["Association"]["State"]) == ("available", ENVIRONMENT, "associated")
    assert from_tags(there["Tags"]) == from_tags(accounts.attachment(accounts.ec2)["Tags"]) == ownership(SCOPE, "main")


def test_an_accepting_run_that_was_cut_off_is_finished_by_the_next(accounts: Accounts) -> None:
    accounts.share()
    accounts.cloud.control.fault("error", action="AcceptTransitGatewayVpcAttachment", code="UnauthorizedOperation", status=403)
    with pytest.raises(ApplyError, match="UnauthorizedOperation"):
        apply(accounts.place(), SCOPE, accounts.declared())
    assert accounts.attachment(accounts.ec2)["State"] == "pendingAcceptance"
    plan = apply(accounts.place(), SCOPE, accounts.declared())
    assert ("update", "transit_gateway_vpc_attachment.main", {"accepted"}) in told(plan)
    assert accounts.attachment(accounts.ec2)["State"] == "available"


def test_without_a_share_the_gateway_is_not_there(accounts: Accounts) -> None:
    with pytest.raises(ApplyError, match=r"InvalidTransitGatewayID\.NotFound"):
        apply(accounts.place(), SCOPE, accounts.declared())


def test_a_teardown_leaves_nothing_in_either_account(accounts: Accounts) -> None:
    accounts.share()
    apply(accounts.place(), SCOPE, accounts.declared())
    kinds = tuple({type(each) for each in accounts.declared()})
    apply(accounts.place(), SCOPE, [], purge=True, kinds=kinds)
    hub = accounts.cloud.ec2
    [site] = [each for each in hub.describe_transit_gateway_route_tables()["TransitGatewayRouteTables"] if each["State"] != "deleted"]
    filters = [{"Name": "type", "Values": ["static"]}]
    found = hub.search_transit_gateway_routes(TransitGatewayRouteTableId=site["TransitGatewayRouteTableId"], Filters=filters)
    assert found["Routes"] == []
    assert [each["State"] for each in hub.describe_transit_gateway_attachments()["TransitGatewayAttachments"]] == ["deleted"]
