# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The hub and every environment in an account of its own."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.fintech.platform.plugins.module_utils._aws.session import assumed
from ansible_collections.fintech.platform.plugins.module_utils._engine.errors import ApplyError, PlanError
from tests.support.cloud import ACCOUNT, Cloud
from tests.support.hub import MATRIX, entry
from tests.support.hub_accounts import ACCOUNTS, ROLE, AccountCloud, platform_apart
from tests.support.hub_outcomes import labels, nothing_to_do, refused
from tests.support.transit_view import BLACKHOLE, Table, TransitView, snapshot

pytestmark = pytest.mark.emulator


def tags_of(cloud: Cloud, identity: str) -> dict[str, str]:
    [found] = cloud.ec2.describe_transit_gateway_attachments(TransitGatewayAttachmentIds=[identity])["TransitGatewayAttachments"]
    return {tag["Key"]: tag["Value"] for tag in found["Tags"]}


@pytest.fixture(scope="module")
def apart(used_cloud: Cloud) -> list[Any]:
    """The hub, dev and test, which the tests that use them leave as they are."""
    used_cloud.control.reset()
    networks = platform_apart(used_cloud, "dev", "test")
    for each in networks:
        each.run()
    return networks


def test_what_is_live_is_what_the_matrix_says(apart: list[Any], used_cloud: Cloud) -> None:
    nothing_to_do(apart)
    view = TransitView(used_cloud)
    assert view.table("dev") == Table(
        routes={
            "10.64.0.0/21": BLACKHOLE, "192.168.10.0/24": "kyiv_office", "192.168.20.0/24": "kyiv_office", "172.31.40.0/24": "market_data"
        },
        propagations=frozenset({"lviv_office"}),
        associations=frozenset({"dev"}),
    )  # fmt: skip
    assert view.table("site-kyiv_office").routes == {"10.64.0.0/21": BLACKHOLE, "10.64.0.0/23": "dev", "10.64.2.0/23": "test"}
    assert view.vpc_routes("dev") == {}
    of_dev = TransitView(AccountCloud(used_cloud.url, ACCOUNTS["dev"])).vpc_routes("dev")
    assert of_dev["workload-a"] == {"192.168.10.0/24", "192.168.20.0/24", "192.168.30.0/24", "172.31.40.0/24"}


def test_both_sides_see_whose_an_attachment_is(apart: list[Any], used_cloud: Cloud) -> None:
    for environment, account in ACCOUNTS.items():
        attachment = TransitView(used_cloud).attachment(environment)
        there = tags_of(AccountCloud(used_cloud.url, account), attachment)
        assert there == tags_of(used_cloud, attachment)
        assert there["fintech.platform/environment"] == environment


def test_the_gateway_is_shared_and_only_with_them(apart: list[Any], used_cloud: Cloud) -> None:
    [share] = used_cloud.ram.get_resource_shares(resourceOwner="SELF")["resourceShares"]
    question = {"resourceShareArns": [share["resourceShareArn"]], "associationType": "PRINCIPAL"}
    found = used_cloud.ram.get_resource_share_associations(**question)["resourceShareAssociations"]
    assert {each["associatedEntity"]: each["status"] for each in found} == dict.fromkeys(ACCOUNTS.values(), "ASSOCIATED")


def test_who_makes_what(cloud: Cloud) -> None:
    """In its own account an environment makes its network and its attachment; in the hub's, what is its own at the Transit Gateway."""
    hub, dev = platform_apart(cloud, "dev")
    hub.run()
    calls = dev.run().recording.changing
    assert {call["action"] for call in calls if call["account"] == ACCOUNT} == {
        "CreateTags", "AcceptTransitGatewayVpcAttachment", "CreateTransitGatewayRouteTable", "CreateTransitGatewayRoute",
        "EnableTransitGatewayRouteTablePropagation", "AssociateTransitGatewayRouteTable",
    }  # fmt: skip
    assert {call["account"] for call in calls} == {ACCOUNT, ACCOUNTS["dev"]}
    [attaching] = [call for call in calls if call["action"] == "CreateTransitGatewayVpcAttachment"]
    assert attaching["account"] == ACCOUNTS["dev"]


