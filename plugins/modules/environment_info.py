#!/usr/bin/python
# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: environment_info
short_description: Read everything that is live of an environment
version_added: 0.1.0
description:
  - Reads back what all stacks of the platform own in an environment, one key for each stack.
  - Changes nothing, and makes one bulk read for each kind.
extends_documentation_fragment:
  - fintech.platform.topology.hub
  - fintech.platform.stack.scope
  - fintech.platform.stack.info
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
seealso:
  - module: fintech.platform.network
author:
  - Contributors to the fintech.platform project (@fintech-platform)
"""

EXAMPLES = r"""
- name: Read what is live
  fintech.platform.environment_info:
    platform: acme
    environment: dev
    account_id: "123456789012"
    region: eu-central-1
  register: live

- name: Show the subnets
  ansible.builtin.debug:
    var: live.network.subnet
"""

RETURN = r"""
network:
  description: The live objects of the network by kind and name, each with its C(id), C(state) and the fields that the platform manages.
  returned: success
  type: dict
  sample:
    vpc:
      main: {id: vpc-0a1b2c3d4e5f60718, state: available, cidr: 10.64.0.0/23, dns_support: true, dns_hostnames: true}
    subnet:
      workload-a: {id: subnet-0a1b2c3d4e5f60718, state: available, cidr: 10.64.0.0/25, zone: euc1-az1, public_addresses: false}
transit_network:
  description: The same of the hub, which only the environment C(hub) has.
  returned: success
  type: dict
api_calls:
  description: The AWS calls that the run made, by purpose.
  returned: success
  type: dict
  sample: {read: 24}
"""

from ansible_collections.fintech.platform.plugins.module_utils._module import run_info
from ansible_collections.fintech.platform.plugins.module_utils._stacks.network import NETWORK
from ansible_collections.fintech.platform.plugins.module_utils._stacks.transit_network import TRANSIT_NETWORK

STACKS = (NETWORK, TRANSIT_NETWORK)


def main() -> None:
    run_info(STACKS)


if __name__ == "__main__":
    main()
