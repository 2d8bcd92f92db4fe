# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A topology is read from options that passed the argument spec."""

from __future__ import annotations

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.fintech.platform.plugins.module_utils._engine.errors import PlanError
from ansible_collections.fintech.platform.plugins.module_utils._planning.topology import TOPOLOGY_SPEC, Prefixes, Topology

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


@pytest.mark.parametrize("option", ["access", "developer_roles"])
def test_what_cannot_be_compiled_yet_is_refused(make_topology, option):
    with pytest.raises(PlanError, match=f"platform_{option} has 1 entries, but this release cannot compile them yet"):
        make_topology(**{option: [{"from": "kyiv_office.developers", "to": "dev.workload", "reason": "work"}]})
