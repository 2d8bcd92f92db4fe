# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The address plan in templates: a topology in, plain data out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ansible.errors import AnsibleFilterError
from ansible.module_utils.basic import missing_required_lib
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.fintech.platform.plugins.module_utils._engine.errors import PlanError
from ansible_collections.fintech.platform.plugins.module_utils._planning.addresses import plan_addresses
from ansible_collections.fintech.platform.plugins.module_utils._planning.ranges import NETADDR_IMPORT_ERROR
from ansible_collections.fintech.platform.plugins.module_utils._planning.topology import Topology
from ansible_collections.fintech.platform.plugins.module_utils._planning.topology_spec import TOPOLOGY_SPEC

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


def address_plan(topology: Mapping[str, Any]) -> dict[str, Any]:
    """The plan of ``topology``, whose keys are the options of the module. Raises AnsibleFilterError with all that is wrong with it."""
    if NETADDR_IMPORT_ERROR:
        raise AnsibleFilterError(missing_required_lib("netaddr"))
    checked = ArgumentSpecValidator(TOPOLOGY_SPEC).validate(dict(topology))
    if checked.error_messages:
        raise AnsibleFilterError("; ".join(checked.error_messages))
    try:
        return plan_addresses(Topology.from_mapping(checked.validated_parameters)).to_dict()
    except PlanError as error:
        raise AnsibleFilterError(str(error)) from error


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"address_plan": address_plan}
