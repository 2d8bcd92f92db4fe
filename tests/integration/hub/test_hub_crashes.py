# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A run that is killed after any call of building or removing the hub and an attachment, or loses any answer, is repaired by another.

With EXHAUSTIVE set that is tried for every single changing call, otherwise with one call of each action.
"""

from __future__ import annotations

import os
from collections import Counter
from typing import Any

import pytest

from tests.integration.network.test_crashes import lost, struck
from tests.support.cloud import Cloud
from tests.support.hub import MATRIX, SITES, platform
from tests.support.hub_outcomes import nothing_to_do
from tests.support.network import Network, Outcome
from tests.support.tampering import OTHER_ACCOUNT
from tests.support.transit_view import snapshot

pytestmark = [pytest.mark.emulator, pytest.mark.slow]

EXHAUSTIVE = bool(os.environ.get("EXHAUSTIVE"))
# A site with static routes and one with BGP, and an environment that both reach.
OPTIONS: dict[str, Any] = {
    "sites": SITES[:2],
    "access": MATRIX[:2],
    "hub": {"account_id": "123456789012", "share_with": [OTHER_ACCOUNT]},
}
# How often each action comes that changes something, the lease's apart.
BUILDING = {
    "CreateTransitGateway": 1, "CreateCustomerGateway": 2, "CreateVpnConnection": 2, "CreateTransitGatewayRouteTable": 2, "CreateTags": 2,
    "CreateTransitGatewayRoute": 2, "AssociateTransitGatewayRouteTable": 2, "CreateLogGroup": 1, "PutRetentionPolicy": 1,
    "CreateResourceShare": 1,
}  # fmt: skip
REMOVING = {
    "DeleteTransitGateway": 1, "DeleteCustomerGateway": 2, "DeleteVpnConnection": 2, "DeleteTransitGatewayRouteTable": 2, "DeleteLogGroup": 1,
    "DeleteResourceShare": 1,
}  # fmt: skip
ATTACHING = {
    "CreateTransitGatewayVpcAttachment": 1, "CreateTransitGatewayRouteTable": 1, "CreateTransitGatewayRoute": 4,
    "EnableTransitGatewayRouteTablePropagation": 1, "AssociateTransitGatewayRouteTable": 1, "CreateRoute": 4,
}  # fmt: skip
DETACHING = {
    "DeleteTransitGatewayVpcAttachment": 1, "DisassociateTransitGatewayRouteTable": 1, "DeleteTransitGatewayRouteTable": 1,
    "DeleteTransitGatewayRoute": 2,
}  # fmt: skip


def chosen(counts: dict[str, int]) -> list[Any]:
    """How a run is struck, at which call of which action: every other one is a kill, the rest lost answers."""
    calls = [(action, number) for action, count in counts.items() for number in (range(count) if EXHAUSTIVE else (count - 1,))]
    strikes = ((strike, index, call) for index, call in enumerate(calls) for strike in (struck, lost))
    return [
        pytest.param(strike, *call, id=f"{strike.__name__}-{call[0]}-{call[1]}")
        for strike, index, call in strikes
        if EXHAUSTIVE or (strike is struck) == (index % 2 == 0)
    ]


def actions(outcome: Outcome, *, at_the_gateway: bool = False) -> dict[str, int]:
    """``at_the_gateway``: of an environment, without those of its own network."""
    counts = Counter(call["action"] for call in outcome.changing)
    return {action: count for action, count in counts.items() if not at_the_gateway or "TransitGateway" in action or action == "CreateRoute"}


@pytest.fixture(scope="module")
def undisturbed(used_cloud: Cloud) -> dict[str, Any]:
    """What there is before the hub, with it, and with an environment; the actions above are all that it takes."""
    used_cloud.control.reset()
    hub, dev = platform(used_cloud, "dev", **OPTIONS)
    found = {"nothing": snapshot(used_cloud)}
    assert actions(hub.run()) == BUILDING
    found["hub"] = snapshot(used_cloud)
    assert actions(dev.run(), at_the_gateway=True) == ATTACHING
    found["dev"] = snapshot(used_cloud)
    assert actions(dev.take_down(), at_the_gateway=True) == DETACHING
    removing = actions(hub.take_down())
    removing.pop("DisassociateTransitGatewayRouteTable", None)  # AWS does that itself where a connection goes first
    assert removing == REMOVING
    return found


@pytest.fixture
def networks(undisturbed: dict[str, Any], cloud: Cloud) -> list[Network]:
    return platform(cloud, "dev", **OPTIONS)


@pytest.mark.parametrize(("strike", "action", "number"), chosen(BUILDING))
def test_while_the_hub_is_built(undisturbed: dict[str, Any], networks: list[Network], strike: Any, action: str, number: int) -> None:
    hub, _dev = networks
    with strike(hub.cloud, action, number):
        hub.run()
    hub.run()
    assert snapshot(hub.cloud) == undisturbed["hub"]
    nothing_to_do([hub])


@pytest.mark.parametrize(("strike", "action", "number"), chosen(REMOVING))
def test_while_the_hub_is_removed(undisturbed: dict[str, Any], networks: list[Network], strike: Any, action: str, number: int) -> None:
    hub, _dev = networks
    hub.run()
    with strike(hub.cloud, action, number):
        hub.take_down()
    hub.take_down()
    assert snapshot(hub.cloud) == undisturbed["nothing"]
    assert hub.cloud.leases() == []


@pytest.mark.parametrize(("strike", "action", "number"), chosen(ATTACHING))
def test_while_an_environment_is_attached(undisturbed: dict[str, Any], networks: list[Network], strike: Any, action: str, number: int) -> None:
    hub, dev = networks
    hub.run()
    with strike(hub.cloud, action, number):
        dev.run()
    dev.run()
    assert snapshot(hub.cloud) == undisturbed["dev"]
    nothing_to_do([hub, dev])


@pytest.mark.parametrize(("strike", "action", "number"), chosen(DETACHING))
def test_while_an_environment_is_taken_down(undisturbed: dict[str, Any], networks: list[Network], strike: Any, action: str, number: int) -> None:
    hub, dev = networks
    for each in networks:
        each.run()
    with strike(hub.cloud, action, number):
        dev.take_down()
    dev.take_down()
    assert snapshot(hub.cloud) == undisturbed["hub"]
    nothing_to_do([hub])
