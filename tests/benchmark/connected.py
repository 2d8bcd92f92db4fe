# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A hub, four environments and six sites as plain data: what floor and ours are told to build."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

from ansible_collections.fintech.platform.plugins.module_utils._aws.ec2.transit_gateway import OPTIONS, switched
from ansible_collections.fintech.platform.plugins.module_utils._aws.ec2.vpn_connection import VpnConnection
from ansible_collections.fintech.platform.plugins.module_utils._aws.ec2.vpn_tunnel import Tunnel
from ansible_collections.fintech.platform.plugins.module_utils._module import STACK_SPEC
from ansible_collections.fintech.platform.plugins.module_utils._planning.access import compile_access
from ansible_collections.fintech.platform.plugins.module_utils._planning.addresses import environment_plan, plan_addresses
from ansible_collections.fintech.platform.plugins.module_utils._planning.topology import Topology
from ansible_collections.fintech.platform.plugins.module_utils._planning.topology_spec import TOPOLOGY_SPEC
from ansible_collections.fintech.platform.plugins.module_utils._stacks.network_foundation import Foundation
from ansible_collections.fintech.platform.plugins.module_utils._stacks.network_hub import FoundHub, HubSide
from ansible_collections.fintech.platform.plugins.module_utils._stacks.transit_network import TRANSIT_NETWORK
from ansible_collections.fintech.platform.plugins.module_utils._stacks.transit_network_spec import TRANSIT_NETWORK_SPEC

from . import design
from .design import ACCOUNTS, ENVIRONMENTS, HUB, REGION, Platform, parameters

HUB_SPEC = {**TOPOLOGY_SPEC, **TRANSIT_NETWORK_SPEC, **STACK_SPEC}
ROLE = f"arn:aws:iam::{ACCOUNTS[HUB]}:role/platform-hub"
SITES = {  # networks, and the ASN of those that speak BGP
    "kyiv_office": ({"developers": "192.168.10.0/24", "operations": "192.168.20.0/24"}, None),
    "lviv_office": ({"developers": "192.168.30.0/24"}, 65010),
    "odesa_office": ({"support": "192.168.40.0/24"}, None),
    "market_data": ({"api": "172.31.40.0/24"}, None),
    "payments": ({"gateway": "172.31.50.0/25"}, 65020),
    "registry": ({"api": "172.31.60.0/24"}, None),
}
ACCESS = (  # from, to, port
    ("kyiv_office.developers", "dev.workload", 443),
    ("lviv_office.developers", "dev.workload", 443),
    ("odesa_office.support", "test.workload", 443),
    ("kyiv_office.operations", "dev.cluster_api", 443),
    ("kyiv_office.operations", "test.cluster_api", 443),
    ("kyiv_office.operations", "staging.cluster_api", 443),
    ("kyiv_office.operations", "production.cluster_api", 443),
    ("staging.workload", "market_data.api", 443),
    ("production.workload", "market_data.api", 443),
    ("production.workload", "payments.gateway", 8443),
    ("payments.gateway", "production.workload", 443),
    ("production.workload", "registry.api", 443),
)


def topology() -> dict[str, Any]:
    """That of `network`, with the hub, the sites and the access matrix."""
    hub = {"account_id": ACCOUNTS[HUB], "role": ROLE, "share_with": [ACCOUNTS[name] for name in ENVIRONMENTS]}
    access = [{"from": source, "to": target, "ports": [str(port)], "reason": f"{source} to {target}"} for source, target, port in ACCESS]
    sites = [_site(slot, name) for slot, name in enumerate(SITES)]
    return {**design.topology(), "platform_hub": hub, "platform_sites": sites, "platform_access": access}


def _site(slot: int, name: str) -> dict[str, Any]:
    networks, asn = SITES[name]
    bgp = {"routing": "bgp", "bgp_asn": asn} if asn else {}
    return {
        "name": name,
        "type": "office" if name.endswith("office") else "data_provider",
        "networks": [{"name": network, "cidrs": [cidr]} for network, cidr in networks.items()],
        "vpn": {"slot": slot, "gateway_address": f"45.10.20.{30 + slot}", **bgp},
    }


def connected() -> Platform:
    shared = topology()
    environments = {name: {**design.design(name, shared), "hub": _environment_at_hub(name, shared)} for name in ENVIRONMENTS}
    return Platform(shared, {HUB: hub_design(shared), **environments})


def _environment_at_hub(name: str, shared: Mapping[str, Any]) -> dict[str, Any]:
    """Sites stand for their route tables and attachments."""
    given = parameters(name, shared)
    found = Topology.from_mapping(given)
    plan = plan_addresses(found)
    sites = {site: site for site in SITES}
    hub = FoundHub(gateway="gateway", site_tables=sites, site_attachments=sites)
    base = Foundation(given, REGION, found, environment_plan(plan, name))
    side = HubSide(base, compile_access(found, datetime.now(tz=UTC).date()), plan, hub)
    return {
        "account": ACCOUNTS[HUB],
        "subnets": sorted(each.name for each in side.attachment.subnets),
        "tags": side.attachment.tags,
        "routes": {route.destination: route.attachment for route in sorted(side.routing.routes, key=str)},
        "propagations": sorted(map(str, side.routing.propagations)),
        "returns": {each.name: sorted(each.destinations) for each in side.return_routes()},
        "vpc_routes": {table: sorted(route.destination for route in routes) for table, routes in side.routes().items()},
    }


def hub_design(shared: Mapping[str, Any]) -> dict[str, Any]:
    declared: dict[str, list[Any]] = {}
    for resource in TRANSIT_NETWORK.build(parameters(HUB, shared, HUB_SPEC), REGION).resources:
        declared.setdefault(resource.kind, []).append(resource)
    (gateway,), (share,), (logs,) = (declared[kind] for kind in ("transit_gateway", "resource_share", "log_group"))
    options = {option: switched(getattr(gateway, field)) for field, option in OPTIONS.items()}
    return {
        "stack": TRANSIT_NETWORK.name,
        "profile": HUB,
        "region": REGION,
        "account": ACCOUNTS[HUB],
        "gateway": {"options": {"AmazonSideAsn": gateway.asn, **options}, "tags": gateway.tags},
        "share": {"principals": sorted(share.principals), "tags": share.tags},
        "logs": {"name": logs.group_name, "days": logs.retention_days, "tags": logs.tags},
        "tables": [{"name": each.table.name, "tags": each.table.tags, **_routing(each)} for each in declared["transit_gateway_routing"]],
        "connections": [_connection(each) for each in declared["vpn_connection"]],
    }  # fmt: skip


def _routing(routing: Any) -> dict[str, Any]:
    (attachment,) = routing.associations
    return {"blackholes": sorted(route.destination for route in routing.routes), "site": attachment.name}


def _connection(connection: VpnConnection) -> dict[str, Any]:
    device: Any = connection.customer_gateway
    return {
        "name": connection.name,
        "device": {"name": device.name, "asn": device.asn, "address": device.address, "called": device.device_name, "tags": device.tags},
        "static": connection.static_routes_only,
        "tunnels": [_tunnel(tunnel) for tunnel in connection.tunnels],
        "tags": connection.tags,
    }


def _tunnel(tunnel: Tunnel) -> dict[str, Any]:
    """As the API takes it."""
    ec2 = SimpleNamespace(meta=SimpleNamespace(partition="aws"))
    place = SimpleNamespace(client=lambda _service: ec2, region=REGION, account_id=ACCOUNTS[HUB])
    return tunnel.request(place)
