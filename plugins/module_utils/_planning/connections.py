# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the hub, and the connections and name servers of sites, may be; refused before anything is built."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from ipaddress import AddressValueError, IPv4Address, IPv4Network
from typing import TYPE_CHECKING

from .._engine.errors import PlanError
from .naming import nearest
from .ranges import Range, parse_range
from .tunnels import DH_GROUPS, ENCRYPTION, INTEGRITY, STRONG_DH_GROUPS, STRONG_ENCRYPTION, STRONG_INTEGRITY, read_day, slot_problems

if TYPE_CHECKING:
    from .topology import Hub, Site, SiteVpn, Topology, Waiver

# RFC 5737. No packet gets there, so an example may name them; every other address is somebody's, and AWS would knock there.
DOCUMENTATION = tuple(map(IPv4Network, ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24")))

# EC2 API reference, TransitGatewayRequestOptions, AmazonSideAsn.
PRIVATE_ASNS = (range(64512, 65535), range(4200000000, 4294967295))
# Site-to-Site VPN guide, "Customer gateway options": Amazon's own. RFC 6793, 7300: not to be used by anybody.
REFUSED_ASNS = {7224: "is Amazon's", 9059: "is Amazon's", 10124: "is Amazon's", 17943: "is Amazon's"} | dict.fromkeys(
    (23456, 65535, 4294967295), "is reserved by the IETF"
)
LAST_ASN = 4294967295

ACCOUNT = "[0-9]{12}"
ROLE = rf"arn:aws[a-z-]*:iam::{ACCOUNT}:role/.+"
SHARE = rf"{ACCOUNT}|arn:aws[a-z-]*:organizations::{ACCOUNT}:(organization/o-|ou/o-).+"
DOMAIN = r"(?=.{1,253}$)([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?)(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?)*"


def check_connections(topology: Topology, today: date) -> None:
    """Raises PlanError with everything that is wrong with the hub and with the sites' connections and name servers."""
    problems = [
        *(hub_problems(topology.hub) if topology.hub else ()),
        *slot_problems(topology),
        *(problem for site in topology.sites if site.vpn for problem in _vpn_problems(site, site.vpn, topology.hub, today)),
        *_address_problems(topology.sites),
        *_dns_problems(topology.sites),
    ]
    if problems:
        raise PlanError.of(problems)


def placeholders(topology: Topology) -> list[str]:
    """The sites whose gateway addresses are examples that nobody has changed: their tunnels never come up."""
    return [site.name for site in topology.sites if site.vpn and site.vpn.gateway_address and _is_example(site.vpn.gateway_address)]


def _is_example(address: str) -> bool:
    try:
        return any(IPv4Address(address) in block for block in DOCUMENTATION)
    except AddressValueError:
        return False


def hub_problems(hub: Hub) -> Iterator[str]:
    if not re.fullmatch(ACCOUNT, hub.account_id):
        yield f"platform_hub: account_id '{hub.account_id}' is no account. Write its 12 digits, in quotes."
    if hub.role is not None and not re.fullmatch(ROLE, hub.role):
        yield f"platform_hub: role '{hub.role}' is no ARN of a role. Write it whole, such as arn:aws:iam::123456789012:role/hub."
    elif hub.role is not None and f"::{hub.account_id}:" not in hub.role:
        yield f"platform_hub: role {hub.role} is in another account than the hub's, {hub.account_id}, and would show none. Correct one of them."
    if not any(hub.asn in asns for asns in PRIVATE_ASNS):
        yield f"platform_hub: asn {hub.asn} is none that a Transit Gateway takes: 64512-65534 or 4200000000-4294967294. Use 64512."
    if hub.transit_gateway_id is not None and not re.fullmatch("tgw-[0-9a-f]{8,17}", hub.transit_gateway_id):
        yield f"platform_hub: transit_gateway_id '{hub.transit_gateway_id}' is no id of a Transit Gateway. Write it as AWS shows it: tgw-..."
    for principal in hub.share_with:
        if not re.fullmatch(SHARE, principal):
            yield f"platform_hub: share_with has '{principal}', which is no account id and no ARN of an organization or a unit of one. Write one of them."


def _vpn_problems(site: Site, vpn: SiteVpn, hub: Hub | None, today: date) -> Iterator[str]:
    for problem in (*_gateway_problems(vpn), *_asn_problems(vpn, hub), *(_waiver_problems(vpn.waiver, today) if vpn.waiver else ())):
        yield f"platform_sites, site {site.name}: {problem}"


def _gateway_problems(vpn: SiteVpn) -> Iterator[str]:
    if vpn.customer_gateway_id:
        if not re.fullmatch("cgw-[0-9a-f]{8,17}", vpn.customer_gateway_id):
            yield f"vpn.customer_gateway_id '{vpn.customer_gateway_id}' is no id of a customer gateway. Write it as AWS shows it: cgw-..."
        if vpn.certificate_arn:
            yield "vpn has customer_gateway_id and certificate_arn, but a gateway that exists has its certificate already. Leave certificate_arn out."
    elif not (vpn.gateway_address or vpn.certificate_arn):
        yield "vpn names no customer gateway. Set gateway_address, or certificate_arn where its address changes, or customer_gateway_id."
    if vpn.startup == "start" and not (vpn.gateway_address or vpn.customer_gateway_id):
        yield "vpn.startup is start, but AWS cannot begin without the gateway's address. Say add, or set gateway_address."
    if vpn.certificate_arn and vpn.pre_shared_key_secrets:
        yield "vpn has certificate_arn and pre_shared_key_secrets, but a tunnel uses one of them. Leave one out."
    if len(vpn.pre_shared_key_secrets) not in (0, 2):
        yield f"vpn.pre_shared_key_secrets has {len(vpn.pre_shared_key_secrets)} secrets, but there are two tunnels. Name two, or none."
    if len(set(vpn.pre_shared_key_secrets)) == 1:
        yield "vpn.pre_shared_key_secrets names the same secret twice, but what leaks from one tunnel must not open the other. Name two."


def _asn_problems(vpn: SiteVpn, hub: Hub | None) -> Iterator[str]:
    """Sites may share an ASN: none is ever told the routes of another, so none sees its own number in a path and drops it."""
    asn = vpn.bgp_asn
    if not 0 < asn <= LAST_ASN:
        yield f"vpn.bgp_asn {asn} is none of 1 to {LAST_ASN}. Use the site's own, or a private one such as 65000."
    elif asn in REFUSED_ASNS:
        yield f"vpn.bgp_asn {asn} {REFUSED_ASNS[asn]}. Use the site's own, or a private one such as 65000."
    elif vpn.routing == "bgp" and hub and asn == hub.asn:
        yield (
            f"vpn.bgp_asn {asn} is the hub's own (platform_hub.asn), and each side would drop the other's routes as its own come back."
            f" Use another one, such as {65000 if asn != 65000 else 65001}."
        )


def _waiver_problems(waiver: Waiver, today: date) -> Iterator[str]:
    last = read_day(waiver.expires)
    strong = _strong()
    if last is None:
        yield f"vpn.waiver.expires is '{waiver.expires}', which is no day. Write its last day as year-month-day, such as 2030-12-31."
    elif last < today:
        yield f"vpn.waiver expired on {last}, and without one only {strong} are taken. Bring the gateway up to that and remove the waiver, or renew it."
    if not waiver.reason.strip():
        yield f"vpn.waiver has no reason, but weaker algorithms than {strong} are taken only with one. Say it, or remove the waiver."
    if not (waiver.encryption or waiver.integrity or waiver.dh_groups):
        yield "vpn.waiver waives nothing. Remove it, or name the algorithms that the gateway needs."
    yield from _unknown("encryption", waiver.encryption, ENCRYPTION)
    yield from _unknown("integrity", waiver.integrity, INTEGRITY)
    for group in waiver.dh_groups:
        if group not in DH_GROUPS:
            yield f"vpn.waiver.dh_groups has {group}, which no tunnel of AWS takes in both phases. It takes {', '.join(map(str, sorted(DH_GROUPS)))}."


def _strong() -> str:
    groups = ", ".join(map(str, STRONG_DH_GROUPS))
    return f"{', '.join(STRONG_ENCRYPTION)}, {', '.join(STRONG_INTEGRITY)} and DH groups {groups}"


def _unknown(what: str, names: Iterable[str], known: Sequence[str]) -> Iterator[str]:
    for name in names:
        if name not in known:
            yield f"vpn.waiver.{what} has '{name}', which no tunnel of AWS takes. It takes {', '.join(known)}.{nearest(name, known)}"


def _address_problems(sites: Iterable[Site]) -> Iterator[str]:
    """Gateway addresses that the internet does not reach, and those of two sites."""
    holders: dict[str, str] = {}
    for site in sites:
        address = site.vpn.gateway_address if site.vpn else None
        if address is None:
            continue
        if reason := _unreachable(address):
            yield f"platform_sites, site {site.name}: vpn.gateway_address '{address}' {reason}. Use the address that the internet sees the gateway by."
        elif address in holders:
            yield (
                f"platform_sites, site {site.name}: vpn.gateway_address {address} is that of site {holders[address]} too, and a gateway belongs"
                " to one site. Correct one of them, or make the two sites one with networks of both."
            )
        holders.setdefault(address, site.name)


def _unreachable(address: str) -> str | None:
    try:
        read = IPv4Address(address)
    except AddressValueError:
        return "is no IPv4 address"
    if _is_example(address) or (read.is_global and not read.is_multicast):
        return None
    return "is private" if read.is_private and not read.is_reserved else "is reserved, and no host on the internet has it"


def _dns_problems(sites: Iterable[Site]) -> Iterator[str]:
    """Domains that are none or are claimed twice, and servers that are in none of the site's networks."""
    holders: dict[str, str] = {}
    for site in sites:
        label = f"platform_sites, site {site.name}"
        networks = list(_readable(cidr for network in site.networks for cidr in network.cidrs))
        if site.dns and not site.vpn:
            yield f"{label}: it has dns but no vpn, so no tunnel leads to its servers. Leave dns out, or declare the vpn."
        for domain in site.dns.domains if site.dns else ():
            if not re.fullmatch(DOMAIN, domain):
                yield f"{label}: dns.domains has '{domain}', which is no domain name. Write it in lower case, without a dot at its end."
            elif domain in holders:
                yield f"{label}: dns.domains has {domain}, which site {holders[domain]} resolves already. Name a part of it, or leave it to one site."
            holders.setdefault(domain, site.name)
        for server in site.dns.servers if site.dns else ():
            address = _host(server)
            if not (address and any(address.within(network) for network in networks)):
                yield f"{label}: dns.servers has '{server}', which is no address in the site's networks, so no tunnel leads there. Use one that is."


def _readable(cidrs: Iterable[str]) -> Iterator[Range]:
    """Those that are none are the address plan's to report."""
    for cidr in cidrs:
        try:
            yield parse_range(cidr)
        except ValueError:
            continue


def _host(address: str) -> Range | None:
    try:
        return Range(int(IPv4Address(address)), 32)
    except AddressValueError:
        return None
