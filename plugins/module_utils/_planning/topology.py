# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The topology that the inventory declares: what the address plan, and every network, is computed from."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

SERVICE_CIDR = "172.20.0.0/16"
POD_SUPERNET = "100.64.0.0/10"  # RFC 6598, which the VPC CNI guide takes for pods too
TUNNEL_RANGE = "169.254.64.0/18"
HUB_ASN = 64512  # what AWS gives a Transit Gateway that asks for none
SITE_ASN = 65000  # what AWS gives a customer gateway that has none


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
class Waiver:
    """Algorithms below the floor that a site's tunnels may use too, up to and including the day ``expires`` (year-month-day)."""

    expires: str
    reason: str
    encryption: tuple[str, ...] = ()
    integrity: tuple[str, ...] = ()
    dh_groups: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class SiteVpn:
    """A site's IPsec connection. ``slot`` fixes the inside addresses of its two tunnels.

    The customer gateway is known by ``gateway_address``, by the private certificate that it shows, or by the id of one that exists.
    ``pre_shared_key_secrets`` are the Secrets Manager secrets of the two tunnels; without them AWS makes and keeps the keys.
    """

    slot: int
    gateway_address: str | None = None
    certificate_arn: str | None = None
    customer_gateway_id: str | None = None
    bgp_asn: int = SITE_ASN
    routing: Literal["static", "bgp"] = "static"
    startup: Literal["start", "add"] = "add"
    device: str = "generic"
    waiver: Waiver | None = None
    pre_shared_key_secrets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SiteDns:
    """Names that the site's own servers resolve."""

    domains: tuple[str, ...]
    servers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Site:
    """An office or a data provider with its encryption domain: the networks behind its customer gateway."""

    name: str
    type: str
    networks: tuple[SiteNetwork, ...]
    vpn: SiteVpn | None = None
    dns: SiteDns | None = None


@dataclass(frozen=True, slots=True)
class Hub:
    """Where the Transit Gateway is. ``role`` is what an environment's credentials assume there, if that is another account."""

    account_id: str
    region: str | None = None
    role: str | None = None
    asn: int = HUB_ASN
    transit_gateway_id: str | None = None
    share_with: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AccessEntry:
    """An entry of the access matrix as it is written: ``source`` and ``target`` are its ``from`` and ``to``."""

    source: str
    target: str
    reason: str
    protocol: str = "tcp"
    ports: tuple[str, ...] = ()
    source_addresses: Literal["node", "pod"] = "node"
    expires: str | None = None
    cross_environment: bool = False


@dataclass(frozen=True, slots=True)
class DeveloperRole:
    """People who work from ``networks``, each ``site.network``, and are the AWS ``principals``."""

    name: str
    networks: tuple[str, ...]
    principals: tuple[str, ...]
    cluster_access: Literal["view", "edit", "admin"]


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
    """All of ``platform_*`` that networks depend on; ``pod_supernet`` is None where pods have no range of their own."""

    name: str
    supernets: tuple[Supernet, ...]
    environments: tuple[Environment, ...]
    zones: tuple[Zone, ...]
    sites: tuple[Site, ...] = ()
    reserved_ranges: tuple[ReservedRange, ...] = ()
    prefixes: Prefixes = field(default_factory=Prefixes)
    pod_supernet: str | None = None
    service_cidr: str = SERVICE_CIDR
    hub: Hub | None = None
    tunnel_range: str = TUNNEL_RANGE
    access: tuple[AccessEntry, ...] = ()
    developer_roles: tuple[DeveloperRole, ...] = ()

    @classmethod
    def from_mapping(cls, options: Mapping[str, Any]) -> Topology:
        """The topology in ``options``, which have passed ``TOPOLOGY_SPEC``; other keys are another's business."""
        hub = options.get("hub")
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
            hub=Hub(**_given(hub)) if hub else None,
            tunnel_range=options.get("tunnel_range") or TUNNEL_RANGE,
            access=tuple(_access_entry(entry) for entry in options.get("access") or ()),
            developer_roles=tuple(DeveloperRole(**_given(entry)) for entry in options.get("developer_roles") or ()),
        )

    def site_networks(self) -> dict[str, tuple[str, ...]]:
        """The ranges of every ``site.network``."""
        return {f"{site.name}.{network.name}": network.cidrs for site in self.sites for network in site.networks}


def _given(entry: Mapping[str, Any]) -> dict[str, Any]:
    """What is set of an entry: Ansible has None for the rest, and lists for tuples."""
    return {key: tuple(value) if isinstance(value, list) else value for key, value in entry.items() if value is not None}


def _site(entry: Mapping[str, Any]) -> Site:
    networks = tuple(SiteNetwork(network["name"], tuple(network["cidrs"])) for network in entry["networks"])
    dns = entry.get("dns")
    return Site(entry["name"], entry["type"], networks, _vpn(entry.get("vpn")), SiteDns(**_given(dns)) if dns else None)


def _vpn(entry: Mapping[str, Any] | None) -> SiteVpn | None:
    if not entry:
        return None
    given = _given(entry)
    if waiver := given.get("waiver"):
        given["waiver"] = Waiver(**_given(waiver))
    # AWS can only begin where it knows an address.
    given.setdefault("startup", "start" if given.get("gateway_address") else "add")
    return SiteVpn(**given)


def _access_entry(entry: Mapping[str, Any]) -> AccessEntry:
    given = _given(entry)
    return AccessEntry(source=given.pop("from"), target=given.pop("to"), **given)
