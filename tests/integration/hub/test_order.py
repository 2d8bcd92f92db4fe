# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The hub and the environments are built in any order, again and at once; what cannot be yet is said, and made by a later run."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.support.cloud import Cloud
from tests.support.hub import CONNECTED, MATRIX, SITES, Connected, platform
from tests.support.hub_outcomes import nothing_to_do, undeclared
from tests.support.transit_view import TransitView, snapshot

pytestmark = pytest.mark.emulator

NO_HUB = ["transit_gateway_attachment: there is no hub yet"]


@pytest.fixture(scope="module")
def in_order(used_cloud: Cloud) -> dict[str, Any]:
    """What is there when the hub was built first, and then one environment after the other."""
    used_cloud.control.reset()
    for each in platform(used_cloud, "dev", "test"):
        each.run()
    return snapshot(used_cloud)


def test_every_change_makes_the_calls_it_declares(cloud: Cloud) -> None:
    hub, dev = platform(cloud, "dev")
    for each in (hub, dev):
        seen = each.run(check=True)
        assert seen.changing == []
        done = each.run()
        assert done["diff"] == seen["diff"]
        assert undeclared(done) == set()
    nothing_to_do([hub, dev])


def test_environments_come_before_their_hub(in_order: dict[str, Any], cloud: Cloud) -> None:
    hub, dev, test = platform(cloud, "dev", "test")
    for environment in (dev, test):
        alone = environment.run()
        assert (alone["pending"], alone["transit_gateway"]) == (NO_HUB, None)
        again = environment.run()
        assert (again["changes"], again["pending"]) == ([], NO_HUB)
    hub.run()

    seen = dev.run(check=True)
    joined = dev.run()
    assert joined["diff"] == seen["diff"]
    assert sorted(f"{action} {label}" for action, label, _fields in joined.told) == [
        "create transit_gateway_return_routes.kyiv_office",
        "create transit_gateway_return_routes.lviv_office",
        "create transit_gateway_return_routes.market_data",
        "create transit_gateway_route_table.main",
        "create transit_gateway_vpc_attachment.main",
        "update routes.workload-a",
        "update routes.workload-b",
        "update transit_gateway_routing.main",
    ]
    assert joined["pending"] == []
    test.run()
    nothing_to_do([hub, dev, test])
    assert snapshot(cloud) == in_order


def test_a_site_that_the_hub_does_not_have_yet_is_pending(cloud: Cloud) -> None:
    hub, dev = platform(cloud, "dev")
    fewer: dict[str, Any] = {
        "sites": [site for site in SITES if site["name"] != "market_data"],
        "access": [each for each in MATRIX if "market_data" not in each["to"]],
    }
    hub.run(**fewer)
    waiting = ["site market_data: the hub has no connection to it yet"]
    assert dev.run()["pending"] == waiting
    again = dev.run()
    assert (again["changes"], again["pending"]) == ([], waiting)
    hub.run()
    joined = dev.run()
    assert sorted(label for _action, label, _fields in joined.told) == [
        "routes.workload-a",
        "routes.workload-b",
        "transit_gateway_return_routes.market_data",
        "transit_gateway_routing.main",
    ]
    nothing_to_do([hub, dev])


def test_an_environment_added_later_needs_no_change_in_the_hub(cloud: Cloud) -> None:
    """Neither before it is built, nor after."""
    hub, dev = platform(cloud, "dev")
    for each in (hub, dev):
        each.run()
    before = TransitView(cloud).all_tables()
    three: dict[str, Any] = {"environments": [*CONNECTED["environments"], {"name": "staging", "slot": 2}]}
    assert hub.run(**three)["changes"] == []
    staging = Connected(cloud, {**three, "environment": "staging"})
    staging.run()
    assert hub.run(**three)["changes"] == []
    assert dev.run(**three)["changes"] == []
    after = TransitView(cloud).all_tables()
    assert after.pop("staging").associations == {"staging"}
    assert after == before


def test_environments_built_at_once(in_order: dict[str, Any], cloud: Cloud) -> None:
    hub, *environments = platform(cloud, "dev", "test")
    hub.run()
    with ThreadPoolExecutor(2) as pool:
        outcomes = list(pool.map(lambda each: each.run(), environments))
    assert [outcome["pending"] for outcome in outcomes] == [[], []]
    nothing_to_do([hub, *environments])
    assert snapshot(cloud) == in_order


def test_hub_and_environments_built_at_once_are_whole_after_another_run(in_order: dict[str, Any], cloud: Cloud) -> None:
    networks = platform(cloud, "dev", "test")
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda each: each.run(), networks))
    for each in networks:
        each.run()
    nothing_to_do(networks)
    assert snapshot(cloud) == in_order


def six_sites() -> list[dict[str, Any]]:
    more = [
        {
            "name": f"branch_{number}",
            "type": "office",
            "networks": [{"name": "all", "cidrs": [f"192.168.{40 + number}.0/24"]}],
            "vpn": {"slot": 4 + number, "gateway_address": f"45.10.20.{40 + number}"},
        }
        for number in (1, 2)
    ]
    return [*SITES, *more]


def test_what_a_run_without_changes_asks(cloud: Cloud) -> None:
    """One call for all objects of a kind, two for each route table of a site; an environment asks one for each site's table."""
    sites: dict[str, Any] = {"sites": six_sites()}
    hub, dev = platform(cloud, "dev", **sites)
    for each in (hub, dev):
        each.run()
    alone, attached = hub.run().recording, dev.run().recording
    assert alone.counts() == {
        "sts.GetCallerIdentity": 1,
        "ssm.GetParametersByPath": 1,
        "ec2.DescribeTransitGateways": 1,
        "ec2.DescribeTransitGatewayAttachments": 1,
        "ec2.DescribeTransitGatewayRouteTables": 1,
        "ec2.SearchTransitGatewayRoutes": 6,
        "ec2.GetTransitGatewayRouteTablePropagations": 6,
        "ec2.DescribeCustomerGateways": 1,
        "ec2.DescribeVpnConnections": 1,
        "logs.DescribeLogGroups": 1,
        "logs.ListTagsForResource": 1,
    }
    assert len(alone.calls) <= 45
    assert {name: count for name, count in attached.counts().items() if "Transit" in name} == {
        "ec2.DescribeTransitGateways": 1,
        "ec2.DescribeTransitGatewayAttachments": 1,
        "ec2.DescribeTransitGatewayVpcAttachments": 1,
        "ec2.DescribeTransitGatewayRouteTables": 1,
        "ec2.SearchTransitGatewayRoutes": 7,
        "ec2.GetTransitGatewayRouteTablePropagations": 1,
    }


def test_a_hub_without_sites(cloud: Cloud) -> None:
    """All that an environment gets there is a table that leads nowhere."""
    empty: dict[str, Any] = {"sites": [], "access": []}
    hub, dev = platform(cloud, "dev", **empty)
    assert {label for _action, label, _fields in hub.run().told} == {"transit_gateway.main"}
    dev.run()
    tables = TransitView(cloud).all_tables()
    assert {name: table.routes for name, table in tables.items()} == {"dev": {"10.64.0.0/21": "blackhole"}}
    nothing_to_do([hub, dev])
