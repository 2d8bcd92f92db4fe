#!/usr/bin/python
# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: network
short_description: Build and keep the isolated network of an environment
version_added: 0.1.0
description:
  - Converges the VPC of one environment with everything in it, from the topology and a few options, in one process with bulk reads and concurrent changes.
  - The VPC has a workload subnet, an edge subnet, a pod subnet and a Transit Gateway subnet in every zone, their route tables and network ACLs,
    security groups for every tier, prefix lists of the sites' networks, gateway and interface endpoints, flow logs, and NAT where it is asked for.
  - Workload subnets never have public addresses or a route to an internet gateway. The default security group and network ACL let nothing pass.
  - Addresses come from M(fintech.platform.address_plan) and are checked against every live environment of the platform in the account and region.
extends_documentation_fragment:
  - fintech.platform.topology
  - fintech.platform.topology.hub
  - fintech.platform.stack.scope
  - fintech.platform.stack
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
options:
  internet_egress:
    description:
      - How workloads reach the internet, over TCP port 443.
      - V(none) gives no way out; AWS APIs are reached through endpoints.
      - V(zonal) puts a NAT gateway with an Elastic IP address into the edge of every zone.
      - V(regional) uses one NAT gateway that AWS itself spreads over the zones.
    type: str
    choices: [none, zonal, regional]
    default: none
  internet_ingress:
    description: Open the edge to the internet, TCP ports 80 and 443, for public load balancers.
    type: bool
    default: false
  pod_addressing:
    description:
      - V(secondary) gives pods subnets of their own from O(pod_supernet), which are never routed outside the VPC.
      - V(workload) puts pods into the workload subnets, if O(capacity) fits there.
    type: str
    choices: [secondary, workload]
    default: secondary
  capacity:
    description: What the environment is meant to hold at its peak. A plan whose subnets cannot hold it is refused, with the arithmetic.
    type: dict
    suboptions:
      nodes_per_zone:
        description: Nodes in each zone.
        type: int
        default: 20
      pods_per_node:
        description: Pods on each node.
        type: int
        default: 30
      load_balancers:
        description: Internal load balancers.
        type: int
        default: 1
      public_load_balancers:
        description: Load balancers in the edge.
        type: int
        default: 0
      search_nodes:
        description: OpenSearch data nodes over all zones.
        type: int
        default: 3
  gateway_endpoints:
    description: AWS services reached through gateway endpoints, which cost nothing.
    type: list
    elements: str
    choices: [s3, dynamodb]
    default: [s3, dynamodb]
  interface_endpoints:
    description: AWS services reached through interface endpoints, each with an address in every zone, by the names that EC2 gives them.
    type: list
    elements: str
    default: [ec2, ecr.api, ecr.dkr, sts, logs, eks, eks-auth, elasticloadbalancing, autoscaling, ssm, ssmmessages, secretsmanager, kms, monitoring]
  endpoint_policy:
    description:
      - Policy document of all endpoints.
      - By default only principals of O(account_id) pass, and ECR's signed downloads of image layers from S3.
    type: dict
  full_access_endpoints:
    description: Services that take no endpoint policy; their endpoints keep the full access that AWS gives them.
    type: list
    elements: str
    default: [eks-auth]
  flow_logs:
    description: The record of every flow in the VPC.
    type: dict
    suboptions:
      destination:
        description: V(cloudwatch) for a log group that the module makes, V(s3) for a bucket that exists, V(none) for no record.
        type: str
        choices: [cloudwatch, s3, none]
        default: cloudwatch
      retention_days:
        description: How many days the log group keeps events.
        type: int
        choices: [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653]
        default: 365
      bucket_arn:
        description: The bucket, with a path if wanted. Required for V(s3).
        type: str
      kms_key_arn:
        description: The key that encrypts the log group; without it CloudWatch's own.
        type: str
      traffic:
        description: Which flows to record.
        type: str
        choices: [ALL, ACCEPT, REJECT]
        default: ALL
      aggregation_seconds:
        description: The longest interval that one record covers.
        type: int
        choices: [60, 600]
        default: 60
  dhcp_options:
    description: DHCP options of the VPC; without them Amazon's own.
    type: dict
    suboptions:
      domain_name:
        description: Domain name that hosts are given.
        type: str
      domain_name_servers:
        description: Name servers, in order.
        type: list
        elements: str
        default: []
      ntp_servers:
        description: Time servers, in order.
        type: list
        elements: str
        default: []
  permissions_boundary:
    description:
      - ARN of the policy that bounds what the IAM roles that the module makes can ever be allowed.
      - Without it roles are made without one, and a boundary that somebody else has set is left alone.
    type: str
  resolver:
    description: Endpoints of Route 53 Resolver, with which the environment and the sites resolve each other's names. Each takes an address in every zone.
    type: dict
    suboptions:
      inbound:
        description: Let the sites that O(access) joins to the environment ask for its private names.
        type: bool
        default: false
      outbound:
        description: Ask the name servers of those sites for the domains that they declare in O(sites).
        type: bool
        default: false
  rules:
    description:
      - Flows that are open beside the built-in ones, which RV(flows) lists.
      - A flow opens the security groups of the tier, and the network ACL where it crosses the environment's border.
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
seealso:
  - module: fintech.platform.address_plan
  - module: fintech.platform.network_info
author:
  - Contributors to the fintech.platform project (@fintech-platform)