@pytest.mark.parametrize("action", ["CreateTransitGatewayVpcAttachment", "AcceptTransitGatewayVpcAttachment", "CreateTags"])
def test_attaching_is_taken_up_where_it_was_cut_off(cloud: Cloud, action: str) -> None:
    hub, dev = platform_apart(cloud, "dev")
    hub.run()
    cloud.control.fault("error", action=action, code="UnauthorizedOperation", status=403)
    with pytest.raises(ApplyError, match="UnauthorizedOperation"):
        dev.run()
    dev.run()
    nothing_to_do([hub, dev])
    assert TransitView(cloud).table("dev").associations == {"dev"}


def test_environments_of_two_accounts_joined_by_an_entry(cloud: Cloud) -> None:
    between = {"access": [*MATRIX, entry("dev.workload", "test.edge", 443, cross_environment=True)]}
    hub, dev, test = platform_apart(cloud, "dev", "test", **between)
    hub.run()
    assert dev.run()["pending"] == ["environment test: it is not attached to the hub yet"]
    assert test.run()["pending"] == []
    assert labels(dev.run()) == {"update routes.workload-a", "update routes.workload-b", "update transit_gateway_routing.main"}
    view = TransitView(cloud)
    assert (view.table("dev").routes["10.64.2.0/23"], view.table("test").routes["10.64.0.0/23"]) == ("test", "dev")
    nothing_to_do([hub, dev, test])


def own(cloud: Cloud) -> dict[str, Any]:
    """What is in dev's account, the hub's gateway apart."""
    return {**snapshot(AccountCloud(cloud.url, ACCOUNTS["dev"])), "gateways": None}


def test_an_environment_is_taken_down_in_both_accounts(cloud: Cloud) -> None:
    empty = own(cloud)
    hub, dev = platform_apart(cloud, "dev")
    hub.run()
    before = snapshot(cloud)
    dev.run()
    dev.take_down()
    nothing_to_do([hub])
    assert snapshot(cloud) == before
    assert own(cloud) == empty
    hub.take_down()
    assert TransitView(cloud).ids == {}


def test_tags_on_both_sides_are_brought_up_to_date(cloud: Cloud) -> None:
    hub, dev = platform_apart(cloud, "dev")
    for each in (hub, dev):
        each.run()
    dev.run(tags={"team": "core"})
    attachment = TransitView(cloud).attachment("dev")
    for side in (cloud, AccountCloud(cloud.url, ACCOUNTS["dev"])):
        assert tags_of(side, attachment)["team"] == "core"


def test_tags_that_the_hubs_account_lacks_are_written_there(cloud: Cloud) -> None:
    """As where somebody accepted the attachment by hand."""
    hub, dev = platform_apart(cloud, "dev")
    for each in (hub, dev):
        each.run()
    attachment = TransitView(cloud).attachment("dev")
    before = tags_of(cloud, attachment)
    cloud.ec2.delete_tags(Resources=[attachment], Tags=[{"Key": key} for key in before])
    assert labels(dev.run()) == {"update transit_gateway_vpc_attachment.main"}
    assert tags_of(cloud, attachment) == before
    nothing_to_do([hub, dev])


def test_a_gateway_that_is_not_shared_is_said_before_anything_is_made(cloud: Cloud) -> None:
    hub, dev = platform_apart(cloud, "dev")
    only_test = {"hub": {"account_id": ACCOUNT, "role": ROLE, "share_with": [ACCOUNTS["test"]]}}
    hub.run(**only_test)
    gateway = TransitView(cloud).ids["hub/transit_gateway.main"]
    assert f"Account {ACCOUNTS['dev']} cannot use the Transit Gateway {gateway}, since account {ACCOUNT} does not share it." in refused(
        dev, **only_test
    )
    hub.run()
    dev.run()
    nothing_to_do([hub, dev])


def test_a_role_that_cannot_be_assumed_is_named_with_the_way_out(cloud: Cloud) -> None:
    place = cloud.place(ACCOUNTS["dev"], credentials=ACCOUNTS["dev"])
    cloud.control.fault("error", service="sts", action="AssumeRole", code="AccessDenied", message="not authorized", status=403)
    with pytest.raises(PlanError, match=rf"The role of the hub cannot be assumed: .*AccessDenied.* Let platform_hub\.role trust .*{ACCOUNTS['dev']}"):
        assumed(place, ROLE)
    assert assumed(place, ROLE).keys() == {"aws_access_key_id", "aws_secret_access_key", "aws_session_token"}
