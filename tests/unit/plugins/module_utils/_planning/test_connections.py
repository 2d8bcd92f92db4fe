# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A hub or a connection that could not work, or would be weaker than it has to be, is refused with a way out."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from ansible_collections.fintech.platform.plugins.module_utils._engine.errors import PlanError
from ansible_collections.fintech.platform.plugins.module_utils._planning.connections import check_connections, placeholders

TODAY = date(2026, 6, 30)
VPN = {"slot": 0, "gateway_address": "203.0.113.10"}
HUB = {"account_id": "123456789012"}


def site(name: str = "kyiv_office", dns: dict[str, Any] | None = None, cidr: str = "192.168.10.0/24", **vpn: Any) -> dict[str, Any]:
    given = {key: value for key, value in {**VPN, **vpn}.items() if value is not None}
    return {"name": name, "type": "office", "networks": [{"name": "lan", "cidrs": [cidr]}], "vpn": given, "dns": dns}


LVIV: dict[str, Any] = {"name": "lviv_office", "cidr": "192.168.11.0/24", "slot": 1}


@pytest.fixture
def refused(make_topology):
    def find(*sites: dict[str, Any], hub: dict[str, Any] | None = None) -> list[str]:
        with pytest.raises(PlanError) as error:
            check_connections(make_topology(sites=list(sites), hub={**HUB, **(hub or {})}), TODAY)
        return list(error.value.details["problems"])

    return find


@pytest.mark.parametrize(
    "vpn",
    [
        {"gateway_address": "8.8.8.8"},
        {"gateway_address": None, "certificate_arn": "arn:aws:acm:eu-central-1:123456789012:certificate/x"},
        {"certificate_arn": "arn:aws:acm:eu-central-1:123456789012:certificate/x"},
        {"gateway_address": None, "customer_gateway_id": "cgw-0a1b2c3d4e5f60718", "startup": "start"},
        {"routing": "bgp", "bgp_asn": 4200000000},
        {"bgp_asn": 64512},
        {"pre_shared_key_secrets": ["one", "two"]},
        {"waiver": {"expires": "2026-06-30", "reason": "old", "dh_groups": [14]}},
    ],
)
def test_connections_that_can_be(make_topology, vpn):
    check_connections(make_topology(sites=[site(**vpn)], hub=HUB), TODAY)


def test_sites_may_share_an_asn_since_none_is_told_the_routes_of_another(make_topology):
    sites = [site(routing="bgp", bgp_asn=65010), site(**LVIV, gateway_address="203.0.113.11", routing="bgp", bgp_asn=65010)]
    check_connections(make_topology(sites=sites, hub=HUB), TODAY)


