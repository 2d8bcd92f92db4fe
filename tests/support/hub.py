# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The hub in this process, and environments that attach themselves to it: two offices, two data providers, an access matrix."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from ansible_collections.fintech.platform.plugins.module_utils._module import STACK_SPEC
from ansible_collections.fintech.platform.plugins.module_utils._planning.topology_spec import TOPOLOGY_SPEC
from ansible_collections.fintech.platform.plugins.module_utils._stacks.stack import Stack
from ansible_collections.fintech.platform.plugins.module_utils._stacks.transit_network import TRANSIT_NETWORK
from ansible_collections.fintech.platform.plugins.module_utils._stacks.transit_network_spec import TRANSIT_NETWORK_SPEC

from .cloud import ACCOUNT, Cloud
from .network import SMALL, Network


def entry(source: str, target: str, *ports: int, **more: Any) -> dict[str, Any]:
    """An entry of the access matrix."""
    return {"from": source, "to": target, "ports": [str(port) for port in ports], "reason": f"{source} to {target}", **more}


SITES: list[dict[str, Any]] = [
    {
        "name": "kyiv_office", "type": "office",
        "networks": [{"name": "developers", "cidrs": ["192.168.10.0/24"]}, {"name": "operations", "cidrs": ["192.168.20.0/24"]}],
        "vpn": {"slot": 0, "gateway_address": "45.10.20.30"},
    },
    {
        "name": "lviv_office", "type": "office", "networks": [{"name": "developers", "cidrs": ["192.168.30.0/24"]}],
        "vpn": {"slot": 1, "gateway_address": "45.10.20.31", "routing": "bgp", "bgp_asn": 65010},
    },
    {
        "name": "market_data", "type": "data_provider", "networks": [{"name": "api", "cidrs": ["172.31.40.0/24"]}],
        "vpn": {"slot": 2, "gateway_address": "45.10.20.32"},
    },
    {
        "name": "payments", "type": "data_provider", "networks": [{"name": "api", "cidrs": ["172.31.50.0/25"]}],
        "vpn": {"slot": 3, "gateway_address": "45.10.20.33", "routing": "bgp", "bgp_asn": 65020},
    },
]  # fmt: skip
MATRIX = [
    entry("kyiv_office.developers", "dev.workload", 443),
    entry("lviv_office.developers", "dev.workload", 443, 8443),
    entry("kyiv_office.operations", "dev.cluster_api", 443),
    entry("kyiv_office.operations", "test.cluster_api", 443),
    entry("dev.workload", "market_data.api", 443),
    entry("test.workload", "payments.api", 8443),
]
CONNECTED: dict[str, Any] = {**SMALL, "sites": SITES, "rules": [], "access": MATRIX, "hub": {"account_id": ACCOUNT}}
HUB: dict[str, Any] = {**{key: CONNECTED[key] for key in (*TOPOLOGY_SPEC, "account_id") if key in CONNECTED}, "environment": "hub"}


@dataclass
class Hub(Network):
    stack: ClassVar[Stack] = TRANSIT_NETWORK
    spec: ClassVar[dict[str, Any]] = {**TOPOLOGY_SPEC, **TRANSIT_NETWORK_SPEC, **STACK_SPEC}
    usual: ClassVar[dict[str, Any]] = HUB


@dataclass
class Connected(Network):
    """An environment of a topology with a hub."""

    usual: ClassVar[dict[str, Any]] = CONNECTED


def platform(cloud: Cloud, *environments: str, **options: Any) -> list[Network]:
    """The hub and the environments, not built yet."""
    return [Hub(cloud, options), *(Connected(cloud, {**options, "environment": name}) for name in environments)]
