#!/usr/bin/python
# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: reachability
short_description: Prove that a live network allows exactly what is declared
version_added: 0.1.0
description:
  - Reads an environment's live VPC and the hub's Transit Gateway in bulk, and computes every flow that is possible between interfaces, sites, the internet,
    AWS services and other networks. Sets of addresses and ports are computed with, not samples, so the answer holds for the whole IPv4 space.
  - A flow is possible when routes lead both ways, the security groups at both ends allow its beginning, and network ACLs allow the request and a reply to
    an ephemeral port. What is behind a VPN connection is taken to send anything to anyone, and to take back whatever is routed to it.
  - Compares that with what M(fintech.platform.network) opens for the same options. Every difference comes with the path of one packet, hop by hop.
  - Interfaces count by their security groups. A group of the platform counts before it has interfaces, as if one stood in each of its tier's subnets, and an
    interface counts as if it had any address of its subnet.
  - It judges what is live, also in check mode, where changes that other tasks would make are not counted.
extends_documentation_fragment:
  - fintech.platform.topology
  - fintech.platform.topology.hub
  - fintech.platform.stack.scope
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
options:
  internet_egress:
    description: As in M(fintech.platform.network).
    type: str
    choices: [none, zonal, regional]
    default: none
  internet_ingress:
    description: As in M(fintech.platform.network).
    type: bool
    default: false
  pod_addressing:
    description: As in M(fintech.platform.network).
    type: str
    choices: [secondary, workload]
    default: secondary
  gateway_endpoints:
    description: As in M(fintech.platform.network).
    type: list
    elements: str
    choices: [s3, dynamodb]
    default: [s3, dynamodb]
  resolver:
    description: As in M(fintech.platform.network).
    type: dict
    suboptions:
      inbound:
        description: Sites resolve the environment's private names.
        type: bool
        default: false
      outbound:
        description: The environment resolves names of sites.
        type: bool
        default: false
  rules:
    description: As in M(fintech.platform.network).
    type: list
    elements: dict
    default: []
    suboptions:
      tier:
        description: The tier of this environment at one end of the flow.
        type: str
        choices: [workload, edge, endpoints, cluster_api, search]
        required: true
      direction:
        description: V(egress) where the tier opens the connection, V(ingress) where the peer does.
        type: str
        choices: [ingress, egress]
        required: true
      peer:
        description: The other end, a tier, a network of a site as C(site.network), or a CIDR.
        type: str
        required: true
      protocol:
        description: The protocol.
        type: str
        choices: [tcp, udp, icmp, all]
        default: tcp
      ports:
        description: A port such as V(443) or a range such as V(8000-8100). Required for TCP and UDP.
        type: str
      reason:
        description: Why it is open, for those who audit it.
        type: str
        required: true
  fail_on:
    description:
      - V(excess) fails where anything is possible that is not declared, or a proof is broken.
      - V(difference) fails also where something declared is not possible.
      - V(never) only reports.
    type: str
    choices: [excess, difference, never]
    default: excess
  picture:
    description: Path of an SVG file for auditors, a matrix of who reaches whom. It is written also where the module fails. The directory must exist.
    type: path
attributes:
  check_mode:
    description: Can run in check mode, where it proves the same and writes no picture.
    support: full
  diff_mode:
    description: Returns what has changed, or would change, in check mode.
    support: none
    details: It changes nothing but its picture.
notes:
  - The credentials need the permission to describe networks in both accounts, and none to change anything.
  - VPCs that the credentials cannot see, those of environments in other accounts among them, count as fully open and are named in RV(assumed_open).
  - ICMP has type and code in the place of ports.
seealso:
  - module: fintech.platform.network
  - module: fintech.platform.transit_network
author:
  - Contributors to the fintech.platform project (@fintech-platform)