STRONG = "AES256-GCM-16, SHA2-512, SHA2-384 and DH groups 20, 21"
ADDRESS = "Use the address that the internet sees the gateway by."
PROBLEMS: dict[str, tuple[dict[str, Any], str]] = {
    "a private address": ({"gateway_address": "192.168.1.1"}, f"vpn.gateway_address '192.168.1.1' is private. {ADDRESS}"),
    "a carrier's address": (
        {"gateway_address": "100.64.0.1"},
        f"vpn.gateway_address '100.64.0.1' is reserved, and no host on the internet has it. {ADDRESS}",
    ),
    "a multicast address": (
        {"gateway_address": "224.0.0.1"},
        f"vpn.gateway_address '224.0.0.1' is reserved, and no host on the internet has it. {ADDRESS}",
    ),
    "a reserved address": (
        {"gateway_address": "240.0.0.1"},
        f"vpn.gateway_address '240.0.0.1' is reserved, and no host on the internet has it. {ADDRESS}",
    ),
    "a name": ({"gateway_address": "vpn.acme.example"}, f"vpn.gateway_address 'vpn.acme.example' is no IPv4 address. {ADDRESS}"),
    "no gateway": (
        {"gateway_address": None},
        "vpn names no customer gateway. Set gateway_address, or certificate_arn where its address changes, or customer_gateway_id.",
    ),
    "an id that is none": (
        {"customer_gateway_id": "vgw-0a1b2c3d"},
        "vpn.customer_gateway_id 'vgw-0a1b2c3d' is no id of a customer gateway. Write it as AWS shows it: cgw-...",
    ),
    "a gateway and a certificate": (
        {"customer_gateway_id": "cgw-0a1b2c3d", "certificate_arn": "arn:aws:acm:eu-central-1:123456789012:certificate/x"},
        "vpn has customer_gateway_id and certificate_arn, but a gateway that exists has its certificate already. Leave certificate_arn out.",
    ),
    "AWS begins, but where": (
        {"gateway_address": None, "certificate_arn": "arn:aws:acm:eu-central-1:123456789012:certificate/x", "startup": "start"},
        "vpn.startup is start, but AWS cannot begin without the gateway's address. Say add, or set gateway_address.",
    ),
    "certificate and keys": (
        {"certificate_arn": "arn:aws:acm:eu-central-1:123456789012:certificate/x", "pre_shared_key_secrets": ["one", "two"]},
        "vpn has certificate_arn and pre_shared_key_secrets, but a tunnel uses one of them. Leave one out.",
    ),
    "one key": (
        {"pre_shared_key_secrets": ["one", "two", "three"]},
        "vpn.pre_shared_key_secrets has 3 secrets, but there are two tunnels. Name two, or none.",
    ),
    "the same key": (
        {"pre_shared_key_secrets": ["one", "one"]},
        "vpn.pre_shared_key_secrets names the same secret twice, but what leaks from one tunnel must not open the other. Name two.",
    ),
    "the hub's ASN": (
        {"routing": "bgp", "bgp_asn": 64512},
        (
            "vpn.bgp_asn 64512 is the hub's own (platform_hub.asn), and each side would drop the other's routes as its own come back."
            " Use another one, such as 65000."
        ),
    ),
    "Amazon's ASN": ({"bgp_asn": 7224}, "vpn.bgp_asn 7224 is Amazon's. Use the site's own, or a private one such as 65000."),
    "a reserved ASN": ({"bgp_asn": 23456}, "vpn.bgp_asn 23456 is reserved by the IETF. Use the site's own, or a private one such as 65000."),
    "no ASN": ({"bgp_asn": 4294967296}, "vpn.bgp_asn 4294967296 is none of 1 to 4294967295. Use the site's own, or a private one such as 65000."),
    "an expired waiver": (
        {"waiver": {"expires": "2026-06-29", "reason": "old", "encryption": ["AES256"]}},
        f"vpn.waiver expired on 2026-06-29, and without one only {STRONG} are taken. Bring the gateway up to that and remove the waiver, or renew it.",
    ),
    "a waiver without a day": (
        {"waiver": {"expires": "soon", "reason": "old", "encryption": ["AES256"]}},
        "vpn.waiver.expires is 'soon', which is no day. Write its last day as year-month-day, such as 2030-12-31.",
    ),
    "a waiver without a reason": (
        {"waiver": {"expires": "2030-12-31", "reason": "", "dh_groups": [14]}},
        f"vpn.waiver has no reason, but weaker algorithms than {STRONG} are taken only with one. Say it, or remove the waiver.",
    ),
    "a waiver of nothing": (
        {"waiver": {"expires": "2030-12-31", "reason": "old"}},
        "vpn.waiver waives nothing. Remove it, or name the algorithms that the gateway needs.",
    ),
    "an algorithm that AWS has not": (
        {"waiver": {"expires": "2030-12-31", "reason": "old", "encryption": ["3DES"]}},
        "vpn.waiver.encryption has '3DES', which no tunnel of AWS takes. It takes AES256-GCM-16, AES128-GCM-16, AES256, AES128.",
    ),
    "an algorithm by a wrong name": (
        {"waiver": {"expires": "2030-12-31", "reason": "old", "integrity": ["SHA2_256"]}},
        "vpn.waiver.integrity has 'SHA2_256', which no tunnel of AWS takes. It takes SHA2-512, SHA2-384, SHA2-256, SHA1. Did you mean 'SHA2-256'?",
    ),
    "a group of one phase only": (
        {"waiver": {"expires": "2030-12-31", "reason": "old", "dh_groups": [5]}},
        "vpn.waiver.dh_groups has 5, which no tunnel of AWS takes in both phases. It takes 2, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24.",
    ),
    "a domain that is none": (
        {"dns": {"domains": ["Acme.Example."], "servers": ["192.168.10.53"]}},
        "dns.domains has 'Acme.Example.', which is no domain name. Write it in lower case, without a dot at its end.",
    ),
    "a server that no tunnel leads to": (
        {"dns": {"domains": ["acme.example"], "servers": ["192.168.11.53"]}},
        "dns.servers has '192.168.11.53', which is no address in the site's networks, so no tunnel leads there. Use one that is.",
    ),
}


