#!/usr/bin/python
# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: transit_network
short_description: Build and keep the hub that joins environments, offices and data providers
version_added: 0.1.0
description:
  - Converges the hub of the platform, from the topology and a few options, in one process with bulk reads and concurrent changes.
  - The hub is a Transit Gateway without default association and propagation, and for every site with C(vpn) its customer gateway, its VPN
    connection with two pinned IPsec tunnels, and its own route table, which leads nowhere by default.
  - Environments attach themselves and write their own routes with M(fintech.platform.network), in either order. A new one needs no change here.
  - Pre-shared keys are kept in Secrets Manager. This module neither returns nor shows one.
extends_documentation_fragment:
  - fintech.platform.topology
  - fintech.platform.topology.hub
  - fintech.platform.stack.scope
  - fintech.platform.stack
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
options:
  tunnel_logs:
    description: The log group that tunnels report to.
    type: dict
    suboptions:
      retention_days:
        description: Days that CloudWatch keeps what the tunnels log.
        type: int
        choices: [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653]
        default: 365
      kms_key_arn:
        description: The KMS key that encrypts the log group. It has to let CloudWatch Logs use it.
        type: str
  tunnel_interruption:
    description:
      - Allow a change of a tunnel that is the only one of its connection that is up, which cuts the site off for some minutes.
      - Without it such a change is refused. Never are both tunnels changed at once.
    type: bool
    default: false
seealso:
  - module: fintech.platform.transit_network_info
  - module: fintech.platform.network
author:
  - Contributors to the fintech.platform project (@fintech-platform)
"""

EXAMPLES = r"""
- name: Build the hub with one office
  fintech.platform.transit_network:
    platform: acme
    environment: hub
    account_id: "123456789012"
    region: eu-central-1
    hub:
      account_id: "123456789012"
    supernets:
      - {cidr: 10.64.0.0/21, first_slot: 0}
    environments:
      - {name: dev, slot: 0}
      - {name: production, slot: 3}
    zones:
      - {name: a, slot: 0, az_id: euc1-az1}
      - {name: b, slot: 1, az_id: euc1-az2}
    sites:
      - name: kyiv_office
        type: office
        networks:
          - {name: developers, cidrs: [192.168.10.0/24]}
        vpn:
          slot: 0
          gateway_address: 45.10.20.30
    access:
      - from: kyiv_office.developers
        to: dev.workload
        ports: ["443"]
        reason: Developers use the web interface of dev
  register: built

- name: Show what the far side has to be set to
  ansible.builtin.debug:
    var: built.connections
"""

RETURN = r"""
transit_gateway:
  description: The gateway, with its C(id), null while it is only planned, and whether it is C(owned) or adopted.
  returned: success
  type: dict
  sample: {id: tgw-0a1b2c3d4e5f60718, owned: true}
connections:
  description:
    - For every site with a VPN what its administrator has to know, as the role P(fintech.platform.customer_gateway#role) takes it.
    - Keys are named by the secret that has them.
  returned: success
  type: list
  elements: dict
  sample:
    - site: kyiv_office
      routing: static
      vpn_connection_id: vpn-0a1b2c3d4e5f60718
      gateway_networks: [192.168.10.0/24]
      platform_networks: [10.64.0.0/23]
      tunnels:
        - outside_address: 18.156.0.1
          inside_cidr: 169.254.64.0/30
          pre_shared_key_arn: arn:aws:secretsmanager:eu-central-1:123456789012:secret:s2svpn-AbCdEf
          up: true
tunnel_metrics:
  description: The CloudWatch metric of every tunnel's state, for alarms. Its value is 1 while the tunnel is up.
  returned: success
  type: list
  elements: dict
  sample:
    - site: kyiv_office
      namespace: AWS/VPN
      metric: TunnelState
      dimensions: {VpnId: vpn-0a1b2c3d4e5f60718, TunnelIpAddress: 18.156.0.1}
expired:
  description: Entries of the access matrix that are over, and not built.
  returned: success
  type: list
  elements: dict
changes:
  description: What was changed, or would be in check mode, in an order that could be applied one by one.
  returned: always
  type: list
  elements: dict
  sample: [{action: create, kind: vpn_connection, name: kyiv_office, id: null, fields: {}, reason: ""}]
counts:
  description: How many resources are created, updated, replaced, deleted and unchanged.
  returned: always
  type: dict
  sample: {created: 0, updated: 1, replaced: 0, deleted: 0, unchanged: 21}
orphans:
  description: Objects of the stack that are no longer declared. O(purge=true) removes them.
  returned: always
  type: list
  elements: dict
  sample: [{kind: vpn_connection, name: old_office, id: vpn-0a1b2c3d4e5f60718}]
foreign:
  description: Objects that stand in the stack's containers and are not the platform's. They are never touched.
  returned: always
  type: list
  elements: dict
api_calls:
  description: The AWS calls that the run made, by purpose.
  returned: always
  type: dict
  sample: {read: 17}
done:
  description: The changes that were made before the failure, as in RV(changes).
  returned: when changes failed
  type: list
  elements: dict
failed:
  description: The changes that failed, as in RV(changes), with C(error).
  returned: when changes failed
  type: list
  elements: dict
not_started:
  description: The changes that were not begun, as in RV(changes).
  returned: when changes failed
  type: list
  elements: dict
problems:
  description: Everything that the plan was refused for; RV(ignore:msg) holds the same as one text.
  returned: when the plan was refused
  type: list
  elements: str
"""

from ansible_collections.fintech.platform.plugins.module_utils._module import run_stack
from ansible_collections.fintech.platform.plugins.module_utils._planning.topology_spec import TOPOLOGY_SPEC
from ansible_collections.fintech.platform.plugins.module_utils._stacks.transit_network import TRANSIT_NETWORK
from ansible_collections.fintech.platform.plugins.module_utils._stacks.transit_network_spec import TRANSIT_NETWORK_SPEC


def main() -> None:
    run_stack(TRANSIT_NETWORK, {**TOPOLOGY_SPEC, **TRANSIT_NETWORK_SPEC})


if __name__ == "__main__":
    main()
