# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ranges that cannot be used, or that overlap another's, are refused with both sides and a range that is free."""

from __future__ import annotations

import ipaddress
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.fintech.platform.plugins.module_utils._planning.addresses import AddressError, plan_addresses


def site(*cidrs: str, name: str = "kyiv_office") -> dict:
    return {"name": name, "type": "office", "networks": [{"name": "developers", "cidrs": list(cidrs)}]}


def environments(*slots: int) -> list[dict]:
    return [{"name": f"env-{index}", "slot": slot} for index, slot in enumerate(slots)]


OVERLAPS: dict[str, tuple[dict[str, Any], str]] = {
    "site and environment": (
        {"sites": [site("10.64.2.0/24")]},
        (
            "platform_supernets: supernet 10.64.0.0/21 (with environment test 10.64.2.0/23) overlaps site kyiv_office, network developers"
            " 10.64.2.0/24. Free instead of 10.64.0.0/21: 10.64.8.0/21; or change platform_sites."
        ),
    ),
    "site around the supernet": (
        {"sites": [site("10.64.0.0/16")]},
        (
            "platform_supernets: supernet 10.64.0.0/21 (with environment dev 10.64.0.0/23, environment test 10.64.2.0/23, environment"
            " staging 10.64.4.0/23 and more) overlaps site kyiv_office, network developers 10.64.0.0/16."
            " Free instead of 10.64.0.0/21: 10.65.0.0/21; or change platform_sites."
        ),
    ),
    "site in a part of the supernet that no environment uses": (
        {"sites": [site("10.64.6.0/24")], "environments": environments(0)},
        (
            "platform_supernets: supernet 10.64.0.0/21 overlaps site kyiv_office, network developers 10.64.6.0/24."
            " Free instead of 10.64.0.0/21: 10.64.8.0/21; or change platform_sites."
        ),
    ),
    "reserved range": (
        {"reserved_ranges": [{"name": "old_data_centre", "cidr": "10.64.4.0/22"}]},
        (
            "platform_supernets: supernet 10.64.0.0/21 (with environment staging 10.64.4.0/23, environment production 10.64.6.0/23)"
            " overlaps reserved range old_data_centre 10.64.4.0/22. Free instead of 10.64.0.0/21: 10.64.8.0/21; or change"
            " platform_reserved_ranges."
        ),
    ),
    "site and reserved range": (
        {"sites": [site("10.80.1.0/24")], "reserved_ranges": [{"name": "old_data_centre", "cidr": "10.80.0.0/12"}]},
        (
            "platform_sites: site kyiv_office, network developers 10.80.1.0/24 overlaps reserved range old_data_centre 10.80.0.0/12."
            " Free instead of 10.80.1.0/24: 10.96.0.0/24; or change platform_reserved_ranges."
        ),
    ),
    "two sites": (
        {"sites": [site("192.168.0.0/16"), site("192.168.10.0/24", name="lviv_office")]},
        (
            "platform_sites: site kyiv_office, network developers 192.168.0.0/16 overlaps site lviv_office, network developers"
            " 192.168.10.0/24. Free instead of 192.168.0.0/16: 10.0.0.0/16."
        ),
    ),
    "one range for two networks of a site": (
        {"sites": [site("192.168.1.0/24", "192.168.1.0/24")]},
        (
            "platform_sites: site kyiv_office, network developers 192.168.1.0/24 overlaps site kyiv_office, network developers"
            " 192.168.1.0/24. Free instead of 192.168.1.0/24: 192.168.2.0/24."
        ),
    ),
    "service CIDR": (
        {"service_cidr": "10.64.0.0/16"},
        (
            "platform_service_cidr: the clusters' service CIDR 10.64.0.0/16 overlaps supernet 10.64.0.0/21."
            " Free instead of 10.64.0.0/16: 10.65.0.0/16; or change platform_supernets."
        ),
    ),
    "service CIDR and site": (
        {"sites": [site("172.20.5.0/24")]},
        (
            "platform_service_cidr: the clusters' service CIDR 172.20.0.0/16 overlaps site kyiv_office, network developers 172.20.5.0/24."
            " Free instead of 172.20.0.0/16: 172.21.0.0/16; or change platform_sites."
        ),
    ),
    "pods and site": (
        {"sites": [site("100.64.40.0/24")]},
        (
            "platform_pod_supernet: the pods' supernet 100.64.0.0/10 (with environment staging 100.64.32.0/20) overlaps site kyiv_office,"
            " network developers 100.64.40.0/24. Free instead of 100.64.0.0/10: 100.96.0.0/11; or change platform_sites."
        ),
    ),
    "pods and supernet": (
        {"pod_supernet": "10.64.0.0/12"},
        (
            "platform_pod_supernet: the pods' supernet 10.64.0.0/12 (with environment dev 10.64.0.0/20) overlaps supernet 10.64.0.0/21."
            " Free instead of 10.64.0.0/12: 100.64.0.0/12; or change platform_supernets."
        ),
    ),
    "two supernets": (
        {"supernets": [{"cidr": "10.64.0.0/21", "first_slot": 0}, {"cidr": "10.64.4.0/23", "first_slot": 4}]},
        (
            "platform_supernets: supernet 10.64.0.0/21 (with environment staging 10.64.4.0/23) overlaps supernet 10.64.4.0/23."
            " Free instead of 10.64.0.0/21: 10.64.8.0/21."
        ),
    ),
    "what nobody can use": (
        {"sites": [site("169.254.10.0/24")]},
        (
            "platform_sites: site kyiv_office, network developers 169.254.10.0/24 overlaps the link-local range 169.254.0.0/16."
            " Free instead of 169.254.10.0/24: 10.0.0.0/24."
        ),
    ),
}


