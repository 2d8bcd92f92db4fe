# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The proof of an environment in this process, as the module runs it."""

from __future__ import annotations

from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.fintech.platform.plugins.module_utils._module import SCOPE_SPEC
from ansible_collections.fintech.platform.plugins.module_utils._planning.topology_spec import TOPOLOGY_SPEC
from ansible_collections.fintech.platform.plugins.module_utils._stacks.reachability import REACHABILITY_SPEC, prove
from tests.integration.network.conftest import _hurried_sdk
from tests.support.cloud import REGION
from tests.support.network import Network

__all__ = ["_hurried_sdk"]
SPEC = {**TOPOLOGY_SPEC, **REACHABILITY_SPEC, **SCOPE_SPEC}


def proof(network: Network, **options: Any) -> dict[str, Any]:
    """What the module returns for a network's own options."""
    given = {key: value for key, value in {**network.usual, **network.options, **options}.items() if key in SPEC}
    checked = ArgumentSpecValidator(SPEC).validate(given)
    assert not checked.error_messages
    parameters = checked.validated_parameters
    place = network.cloud.place(parameters["account_id"], REGION)
    hub = parameters["hub"]
    if hub and hub["account_id"] != place.account_id:
        place.hub = network.cloud.place(hub["account_id"], REGION, hub["account_id"], place.tally)
    return prove(parameters, REGION, place)


def ends(rows: list[dict[str, Any]]) -> list[str]:
    return sorted({f"{row['from']} -> {row['to']}" for row in rows})


def broken(result: dict[str, Any]) -> list[str]:
    return [each["name"] for each in result["proofs"] if not each["holds"]]
