# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter gives what the module returns, and refuses what the module refuses."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from ansible.errors import AnsibleFilterError

from ansible_collections.fintech.platform.plugins.filter import address_plan as plugin

DOCUMENTED = yaml.safe_load(Path(plugin.__file__).with_suffix(".yml").read_text(encoding="utf-8"))
EXAMPLE = yaml.safe_load(DOCUMENTED["EXAMPLES"])[0]["vars"]["topology"]

address_plan = plugin.FilterModule().filters()["address_plan"]


def test_the_example_gives_the_documented_plan():
    plan, sample = address_plan(EXAMPLE), DOCUMENTED["RETURN"]["_value"]["sample"]
    dev, documented = plan["environments"]["dev"], sample["environments"]["dev"]
    assert {**dev, "subnets": None} == {**documented, "subnets": None}
    assert dev["subnets"]["workload-a"] == documented["subnets"]["workload-a"]
    assert {**plan, "environments": None} == {**sample, "environments": None}


def test_a_topology_that_cannot_be_built_is_refused():
    with pytest.raises(AnsibleFilterError, match=r"10\.64\.0\.0/24 has 256 addresses, too few for one environment of /23"):
        address_plan({**EXAMPLE, "supernets": [{"cidr": "10.64.0.0/24", "first_slot": 0}]})


def test_a_key_that_is_none_is_refused():
    with pytest.raises(AnsibleFilterError, match="supernet"):
        address_plan({**EXAMPLE, "supernet": []})


def test_it_names_the_library_that_is_missing(monkeypatch):
    monkeypatch.setattr(plugin, "NETADDR_IMPORT_ERROR", "Traceback ...")
    with pytest.raises(AnsibleFilterError, match="netaddr"):
        address_plan(EXAMPLE)