@pytest.mark.parametrize("case", OVERLAPS)
def test_an_overlap_names_both_sides_and_a_free_range(problems, case):
    options, expected = OVERLAPS[case]
    assert problems(**options) == [expected]


def test_each_overlap_names_the_environments_of_its_own_supernet(problems):
    supernets = [{"cidr": "10.64.0.0/23", "first_slot": 0}, {"cidr": "10.64.2.0/23", "first_slot": 1}]
    found = problems(supernets=supernets, environments=environments(0, 1), sites=[site("10.64.0.0/16")])
    assert [problem.split(" overlaps ")[0] for problem in found] == [
        "platform_supernets: supernet 10.64.0.0/23 (with environment env-0 10.64.0.0/23)",
        "platform_supernets: supernet 10.64.2.0/23 (with environment env-1 10.64.2.0/23)",
    ]


def test_a_part_of_a_sites_network_may_have_its_own_name(make_topology):
    plan_addresses(make_topology(sites=[site("192.168.0.0/16", "192.168.10.0/24")]))


@given(st.integers(10 << 24, (10 << 24) + (1 << 12)), st.integers(16, 32))
def test_a_site_is_refused_exactly_where_it_overlaps_and_the_offer_is_accepted(make_topology, address, prefix):
    network = ipaddress.ip_network((address, prefix), strict=False)
    supernets: list[dict[str, Any]] = [{"cidr": "10.0.0.0/22", "first_slot": 0}, {"cidr": "10.0.8.0/22", "first_slot": 2}]
    sites = [site(str(network))]

    def plan() -> None:
        plan_addresses(make_topology(supernets=supernets, sites=sites))

    hit = [supernet for supernet in supernets if network.overlaps(ipaddress.ip_network(supernet["cidr"]))]
    if not hit:
        plan()
        return
    with pytest.raises(AddressError) as error:
        plan()
    offers = dict(re.findall(r"Free instead of (\S+): ([0-9./]+)", str(error.value)))
    assert sorted(offers) == sorted(supernet["cidr"] for supernet in hit)
    for supernet in supernets:
        supernet["cidr"] = offers.get(supernet["cidr"], supernet["cidr"])
    plan()


CIDRS: dict[str, tuple[dict[str, Any], str]] = {
    "host bits of a supernet": (
        {"supernets": [{"cidr": "10.64.1.0/21", "first_slot": 0}]},
        "platform_supernets, supernet: 10.64.1.0/21 has host bits set; write 10.64.0.0/21.",
    ),
    "host bits of a site": (
        {"sites": [site("192.168.1.7/24")]},
        "platform_sites, site kyiv_office, network developers: 192.168.1.7/24 has host bits set; write 192.168.1.0/24.",
    ),
    "IPv6": (
        {"pod_supernet": "fd00::/8"},
        (
            "platform_pod_supernet, the pods' supernet: fd00::/8 is an IPv6 range, and the address plan is IPv4 only;"
            " write an IPv4 range, such as 10.64.0.0/21."
        ),
    ),
    "everything": (
        {"sites": [site("0.0.0.0/0")]},
        (
            "platform_sites, site kyiv_office, network developers: 0.0.0.0/0 is wider than /8 and leaves no room for others;"
            " name the networks that are really there."
        ),
    ),
    "no range": (
        {"reserved_ranges": [{"name": "lab", "cidr": "lab"}]},
        "platform_reserved_ranges, reserved range lab: lab is no IPv4 range; write an address, a slash and a prefix length, such as 10.64.0.0/21.",
    ),
    "a supernet too small": (
        {"supernets": [{"cidr": "10.64.0.0/24", "first_slot": 0}]},
        (
            "platform_supernets: 10.64.0.0/24 has 256 addresses, too few for one environment of /23 (512 addresses)."
            " Use /23 or wider, for example 10.64.0.0/23, or another platform_prefixes.environment."
        ),
    ),
    "pods of a private space beside a VPC of another": (
        {"pod_supernet": "192.168.128.0/17", "sites": [], "prefixes": {"pod_environment": 20}},
        (
            "platform_pod_supernet: AWS does not add pod ranges of 192.168.128.0/17, in 192.168.0.0/16, to VPCs of 10.64.0.0/21."
            " Use a part of 100.64.0.0/10, which goes with every VPC."
        ),
    ),
    "services where EKS has none": (
        {"service_cidr": "198.18.0.0/16"},
        (
            "platform_service_cidr: EKS does not take 198.18.0.0/16: it wants /12 to /24 in 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16."
            " 10.0.0.0/16 is free."
        ),
    ),
    "services too few": (
        {"service_cidr": "172.20.0.0/26"},
        (
            "platform_service_cidr: EKS does not take 172.20.0.0/26: it wants /12 to /24 in 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16."
            " 172.20.0.0/24 is free."
        ),
    ),
}


@pytest.mark.parametrize("case", CIDRS)
def test_a_range_that_cannot_be_used_says_which_can(problems, case):
    options, expected = CIDRS[case]
    assert problems(**options) == [expected]
