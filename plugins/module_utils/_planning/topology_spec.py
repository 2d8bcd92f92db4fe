# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How the topology is written as options of a module; ``Topology.from_mapping`` reads what has passed."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from .topology import HUB_ASN, POD_SUPERNET, SERVICE_CIDR, TUNNEL_RANGE, Prefixes

DEVICES = ("strongswan", "cisco_ios_xe", "fortigate", "juniper_srx", "generic")


def _list_of(options: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "list", "elements": "dict", "options": options, **more}


_NAME = {"type": "str", "required": True}
_SLOT = {"type": "int", "required": True}
_NAMES = {"type": "list", "elements": "str", "required": True}

_TEXT = {"type": "str"}
_LIST = {"type": "list", "elements": "str", "default": []}

VPN_SPEC: dict[str, Any] = {
    "slot": _SLOT,
    "gateway_address": _TEXT,
    "certificate_arn": _TEXT,
    "customer_gateway_id": _TEXT,
    "bgp_asn": {"type": "int"},
    "routing": {"type": "str", "choices": ["static", "bgp"], "default": "static"},
    "startup": {"type": "str", "choices": ["start", "add"]},
    "device": {"type": "str", "choices": list(DEVICES), "default": "generic"},
    "waiver": {
        "type": "dict",
        "options": {
            "expires": _NAME,
            "reason": _NAME,
            "encryption": _LIST,
            "integrity": _LIST,
            "dh_groups": {"type": "list", "elements": "int", "default": []},
        },
    },
    "pre_shared_key_secrets": {**_LIST, "no_log": False},  # their names, not what is in them
}

# The options of every module that needs the topology; documented in the fragment fintech.platform.topology.
TOPOLOGY_SPEC: dict[str, Any] = {
    "platform": _NAME,
    "supernets": _list_of({"cidr": _NAME, "first_slot": _SLOT}, required=True),
    "environments": _list_of({"name": _NAME, "slot": _SLOT}, required=True),
    "zones": _list_of({"name": _NAME, "slot": _SLOT, "az_id": _TEXT}, required=True),
    "sites": _list_of(
        {
            "name": _NAME,
            "type": {"type": "str", "choices": ["office", "data_provider"], "required": True},
            "networks": _list_of({"name": _NAME, "cidrs": _NAMES}, required=True),
            "vpn": {"type": "dict", "options": VPN_SPEC},
            "dns": {"type": "dict", "options": {"domains": _NAMES, "servers": _NAMES}},
        },
        default=[],
    ),
    "reserved_ranges": _list_of({"name": _NAME, "cidr": _NAME}, default=[]),
    "prefixes": {
        "type": "dict",
        "apply_defaults": True,
        "options": {each.name: {"type": "int", "default": each.default} for each in fields(Prefixes)},
    },
    "pod_supernet": {"type": "str", "default": POD_SUPERNET},
    "service_cidr": {"type": "str", "default": SERVICE_CIDR},
    "hub": {
        "type": "dict",
        "options": {
            "account_id": _NAME,
            "region": _TEXT,
            "role": _TEXT,
            "asn": {"type": "int", "default": HUB_ASN},
            "transit_gateway_id": _TEXT,
            "share_with": _LIST,
        },
    },
    "tunnel_range": {"type": "str", "default": TUNNEL_RANGE},
    "access": _list_of(
        {
            "from": _NAME,
            "to": _NAME,
            "protocol": {"type": "str", "choices": ["tcp", "udp", "icmp", "all"], "default": "tcp"},
            "ports": _LIST,
            "source_addresses": {"type": "str", "choices": ["node", "pod"], "default": "node"},
            "expires": _TEXT,
            "reason": _NAME,
            "cross_environment": {"type": "bool", "default": False},
        },
        default=[],
    ),
    "developer_roles": _list_of(
        {
            "name": _NAME,
            "networks": _NAMES,
            "principals": _NAMES,
            "cluster_access": {"type": "str", "choices": ["view", "edit", "admin"], "required": True},
        },
        default=[],
    ),
}
