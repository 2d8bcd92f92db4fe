# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The proof against a live hub with two environments: clean it is equal, and what somebody meddles with is found where it changes reachability."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.reachability.conftest import broken, ends, proof
from tests.support.attached_tampers import TAMPERS
from tests.support.cloud import Cloud
from tests.support.hub import platform
from tests.support.hub_tampers import HUB_OPTIONS, LVIV
from tests.support.network import Network
from tests.support.tampering import Console, Tamper
from tests.support.transit_view import TransitView

pytestmark = pytest.mark.emulator
ENVIRONMENTS = ("dev", "test")


@pytest.fixture(scope="module")
def live(used_cloud: Cloud) -> dict[str, Network]:
    """The hub and two environments that every test repairs; the offices and providers with BGP have told their networks."""
    used_cloud.control.reset()
    found = dict(zip(("hub", *ENVIRONMENTS), platform(used_cloud, *ENVIRONMENTS, **HUB_OPTIONS), strict=True))
    for each in found.values():
        each.run()
    for site, prefix in (("lviv_office", LVIV), ("payments", "172.31.50.0/25")):
        tunnels = TransitView(used_cloud).of("vpn_connection", site)["Options"]["TunnelOptions"]
        for tunnel in tunnels:
            used_cloud.control.tunnels(up=True, address=tunnel["OutsideIpAddress"], prefixes=[prefix])
    return found


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_what_was_built_is_exactly_what_was_declared(live: dict[str, Network], environment: str) -> None:
    result = proof(live[environment])
    assert (result["missing"], result["excess"], broken(result), result["assumed_open"]) == ([], [], [], [])
    assert f"{environment}.workload -> {'market_data' if environment == 'dev' else 'payments'}.api" in ends(result["equal"])


def test_calls_do_not_grow_with_what_is_inside(live: dict[str, Network]) -> None:
    """One for each operation, each Transit Gateway route table and each prefix list that rules of dev or test name."""
    assert proof(live["dev"])["api_calls"] == {"read": 15 + 6 + 7}


@pytest.mark.parametrize("tamper", TAMPERS, ids=lambda tamper: tamper.name)
def test_what_changes_reachability_is_found(live: dict[str, Network], used_cloud: Cloud, tamper: Tamper) -> None:
    there = Console(used_cloud)
    tamper.meddle(there)
    try:
        results = [proof(live[environment]) for environment in ENVIRONMENTS]
    finally:
        for name in tamper.seen:
            live[name].run()
        for undo in reversed(there.undo):
            undo()
    excess = [each for result in results for each in (*ends(result["excess"]), *broken(result))]
    missing = [each for result in results for each in ends(result["missing"])]
    assert {word for word, found in (("excess", excess), ("missing", missing)) if found} == set(tamper.reaches.split()), (excess, missing)


@pytest.mark.parametrize(
    "options",
    [
        {"internet_egress": "zonal"},
        {"internet_egress": "regional"},
        {"internet_ingress": True},
        {"resolver": {"inbound": True, "outbound": True}},
        {"pod_addressing": "workload", "capacity": {"nodes_per_zone": 2, "pods_per_node": 5}},
    ],
    ids=lambda options: "-".join(map(str, next(iter(options.items())))) if "internet_egress" in options else next(iter(options)),
)
def test_every_option_opens_what_it_declares(cloud: Cloud, options: dict[str, Any]) -> None:
    """Egress to the internet among them: it is no way to the sites that the Transit Gateway routes to."""
    hub, dev = platform(cloud, "dev", **HUB_OPTIONS)
    dev.options.update(options)
    for each in (hub, dev):
        each.run()
    result = proof(dev)
    assert (result["excess"], broken(result)) == ([], [])
    assert {row["from"] for row in result["missing"]} == {"lviv_office.developers"}  # it has announced nothing yet
