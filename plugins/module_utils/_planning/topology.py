# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The topology that the inventory declares: what the address plan, and every network, is computed from."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any

from .._engine.errors import PlanError

if TYPE_CHECKING:
    from collections.abc import Mapping

SERVICE_CIDR = "172.20.0.0/16"
POD_SUPERNET = "100.64.0.0/10"  # RFC 6598, which the VPC CNI guide takes for pods too


@dataclass(frozen=True, slots=True)
class Supernet:
    cidr: str
    first_slot: int


@dataclass(frozen=True, slots=True)
class Environment:
    name: str
    slot: int


@dataclass(frozen=True, slots=True)
class Zone:
    name: str
    slot: int
    az_id: str | None = None


@dataclass(frozen=True, slots=True)
class SiteNetwork:
    name: str
    cidrs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Site:
    """An office or a data provider with its encryption domain: the networks behind its customer gateway."""

    name: str
    type: str
    networks: tuple[SiteNetwork, ...]


@dataclass(frozen=True, slots=True)
class ReservedRange:
    name: str
    cidr: str


@dataclass(frozen=True, slots=True)
class Prefixes:
    """Prefix lengths that the plan divides by."""

    environment: int = 23
    subnet: int = 25
    edge_zone: int = 27
    pod_environment: int = 20
    pod_zone: int = 22
    transit: int = 28


@dataclass(frozen=True, slots=True, kw_only=True)
class Topology:
    """All of ``platform_*`` that addresses depend on; ``pod_supernet`` is None where pods have no range of their own."""

    name: str
    supernets: tuple[Supernet, ...]
    environments: tuple[Environment, ...]
    zones: tuple[Zone, ...]
    sites: tuple[Site, ...] = ()
    reserved_ranges: tuple[ReservedRange, ...] = ()
    prefixes: Prefixes = field(default_factory=Prefixes)
    pod_supernet: str | None = None
    service_cidr: str = SERVICE_CIDR

    @classmethod
    def from_mapping(cls, options: Mapping[str, Any]) -> Topology:
        """The topology in ``options``, which have passed ``TOPOLOGY_SPEC``; other keys are another's business.

        Raises PlanError for entries of the access matrix and developer roles, which this release cannot compile yet.
        """
        for option in ("access", "developer_roles"):
            if options.get(option):
                raise PlanError(
                    f"platform_{option} has {len(options[option])} entries, but this release cannot compile them yet, and an entry"
                    f" that opens nothing would mislead. Leave platform_{option} empty and open what is needed with network_rules."
                )
        return cls(
            name=options["platform"],
            supernets=tuple(Supernet(**entry) for entry in options["supernets"]),
            environments=tuple(Environment(**entry) for entry in options["environments"]),
            zones=tuple(Zone(**entry) for entry in options["zones"]),
            sites=tuple(_site(entry) for entry in options.get("sites") or ()),
            reserved_ranges=tuple(ReservedRange(**entry) for entry in options.get("reserved_ranges") or ()),
            prefixes=Prefixes(**(options.get("prefixes") or {})),
            pod_supernet=options.get("pod_supernet"),
            service_cidr=options.get("service_cidr") or SERVICE_CIDR,
        )


def _site(entry: Mapping[str, Any]) -> Site:
    networks = tuple(SiteNetwork(network["name"], tuple(network["cidrs"])) for network in entry["networks"])
    return Site(entry["name"], entry["type"], networks)


def _list_of(options: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "list", "elements": "dict", "options": options, **more}


_NAME = {"type": "str", "required": True}
_SLOT = {"type": "int", "required": True}
_NAMES = {"type": "list", "elements": "str", "required": True}

# The options of every module that needs the topology; documented in the fragment fintech.platform.topology.
TOPOLOGY_SPEC: dict[str, Any] = {
    "platform": _NAME,
    "supernets": _list_of({"cidr": _NAME, "first_slot": _SLOT}, required=True),
    "environments": _list_of({"name": _NAME, "slot": _SLOT}, required=True),
    "zones": _list_of({"name": _NAME, "slot": _SLOT, "az_id": {"type": "str"}}, required=True),
    "sites": _list_of(
        {
            "name": _NAME,
            "type": {"type": "str", "choices": ["office", "data_provider"], "required": True},
            "networks": _list_of({"name": _NAME, "cidrs": _NAMES}, required=True),
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
    "access": _list_of(
        {
            "from": _NAME,
            "to": _NAME,
            "protocol": {"type": "str", "choices": ["tcp", "udp", "icmp", "all"], "default": "tcp"},
            "ports": {"type": "list", "elements": "str", "default": []},
            "source_addresses": {"type": "str", "choices": ["node", "pod"], "default": "node"},
            "expires": {"type": "str"},
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
