# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What hub and environments refuse of topology and matrix, with the way out, before anything is changed."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.cloud import ACCOUNT, Cloud
from tests.support.hub import MATRIX, SITES, Hub, entry, platform
from tests.support.hub_accounts import Apart
from tests.support.hub_outcomes import nothing_to_do, refused
from tests.support.network import Network
from tests.support.transit_view import TransitView

pytestmark = pytest.mark.emulator

WAIVER = {"expires": "2030-12-31", "reason": "old device", "encryption": ["AES256"]}


def office(**changes: Any) -> dict[str, Any]:
    """The first site with another connection or other networks."""
    vpn = {**SITES[0]["vpn"], **changes.pop("vpn", {})}
    return {"sites": [{**SITES[0], **changes, "vpn": vpn}, *SITES[1:]]}


def allowed(*entries: dict[str, Any]) -> dict[str, Any]:
    return {"access": [*MATRIX, *entries]}


# What hub and environments refuse alike, since both are given the same topology and matrix.
BY_ALL: dict[str, tuple[dict[str, Any], str]] = {
    "site over the supernet": (
        office(networks=[{"name": "developers", "cidrs": ["10.64.7.0/24"]}]),
        "platform_supernets: supernet 10.64.0.0/21 overlaps site kyiv_office, network developers 10.64.7.0/24.",
    ),
    "site over another site": (
        office(networks=[{"name": "developers", "cidrs": ["192.168.30.0/25"]}]),
        "site lviv_office, network developers 192.168.30.0/24 overlaps site kyiv_office, network developers 192.168.30.0/25.",
    ),
    "unknown network": (
        allowed(entry("kyiv_office.developer", "dev.workload", 22)),
        "names a part that is not there: kyiv_office has developers, operations. Did you mean 'kyiv_office.developers'?",
    ),
    "unknown tier": (
        allowed(entry("kyiv_office.developers", "dev.worklod", 22)),
        "names a part that is not there: dev has workload, edge, endpoints, cluster_api, search. Did you mean 'dev.workload'?",
    ),
    "unknown role": (
        allowed(entry("backend", "dev.workload", 22)),
        "from 'backend' is no site.network, environment.tier or developer role that the topology declares.",
    ),
    "ports out of range": (
        allowed(entry("kyiv_office.developers", "dev.workload", 65536)),
        "ports has '65536', which is neither a port (443) nor a range (8000-8100) within 1-65535.",
    ),
    "site to site": (
        allowed(entry("kyiv_office.developers", "lviv_office.developers", 22)),
        "no site reaches another through the platform.",
    ),
}
# What only the hub makes.
BY_THE_HUB: dict[str, tuple[dict[str, Any], str]] = {
    "private gateway": (office(vpn={"gateway_address": "192.168.1.1"}), "site kyiv_office: vpn.gateway_address '192.168.1.1' is private."),
    "one gateway for two sites": (
        office(vpn={"gateway_address": "45.10.20.31"}),
        "site lviv_office: vpn.gateway_address 45.10.20.31 is that of site kyiv_office too, and a gateway belongs to one site.",
    ),
    "slot taken": (
        office(vpn={"slot": 1}),
        "site lviv_office: vpn.slot 1 is taken by site kyiv_office, and the inside addresses of tunnels must not collide. The next free slot is 0.",
    ),
    "range that AWS keeps": (
        {"tunnel_range": "169.254.0.0/18"},
        "site kyiv_office: vpn.slot 0 stands for 169.254.0.0/29, of which AWS keeps 169.254.0.0/30 for itself",
    ),
    "ASN of the hub": (
        office(vpn={"routing": "bgp", "bgp_asn": 64512}),
        "site kyiv_office: vpn.bgp_asn 64512 is the hub's own (platform_hub.asn)",
    ),
    "weak algorithms without a day": (
        office(vpn={"waiver": {**WAIVER, "expires": "soon"}}),
        "vpn.waiver.expires is 'soon', which is no day.",
    ),
    "weak algorithms when the waiver is over": (
        office(vpn={"waiver": {**WAIVER, "expires": "2020-12-31"}}),
        "vpn.waiver expired on 2020-12-31, and without one only AES256-GCM-16, SHA2-512, SHA2-384 and DH groups 20, 21 are taken.",
    ),
    "weak algorithms that AWS has not": (
        office(vpn={"waiver": {**WAIVER, "encryption": ["3DES"]}}),
        "vpn.waiver.encryption has '3DES', which no tunnel of AWS takes. It takes AES256-GCM-16",
    ),
    "one key for two tunnels": (
        office(vpn={"pre_shared_key_secrets": ["kyiv", "kyiv"]}),
        "vpn.pre_shared_key_secrets names the same secret twice",
    ),
    "host of another name": (
        {"environment": "hob", "environments": [{"name": "dev", "slot": 0}, {"name": "test", "slot": 1}]},
        "The hub's inventory host is named 'hob', but environments look for 'hub'. Name the host hub.",
    ),
    "another account than the host's": (
        {"hub": {"account_id": "210987654321"}},
        f"platform_hub.account_id is 210987654321, but the host hub has platform_account_id {ACCOUNT}.",
    ),
    "another region than the host's": (
        {"hub": {"account_id": ACCOUNT, "region": "eu-west-1"}},
        "platform_hub.region is eu-west-1, but the host hub has platform_region eu-central-1. Make them equal.",
    ),
    "no hub": ({"hub": None}, "platform_hub is not set, so there is no hub to build."),
    "credentials for another account": ({"account": "210987654321"}, "The credentials are for account 210987654321 ("),
    "shared with a name": (
        {"hub": {"account_id": ACCOUNT, "share_with": ["dev"]}},
        "platform_hub: share_with has 'dev', which is no account id and no ARN of an organization or a unit of one.",
    ),
    "ASN that a gateway has not": (
        {"hub": {"account_id": ACCOUNT, "asn": 65535}}, "platform_hub: asn 65535 is none that a Transit Gateway takes"
    ),
}  # fmt: skip
OVER_A_LIVE_HUB: dict[str, tuple[dict[str, Any], str]] = {
    "another ASN": (
        {"hub": {"account_id": ACCOUNT, "asn": 64513}},
        "Cannot change transit_gateway.main: its asn is 64512 and cannot become 64513 while it lives.",
    ),
    "BGP where there are static routes": (
        office(vpn={"routing": "bgp"}),
        "Cannot change vpn_connection.kyiv_office: its static_routes_only is True and cannot become False while it lives.",
    ),
}


