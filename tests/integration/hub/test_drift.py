# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Somebody meddles with the live hub and what is attached to it: check mode names it, a run repairs it, and nothing else is touched."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.attached_tampers import TAMPERS
from tests.support.cloud import Cloud, name_of
from tests.support.hub import platform
from tests.support.hub_outcomes import nothing_to_do, shown
from tests.support.hub_tampers import HUB_OPTIONS, LOGS, LVIV
from tests.support.network import Network
from tests.support.tampering import Console, Tamper
from tests.support.transit_view import TransitView, snapshot

pytestmark = pytest.mark.emulator


COMMANDS = {  # that remove what is somebody else's
    "internet_gateway": "aws ec2 delete-internet-gateway --internet-gateway-id",
    "vpc_peering_connection": "aws ec2 delete-vpc-peering-connection --vpc-peering-connection-id",
}


@pytest.fixture(scope="module")
def live(used_cloud: Cloud) -> dict[str, Network]:
    """The hub and two environments that every test repairs; one office tells its network over BGP."""
    used_cloud.control.reset()
    found = dict(zip(("hub", "dev", "test"), platform(used_cloud, "dev", "test", **HUB_OPTIONS), strict=True))
    for each in found.values():
        each.run()
    tunnels = TransitView(used_cloud).of("vpn_connection", "lviv_office")["Options"]["TunnelOptions"]
    used_cloud.control.tunnels(up=True, address=tunnels[0]["OutsideIpAddress"], prefixes=[LVIV])
    return found


@pytest.fixture(scope="module")
def whole(live: dict[str, Network], used_cloud: Cloud) -> dict[str, Any]:
    """What is there before anybody meddles: nothing is to be done to it."""
    assert [each.run()["changes"] for each in live.values()] == [[]] * 3
    return snapshot(used_cloud)


@pytest.mark.parametrize("tamper", TAMPERS, ids=lambda tamper: tamper.name)
def test_it_is_seen_and_repaired_and_nothing_else_touched(live: dict[str, Network], whole: dict[str, Any], used_cloud: Cloud, tamper: Tamper) -> None:
    there = Console(used_cloud)
    tamper.meddle(there)

    seen = {name: each.run(check=True) for name, each in live.items()}
    assert {name: lines for name, run in seen.items() if (lines := shown(run))} == {name: list(lines) for name, lines in tamper.seen.items()}
    reported = {each["kind"]: each for run in seen.values() for each in run["foreign"]}
    assert {kind: each["id"] for kind, each in reported.items()} == {kind: there.theirs[kind] for kind in tamper.foreign}
    for kind, command in COMMANDS.items():
        assert kind not in reported or reported[kind]["command"] == f"{command} {there.theirs[kind]}"

    repaired = [live[name].run() for name in live if name in tamper.seen]
    assert sorted(name_of(call) for run in repaired for call in run.changing) == list(tamper.calls)
    assert [live[name].run()["changes"] for name in tamper.seen] == [[]] * len(tamper.seen)

    for undo in reversed(there.undo):
        undo()
    assert snapshot(used_cloud) == whole


def connection_gone(there: Console) -> None:
    there.ec2.delete_vpn_connection(VpnConnectionId=there["hub/vpn_connection.market_data"])


def attachment_gone(there: Console) -> None:
    there.ec2.delete_transit_gateway_vpc_attachment(TransitGatewayAttachmentId=there.attachment("dev"))


def table_of_a_site_gone(there: Console) -> None:
    there.ec2.disassociate_transit_gateway_route_table(**there.of_table("site-kyiv_office", "kyiv_office"))
    there.ec2.delete_transit_gateway_route_table(TransitGatewayRouteTableId=there.tables["site-kyiv_office"])


def table_of_an_environment_gone(there: Console) -> None:
    there.ec2.disassociate_transit_gateway_route_table(**there.of_table("dev", "dev"))
    there.ec2.delete_transit_gateway_route_table(TransitGatewayRouteTableId=there.tables["dev"])


ATTACHED = [f"create transit_gateway_return_routes.{site}" for site in ("kyiv_office", "lviv_office", "market_data")]
GONE: list[tuple[Callable[[Console], None], dict[str, list[str]]]] = [  # what repairs it, in the order of the runs
    (
        connection_gone,
        {
            "hub": [
                "create vpn_connection.market_data",
                "update transit_gateway_routing.site-market_data associations",
                "update transit_gateway_vpn_attachment.market_data connection tags",
            ],
            "dev": ["update transit_gateway_routing.main routes"],
        },
    ),
    (
        attachment_gone,
        {
            "dev": [*ATTACHED, "create transit_gateway_vpc_attachment.main", "update transit_gateway_routing.main associations"],
        },
    ),
    (
        table_of_a_site_gone,
        {
            "hub": ["create transit_gateway_route_table.site-kyiv_office", "update transit_gateway_routing.site-kyiv_office associations routes"],
            "dev": ["create transit_gateway_return_routes.kyiv_office"],
            "test": ["create transit_gateway_return_routes.kyiv_office"],
        },
    ),
    (
        table_of_an_environment_gone,
        {"dev": ["create transit_gateway_route_table.main", "update transit_gateway_routing.main associations propagations routes"]},
    ),
]


@pytest.mark.parametrize(("meddle", "changes"), GONE, ids=lambda case: getattr(case, "__name__", ""))
def test_what_is_gone_is_made_again_with_what_needs_it(
    live: dict[str, Network], whole: dict[str, Any], used_cloud: Cloud, meddle: Callable[[Console], None], changes: dict[str, list[str]]
) -> None:
    meddle(Console(used_cloud))
    assert {name: shown(live[name].run()) for name in changes} == changes
    nothing_to_do(live.values())
    assert snapshot(used_cloud) == whole


def test_a_log_group_that_is_gone_is_made_again_and_no_tunnel_touched(live: dict[str, Network], whole: dict[str, Any], used_cloud: Cloud) -> None:
    used_cloud.logs.delete_log_group(logGroupName=LOGS)
    assert [name_of(call) for call in live["hub"].run().changing] == ["logs.CreateLogGroup", "logs.PutRetentionPolicy"]
    assert snapshot(used_cloud) == whole
