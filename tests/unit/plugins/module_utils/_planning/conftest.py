# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Topologies for the planners' tests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ansible_collections.fintech.platform.plugins.module_utils._planning.addresses import AddressError, plan_addresses
from ansible_collections.fintech.platform.plugins.module_utils._planning.topology import Topology

if TYPE_CHECKING:
    from collections.abc import Callable

SHIPPED: dict[str, Any] = {
    "platform": "acme",
    "supernets": [{"cidr": "10.64.0.0/21", "first_slot": 0}],
    "environments": [{"name": name, "slot": slot} for slot, name in enumerate(["dev", "test", "staging", "production"])],
    "zones": [{"name": name, "slot": slot, "az_id": f"euc1-az{slot + 1}"} for slot, name in enumerate("abc")],
    "sites": [
        {
            "name": "kyiv_office",
            "type": "office",
            "networks": [
                {"name": "developers", "cidrs": ["192.168.10.0/24"]},
                {"name": "operations", "cidrs": ["192.168.20.0/24"]},
            ],
        },
        {"name": "market_data", "type": "data_provider", "networks": [{"name": "api", "cidrs": ["172.31.40.0/24"]}]},
    ],
    "pod_supernet": "100.64.0.0/10",
}


@pytest.fixture(scope="session")
def make_topology() -> Callable[..., Topology]:
    """The shipped topology with the given options in place of its own."""

    def make(**options: Any) -> Topology:
        return Topology.from_mapping({**SHIPPED, **options})

    return make


@pytest.fixture
def problems(make_topology: Callable[..., Topology]) -> Callable[..., list[str]]:
    """What is wrong with the shipped topology after the given options took the place of its own."""

    def find(**options: Any) -> list[str]:
        with pytest.raises(AddressError) as error:
            plan_addresses(make_topology(**options))
        found: list[str] = error.value.details["problems"]
        assert str(error.value) == "\n".join(found)
        return found

    return find
