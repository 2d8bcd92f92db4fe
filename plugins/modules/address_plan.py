#!/usr/bin/python
# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: address_plan
short_description: Plan the addresses of all environments
version_added: 0.1.0
description:
  - Computes the ranges and subnets of every environment from the declared topology, and refuses a topology that cannot be built.
  - Addresses depend on slots alone, so nothing moves when environments, zones or supernets are added, removed or reordered.
  - Calls nothing and changes nothing. M(fintech.platform.network) computes the same plan when it builds an environment.
extends_documentation_fragment:
  - fintech.platform.topology
  - fintech.platform.topology.hub
options:
  table:
    description: Also return the plan as lines of text.
    type: bool
    default: false
attributes:
  check_mode:
    description: Can run in check mode, where it does the same.
    support: full
  diff_mode:
    description: Returns what has changed, or would change, in check mode.
    support: none
    details: It changes nothing.
requirements:
  - netaddr
seealso:
  - plugin: fintech.platform.address_plan
    plugin_type: filter
author:
  - Contributors to the fintech.platform project (@fintech-platform)
"""

EXAMPLES = r"""
- name: Plan two environments
  fintech.platform.address_plan:
    platform: acme
    supernets:
      - {cidr: 10.64.0.0/21, first_slot: 0}
    environments:
      - {name: dev, slot: 0}
      - {name: production, slot: 3}
    zones:
      - {name: a, slot: 0, az_id: euc1-az1}
      - {name: b, slot: 1, az_id: euc1-az2}
      - {name: c, slot: 2, az_id: euc1-az3}
    sites:
      - name: kyiv_office
        type: office
        networks:
          - {name: developers, cidrs: [192.168.10.0/24]}
    pod_supernet: 100.64.0.0/10
    table: true
  register: plan

- name: Show it
  ansible.builtin.debug:
    var: plan.table

- name: Use one range of it
  ansible.builtin.debug:
    msg: "{{ plan.addresses.environments.dev.subnets['workload-a'].cidr }}"
"""

RETURN = r"""
addresses:
  description: The plan.
  returned: always
  type: dict
  contains:
    environments:
      description: The environments by name.
      type: dict
      returned: always
      sample:
        dev:
          name: dev
          slot: 0
          cidr: 10.64.0.0/23
          pod_cidr: 100.64.0.0/20
          edge_spare: [10.64.1.224/27]
          subnets:
            workload-a: {name: workload-a, cidr: 10.64.0.0/25, tier: workload, zone: a, usable: 123}
    supernets:
      description: The supernets, as declared.
      type: list
      elements: str
      returned: always
      sample: [10.64.0.0/21]
    pod_supernet:
      description: The range that pod ranges are cut from; null without one.
      type: str
      returned: always
      sample: 100.64.0.0/10
    service_cidr:
      description: The range of the clusters' service addresses.
      type: str
      returned: always
      sample: 172.20.0.0/16
table:
  description: The plan as lines of text in aligned columns.
  returned: when O(table=true)
  type: list
  elements: str
  sample:
    - ENVIRONMENT  SLOT  RANGE        CIDR              USABLE
    - dev          0     environment  10.64.0.0/23
problems:
  description: Everything that is wrong with the topology; RV(ignore:msg) holds the same as one text.
  returned: when the topology is refused
  type: list
  elements: str
  sample:
    - "platform_environments, environment qa: slot 0 is taken by environment dev. The next free slot is 1 (10.64.2.0/23)."
"""

from ansible.module_utils.basic import AnsibleModule, missing_required_lib

from ansible_collections.fintech.platform.plugins.module_utils._engine.errors import PlanError
from ansible_collections.fintech.platform.plugins.module_utils._planning.addresses import plan_addresses
from ansible_collections.fintech.platform.plugins.module_utils._planning.ranges import NETADDR_IMPORT_ERROR
from ansible_collections.fintech.platform.plugins.module_utils._planning.table import plan_lines
from ansible_collections.fintech.platform.plugins.module_utils._planning.topology import Topology
from ansible_collections.fintech.platform.plugins.module_utils._planning.topology_spec import TOPOLOGY_SPEC


def main() -> None:
    spec = TOPOLOGY_SPEC | {"table": {"type": "bool", "default": False}}
    module = AnsibleModule(argument_spec=spec, supports_check_mode=True)
    if NETADDR_IMPORT_ERROR:
        module.fail_json(msg=missing_required_lib("netaddr"), exception=NETADDR_IMPORT_ERROR)
    try:
        plan = plan_addresses(Topology.from_mapping(module.params))
    except PlanError as error:
        module.fail_json(msg=str(error), **error.details)
    table = {"table": plan_lines(plan)} if module.params["table"] else {}
    module.exit_json(changed=False, addresses=plan.to_dict(), **table)


if __name__ == "__main__":
    main()