@pytest.mark.parametrize("case", BY_ALL)
def test_by_hub_and_environments_alike(cloud: Cloud, case: str) -> None:
    options, message = BY_ALL[case]
    for each in platform(cloud, "dev", **options):
        assert message in refused(each)


@pytest.mark.parametrize("case", BY_THE_HUB)
def test_by_the_hub(cloud: Cloud, case: str) -> None:
    options, message = BY_THE_HUB[case]
    for check in (True, False):
        assert message in refused(Hub(cloud), check=check, **options)


@pytest.fixture(scope="module")
def live(used_cloud: Cloud) -> list[Network]:
    """A hub and an environment that no refused run changes."""
    used_cloud.control.reset()
    networks: list[Network] = platform(used_cloud, "dev")
    for each in networks:
        each.run()
    return networks


@pytest.mark.parametrize("case", OVER_A_LIVE_HUB)
def test_over_a_live_hub(live: list[Network], case: str) -> None:
    options, message = OVER_A_LIVE_HUB[case]
    for check in (True, False):
        assert message in refused(live[0], check=check, **options)
    assert live[0].run()["changes"] == []


def test_more_sites_than_a_gateway_has_tables(cloud: Cloud) -> None:
    sites = [
        {
            "name": f"branch_{number}",
            "type": "office",
            "networks": [{"name": "all", "cidrs": [f"192.168.{number}.0/24"]}],
            "vpn": {"slot": number, "gateway_address": f"45.10.21.{number}"},
        }
        for number in range(21)
    ]
    message = refused(Hub(cloud, {"sites": sites, "access": []}))
    assert "0 route tables of the Transit Gateway are there and 21 more are wanted, but AWS allows this account 20." in message


def test_a_gateway_that_lost_its_name_is_not_built_a_second_time(cloud: Cloud) -> None:
    hub, dev = platform(cloud, "dev")
    for each in (hub, dev):
        each.run()
    gateway = TransitView(cloud).ids["hub/transit_gateway.main"]
    cloud.ec2.delete_tags(Resources=[gateway], Tags=[{"Key": "fintech.platform/name"}])
    message = refused(hub)
    assert f"Cannot change vpn_connection.kyiv_office: its gateway is {gateway} and cannot become transit_gateway.main (known after apply)" in message
    cloud.ec2.create_tags(Resources=[gateway], Tags=[{"Key": "fintech.platform/name", "Value": "main"}])
    for each in (hub, dev):
        assert each.run()["changes"] == []


def test_a_hub_that_is_not_to_be_seen_costs_no_environment_its_routes(cloud: Cloud) -> None:
    hub, dev = platform(cloud, "dev")
    for each in (hub, dev):
        each.run()
    view = TransitView(cloud)
    gateway = view.ids["hub/transit_gateway.main"]
    cloud.ec2.delete_tags(Resources=[gateway], Tags=[{"Key": "fintech.platform/platform"}])
    for options in ({"check": True}, {}, {"purge": True}):
        message = refused(dev, **options)
        assert f"{view.attachment('dev')} attaches this network to {gateway}, but account {ACCOUNT} shows no Transit Gateway" in message
    cloud.ec2.create_tags(Resources=[gateway], Tags=[{"Key": "fintech.platform/platform", "Value": "acme"}])
    nothing_to_do([hub, dev])


def test_a_role_in_another_account_than_the_hubs(cloud: Cloud) -> None:
    role = "arn:aws:iam::345678901234:role/platform-hub"
    dev = Apart(cloud, {"environment": "dev", "hub": {"account_id": ACCOUNT, "role": role}})
    assert f"so it needs a role in the hub's account to attach itself, which {role} is not." in refused(dev)