@pytest.mark.parametrize(("given", "problem"), PROBLEMS.values(), ids=PROBLEMS)
def test_a_connection_that_cannot_be(refused, given, problem):
    assert refused(site(**given)) == [f"platform_sites, site kyiv_office: {problem}"]


def test_what_two_sites_cannot_share(refused):
    dns = {"domains": ["acme.example"], "servers": ["192.168.10.53"]}
    other = {"domains": ["acme.example"], "servers": ["192.168.11.53"]}
    assert refused(site(dns=dns), site(**{**LVIV, "slot": 0}, dns=other)) == [
        (
            "platform_sites, site lviv_office: vpn.slot 0 is taken by site kyiv_office, and the inside addresses of tunnels must not collide."
            " The next free slot is 1."
        ),
        (
            "platform_sites, site lviv_office: vpn.gateway_address 203.0.113.10 is that of site kyiv_office too, and a gateway belongs to one site."
            " Correct one of them, or make the two sites one with networks of both."
        ),
        (
            "platform_sites, site lviv_office: dns.domains has acme.example, which site kyiv_office resolves already. Name a part of it, or leave"
            " it to one site."
        ),
    ]


def test_name_servers_that_no_tunnel_leads_to(refused):
    known = {**site(dns={"domains": ["acme.example"], "servers": ["192.168.10.53"]}), "vpn": None}
    assert refused(known) == [
        "platform_sites, site kyiv_office: it has dns but no vpn, so no tunnel leads to its servers. Leave dns out, or declare the vpn."
    ]


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"account_id": "12345678901"}, "account_id '12345678901' is no account. Write its 12 digits, in quotes."),
        (
            {"role": "hub"},
            "role 'hub' is no ARN of a role. Write it whole, such as arn:aws:iam::123456789012:role/hub.",
        ),
        (
            {"role": "arn:aws:iam::210987654321:role/hub"},
            ("role arn:aws:iam::210987654321:role/hub is in another account than the hub's, 123456789012, and would show none. Correct one of them."),
        ),
        ({"asn": 65535}, "asn 65535 is none that a Transit Gateway takes: 64512-65534 or 4200000000-4294967294. Use 64512."),
        (
            {"transit_gateway_id": "vgw-1"},
            "transit_gateway_id 'vgw-1' is no id of a Transit Gateway. Write it as AWS shows it: tgw-...",
        ),
        (
            {"share_with": ["everybody"]},
            "share_with has 'everybody', which is no account id and no ARN of an organization or a unit of one. Write one of them.",
        ),
    ],
)
def test_a_hub_that_cannot_be(refused, given, problem):
    assert refused(hub=given) == [f"platform_hub: {problem}"]


def test_a_hub_that_is_adopted_and_shared(make_topology):
    hub = {
        **HUB,
        "transit_gateway_id": "tgw-0a1b2c3d4e5f60718",
        "asn": 4200000000,
        "role": "arn:aws:iam::123456789012:role/hub",
        "share_with": ["210987654321", "arn:aws:organizations::123456789012:ou/o-abc/ou-def"],
    }
    check_connections(make_topology(sites=[], hub=hub), TODAY)


def test_examples_that_nobody_has_changed(make_topology):
    sites = [site(), site(**LVIV, gateway_address="8.8.8.8"), {**site("minsk_office", cidr="192.168.12.0/24"), "vpn": None}]
    assert placeholders(make_topology(sites=sites)) == ["kyiv_office"]
