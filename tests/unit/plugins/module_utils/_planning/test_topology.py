# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A topology is read from options that passed the argument spec."""

from __future__ import annotations

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.fintech.platform.plugins.module_utils._planning.topology import (
    AccessEntry,
    DeveloperRole,
    Hub,
    Prefixes,
    SiteDns,
    SiteVpn,
    Topology,
    Waiver,
)
from ansible_collections.fintech.platform.plugins.module_utils._planning.topology_spec import TOPOLOGY_SPEC

MINIMAL = {
    "platform": "acme",
    "supernets": [{"cidr": "10.64.0.0/21", "first_slot": "4"}],
    "environments": [{"name": "dev", "slot": "4"}],
    "zones": [{"name": "a", "slot": "0"}, {"name": "b", "slot": "1", "az_id": "euc1-az2"}],
}


def validated(**options):
    return ArgumentSpecValidator(TOPOLOGY_SPEC).validate({**MINIMAL, **options})


def test_options_become_a_topology_with_defaults():
    topology = Topology.from_mapping(validated(prefixes={"subnet": 26}).validated_parameters)
    assert (topology.supernets[0].first_slot, topology.environments[0].slot) == (4, 4)
    assert [zone.az_id for zone in topology.zones] == [None, "euc1-az2"]
    assert topology.prefixes == Prefixes(environment=23, subnet=26, edge_zone=27, pod_environment=20, pod_zone=22, transit=28)
    assert (topology.sites, topology.reserved_ranges, topology.pod_supernet, topology.service_cidr) == ((), (), "100.64.0.0/10", "172.20.0.0/16")


def test_every_prefix_has_a_default_of_its_own():
    assert Topology.from_mapping(validated().validated_parameters).prefixes == Prefixes()


def test_keys_of_other_options_are_no_matter():
    options = {**validated().validated_parameters, "region": "eu-central-1"}
    assert Topology.from_mapping(options).name == "acme"


@pytest.mark.parametrize(
    "options",
    [
        {"zones": [{"name": "a"}]},
        {"environments": [{"name": "dev", "slot": 0, "colour": "red"}]},
        {"sites": [{"name": "kyiv", "type": "shop", "networks": []}]},
        {"access": [{"from": "kyiv.all", "to": "dev.workload"}]},
    ],
)
def test_the_spec_refuses_what_has_no_meaning(options):
    assert validated(**options).error_messages


def test_a_site_with_its_connection_and_name_servers():
    vpn = {"slot": "2", "gateway_address": "203.0.113.10", "waiver": {"expires": "2030-12-31", "reason": "old", "dh_groups": ["14"]}}
    dns = {"domains": ["kyiv.acme.internal"], "servers": ["192.168.10.53"]}
    networks = [{"name": "developers", "cidrs": ["192.168.10.0/24"]}]
    checked = validated(sites=[{"name": "kyiv_office", "type": "office", "networks": networks, "vpn": vpn, "dns": dns}])
    assert checked.error_messages == []
    topology = Topology.from_mapping(checked.validated_parameters)
    (site,) = topology.sites
    assert site.vpn == SiteVpn(2, "203.0.113.10", startup="start", waiver=Waiver("2030-12-31", "old", dh_groups=(14,)))
    assert site.dns == SiteDns(("kyiv.acme.internal",), ("192.168.10.53",))
    assert topology.site_networks() == {"kyiv_office.developers": ("192.168.10.0/24",)}


@pytest.mark.parametrize(
    ("given", "startup"),
    [
        ({"gateway_address": "203.0.113.10"}, "start"),
        ({"gateway_address": "203.0.113.10", "startup": "add"}, "add"),
        ({"certificate_arn": "arn:aws:acm:eu-central-1:123456789012:certificate/x"}, "add"),
        ({"customer_gateway_id": "cgw-0a1b2c3d"}, "add"),
    ],
)
def test_aws_begins_where_it_knows_an_address(given, startup):
    site = {"name": "kyiv_office", "type": "office", "networks": [], "vpn": {"slot": 0, **given}}
    (read,) = Topology.from_mapping(validated(sites=[site]).validated_parameters).sites
    assert read.vpn is not None
    assert read.vpn.startup == startup


def test_without_a_hub_there_is_none_and_a_hub_has_defaults():
    assert Topology.from_mapping(validated().validated_parameters).hub is None
    topology = Topology.from_mapping(validated(hub={"account_id": "123456789012"}).validated_parameters)
    assert (topology.hub, topology.tunnel_range) == (Hub("123456789012", asn=64512), "169.254.64.0/18")


def test_the_matrix_and_its_roles():
    entry = {"from": "backend", "to": "dev.cluster_api", "ports": [443], "reason": "work", "expires": "2030-12-31"}
    role = {"name": "backend", "networks": ["kyiv_office.developers"], "principals": ["arn:aws:iam::123456789012:role/x"], "cluster_access": "edit"}
    topology = Topology.from_mapping(validated(access=[entry], developer_roles=[role]).validated_parameters)
    assert topology.access == (AccessEntry("backend", "dev.cluster_api", "work", ports=("443",), expires="2030-12-31"),)
    assert topology.developer_roles == (DeveloperRole("backend", ("kyiv_office.developers",), ("arn:aws:iam::123456789012:role/x",), "edit"),)