"""

EXAMPLES = r"""
- name: Prove that the network allows exactly what is declared
  fintech.platform.reachability:
    platform: acme
    environment: dev
    account_id: "123456789012"
    region: eu-central-1
    supernets:
      - {cidr: 10.64.0.0/21, first_slot: 0}
    environments:
      - {name: dev, slot: 0}
      - {name: production, slot: 3}
    zones:
      - {name: a, slot: 0, az_id: euc1-az1}
      - {name: b, slot: 1, az_id: euc1-az2}
    sites:
      - name: market_data
        type: data_provider
        networks:
          - {name: api, cidrs: [172.31.40.0/24]}
        vpn: {slot: 0, gateway_address: 198.51.100.20}
    hub: {account_id: "123456789012"}
    access:
      - {from: dev.workload, to: market_data.api, ports: ["443"], reason: Quotes of the market data provider}
    picture: reports/dev.svg
  register: proven
"""

RETURN = r"""
flows:
  description: Every flow that is possible or declared.
  returned: always
  type: list
  elements: dict
  contains:
    from:
      description: Who begins it - C(environment.tier) or C(environment.group), C(site.network), V(internet), a CIDR, or what else is connected.
      type: str
      returned: always
      sample: dev.workload
    to:
      description: Who is reached.
      type: str
      returned: always
      sample: market_data.api
    protocol:
      description: V(tcp), V(udp), V(icmp), V(all), or numbers of other protocols.
      type: str
      returned: always
      sample: tcp
    ports:
      description: Destination ports; V(all) where there is no limit.
      type: str
      returned: always
      sample: "443"
    status:
      description: V(equal) for what is declared and possible, V(missing) for what is only declared, V(excess) for what is only possible.
      type: str
      returned: always
      sample: equal
    reason:
      description: Why it is declared.
      type: str
      returned: always
      sample: Quotes of the market data provider
equal:
  description: The flows that are declared and possible, as in RV(flows).
  returned: always
  type: list
  elements: dict
missing:
  description: What is declared and not possible, as RV(excess); the path ends at the hop that stops the packet or its reply.
  returned: always
  type: list
  elements: dict
excess:
  description: What is possible and not declared, as in RV(flows), and with these.
  returned: always
  type: list
  elements: dict
  contains:
    sources:
      description: The source addresses, exactly, as CIDRs or as first and last address.
      type: list
      elements: str
      returned: always
      sample: [10.64.0.0/25]
    targets:
      description: The destination addresses, exactly.
      type: list
      elements: str
      returned: always
      sample: [172.31.40.0/24]
    path:
      description: One packet and its reply, hop by hop.
      type: list
      elements: str
      returned: always
      sample:
        - 'dev.nodes to market_data.api: 10.64.0.0 -> 172.31.40.0 tcp 443'
        - 'group sg-0a1b2c3d4e5f60718 (nodes) outbound: tcp 443 to 0.0.0.0/0'
        - 'route table rtb-0a1b2c3d4e5f60718 (workload-a): 172.31.40.0/24 -> tgw-0a1b2c3d4e5f60718'
proofs:
  description: What must hold whatever is declared.
  returned: always
  type: list
  elements: dict
  contains:
    name:
      description: V(environments_apart), V(internet_as_declared), V(sites_apart), V(learned_prefixes) or V(ipv4_only).
      type: str
      returned: always
      sample: sites_apart
    statement:
      description: What it says.
      type: str
      returned: always
      sample: No site reaches another, nor anything else outside, through the platform.
    holds:
      description: Whether it is so.
      type: bool
      returned: always
    violations:
      description: What breaks it.
      type: list
      elements: str
      returned: always
assumed_open:
  description: Connected networks that could not be read and count as fully open, by environment or VPC.
  returned: always
  type: list
  elements: str
  sample: [production]
expired:
  description: Entries of O(access) that no longer hold.
  returned: always
  type: list
  elements: dict
api_calls:
  description: The AWS calls that the run made, by purpose.
  returned: always
  type: dict
  sample: {read: 34}
problems:
  description: Everything that the input was refused for; RV(ignore:msg) holds the same as one text.
  returned: when the input was refused
  type: list
  elements: str
"""

from ansible_collections.fintech.platform.plugins.module_utils._planning.topology_spec import TOPOLOGY_SPEC
from ansible_collections.fintech.platform.plugins.module_utils._proof import run_proof
from ansible_collections.fintech.platform.plugins.module_utils._stacks.reachability import REACHABILITY_SPEC, prove, verdict


def main() -> None:
    run_proof(prove, verdict, {**TOPOLOGY_SPEC, **REACHABILITY_SPEC})


if __name__ == "__main__":
    main()
