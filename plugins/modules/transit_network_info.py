#!/usr/bin/python
# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: transit_network_info
short_description: Read the live hub
version_added: 0.1.0
description:
  - Reads back everything that M(fintech.platform.transit_network) owns.
  - Changes nothing, and makes one bulk read for each kind, and two calls for each route table.
extends_documentation_fragment:
  - fintech.platform.topology.hub
  - fintech.platform.stack.scope
  - fintech.platform.stack.info
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
seealso:
  - module: fintech.platform.transit_network
author:
  - Contributors to the fintech.platform project (@fintech-platform)
"""

EXAMPLES = r"""
- name: Read what is live
  fintech.platform.transit_network_info:
    platform: acme
    environment: hub
    account_id: "123456789012"
    region: eu-central-1
  register: live

- name: Show the VPN connections
  ansible.builtin.debug:
    var: live.transit_network.vpn_connection
"""

RETURN = r"""
transit_network:
  description: The live objects of the hub by kind and name, each with its C(id), C(state) and the fields that the platform manages.
  returned: success
  type: dict
  sample:
    transit_gateway:
      main: {id: tgw-0a1b2c3d4e5f60718, state: available, asn: 64512, auto_accept: false, default_association: false}
api_calls:
  description: The AWS calls that the run made, by purpose.
  returned: success
  type: dict
  sample: {read: 17}
"""

from ansible_collections.fintech.platform.plugins.module_utils._module import run_info
from ansible_collections.fintech.platform.plugins.module_utils._stacks.transit_network import TRANSIT_NETWORK


def main() -> None:
    run_info([TRANSIT_NETWORK])


if __name__ == "__main__":
    main()
