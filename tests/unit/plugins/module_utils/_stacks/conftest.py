# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The network stack's parameters as a module gets them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.fintech.platform.plugins.module_utils._module import STACK_SPEC
from ansible_collections.fintech.platform.plugins.module_utils._planning.topology_spec import TOPOLOGY_SPEC
from ansible_collections.fintech.platform.plugins.module_utils._stacks.network import NETWORK
from ansible_collections.fintech.platform.plugins.module_utils._stacks.network_spec import NETWORK_SPEC
from ansible_collections.fintech.platform.plugins.module_utils._stacks.stack import Declaration

TOPOLOGY: dict[str, Any] = {
    "platform": "acme",
    "supernets": [{"cidr": "10.64.0.0/21", "first_slot": 0}],
    "environments": [{"name": "dev", "slot": 0}, {"name": "test", "slot": 1}],
    "zones": [{"name": "a", "slot": 0, "az_id": "euc1-az1"}, {"name": "b", "slot": 1, "az_id": "euc1-az2"}],
    "sites": [
        {"name": "office", "type": "office", "networks": [{"name": "developers", "cidrs": ["192.168.10.0/24", "192.168.12.0/24"]}]},
        {"name": "exchange", "type": "data_provider", "networks": [{"name": "api", "cidrs": ["172.31.40.0/24"]}]},
    ],
    "pod_supernet": "100.64.0.0/10",
}


@pytest.fixture
def declare() -> Callable[..., Declaration]:
    """The declaration of environment dev with the given options; those that are unset have their defaults."""

    def build(region: str = "eu-central-1", **options: Any) -> Declaration:
        given = {**TOPOLOGY, "environment": "dev", "account_id": "123456789012", **options}
        checked = ArgumentSpecValidator({**TOPOLOGY_SPEC, **NETWORK_SPEC, **STACK_SPEC}).validate(given)
        assert not checked.error_messages
        return NETWORK.build(checked.validated_parameters, region)

    return build
