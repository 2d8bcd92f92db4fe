# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is taken out of the topology or of the matrix takes all of its own with it, once hub and environments have run, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.cloud import Cloud, name_of
from tests.support.hub import MATRIX, SITES, platform
from tests.support.hub_outcomes import labels, nothing_to_do, orphans, refused, undeclared
from tests.support.network import Network
from tests.support.transit_view import BLACKHOLE, TransitView, snapshot

pytestmark = pytest.mark.emulator


def without(site: str) -> dict[str, Any]:
    """The topology and the matrix without a site."""
    return {
        "sites": [each for each in SITES if each["name"] != site],
        "access": [each for each in MATRIX if not (each["from"] + each["to"]).startswith(site) and site not in each["to"]],
    }


def adopt(networks: list[Network], options: dict[str, Any]) -> None:
    for each in networks:
        each.options |= options


def as_if_never(cloud: Cloud, options: dict[str, Any]) -> dict[str, Any]:
    """What is there where everything was built with these options from the beginning."""
    for each in platform(cloud, "dev", "test", **options):
        each.run()
    found = snapshot(cloud)
    cloud.control.reset()
    return found


@pytest.mark.parametrize(("site", "order"), [("kyiv_office", (0, 1, 2)), ("lviv_office", (1, 2, 0))])
def test_a_site(cloud: Cloud, site: str, order: tuple[int, ...]) -> None:
    """Hub first, or last; its own table, tunnels, gateway, key and log lines, and the environments' lists, rules and routes."""
    expected = as_if_never(cloud, without(site))
    networks: list[Network] = platform(cloud, "dev", "test")
    for each in networks:
        each.run()
    adopt(networks, without(site))

    assert orphans(networks[0].run(check=True)) >= {f"vpn_connection.{site}", f"transit_gateway_route_table.site-{site}"}

    for number in order:
        seen = networks[number].run(check=True, purge=True)
        done = networks[number].run(purge=True)
        assert done["diff"] == seen["diff"]
        assert undeclared(done) == set()
        assert all(site in label for label in labels(done) if label.startswith("delete"))
    assert snapshot(cloud) == expected
    nothing_to_do(networks)


def test_a_site_is_kept_until_it_is_purged(cloud: Cloud) -> None:
    """Its routes go at once; what carries its own name stays, and works no more for the environments."""
    networks = platform(cloud, "dev", "test")
    for each in networks:
        each.run()
    adopt(networks, without("market_data"))
    for each in networks:
        each.run()
    view = TransitView(cloud)
    assert view.of("vpn_connection", "market_data")
    assert view.table("site-market_data").routes == {"10.64.0.0/21": BLACKHOLE}
    assert "172.31.40.0/24" not in view.table("dev").routes
    assert not [name for name, found in view.vpc_routes("dev").items() if "172.31.40.0/24" in found]
    assert orphans(networks[0].run()) == {
        "vpn_connection.market_data", "customer_gateway.market_data-45.10.20.32-65000", "transit_gateway_route_table.site-market_data",
    }  # fmt: skip


WORKLOAD_RULES = {"update network_acl.workload", "update security_group_rules.nodes", "update security_group_rules.load_balancers"}
WITHOUT_ONE: dict[str, tuple[list[dict[str, Any]], set[str]]] = {  # the matrix without something, and what of dev changes by that
    "one of two ports": ([MATRIX[0], {**MATRIX[1], "ports": ["443"]}, *MATRIX[2:]], WORKLOAD_RULES),
    "the only way to a provider": (
        [*MATRIX[:4], *MATRIX[5:]],
        {
            *WORKLOAD_RULES, "update routes.workload-a", "update routes.workload-b", "update transit_gateway_routing.main",
            "update transit_gateway_return_routes.market_data",
        },
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", WITHOUT_ONE)
def test_an_entry_of_the_matrix(cloud: Cloud, case: str) -> None:
    rest, changed = WITHOUT_ONE[case]
    expected = as_if_never(cloud, {"access": rest})
    networks = platform(cloud, "dev", "test")
    for each in networks:
        each.run()
    adopt(networks, {"access": rest})
    hub, dev, test = networks
    assert [hub.run()["changes"], test.run()["changes"]] == [[], []]
    assert labels(dev.run()) == changed
    nothing_to_do(networks)
    assert snapshot(cloud) == expected


def test_an_expired_entry_is_dropped_and_reported(cloud: Cloud) -> None:
    expired = {**MATRIX[4], "expires": "2020-01-31"}
    expected = as_if_never(cloud, {"access": MATRIX[:4] + MATRIX[5:]})
    networks = platform(cloud, "dev", "test", access=[*MATRIX[:4], expired, *MATRIX[5:]])
    for each in networks:
        outcome = each.run()
        assert [(entry["source"], entry["target"], entry["expires"]) for entry in outcome["expired"]] == [
            ("dev.workload", "market_data.api", "2020-01-31")
        ]
    assert snapshot(cloud) == expected


def test_a_new_address_of_a_sites_gateway(cloud: Cloud) -> None:
    """The connection stays, with its tunnels' addresses and keys, and moves to a new customer gateway."""
    hub, dev = platform(cloud, "dev")
    hub.run()
    dev.run()
    before = TransitView(cloud).of("vpn_connection", "kyiv_office")
    hub.options["sites"] = [{**SITES[0], "vpn": {**SITES[0]["vpn"], "gateway_address": "45.10.20.99"}}, *SITES[1:]]
    moved = hub.run()
    assert labels(moved) == {"create customer_gateway.kyiv_office-45.10.20.99-65000", "update vpn_connection.kyiv_office"}
    assert orphans(moved) == {"customer_gateway.kyiv_office-45.10.20.30-65000"}
    purged = hub.run(purge=True)
    assert [name_of(call) for call in purged.changing] == ["ec2.DeleteCustomerGateway"]
    view = TransitView(cloud)
    after = view.of("vpn_connection", "kyiv_office")
    assert [after[key] for key in ("VpnConnectionId", "PreSharedKeyArn", "Options")] == [
        before[key] for key in ("VpnConnectionId", "PreSharedKeyArn", "Options")
    ]
    assert view.of("customer_gateway", "kyiv_office-45.10.20.99-65000")["CustomerGatewayId"] == after["CustomerGatewayId"]
    nothing_to_do([hub, dev])


def test_a_site_changes_from_static_routes_to_bgp_only_with_a_new_connection(cloud: Cloud) -> None:
    """AWS changes that of no connection."""
    [hub] = platform(cloud)
    hub.run()
    hub.options["sites"] = [{**SITES[0], "vpn": {**SITES[0]["vpn"], "routing": "bgp", "bgp_asn": 65030}}, *SITES[1:]]
    assert "Cannot change vpn_connection.kyiv_office: its static_routes_only is True and cannot become False" in refused(hub)