"""

EXAMPLES = r"""
- name: Build the network of an environment
  fintech.platform.network:
    platform: acme
    environment: dev
    account_id: "123456789012"
    region: eu-central-1
    supernets: &supernets
      - {cidr: 10.64.0.0/21, first_slot: 0}
    environments: &environments
      - {name: dev, slot: 0}
      - {name: production, slot: 3}
    zones: &zones
      - {name: a, slot: 0, az_id: euc1-az1}
      - {name: b, slot: 1, az_id: euc1-az2}
      - {name: c, slot: 2, az_id: euc1-az3}
    pod_supernet: 100.64.0.0/10
    sites:
      - name: market_data
        type: data_provider
        networks:
          - {name: api, cidrs: [172.31.40.0/24]}
    rules:
      - tier: workload
        direction: egress
        peer: market_data.api
        ports: "443"
        reason: Quotes of the market data provider
  register: built

- name: Take it down
  fintech.platform.network:
    platform: acme
    environment: dev
    account_id: "123456789012"
    region: eu-central-1
    supernets: *supernets
    environments: *environments
    zones: *zones
    pod_supernet: 100.64.0.0/10
    state: absent
"""

RETURN = r"""
network:
  description: The ids of the network, by name; null for what is only planned.
  returned: success
  type: dict
  contains:
    vpc_id:
      description: The VPC.
      type: str
      returned: success
      sample: vpc-0a1b2c3d4e5f60718
    subnets:
      description: The subnets, each with C(id), C(cidr) and C(zone).
      type: dict
      returned: success
      sample: {workload-a: {id: subnet-0a1b2c3d4e5f60718, cidr: 10.64.0.0/25, zone: euc1-az1}}
    route_tables:
      description: The route tables.
      type: dict
      returned: success
      sample: {edge: rtb-0a1b2c3d4e5f60718}
    security_groups:
      description: The security groups.
      type: dict
      returned: success
      sample: {nodes: sg-0a1b2c3d4e5f60718}
    prefix_lists:
      description: The prefix lists of the sites' networks.
      type: dict
      returned: success
      sample: {market_data.api: pl-0a1b2c3d4e5f60718}
addresses:
  description: The environment's part of the address plan, as in M(fintech.platform.address_plan).
  returned: success
  type: dict
  sample: {name: dev, slot: 0, cidr: 10.64.0.0/23, pod_cidr: 100.64.0.0/20}
capacity:
  description: What O(capacity) leaves of every subnet, with the arithmetic.
  returned: success
  type: dict
  sample: {workload-a: {left: 59, unit: addresses}}
flows:
  description: Every flow that is open, the built-in ones and those of O(rules).
  returned: success
  type: list
  elements: dict
  sample: [{from: workload, to: endpoints, protocol: tcp, ports: "443", reason: AWS APIs through interface endpoints, builtin: true}]
transit_gateway:
  description: What the environment has at the hub; null where there is no hub yet.
  returned: success
  type: dict
  sample: {id: tgw-0a1b2c3d4e5f60718, attachment_id: tgw-attach-0a1b2c3d4e5f60718, route_table_id: tgw-rtb-0a1b2c3d4e5f60718}
expired:
  description: Entries of the access matrix that are over, and not built.
  returned: success
  type: list
  elements: dict
pending:
  description: What another stack has to exist for, and is done by a later run.
  returned: success
  type: list
  elements: str
changes:
  description: What was changed, or would be in check mode, in an order that could be applied one by one.
  returned: always
  type: list
  elements: dict
  contains:
    action:
      description: V(create), V(update), V(replace) or V(delete).
      type: str
      returned: always
      sample: update
    kind:
      description: The kind of object, named as AWS names it.
      type: str
      returned: always
      sample: route_table
    name:
      description: Its name in the stack.
      type: str
      returned: always
      sample: workload-a
    id:
      description: Its id; null before it exists.
      type: str
      returned: always
      sample: rtb-0a1b2c3d4e5f60718
    fields:
      description: The fields that differ, each with C(before) and C(after). Secrets are masked.
      type: dict
      returned: always
      sample: {routes: {before: [], after: ["0.0.0.0/0 -> nat-0a1b2c3d4e5f60718"]}}
    reason:
      description: Why, where it is not plain.
      type: str
      returned: always
      sample: no longer declared
counts:
  description: How many objects were created, updated, replaced, deleted and left unchanged, or would be in check mode.
  returned: always
  type: dict
  sample: {created: 0, updated: 1, replaced: 0, deleted: 0, unchanged: 60}
orphans:
  description: Objects of the stack that are no longer declared. O(purge=true) removes them.
  returned: always
  type: list
  elements: dict
  sample: [{kind: vpc_endpoint, name: kms, id: vpce-0a1b2c3d4e5f60718}]
foreign:
  description: Objects that stand in the stack's containers and are not the platform's, each with the C(command) that removes it. They are never touched.
  returned: always
  type: list
  elements: dict
  sample: [{kind: security_group, id: sg-0a1b2c3d4e5f60718, command: aws ec2 delete-security-group --group-id sg-0a1b2c3d4e5f60718}]
api_calls:
  description: The AWS calls that the run made, by purpose.
  returned: always
  type: dict
  sample: {read: 24}
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
from ansible_collections.fintech.platform.plugins.module_utils._stacks.network import NETWORK
from ansible_collections.fintech.platform.plugins.module_utils._stacks.network_spec import NETWORK_SPEC


def main() -> None:
    run_stack(NETWORK, {**TOPOLOGY_SPEC, **NETWORK_SPEC})


if __name__ == "__main__":
    main()
